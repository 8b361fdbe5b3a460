"""All runs as one table: how each ended, in what their configs differ, how good each is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regress_cli.reports.entry import Entry
from regress_cli.runs.result import TELLING_PARTS
from regress_cli.text import all_digits, four_digits, printable, without_rounding

# They have columns of their own, whether they differ or not.
_OWN_COLUMNS = {"model.kind": "model", "optimizer.kind": "optimizer", "seed": "seed"}
# These say nothing of what was fitted.
_UNTOLD = ("name", "data.path", "plots", "training.checkpoint_seconds")
# More columns than these are no table any more.
_MOST_KEYS = 12
_LONGEST_VALUE = 40
# A whole number may be larger than any float.
_LARGEST = 1e300
NOTHING = "\u2013"
# Not the same as any value, None included.
_UNKNOWN = object()


@dataclass(frozen=True)
class Cell:
    """One value.

    Attributes:
        text: As it is shown.
        number: By which it is put in order; None for a text, and for nothing.
        is_different: Whether most runs have another value.
    """

    text: str
    number: float | None = None
    is_different: bool = False


@dataclass(frozen=True)
class Column:
    """One thing that is known of each run.

    Attributes:
        group: What stands above columns that belong together.
        label: Its name in the group.
        cells: One for each run.
        is_number: Whether its values are numbers, and stand at the right.
    """

    group: str
    label: str
    cells: tuple[Cell, ...]
    is_number: bool


@dataclass(frozen=True)
class Table:
    """What is known of all runs.

    Attributes:
        columns: In order.
        different: The dotted keys in which configs differ.
        left_out: Those of them that have no column, for there are too many.
    """

    columns: tuple[Column, ...]
    different: frozenset[str]
    left_out: tuple[str, ...]


def table_of(entries: Sequence[Entry]) -> Table:
    """Return the table of runs; each column has a cell for each."""
    different = different_keys(entries)
    keys = [key for key in telling_keys(entries) if key not in _OWN_COLUMNS]
    columns = [_texts("", "status", [entry.status.replace("_", " ") for entry in entries])]
    # How good a run is stands first, for it is what most readers want, and a phone shows few columns.
    for part in TELLING_PARTS:
        if any(part in entry.metrics for entry in entries):
            columns += [_metrics(entries, part, name) for name in ("rmse", "r2")]
    for key in [*_OWN_COLUMNS, *keys[:_MOST_KEYS]]:
        columns.append(_settings(entries, key, _OWN_COLUMNS.get(key, key)))
    return Table(tuple(columns), frozenset(different), tuple(keys[_MOST_KEYS:]))


def shown_value(value: Any, limit: int = _LONGEST_VALUE) -> str:
    """Return a value of a config as a text.

    >>> shown_value(0.1), shown_value(True), shown_value([8, 8]), shown_value(None)
    ('0.1', 'true', '[8, 8]', '\u2013')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    return all_digits(value) if isinstance(value, float) else printable(value, limit)


def shown_number(name: str, value: float | None) -> str:
    """Return a metric in four digits; a dash for one that is not finite or not defined."""
    if value is None:
        return NOTHING
    return four_digits(without_rounding(value) if name == "r2" else value)


def different_keys(entries: Sequence[Entry]) -> list[str]:
    """Return the dotted keys whose values are not the same in all configs, in the order of a config."""
    whole = [entry.config for entry in entries if entry.run is not None]
    # Of a run that is not there only what its sweep set is known: what is not, may be the same.
    partial = [entry.settings for entry in entries if entry.run is None]
    found = []
    for key in dict.fromkeys(key for config in [*whole, *partial] for key in config):
        values = {repr(config.get(key, _UNKNOWN)) for config in whole}
        values |= {repr(config[key]) for config in partial if key in config}
        if len(values) > 1:
            found.append(key)
    return found


def telling_keys(entries: Sequence[Entry]) -> list[str]:
    """Return the keys in which runs differ and that say something of a fit, the most common ones first."""
    configs = [entry.config for entry in entries]
    keys = [
        key
        for key in different_keys(entries)
        if not any(key == name or key.startswith(f"{name}.") for name in _UNTOLD)
    ]
    return sorted(keys, key=lambda key: -sum(key in config for config in configs))


def _settings(entries: Sequence[Entry], key: str, label: str) -> Column:
    """Return a column in which a value is marked where two thirds of the runs have another one."""
    values = [entry.config.get(key) for entry in entries]
    # That a whole config has no such key is known too; of a run that is not there, nothing is.
    known = [entry.run is not None or key in entry.config for entry in entries]
    counts = Counter(repr(value) for value, is_known in zip(values, known, strict=True) if is_known)
    usual, count = counts.most_common(1)[0] if counts else ("", 0)
    # Where two values are about as common, none of them stands out.
    has_usual = 3 * count >= 2 * sum(known)
    numbers = [_number(value) for value in values]
    is_number = any(number is not None for number in numbers) and not any(
        number is None and value is not None for number, value in zip(numbers, values, strict=True)
    )
    cells = [
        Cell(
            shown_value(value), number if is_number else None, is_known and has_usual and repr(value) != usual
        )
        for value, number, is_known in zip(values, numbers, known, strict=True)
    ]
    return Column("config", label, tuple(cells), is_number)


def _texts(group: str, label: str, values: Sequence[str]) -> Column:
    return Column(group, label, tuple(Cell(value) for value in values), is_number=False)


def _metrics(entries: Sequence[Entry], part: str, name: str) -> Column:
    values = [entry.metric(part, name) for entry in entries]
    cells = tuple(Cell(shown_number(name, value), value) for value in values)
    return Column(part, "R\u00b2" if name == "r2" else name, cells, is_number=True)


def _number(value: Any) -> float | None:
    """Return a value as a number; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
    return float(value) if is_number else None
