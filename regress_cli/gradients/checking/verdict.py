"""The verdict on a gradient: one word, the reason, and a row of evidence for each parameter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What can be said of a gradient, the worst last."""

    RIGHT = "RIGHT"
    KINK = "KINK"
    NOISE = "NOISE"
    UNVERIFIABLE = "UNVERIFIABLE"
    WRONG = "WRONG"

    @property
    def badness(self) -> int:
        """The place in the order from best to worst."""
        return list(Outcome).index(self)

    @property
    def is_acceptable(self) -> bool:
        """Whether nothing speaks against the gradient: it is right wherever it can be judged."""
        return self in (Outcome.RIGHT, Outcome.KINK)


@dataclass(frozen=True)
class Block:
    """The evidence for one parameter: its worst entry, and how many entries were looked at.

    Attributes:
        name: The parameter.
        shape: Its shape.
        size: How many entries it has.
        checked: How many of them were checked, one by one.
        wrong: How many of these are wrong.
        kinks: How many sit on a kink, where any number between the two slopes is excused.
        undecided: How many could not be judged, for the function's values are too noisy.
        torn: How many have no derivative, for the function jumps there.
        index: The worst entry; None if the worst is a projection onto a random direction.
        claimed: The gradient's number there.
        expected: The oracle's number there.
        difference: What central differences show there.
        scale: The largest slope in the block, which errors are relative to.
        error: ``|claimed - expected| / scale`` at the worst entry.
        resolution: The smallest relative error that would have been seen in every entry.
        oracle: What gave the expected number: ``complex step``, ``differences`` or ``projection``.
    """

    name: str
    shape: tuple[int, ...]
    size: int
    checked: int
    wrong: int
    kinks: int
    undecided: int
    torn: int
    index: tuple[int, ...] | None
    claimed: float
    expected: float
    difference: float
    scale: float
    error: float
    resolution: float
    oracle: str

    @property
    def place(self) -> str:
        """The worst entry as it is written in Python."""
        if self.index is None:
            return f"{self.name} (a random direction)"
        return f"{self.name}[{', '.join(map(str, self.index))}]" if self.index else self.name


@dataclass(frozen=True)
class Verdict:
    """What was found out about a gradient at one point.

    Attributes:
        outcome: RIGHT, WRONG, KINK, NOISE or UNVERIFIABLE.
        reason: Why, in a sentence.
        blocks: The evidence, a row for each parameter; empty where nothing could be measured.
        order: The order at which the Taylor remainder falls: 2 for a right gradient, 1 for a wrong one;
            None where it can't be measured, as for a linear function.
        oracles: What became of each oracle: ``used``, or why it was left out.
        evaluations: How often the function was evaluated.
    """

    outcome: Outcome
    reason: str
    blocks: tuple[Block, ...] = ()
    order: float | None = None
    oracles: Mapping[str, str] = field(default_factory=dict)
    evaluations: int = 0

    @property
    def is_acceptable(self) -> bool:
        """Whether nothing speaks against the gradient: it is right wherever it can be judged."""
        return self.outcome.is_acceptable

    @property
    def kinks(self) -> int:
        """How many entries sit on a kink."""
        return sum(block.kinks for block in self.blocks)

    @property
    def worst(self) -> Block | None:
        """The block with the largest relative error."""
        return max(self.blocks, key=lambda block: block.error, default=None)


def worst_outcome(verdicts: Iterable[Verdict]) -> Outcome:
    """Return the worst of several outcomes; RIGHT of none.

    >>> worst_outcome([Verdict(Outcome.RIGHT, ""), Verdict(Outcome.KINK, "")])
    <Outcome.KINK: 'KINK'>
    """
    return max((verdict.outcome for verdict in verdicts), key=lambda o: o.badness, default=Outcome.RIGHT)
