"""A glance at the arguments, before what reads them is imported: is there a run to draw pictures for?

A wrong guess costs no more than time: a helper that nobody needed, or one that starts later.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regress_cli.drawing.helper import Helper

_NAME = re.compile(rb"^name:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
_MOST_BYTES = 1 << 16
_NO_RUN = {"--dry-run", "--help", "-h"}


def helper_for(arguments: Sequence[str]) -> "AbstractContextManager[Helper | None]":
    """Return a helper, already started if the arguments are those of a run that is still to be made."""
    if arguments[:1] not in (["run"], ["fit"]) or _NO_RUN.intersection(arguments):
        return nullcontext()
    # The runs of many seeds draw nothing.
    if any(argument.startswith("--seeds") for argument in arguments):
        return nullcontext()
    from regress_cli.drawing.helper import Helper

    helper = Helper()
    if arguments[0] == "fit":
        # What is fitted by hand is tried with other starts and formulas: it is a new run nearly always.
        helper.start()
        return helper
    config = next((Path(text) for text in arguments[1:] if text.endswith((".yaml", ".yml"))), None)
    if config is not None and ("--force" in arguments or _is_new(config, arguments)):
        helper.start()
    return helper


def _is_new(config: Path, arguments: Sequence[str]) -> bool:
    """Return whether no run has the config's name."""
    folder = Path(_value("--out=", arguments) or _after("--out", arguments) or "outputs")
    try:
        # To look into a pipe would take from it, or wait for somebody who fills it.
        if not config.is_file():
            return False
        prefix = f"{_value('name=', arguments) or _name_in(config)}-"
        return not folder.exists() or not any(entry.name.startswith(prefix) for entry in folder.iterdir())
    except (OSError, ValueError):
        return False


def _name_in(config: Path) -> str:
    with config.open("rb") as file:
        found = _NAME.search(file.read(_MOST_BYTES))
    return found[1].decode() if found else config.stem


def _value(prefix: str, arguments: Sequence[str]) -> str | None:
    return next((text.removeprefix(prefix) for text in reversed(arguments) if text.startswith(prefix)), None)


def _after(option: str, arguments: Sequence[str]) -> str | None:
    return next((value for name, value in pairwise(arguments) if name == option), None)
