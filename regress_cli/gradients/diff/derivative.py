"""A derivative in three ways, and whether they say the same."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from regress_cli.gradients.diff.rounding import is_same
from regress_cli.gradients.diff.sides import Break
from regress_cli.gradients.diff.stencils import Difference
from regress_cli.gradients.diff.symbolic import By, Symbolic


@dataclass(frozen=True)
class Derivative:
    """A derivative at a point.

    Attributes:
        name: Such as ``df/dx``.
        by: The variables, in the order in which it is taken.
        symbolic: The formula and its value; None without SymPy.
        reverse: By autograd, in reverse mode; not finite where autograd can't do it.
        forward: The same in forward mode.
        differences: Numerical derivatives for a sweep of steps.
        best: The one of these with the smallest error.
        rounding: How far the ways may be apart for no other reason than rounding; not so at a kink.
        kink: How it, or a lower one, differs from side to side of the point; None where it does not.
    """

    name: str
    by: By
    symbolic: Symbolic | None
    reverse: float
    forward: float
    differences: Sequence[Difference]
    best: Difference | None
    rounding: float
    kink: Break | None

    @property
    def modes(self) -> Mapping[str, float]:
        """The automatic derivatives."""
        return {"reverse": self.reverse, "forward": self.forward}

    @property
    def known(self) -> Mapping[str, float]:
        """The ways to the exact derivative that give a finite number, and these."""
        exact = math.nan if self.symbolic is None or self.symbolic.value is None else self.symbolic.value
        ways = {"symbolic": exact, **self.modes}
        return {way: value for way, value in ways.items() if math.isfinite(value)}

    @property
    def not_finite(self) -> list[str]:
        """The modes in which autograd gives no finite number."""
        return [mode for mode, value in self.modes.items() if not math.isfinite(value)]

    @property
    def apart(self) -> list[tuple[str, str]]:
        """The pairs of ways that differ by more than rounding; at a kink each has its convention."""
        if self.kink is not None:
            return []
        return self._pairs_apart(self.rounding)

    @property
    def excused(self) -> list[tuple[str, str]]:
        """The pairs of ways that are plainly apart, but by no more than rounding explains."""
        if self.kink is not None:
            return []
        return [pair for pair in self._pairs_apart(0.0) if pair not in self.apart]

    @property
    def agrees(self) -> bool:
        """Whether both modes are finite, and no ways differ."""
        return not self.not_finite and not self.apart

    def _pairs_apart(self, rounding: float) -> list[tuple[str, str]]:
        known = self.known
        return [
            (one, other)
            for one, other in combinations(known, 2)
            if not is_same(known[one], known[other], rounding)
        ]
