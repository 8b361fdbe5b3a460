"""A short label for each run: the values by which it can be told from the others."""

from collections.abc import Sequence

from regress_cli.reports.entry import Entry
from regress_cli.reports.table import shown_value, telling_keys

_LONGEST = 44
_LONGEST_VALUE = 20


def labels_of(entries: Sequence[Entry]) -> list[str]:
    """Return the values in which runs differ, where these are short and tell all apart; else their names."""
    keys = telling_keys(entries)
    labels = [_label(entry, keys) for entry in entries]
    is_clear = len(set(labels)) == len(labels) and all(0 < len(label) <= _LONGEST for label in labels)
    return labels if is_clear else _different([entry.name for entry in entries])


def _label(entry: Entry, keys: Sequence[str]) -> str:
    """Return what is known of these keys; the name of a run of which nothing is known."""
    words = [_worded(key, entry.config.get(key)) for key in keys if entry.run or key in entry.config]
    return ", ".join(words) or entry.name


def _worded(key: str, value: object) -> str:
    """Return a value that speaks for itself, or else with the last word of its key."""
    text = shown_value(value, _LONGEST_VALUE)
    is_word = isinstance(value, str) and value.isidentifier()
    return text if is_word else f"{key.rpartition('.')[2]} {text}"


def _different(names: Sequence[str]) -> list[str]:
    """Return names, numbered where two runs in two folders have the same."""
    if len(set(names)) == len(names):
        return list(names)
    return [f"{number}: {name}" for number, name in enumerate(names, start=1)]
