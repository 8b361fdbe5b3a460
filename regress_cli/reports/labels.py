"""A short label for each of several runs or groups: the values by which it can be told from the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from regress_cli.reports.entry import Entry
from regress_cli.reports.table import shown_value, telling_keys
from regress_cli.text import printable

_LONGEST = 48
_LONGEST_VALUE = 24
_MOST_WORDS = 8


def labels_of(entries: Sequence[Entry]) -> list[str]:
    """Return a label for each run of a report: the values in which they differ, or its name."""
    keys = telling_keys(entries)
    values = [
        # Of a run that is not there, what its sweep did not set is not known.
        {key: entry.config.get(key) for key in keys if entry.run is not None or key in entry.config}
        for entry in entries
    ]
    return told_apart(values, [entry.name for entry in entries])


def told_apart(
    values: Sequence[Mapping[str, Any]], names: Sequence[str], longest: int = _LONGEST
) -> list[str]:
    """Return values as labels, where these are short and tell all apart; else names.

    Args:
        values: In what each differs from the others, by dotted keys; one of which nothing is known has its
            name.
        names: Of each; they are numbered where two are the same.
        longest: A label may have so many characters.

    >>> told_apart([{"data.noise": 1.5}, {"data.noise": 2}], ["a", "b"])
    ['noise=1.5', 'noise=2']
    >>> told_apart([{}, {}], ["a", "a"])
    ['1: a', '2: a']
    """
    short = short_keys(key for one in values for key in one)
    labels = [
        ", ".join(
            f"{printable(short[key])}={shown_value(value, _LONGEST_VALUE)}" for key, value in one.items()
        )
        or name
        for one, name in zip(values, names, strict=True)
    ]
    is_clear = any(values) and len(set(labels)) == len(labels) and max(map(len, labels)) <= longest
    return labels if is_clear else _different(names)


def short_keys(keys: Iterable[str]) -> dict[str, str]:
    """Return for each dotted key as few of its last words as no other one ends with.

    >>> short_keys(["optimizer.step_size", "inputs.x.low", "inputs.y.low"])
    {'optimizer.step_size': 'step_size', 'inputs.x.low': 'x.low', 'inputs.y.low': 'y.low'}
    """
    ends = {key: _ends(key) for key in dict.fromkeys(keys)}
    counts = Counter(end for own in ends.values() for end in own)
    return {key: next((end for end in own if counts[end] == 1), key) for key, own in ends.items()}


def _ends(key: str) -> list[str]:
    """Return the last word of a dotted key, its last two, and so on."""
    # A config has no deeper ones; what else a record may hold is as long as its author likes.
    words = key.rsplit(".", _MOST_WORDS)[-_MOST_WORDS:]
    return [".".join(words[-count:]) for count in range(1, len(words) + 1)]


def _different(names: Sequence[str]) -> list[str]:
    """Return names, numbered where two runs in two folders have the same."""
    if len(set(names)) == len(names):
        return list(names)
    return [f"{number}: {name}" for number, name in enumerate(names, start=1)]
