"""From C text to a library in memory: the system's compiler makes it once, then the cache has it."""

import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from regress_cli.tape.compiled import cache
from regress_cli.tape.compiled.statements import NotCompilable

_SECONDS = 60.0
# Elementwise results are NumPy's to the last bit: nothing is contracted, reordered or taken for finite.
_FLAGS = (
    *("-O3", "-std=gnu11", "-shared", "-fPIC", "-fopenmp-simd", "-fno-strict-aliasing"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
)
# What only some compilers and systems know, the fastest first.
_VARIANTS = (
    ("-march=native", "-mprefer-vector-width=512", "-DVECTOR_FUNCTIONS", "-Wl,-z,defs", "-lmvec", "-lm"),
    ("-march=native", "-lm"),
    ("-lm",),
)


def load(text: str) -> Any:
    """Return the function ``program`` of a C text: from the cache, or made now.

    Raises:
        NotCompilable: there is no compiler, or it fails, or its work can't be loaded.
    """
    if os.name != "posix":
        raise NotCompilable("there is no back end for this system")
    command = _find_compiler()
    folder = cache.find_folder()
    key = cache.key_of(text, [*_identity(command), *_FLAGS, *map(" ".join, _VARIANTS)])
    for path in cache.find(folder, key) if folder else ():
        try:
            return _function_in(path)
        except (OSError, AttributeError):  # It was made on another system that shares the folder.
            cache.drop(path)
    try:
        return _make(text, command, folder, key)
    except OSError as error:
        raise NotCompilable(f"a compiled program can't be loaded: {error}") from error
    except AttributeError as error:
        raise NotCompilable("the C compiler's library does not hold the program") from error


def _find_compiler() -> list[str]:
    """Return the command of the C compiler: CC, as for make, or the first of the usual names."""
    try:
        commands = [shlex.split(os.environ.get("CC", "")) or ["cc"], ["gcc"], ["clang"]]
    except ValueError as error:
        raise NotCompilable("the variable CC is no command") from error
    for name, *options in commands[:1] if os.environ.get("CC") else commands:
        path = shutil.which(name)
        if path is not None:
            return [str(Path(path).absolute()), *options]
    raise NotCompilable("no C compiler was found")


def _identity(command: list[str]) -> list[str]:
    """Return what changes with the compiler's version, without starting it."""
    program = Path(command[0]).resolve()
    status = program.stat()
    return [*command, str(program), str(status.st_size), str(status.st_mtime_ns)]


def _make(text: str, command: list[str], folder: Path | None, key: str) -> Any:
    """Compile a text, and load the library from the cache; where that can't be, from where it was made."""
    with _workshop(folder) as name:
        library = _compile(text, command, Path(name))
        if folder is not None:
            # The disk may be full or read-only, or nothing on it may be run.
            with suppress(OSError):
                return _function_in(cache.keep(folder, key, library))
        return _function_in(library)


def _function_in(library: Path) -> Any:
    return ctypes.CDLL(str(library)).program


def _workshop(folder: Path | None) -> tempfile.TemporaryDirectory[str]:
    """Return a new folder that is removed after use: among temporary files, or else inside the cache."""
    try:
        return tempfile.TemporaryDirectory(prefix="regress-")
    except OSError:
        return tempfile.TemporaryDirectory(prefix="regress-", dir=folder)


def _compile(text: str, command: list[str], workshop: Path) -> Path:
    """Return the library made from a text, with as many of the compiler's abilities as it has."""
    source, library = workshop / "program.c", workshop / "program.so"
    source.write_text(text, encoding="ascii")
    message = ""
    for variant in _VARIANTS:
        # Fast mathematics, linked in by what CC says, would change the arithmetic of the whole process.
        options = [*_FLAGS, "-fno-fast-math", *variant]
        message = _run([*command, str(source), "-o", str(library), *options], workshop)
        if not message and library.exists():
            return library
    raise NotCompilable(f"the C compiler fails: {message or 'it makes no library'}")


def _run(command: list[str], workshop: Path) -> str:
    """Run a compiler, and return why it failed, in a line; nothing if it did not.

    Raises:
        NotCompilable: it does not come to an end.
    """
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(workshop)}
    with subprocess.Popen(  # noqa: S603 - the compiler that the user's system names.
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        # A session of its own: a compiler starts further programs, and all of them are to end with it.
        start_new_session=True,
    ) as process:
        try:
            _, messages = process.communicate(timeout=_SECONDS)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotCompilable(f"the C compiler is not done after {_SECONDS:g} seconds") from None
            raise
    if process.returncode == 0:
        return ""
    lines = messages.decode(errors="replace").splitlines()
    return next((line.strip() for line in lines if line.strip()), f"it ends with status {process.returncode}")
