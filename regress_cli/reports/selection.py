"""The runs that a report is about: all of a folder, or those that are named."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from regress_cli.config.reader import scalar
from regress_cli.errors import RegressError, RunFolderError, UserError
from regress_cli.reports.entry import Entry
from regress_cli.runs import open_run
from regress_cli.runs.chosen import chosen
from regress_cli.runs.listing import DAMAGED, UNREADABLE
from regress_cli.runs.members import members_of, stands_for_many
from regress_cli.runs.result import TELLING_PARTS
from regress_cli.sweeps.outcome import FAILED, INTERRUPTED, MISSING, outcome_of
from regress_cli.text import printable, quoted


def selected(outputs: Path, names: Sequence[str]) -> list[Entry]:
    """Return the runs that are meant, each once, in an order that does not depend on how they are named.

    Args:
        outputs: The folder of all runs.
        names: Folders of runs, of sweeps or of seeds, or how the names of runs begin; none for all runs.

    Raises:
        UserError: a name means no run, or the folder of runs is not there.
        RunFolderError: the table of a sweep is damaged.
    """
    found: dict[Path, Entry] = {}
    for folder, row in _named(outputs, names):
        # Written in another way, a path may lead to the same run.
        place = folder.absolute().resolve()
        if place not in found:
            # By the folder's own name, not that of a link to it.
            found[place] = _entry(place.name, folder, row)
    return sorted(found.values(), key=_order)


def _named(outputs: Path, names: Sequence[str]) -> Iterable[tuple[Path, dict[str, str]]]:
    if not names:
        yield from ((run.folder, {}) for run in chosen(outputs, [], [], "name"))
    for name in names:
        folder = Path(name)
        if not folder.is_dir():
            yield from _beginning(outputs, name)
        elif stands_for_many(folder):
            yield from members_of(folder)
        else:
            yield folder, {}


def _beginning(outputs: Path, name: str) -> list[tuple[Path, dict[str, str]]]:
    runs = chosen(outputs, [name], [], "name")
    if not runs:
        raise UserError(
            f"{quoted(name)}: there is no such folder, and no run in {printable(outputs)} begins so; "
            "`regress runs` lists them"
        )
    return [(run.folder, {}) for run in runs]


def _entry(name: str, folder: Path, row: dict[str, str]) -> Entry:
    if row and not folder.exists():
        told = row.get("status")
        is_known = told in (FAILED, INTERRUPTED)
        reason = (
            row.get("reason") if is_known else "there is no such run; give the same sweep again to make it"
        )
        return Entry(name, told if is_known and told else MISSING, None, reason, _settings(row))
    try:
        run = open_run(folder)
    except RegressError as error:
        status = DAMAGED if isinstance(error, RunFolderError) else UNREADABLE
        # Where it lies is the reader's own matter, and another on another machine.
        reason = (
            "; ".join(error.messages)
            .replace(f"{printable(folder)}/", "")
            .removeprefix(f"{printable(folder)}: ")
        )
        return Entry(name, status, None, reason, _settings(row))
    return Entry(name, run.status, run, outcome_of(0, run).reason)


def _settings(row: dict[str, str]) -> dict[str, Any]:
    """Return what a sweep's table says of a point's config."""
    others = {"point", "run", "status", "reason"}
    metrics = tuple(f"{part}." for part in TELLING_PARTS)
    return {
        key: _value(value)
        for key, value in row.items()
        if key not in others and not key.startswith(metrics) and value
    }


def _value(text: str) -> Any:
    try:
        return scalar(text)
    except ValueError:  # A number of thousands of digits.
        return text


def _order(entry: Entry) -> tuple[str, str]:
    """Put runs in order by name; two of the same name, which lie in two folders, by what they say."""
    record = {} if entry.run is None else entry.run.record
    return entry.name, json.dumps(record, sort_keys=True)
