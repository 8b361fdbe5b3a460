"""What an exception in a stranger's file means, in one line that says where."""

from collections.abc import Mapping

from regress_cli.isolation.arrays import Unusable
from regress_cli.isolation.reply import Failure
from regress_cli.text import printable

# What is shown in place of paths of this system that an exception's text may hold.
_SHOWN_AS: dict[str, str] = {}


def hide_paths(shown_as: Mapping[str, str]) -> None:
    """Have paths of this system shown as others from now on, the longest first."""
    _SHOWN_AS.update(sorted(shown_as.items(), key=lambda pair: -len(pair[0])))


def failure_of(error: BaseException, path: str) -> Failure:
    """Return what an exception that escaped from a call stands for."""
    where = place_of(error, path)
    if isinstance(error, Unusable):
        return Failure("unusable", printable(error, 400))
    if isinstance(error, MemoryError):
        return Failure(
            "memory", f"needs more memory than it may take; {_see(where, 'make its arrays smaller')}"
        )
    if isinstance(error, SystemExit):
        return Failure("exited", f"leaves Python; {_see(where, 'take out sys.exit, exit and quit')}")
    return Failure("raised", f"{_summary(error)}; {_see(where, 'call it in Python to see where')}")


def load_failure_of(error: BaseException, path: str) -> Failure:
    """Return what an exception that was raised while the file was loaded stands for."""
    if isinstance(error, MemoryError | SystemExit | Unusable):
        return failure_of(error, path)
    return unreadable(error, path)


def unreadable(error: BaseException, path: str) -> Failure:
    """Return the failure of a file that is not Python, or raises an exception when it is imported."""
    return Failure("load", f"{place_of(error, path) or file_name(path)}: {_summary(error)}")


def place_of(error: BaseException, path: str) -> str:
    """Return the innermost line of the file that an exception came through, such as ``answer.py line 7``."""
    line = None
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return place(path, line) if line else ""


def place(path: str, line: int) -> str:
    """Return a line of the file as messages call it.

    >>> place("/tmp/answer.py", 7)
    'answer.py line 7'
    """
    return f"{file_name(path)} line {line}"


def file_name(path: str) -> str:
    """Return the file's name without its folder, made safe to show."""
    return printable(path.rpartition("/")[2], 60)


def _see(where: str, otherwise: str) -> str:
    return f"see {where}" if where else otherwise


def _summary(error: BaseException) -> str:
    """Return an exception's type and text; the text is the stranger's, and may raise exceptions itself."""
    name = printable(type(error).__name__, 60)
    try:
        text = printable(_without_paths(str(error.msg if isinstance(error, SyntaxError) else error)))
    except BaseException:  # noqa: BLE001 - whatever it raises, there is no text then.
        text = ""
    return f"{name}: {text}" if text else name


def _without_paths(text: str) -> str:
    for path, shown in _SHOWN_AS.items():
        text = text.replace(path, shown)
    return text
