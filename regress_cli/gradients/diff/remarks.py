"""What has to be known of a derivative, in sentences: kinks, jumps, and where autograd can't do it."""

import math

from regress_cli.errors import UserError
from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import reverse
from regress_cli.gradients.diff.derivative import Derivative
from regress_cli.gradients.diff.domain import blamed_slope, blamed_value
from regress_cli.gradients.diff.formula import quotient
from regress_cli.gradients.diff.sides import Break, resolved
from regress_cli.gradients.point import Point, shown_point
from regress_cli.text import all_digits


def remarks_on(derivative: Derivative, expression: Expression, point: Point) -> list[str]:
    """Return a sentence for each thing that is not as it should be."""
    remarks = []
    kink = derivative.kink
    if kink is not None:
        convention = float(reverse(expression, kink.by or derivative.by, point))
        end = f"; autograd's convention gives {all_digits(convention)}" if math.isfinite(convention) else ""
        remarks.append(f"{_kink_words(kink, point)}{end}")
    if derivative.not_finite:
        modes = " and ".join(derivative.not_finite)
        values = " and ".join(
            dict.fromkeys(all_digits(derivative.modes[mode]) for mode in derivative.not_finite)
        )
        reason = _reason(expression, point, len(derivative.by))
        here = f"{modes} mode can only give {values} at {shown_point(point)}"
        remarks.append(f"{derivative.name}: {here}, because {reason}")
    elif derivative.apart:
        pairs = ", ".join(f"{one} and {other}" for one, other in derivative.apart)
        remarks.append(f"{derivative.name}: by more than rounding differ {pairs}")
    return remarks


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
        values = " or ".join(dict.fromkeys(map(all_digits, kink.values)))
        return f"{_subject(kink)} depends on the side from which {here} is approached: it is {values}"
    left, right = map(all_digits, kink.values)
    along = "" if len(point) == 1 else f" along {', '.join(kink.along)}"
    if len(kink.by) == 1:
        return f"f has a kink{along} at {here}: the slope is {left} on the left and {right} on the right"
    return f"{_subject(kink)} jumps{along} at {here}: it is {left} on the left and {right} on the right"


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
