"""Points as they are given on the command line: a number for each variable, several of them, or a domain."""

import math
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from regress_cli.errors import UserError
from regress_cli.expression import Expression
from regress_cli.text import all_digits, did_you_mean, printable, quoted

Point = Mapping[str, float]

_MOST_POINTS = 1000


def read_point(texts: Sequence[str], names: Sequence[str], *, complete: bool = True) -> dict[str, float]:
    """Return one point: the value of each variable, in the order of ``names``.

    Args:
        texts: Values such as ``x=2,y=pi/2``; a single variable needs no name.
        names: The variables that there are.
        complete: Whether each of them has to have a value.

    Raises:
        UserError: a value is missing, given twice or no number, or its name is that of no variable.

    >>> read_point(["x=2,y=-pi", "z=1e-3"], ["x", "y", "z"])
    {'x': 2.0, 'y': -3.141592653589793, 'z': 0.001}
    """
    given: dict[str, float] = {}
    for piece in _pieces(texts):
        name, text = _name_and_value(piece, names)
        if name in given:
            raise UserError(f"--at: {quoted(name)} has two values; give one, and write decimals with a point")
        given[name] = read_number(text)
    missing = [name for name in names if name not in given]
    if complete and missing:
        raise UserError(f"--at: {quoted(missing[0])} has no value; write {_example(names)}")
    return {name: given[name] for name in names if name in given}


def read_points(texts: Sequence[str], names: Sequence[str]) -> list[dict[str, float]]:
    """Return several points of one variable, ``0,1,2`` or ``-2:2:5`` (start:stop:count), or one of more.

    Raises:
        UserError: a part is not a number, or there are too many points.

    >>> read_points(["0.5", "-1:1:3"], ["x"])
    [{'x': 0.5}, {'x': -1.0}, {'x': 0.0}, {'x': 1.0}]
    """
    if len(names) != 1 or any("=" in text for text in texts):
        return [read_point(texts, names)]
    values = [value for piece in _pieces(texts) for value in _grid(piece)]
    if len(values) > _MOST_POINTS:
        raise UserError(f"--at: {len(values):,} points are too many; give at most {_MOST_POINTS:,}")
    return [{names[0]: value} for value in values]


def read_domain(text: str) -> tuple[float, float]:
    """Return the ends of ``LOW:HIGH``.

    >>> read_domain("-2:2")
    (-2.0, 2.0)
    """
    low, colon, high = text.partition(":")
    ends = (read_number(low, "--domain"), read_number(high, "--domain")) if colon else (0.0, 0.0)
    if not (ends[0] < ends[1] and math.isfinite(ends[1] - ends[0])):
        raise UserError(f"--domain: {quoted(text)} is no interval; write LOW:HIGH, such as -2:2")
    return ends


def read_number(text: str, option: str = "--at") -> float:
    """Return the number that a text stands for, which may be arithmetic such as ``pi/2``.

    Raises:
        UserError: it is no finite number.
    """
    try:
        expression = Expression.parse(text)
        with np.errstate(all="ignore"):
            value = math.nan if expression.names else float(expression.evaluate({}))
    except (UserError, ArithmeticError):
        value = math.nan
    if not math.isfinite(value):
        what = f"{option}: {quoted(text.strip())} is not a finite number"
        raise UserError(f"{what}; write one, such as 2, -0.5, 1e-3 or pi/2")
    return value


def shown_point(point: Point) -> str:
    """Return a point as it is shown in a sentence.

    >>> shown_point({"x": 2.0, "y": 0.5})
    'x = 2, y = 0.5'
    """
    return ", ".join(f"{printable(name)} = {all_digits(value)}" for name, value in point.items())


def _pieces(texts: Sequence[str]) -> list[str]:
    return [piece.strip() for text in texts for piece in text.split(",")]


def _name_and_value(piece: str, names: Sequence[str]) -> tuple[str, str]:
    name, equals, text = (part.strip() for part in piece.partition("="))
    if not piece or (not equals and len(names) > 1):
        raise UserError(f"--at: {quoted(piece)} is the value of no variable; write {_example(names)}")
    if not equals:
        return names[0], piece
    if name not in names:
        # Letters that Python takes for the same are, such as the Greek letter and the micro sign.
        name = _by_normal_form(names).get(unicodedata.normalize("NFKC", name), name)
    if name not in names:
        raise UserError(f"--at: {quoted(name)} is none of the variables; {did_you_mean(name, names)}")
    return name, text


def _by_normal_form(names: Sequence[str]) -> dict[str, str]:
    return {unicodedata.normalize("NFKC", name): name for name in names}


def _grid(text: str) -> list[float]:
    start, *rest = text.split(":")
    if not rest:
        return [read_number(start)]
    count = rest[1].strip() if len(rest) == 2 else ""
    if not (count.isascii() and count.isdigit() and 1 <= int(count) <= _MOST_POINTS):
        raise UserError(f"--at: {quoted(text)} is no grid; write start:stop:count, such as -2:2:5")
    return np.linspace(read_number(start), read_number(rest[0]), int(count)).tolist()


def _example(names: Sequence[str]) -> str:
    return printable("--at " + ",".join(f"{name}={value}" for value, name in enumerate(names, 1)))
