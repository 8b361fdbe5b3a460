"""A sandbox with the files of one submission, in which one answer after the other is asked."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from regress_cli.errors import UserError, explain_os_errors
from regress_cli.isolation.answer import Answer
from regress_cli.isolation.limits import Limits
from regress_cli.isolation.sealed.bubblewrap import SUBMISSION
from regress_cli.isolation.sealed.tier import Isolation
from regress_cli.isolation.sealed.zygote import ForkedProcess, Zygote
from regress_cli.text import printable, quoted

_DEFAULT = Limits()
_LONGEST_NAME = 255


class Sandbox:
    """The files of one submission, and a warm Python beside them that never runs them itself.

    Each answer gets a process of its own that is forked from the warm one, one at a time: whatever one does
    to its process is gone before the next. The thread that enters the ``with`` block has to stay alive in it.

    Args:
        isolated: As `find_isolation` found it.
        files: Each file's content by its name, relative to the submission's folder. They can be read and
            imported inside, and not written.
        with_autograd: Whether autograd may be imported. If not, there is a stand-in whose NumPy is NumPy and
            whose functions refuse.

    Raises:
        UserError: a name is none that a file of the folder can have.

    >>> isolated = find_isolation()  # doctest: +SKIP
    >>> files = {"answer.py": b"def grad_f(x): return 2 * x"}
    >>> with Sandbox(isolated, files) as box, box.answer("answer.py", "grad_f") as answer:  # doctest: +SKIP
    ...     print(answer.call({"x": 3.0}).gradient)
    6.0
    """

    def __init__(self, isolated: Isolation, files: Mapping[str, bytes], with_autograd: bool = False) -> None:
        self._isolated, self._files, self._with_autograd = isolated, _checked(files), with_autograd
        self._home: Path | None = None
        self._zygote: Zygote | None = None

    def __enter__(self) -> "Sandbox":
        with explain_os_errors("write the files of a submission", "make room for them"):
            self._home = Path(tempfile.mkdtemp(prefix="regress-"))
            try:
                _write(self._folder, self._files)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *exception: object) -> None:
        zygote, self._zygote = self._zygote, None
        home, self._home = self._home, None
        try:
            if zygote is not None:
                zygote.close()
        finally:
            if home is not None:
                shutil.rmtree(home, ignore_errors=True)

    def exchange(self, files: Mapping[str, bytes]) -> None:
        """Hold the files of another submission from now on, in place of all that were held.

        What keeps two answers apart keeps two submissions apart, as long as every answer came to the end that
        it was given. If one ended otherwise, a new process in new surroundings takes over.

        Args:
            files: As for a new sandbox; none, to hold nothing until the next ones come.

        Raises:
            UserError: a name is none that a file of the folder can have.
        """
        self._files = _checked(files)
        if self._zygote is not None and not self._zygote.is_fresh:
            zygote, self._zygote = self._zygote, None
            zygote.close()
        with explain_os_errors("write the files of a submission", "make room for them"):
            for entry in self._folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            _write(self._folder, self._files)

    def answer(self, name: str, function: str, limits: Limits = _DEFAULT) -> Answer:
        """Return an answer of one of the files; entering it forks a process of its own.

        Args:
            name: The file's name, as it is in ``files``.
            function: The function or list in it.
            limits: What one request may take.

        Raises:
            UserError: there is no such file.
        """
        if name not in self._files:
            raise UserError(f"there is no file {quoted(name)} in the submission; hand it in")
        place = Path(SUBMISSION) / name
        return Answer(place, function, limits, source=self._files[name], start=self._started)

    @property
    def _folder(self) -> Path:
        if self._home is None:
            raise RuntimeError("a sandbox is used in its with block only")
        return self._home / "submission"

    def _started(self, limits: Limits) -> ForkedProcess:
        if self._zygote is not None and not self._zygote.is_usable:
            # One that has ended, or could not clean up behind an answer, is replaced.
            self._zygote.close()
            self._zygote = None
        if self._zygote is None:
            self._zygote = Zygote(self._isolated, self._folder, with_autograd=self._with_autograd)
        return self._zygote.start(limits)


def _checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files whose names can stand beside one another in a folder.

    Raises:
        UserError: one can't.
    """
    for name in files:
        _check(name)
    _check_apart(files)
    return dict(files)


def _check(name: str) -> None:
    """Refuse a name that does not stay in the folder, or can't be shown.

    Raises:
        UserError: it is such a name.
    """
    parts = PurePosixPath(name).parts
    is_plain = name == "/".join(parts) and not name.startswith("/") and ".." not in parts and bool(parts)
    is_short = all(len(part.encode(errors="replace")) <= _LONGEST_NAME for part in parts)
    if not (is_plain and is_short and printable(name, len(name)) == name) or len(name) > 10 * _LONGEST_NAME:
        raise UserError(f"{quoted(name)} is no name of a file in a submission; rename the file")


def _check_apart(names: Iterable[str]) -> None:
    """Refuse a file that another one lies in.

    Raises:
        UserError: there is such a file.
    """
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    for name in names:
        if name in folders:
            raise UserError(f"{quoted(name)} is a file and a folder in one submission; rename the file")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that everyone may read and no one may write; the folder around them is private."""
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    for name, content in files.items():
        path = folder / name
        for parent in reversed(path.relative_to(folder).parents[:-1]):
            with suppress(FileExistsError):
                (folder / parent).mkdir(mode=0o755)
            (folder / parent).chmod(0o755)
        path.write_bytes(content)
        path.chmod(0o444)
