"""Several verdicts under one title."""

from collections.abc import Sequence
from dataclasses import dataclass

from regress_cli.gradients.checking import Outcome, Verdict, worst_outcome


@dataclass(frozen=True)
class Finding:
    """One verdict, and what it is about.

    Attributes:
        label: The function, or the point.
        mode: How the derivative comes about, and its order.
        verdict: What was found out.
    """

    label: str
    mode: str
    verdict: Verdict

    @property
    def title(self) -> str:
        """What the verdict is about, in a few words."""
        return f"{self.label}, {self.mode}"


@dataclass(frozen=True)
class Report:
    """What was found out about one target.

    Attributes:
        title: The target.
        findings: The verdicts, at several points or on several gradients.
        is_detailed: Whether every parameter is of interest, and not only the worst.
        notes: What else has to be known.
    """

    title: str
    findings: Sequence[Finding]
    is_detailed: bool = True
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst verdict."""
        return worst_outcome(finding.verdict for finding in self.findings)
