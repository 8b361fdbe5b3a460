"""A record as the text of its file, and back."""

from pydantic import ValidationError

from regress_cli.grading.records.record import Record
from regress_cli.runs.strict_json import checksum, dumps, loads

# What follows from the rest, and stands in the file for whoever reads it without regress.
_TOTALS = ("score", "points")


def record_text(record: Record) -> str:
    """Return the JSON text of a record, sealed with a checksum; in one line until it is finished."""
    data = {**record.model_dump(mode="json"), **{name: getattr(record, name) for name in _TOTALS}}
    return dumps({**data, "checksum": checksum(data)}, is_readable=record.is_finished)


def read_record(content: bytes) -> Record | None:
    """Return the record that a file holds; None if it is damaged, or of another version."""
    try:
        data = loads(content)
        if checksum({key: value for key, value in data.items() if key != "checksum"}) != data["checksum"]:
            return None
        unsealed = {key: value for key, value in data.items() if key not in (*_TOTALS, "checksum")}
        return Record.model_validate(unsealed)
    except (ValueError, AttributeError, KeyError, RecursionError, ValidationError):
        return None
