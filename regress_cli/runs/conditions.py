"""Conditions on runs, as they are typed: ``status=finished``, ``rmse<4``, ``age>30d``."""

import fnmatch
import math
import operator
import re
from collections.abc import Callable

from regress_cli.errors import UserError
from regress_cli.runs.facts import FACTS, NUMBERS, TEXTS
from regress_cli.runs.listing import ListedRun
from regress_cli.text import did_you_mean, quoted

Condition = Callable[[ListedRun], bool]

_FORM = re.compile(r"([^=<>!]*)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_NUMBER = re.compile(r"([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*([A-Za-z]*)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNITS = {
    "age": {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "size": {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9},
}


def condition(text: str) -> Condition:
    """Return what a typed condition says of a run.

    Texts are compared with ``=`` and ``!=``, in which ``*`` stands for anything; numbers with ``<``, ``<=``,
    ``>`` and ``>=`` too. A number that a run does not have fulfils no condition.

    Raises:
        UserError: it has another form, or names what is not known of a run.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise UserError(f"--where {quoted(text)}: write KEY=VALUE, as in status=finished or rmse<4")
    key, compared, value = found[1].strip(), found[2], found[3].strip()
    if key in NUMBERS:
        limit = _number(text, key, value)
        return lambda run: _holds(NUMBERS[key](run), compared, limit)
    if key not in TEXTS:
        raise UserError(f"--where {quoted(text)}: there is no such key; {did_you_mean(key, FACTS)}")
    if compared not in ("=", "!="):
        raise UserError(f"--where {quoted(text)}: {key} is a text; compare it with = or !=")
    return lambda run: fnmatch.fnmatchcase(TEXTS[key](run), value) is (compared == "=")


def _holds(number: float, compared: str, limit: float) -> bool:
    return not math.isnan(number) and _COMPARE[compared](number, limit)


def _number(text: str, key: str, value: str) -> float:
    found = _NUMBER.fullmatch(value)
    units = _UNITS.get(key, {})
    if found is None or (found[2] and found[2] not in units):
        hint = f" with {', '.join(units)} after it" if units else ""
        raise UserError(f"--where {quoted(text)}: {key} is a number; give one{hint}")
    try:
        return float(found[1]) * units.get(found[2], 1.0)
    except ValueError:
        raise UserError(f"--where {quoted(text)}: {quoted(found[1])} is no number; give one") from None
