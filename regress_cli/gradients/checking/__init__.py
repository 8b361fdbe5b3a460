"""Is this gradient right? A verdict from independent oracles, not from one tolerance at one step."""

from regress_cli.gradients.checking.check import RTOL, check_gradient, check_subject
from regress_cli.gradients.checking.subject import Subject, Unmeasurable
from regress_cli.gradients.checking.verdict import Block, Outcome, Verdict, worst_outcome

__all__ = [
    "RTOL",
    "Block",
    "Outcome",
    "Subject",
    "Unmeasurable",
    "Verdict",
    "check_gradient",
    "check_subject",
    "worst_outcome",
]
