"""A function of the user's own, from ``FILE.py:FUNCTION``."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from regress_cli.errors import UserError
from regress_cli.text import did_you_mean, printable, quoted

# What a reader has to know of a file that `load_function` runs.
UNLIMITED = "the file runs in this very process, without limits or a sandbox: try only files that you trust"


def split_target(text: str) -> tuple[Path, str] | None:
    """Return file and name of ``FILE.py:FUNCTION``; None if the text is not of that form.

    >>> split_target("answer.py:grad_sigmoid")
    (PosixPath('answer.py'), 'grad_sigmoid')
    >>> split_target("sigmoid") is None
    True
    """
    path, colon, name = text.rpartition(":")
    if colon and path.endswith(".py"):
        return Path(path), name
    if text.endswith(".py"):
        raise UserError(f"{printable(text)}: name the function too, as in {printable(text)}:loss")
    return None


def load_function(path: Path, name: str) -> Callable[..., Any]:
    """Return a function of a Python file, which is run as a module.

    Raises:
        UserError: the file can't be read or run, or holds no such function.
    """
    if not path.is_file():
        raise UserError(f"{printable(path)} is no file; check the path")
    module = _run_file(path)
    function = vars(module).get(name)
    if not callable(function):
        own = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        raise UserError(f"{printable(path)} has no function {quoted(name)}; {did_you_mean(name, own)}")
    return function


def own_message(error: BaseException, path: Path) -> str:
    """Return an exception of the user's code in one line, with the line of the file where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == path.resolve()]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    where = f"{printable(path)} line {line}" if line is not None else printable(path)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{where}: {type(error).__name__}: {printable(text, 300)}".rstrip(": ")


def _run_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("_regress_user_file", path)
    if spec is None or spec.loader is None:
        raise UserError(f"{printable(path)} is not a Python file; give one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    # A file may import its neighbours, as it can when it is run by itself; later, while a function of it
    # runs, they must not stand before a library.
    sys.path.insert(0, folder)
    # Dataclasses look for their module there.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise UserError(f"{own_message(error, path)}; the file has to run without an error") from error
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)
        sys.path.append(folder)
    return module
