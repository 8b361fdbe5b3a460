"""Names of experiments and sweeps, after which their folders are called on every system."""

from typing import Annotated

from pydantic import AfterValidator, Field

from regress_cli.config.schema.base import problem
from regress_cli.text import quoted

_LONGEST = 64
# Names of devices, which Windows does not take for a file or folder.
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}


def why_no_folder(name: str) -> str | None:
    """Return why no folder can be called after a name, with what to do; None where one can.

    >>> why_no_folder("mlp-2.1"), why_no_folder("nul")
    (None, "Windows takes no folder called 'nul'; choose another name")
    """
    if not 0 < len(name) <= _LONGEST:
        return f"{quoted(name)} can't name a folder; give 1 to {_LONGEST} characters"
    allowed = name.replace(".", "").replace("-", "").replace("_", "")
    if not (allowed.isascii() and allowed.isalnum() and name[0].isalnum()):
        return (
            f"{quoted(name)} can't name a folder; use letters, digits, dots, dashes and underscores, "
            "a letter or digit first"
        )
    if name.split(".")[0].lower() in _WINDOWS_DEVICES or name.endswith("."):
        return f"Windows takes no folder called {quoted(name)}; choose another name"
    return None


def _checked(name: str) -> str:
    reason = why_no_folder(name)
    if reason is not None:
        raise problem(reason)
    return name


FolderName = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_checked)]
