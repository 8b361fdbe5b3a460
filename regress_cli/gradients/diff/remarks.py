"""What has to be known of a derivative, in sentences: kinks, jumps, and where a way can't do it."""

import math
from collections.abc import Sequence

from regress_cli.errors import UserError
from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import reverse
from regress_cli.gradients.diff.derivative import Derivative
from regress_cli.gradients.diff.domain import blamed_slope, blamed_value
from regress_cli.gradients.diff.formula import quotient
from regress_cli.gradients.diff.sides import Break, resolved
from regress_cli.gradients.diff.unconfirmed import why_unconfirmed
from regress_cli.gradients.point import Point, shown_point
from regress_cli.text import all_digits

# What is left of a zero by rounding; that needs no explanation.
_NOTHING = 1e-9


def remarks_on(derivative: Derivative, expression: Expression, point: Point) -> list[str]:
    """Return a sentence for each thing that is not as it should be."""
    remarks = []
    if derivative.kink is not None:
        convention = _convention(derivative, derivative.kink, expression, point)
        remarks.append(f"{_kink_words(derivative.kink, point)}{convention}")
    if derivative.not_finite:
        modes = " and ".join(derivative.not_finite)
        values = " and ".join(
            dict.fromkeys(all_digits(derivative.modes[mode]) for mode in derivative.not_finite)
        )
        reason = _reason(expression, point, len(derivative.by))
        here = f"{modes} mode can only give {values} at {shown_point(point)}"
        remarks.append(f"{derivative.name}: {here}, because {reason}")
    if derivative.apart:
        pairs = ", ".join(f"{one} and {other}" for one, other in derivative.apart)
        remarks.append(f"{derivative.name}: by more than rounding differ {pairs}")
    remarks += [
        f"{derivative.name}: {words}"
        for words in (_excuse(derivative), why_unconfirmed(derivative, expression, point))
        if words is not None
    ]
    return remarks


def _convention(derivative: Derivative, kink: Break, expression: Expression, point: Point) -> str:
    """Return what the ways give where there is no derivative, as the end of a sentence."""
    automatic = float(reverse(expression, kink.by or derivative.by, point))
    if math.isfinite(automatic):
        return f"; autograd's convention gives {all_digits(automatic)}"
    if kink.by == derivative.by and "symbolic" in derivative.known:
        return f"; SymPy's convention gives {all_digits(derivative.known['symbolic'])}"
    return ""


def _excuse(derivative: Derivative) -> str | None:
    """Return why ways that are plainly apart are not said to disagree."""
    if not derivative.excused:
        return None
    known = derivative.known
    one, other = max(derivative.excused, key=lambda pair: abs(known[pair[0]] - known[pair[1]]))
    if known.get("symbolic") == 0 and abs(known[one] - known[other]) < _NOTHING:
        return None
    return (
        f"{one} and {other} are {abs(known[one] - known[other]):.1e} apart, which rounding explains: "
        "the last digit of the point, or of a number on the way, changes the derivative by as much"
    )


def refuse_unknown(derivative: Derivative, expression: Expression, point: Point) -> None:
    """Refuse a derivative of which no way gives a finite number.

    Raises:
        UserError: the derivative does not exist, or is not finite; the message says where that comes from.
    """
    is_known = derivative.symbolic is not None and derivative.symbolic.value is not None
    if is_known or len(derivative.not_finite) < len(derivative.modes):
        return
    if derivative.kink is not None:
        raise UserError(f"{_kink_words(derivative.kink, point)}; choose another point")
    reason = _reason(expression, point, len(derivative.by))
    raise UserError(
        f"{derivative.name} is not finite at {shown_point(point)}: {reason}; choose another point"
    )


def _kink_words(kink: Break, point: Point) -> str:
    here = shown_point(point)
    if len(kink.along) > 1:
        known = dict.fromkeys(all_digits(value) for value in kink.values if not math.isnan(value))
        values = " or ".join([*known, *(["no number"] if any(map(math.isnan, kink.values)) else [])])
        return f"{_subject(kink)} depends on the side from which {here} is approached: it is {values}"
    left, right = _both_sides(kink.values)
    along = "" if len(point) == 1 else f" along {', '.join(kink.along)}"
    if len(kink.by) == 1:
        return f"f has a kink{along} at {here}: the slope {left} on the left and {right} on the right"
    return f"{_subject(kink)} jumps{along} at {here}: it {left} on the left and {right} on the right"


def _both_sides(values: Sequence[float]) -> tuple[str, str]:
    """Return what is said of the left and of the right; the verb is not said twice.

    >>> _both_sides([1.0, 2.0]), _both_sides([0.0, math.nan])
    (('is 1', '2'), ('is 0', 'settles at no number'))
    """
    left, right = ("settles at no number" if math.isnan(v) else f"is {all_digits(v)}" for v in values)
    return left, right.removeprefix("is ") if left.startswith("is ") else right


def _subject(kink: Break) -> str:
    return quotient(kink.by) if kink.by else "f"


def _reason(expression: Expression, point: Point, order: int) -> str:
    """Return why autograd's derivative is not finite where the function is."""
    reason = _blame(expression, point, order)
    if reason is None:
        return "a number on the way to it is too large for a float"
    taken = Expression("", resolved(expression.tree, point))
    is_elsewhere = _blame(taken, point, order) is None
    return f"{reason}, in the branch of where that is not taken" if is_elsewhere else reason


def _blame(expression: Expression, point: Point, order: int) -> str | None:
    return blamed_value(expression.tree, point) or blamed_slope(expression.tree, point, order)
