"""Commented configs to start from, written from the schema: every key with what it means."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from regress_cli.config.schema import Experiment
from regress_cli.config.sections import kind_of, sections_in
from regress_cli.config.wording import comment_of
from regress_cli.errors import UserError, explain_os_errors
from regress_cli.text import printable

_COMMENT_COLUMN = 34
_SYNTHETIC = {"kind": "synthetic", "n": 100, "inputs": {"x": {"low": 0, "high": 10}}}
_STEPS = {"steps": 1000}

# What each starter sets; every other key stands in it as a comment, with its default.
STARTERS: dict[str, dict[str, Any]] = {
    "linear": {
        "data": {**_SYNTHETIC, "target": "4*x + 10", "noise": 2},
        "model": {"kind": "linear"},
        "optimizer": {"kind": "sgd", "step_size": 0.01, "mass": 0},
        "training": _STEPS,
    },
    "polynomial": {
        "data": {
            **_SYNTHETIC,
            "inputs": {"x": {"low": -3, "high": 3}},
            "target": "x**4 - 10*x**2 + 10*x",
            "noise": 4,
        },
        "model": {"kind": "polynomial", "degree": 4},
        "optimizer": {"kind": "sgd", "step_size": 0.001, "mass": 0},
        "training": {"steps": 10000},
    },
    "mlp": {
        "seed": 5,
        "data": {
            **_SYNTHETIC,
            "n": 1000,
            "inputs": {"x": {"low": -5, "high": 5}},
            "target": "x**3 - 20*x + 10",
            "noise": 4,
        },
        "model": {"kind": "mlp", "hidden": [4, 4], "activation": "relu"},
        "optimizer": {"kind": "sgd", "step_size": 0.01, "mass": 0.9},
        "training": {"steps": 5000},
    },
    "formula": {
        "data": {**_SYNTHETIC, "n": 60, "target": "240*(1 - exp(-0.5*x))", "noise": 5},
        "model": {
            "kind": "formula",
            "expression": "b1*(1 - exp(-b2*x))",
            "initial": {"b1": 100, "b2": 1},
        },
        "optimizer": {"kind": "levenberg_marquardt"},
    },
    "table": {
        "data": {
            "kind": "table",
            "path": "table.csv",
            "target": "price",
            "split": {"test": 0.25},
            "standardize": {"features": True, "target": True},
        },
        "model": {"kind": "linear"},
        "optimizer": {"kind": "exact"},
    },
}

# A small table, so that the starter for tables runs as it is.
EXAMPLE_TABLE = """\
size,rooms,district,price
52,2,north,208
61,2,south,221
64,3,north,251
70,3,west,262
75,3,south,259
81,3,west,300
88,4,north,331
93,4,south,317
99,4,west,352
104,5,north,389
112,5,south,374
121,5,west,425
"""


def write_starter(kind: str, path: Path, *, force: bool = False) -> list[Path]:
    """Write a starter config to ``path``, and the table that it names; return what was written.

    Raises:
        UserError: a file is there already, or can't be written.
    """
    files = {path: starter_yaml(kind, path.name)}
    if kind == "table" and (force or not (path.parent / "table.csv").exists()):
        files[path.parent / "table.csv"] = EXAMPLE_TABLE
    for file, content in files.items():
        remedy = "name another file with --out"
        with explain_os_errors(f"write {printable(file)}", remedy):
            try:
                stream = file.open("w" if force else "x", encoding="utf-8")
            except FileExistsError as error:
                message = f"{printable(file)}: the file is there already; {remedy}, or use --force"
                raise UserError(message) from error
            try:
                with stream:
                    stream.write(content)
            except OSError:
                # Half a file would be in the way of the next try.
                file.unlink()
                raise
    return list(files)


def starter_yaml(kind: str, file_name: str) -> str:
    """Return the text of a starter config; ``kind`` is a key of `STARTERS`."""
    lines = [
        f"# Run it with: regress run {printable(file_name)}",
        "# A key behind a # has the value that stands there; take the # away to change it.",
        "",
        *_section_lines(Experiment, {"name": kind, "seed": 0, **STARTERS[kind]}, indent=""),
    ]
    return "\n".join(lines) + "\n"


def _section_lines(section: type[BaseModel], values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, field in section.model_fields.items():
        nested = sections_in(field.annotation)
        if key == "inputs" and key in values:
            yield _line(indent, key, json.dumps(values[key]).replace('"', ""), field)
        elif not nested:
            yield from _value_line(indent, key, values, field)
        elif key in values:
            chosen = next((one for one in nested if _matches(one, values[key])), nested[0])
            yield _line(indent, key, "", field)
            yield from _section_lines(chosen, values[key], indent + "  ")
        else:
            yield _comment_line(indent, key, _default(field), field)


def _value_line(indent: str, key: str, values: Mapping[str, Any], field: FieldInfo) -> Iterator[str]:
    if key in values:
        yield _line(indent, key, _text(values[key]), field)
    else:
        yield _comment_line(indent, key, _default(field), field)


def _matches(section: type[BaseModel], values: Mapping[str, Any]) -> bool:
    return "kind" in section.model_fields and kind_of(section) == values.get("kind")


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value).replace('"', "")


def _line(indent: str, key: str, value: str, field: FieldInfo) -> str:
    return f"{f'{indent}{key}: {value}'.rstrip():<{_COMMENT_COLUMN}}  # {comment_of(field)}"


def _comment_line(indent: str, key: str, value: str, field: FieldInfo) -> str:
    return f"{f'{indent}# {key}: {value}':<{_COMMENT_COLUMN}}  # {comment_of(field)}"
