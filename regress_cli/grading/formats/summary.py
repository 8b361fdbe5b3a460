"""What a class's marks come to: how good they are, and which check failed how often and why."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from regress_cli.grading.formats.wording import labelled, trouble_word
from regress_cli.grading.records.record import Checked, Record, State, Trouble


@dataclass
class CheckSummary:
    """One check over all submissions.

    Attributes:
        name: The check's.
        points: How many it is worth.
        states: How many submissions are at which state.
        troubles: How often each trouble kept a submission from passing, those not begun left out.
        causes: How many submissions each likely cause was found in.
        score: The points that all submissions earned together.
    """

    name: str
    points: float
    states: Counter[State] = field(default_factory=Counter)
    troubles: Counter[Trouble] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    score: float = 0.0

    @property
    def count(self) -> int:
        """How many submissions have this check."""
        return self.states.total()

    @property
    def mean(self) -> float:
        """The mean of the points that were earned."""
        return self.score / self.count

    @property
    def why(self) -> str:
        """How often each trouble kept a submission from passing, in words; nothing where none did."""
        return counted(Counter({trouble_word(one): number for one, number in self.troubles.items()}))

    def add(self, check: Checked) -> None:
        """Count one submission's check."""
        self.states[check.state] += 1
        if check.trouble not in (None, Trouble.NOT_BEGUN):
            self.troubles[check.trouble] += 1
        # A cause that is told twice of one submission is one.
        self.causes.update(set(check.causes))
        self.score += check.score


def in_order(records: Iterable[Record]) -> list[Record]:
    """Return records by student, then by submission, however they were given."""
    return sorted(records, key=lambda record: (record.student, record.submission, record.digest))


def summarized(records: Iterable[Record]) -> list[CheckSummary]:
    """Return each check of the records, in the order of the assignment."""
    found: dict[str, CheckSummary] = {}
    for record in records:
        for label, check in labelled(record).items():
            found.setdefault(label, CheckSummary(label, check.points)).add(check)
    return list(found.values())


def most_common(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return what was counted from the most to the least common, what is equally common by its name."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def counted(counts: Counter[str]) -> str:
    """Return what was counted in words, the most common first.

    >>> counted(Counter(["wrong", "crashed", "wrong"]))
    'wrong 2, crashed 1'
    """
    return ", ".join(f"{word} {number:,}" for word, number in most_common(counts))


@dataclass(frozen=True)
class Marks:
    """The scores of a class.

    Attributes:
        mean: None without a submission.
        median: The same.
        deviation: The standard deviation of a sample; None for fewer than two submissions.
    """

    mean: float | None
    median: float | None
    deviation: float | None


def marks_of(scores: Sequence[float]) -> Marks:
    """Return what scores come to.

    >>> marks_of([1.0, 3.0])
    Marks(mean=2.0, median=2.0, deviation=1.4142135623730951)
    >>> marks_of([])
    Marks(mean=None, median=None, deviation=None)
    """
    if not scores:
        return Marks(None, None, None)
    deviation = statistics.stdev(scores) if len(scores) > 1 else None
    return Marks(statistics.fmean(scores), statistics.median(scores), deviation)
