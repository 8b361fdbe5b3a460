"""From a formula and a table to a config: which names are columns, which parameters, and what is fitted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from regress_cli.config import Experiment, load_config
from regress_cli.data.constant import refuse_column_pi
from regress_cli.data.table_file import TableFile
from regress_cli.errors import UserError
from regress_cli.experiment.formula_mistyped import refuse_mistyped
from regress_cli.experiment.formula_names import refuse_fitted
from regress_cli.experiment.formula_text import Formula, read_formula, read_ranges, read_values
from regress_cli.expression import Expression
from regress_cli.text import did_you_mean, printable, quoted

_MOST_NAMED = 20


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for; None where it says nothing.

    Attributes:
        start: Values such as ``a=1,b=0.1``, from each time that the option is given.
        bounds: Ranges such as ``a=0:10,b=0:``, likewise.
        target: The column to fit, or arithmetic in columns.
        weights: A column of relative weights.
        sigma: A column of known standard deviations.
        confidence: Of the intervals.
        errors: ``classical`` or ``hc3``.
        file_format: Of the picture that is asked for.
    """

    start: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    target: str | None = None
    weights: str | None = None
    sigma: str | None = None
    confidence: float = 0.95
    errors: str = "classical"
    file_format: str | None = None


def formula_config(
    text: str, path: Path, wishes: Wishes, overrides: Sequence[str] = ()
) -> tuple[Experiment, list[str]]:
    """Return the config of a formula's fit to a table, and what a reader should know of it.

    Raises:
        UserError: the formula, an option or the table can't be used; the message says what to give.
    """
    from regress_cli.data.table import column_names

    notation = _notation(path, overrides)
    file = TableFile(path, notation.get("separator"), notation.get("decimal", "."))
    # No config names the file yet.
    columns = column_names(replace(file, in_config=False))
    formula = _read_formula(text, columns)
    start = read_values(",".join(wishes.start), "--start")
    _refuse_two_roles(start, formula, columns)
    parameters = [name for name in formula.names if name in start or name not in columns]
    refuse_column_pi(Expression.parse(formula.expression), columns, quoted(formula.expression))
    refuse_mistyped([name for name in parameters if name not in start], columns)
    if not parameters:
        raise UserError(
            f"every name in {quoted(formula.expression)} is a column of {printable(path.name)}, "
            "so that nothing is left to fit; put a parameter in, such as a*x"
        )
    used = [name for name in formula.names if name in columns]
    if not used:
        raise UserError(
            f"no name in {quoted(formula.expression)} is a column of {printable(path.name)}; use one of: "
            f"{_listed(columns)}"
        )
    target = _target(formula, wishes, columns, used)
    _refuse_other_roles(used, {"--weights": wishes.weights, "--sigma": wishes.sigma})
    refuse_fitted(used, target, file, columns)
    config = {
        "name": _name_from(path),
        "data": _without_none(
            {
                "kind": "table",
                "path": str(path),
                **notation,
                "target": target,
                "features": used,
                "weights": wishes.weights,
                "sigma": wishes.sigma,
            }
        ),
        "model": _without_none(
            {
                "kind": "formula",
                "expression": formula.expression,
                "initial": {name: start.get(name, 1.0) for name in parameters},
                "bounds": read_ranges(",".join(wishes.bounds), "--bounds") or None,
            }
        ),
        "optimizer": {"kind": "levenberg_marquardt"},
        "inference": {"confidence": wishes.confidence, "errors": wishes.errors},
    }
    if wishes.file_format not in (None, "png"):
        config["plots"] = {"formats": ["png", wishes.file_format]}
    return load_config(config, overrides), _notes(used, parameters, start, target, formula, wishes)


def _read_formula(text: str, columns: Sequence[str]) -> Formula:
    """Return the formula; where it can't be read for a column's name that is no plain one, say that."""
    try:
        return read_formula(text)
    except UserError:
        for name in columns:
            if name in text and not name.isidentifier():
                plain = re.sub(r"\W+", "_", name).strip("_") or "column"
                raise UserError(
                    f"column {quoted(name)} can't stand in a formula, where names are letters, digits and _; "
                    f"rename it in the header, such as {printable(plain)}"
                ) from None
        raise


def _notation(path: Path, overrides: Sequence[str]) -> dict[str, str]:
    """Return separator and decimals, as the command line gives them or as the header looks."""
    given = dict(text.split("=", 1) for text in overrides if "=" in text)
    notation = {}
    if "data.decimal" in given:
        notation["decimal"] = given["data.decimal"].strip("\"'")
    if "data.separator" in given:
        return {**notation, "separator": given["data.separator"].strip("\"'").replace("\\t", "\t")}
    try:
        with path.open("rb") as file:
            header = file.readline(1 << 16)
    except OSError:  # What is wrong with it is told by who reads the table.
        return notation
    if path.suffix.lower() == ".csv" and header.count(b";") > header.count(b","):
        notation["separator"] = ";"
    return notation


def _refuse_two_roles(start: Mapping[str, float], formula: Formula, columns: Sequence[str]) -> None:
    for name in start:
        if name in columns and name in formula.names:
            raise UserError(
                f"{quoted(name)} is a column of the table and has a start as well; "
                "name the parameter otherwise, or leave it out of --start"
            )
        if name not in formula.names:
            spare = [other for other in formula.names if other not in columns]
            hint = did_you_mean(name, spare) if spare else "leave it out"
            raise UserError(f"--start: {quoted(name)} does not stand in the formula; {hint}")


def _refuse_other_roles(used: Sequence[str], options: Mapping[str, str | None]) -> None:
    for option, name in options.items():
        if name in used:
            raise UserError(
                f"the formula uses {quoted(name)}, which {option} gives another role; "
                f"take it out of the formula, or leave {option} out"
            )


def _target(formula: Formula, wishes: Wishes, columns: Sequence[str], used: Sequence[str]) -> str:
    """Return what is fitted: what is named, else the column y, else the only column with no other role."""
    if wishes.target is not None and formula.target not in (None, wishes.target):
        raise UserError(
            f"the formula fits {quoted(formula.target)} and --target says {quoted(wishes.target)}; "
            "leave one of them out"
        )
    named = wishes.target or formula.target
    if named is not None:
        return named
    left = [name for name in columns if name not in (*used, wishes.weights, wishes.sigma)]
    if "y" in left:
        return "y"
    if len(left) == 1:
        return left[0]
    if not left:
        raise UserError(
            "the formula uses every column, so that none is left to be fitted; "
            "take one out of it, or name the target with --target"
        )
    raise UserError(
        f"several columns could be what is fitted ({_listed(left)}); "
        f'name it: --target {printable(left[-1])}, or "{printable(left[-1])} ~ ..." as the formula'
    )


def _notes(
    used: Sequence[str],
    parameters: Sequence[str],
    start: Mapping[str, float],
    target: str,
    formula: Formula,
    wishes: Wishes,
) -> list[str]:
    notes = []
    if wishes.target is None and formula.target is None:
        notes.append(f"the column {quoted(target)} is fitted; --target names another")
    unknown = [name for name in parameters if name not in start]
    if unknown:
        notes.append(f"columns of the table: {_listed(used)}; parameters: {_listed(parameters)}")
        notes.append(
            f"{_listed(unknown)}: the fit starts at 1 for want of better; --start {unknown[0]}=... gives a "
            "better start"
        )
    return notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return printable(", ".join(names[:_MOST_NAMED]), 400) + more


def _name_from(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")[:64] or "fit"


def _without_none(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if value is not None}
