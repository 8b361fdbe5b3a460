"""Hears the Taylor remainder: it may overrule RIGHT, for it sees every entry at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from regress_cli.flat import Layout
from regress_cli.gradients.checking.oracles.differences import SAFETY, floor_of, sweep
from regress_cli.gradients.checking.oracles.taylor import remainder
from regress_cli.gradients.checking.sample import random_direction, typical_sizes
from regress_cli.gradients.checking.subject import Line
from regress_cli.gradients.checking.verdict import Block, Outcome

# The smallest error that it is heard for, relative to the slopes: below it, rounding may speak.
_LEAST_ERROR = 1e-6


class Judgement(NamedTuple):
    """An outcome, its reason, and the order of the Taylor remainder where it shows one."""

    outcome: Outcome
    reason: str
    order: float | None = None


def hear_taylor(
    line: Line,
    layout: Layout,
    claimed: np.ndarray,
    judgement: Judgement,
    blocks: Sequence[Block],
    rtol: float,
    rng: np.random.Generator,
) -> Judgement:
    """Return the judgement with the remainder's order; a first order that is borne out overrules RIGHT.

    Args:
        line: The function along lines from the point.
        layout: Where each parameter lies.
        claimed: The gradient, shape (p,).
        judgement: What the other oracles say.
        blocks: The evidence for that.
        rtol: The relative error up to which a gradient is right.
        rng: Draws the direction.
    """
    if not np.isfinite(claimed).all():
        return judgement
    sizes = typical_sizes(layout, line.point)
    positions, direction = np.arange(len(sizes)), random_direction(sizes, rng)
    slope = float(claimed @ direction)

    def along(step: float) -> float:
        return line.at(step, positions, direction)

    rest = remainder(along, line.center, slope)
    if judgement.outcome is not Outcome.RIGHT or not rest.is_wrong:
        return judgement._replace(order=rest.order)
    if any(block.kinks for block in blocks) or all(block.checked == block.size for block in blocks):
        # Along one line, several kinks may add up to another slope without any, and may a pole be crossed;
        # where every entry was looked at, there is none left that this line could tell of.
        return judgement
    # Noise that nothing tells of, and a kink that is crossed, can look like a first order: differences
    # along the same line have to say so too.
    seen = floor_of(sweep(along, line.center))
    scale = sum(block.scale for block in blocks) * float(np.abs(direction).max())
    allowed = SAFETY * seen.error + abs(seen.jump) + max(_LEAST_ERROR, 2 * rtol) * scale
    if not abs(slope - seen.value) > allowed:
        return judgement
    reason = (
        f"the Taylor remainder falls with order {rest.order:.2f} instead of 2, though the entries that were "
        "looked at agree: one that was not is wrong"
    )
    return Judgement(Outcome.WRONG, reason, rest.order)
