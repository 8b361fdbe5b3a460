"""The arguments to differentiate by, as they are given on the command line."""

from regress_cli.errors import UserError
from regress_cli.text import quoted


def read_wrt(text: str | None) -> tuple[str, ...] | None:
    """Return the names of ``--wrt``; None where it was not given.

    Raises:
        UserError: there is no name, or one is there twice.

    >>> read_wrt("w, b")
    ('w', 'b')
    """
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise UserError(f"--wrt: {quoted(text)} leaves a name out; write names with commas, such as w,b")
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise UserError(f"--wrt: {quoted(repeated)} is there twice; name each argument once")
    return names
