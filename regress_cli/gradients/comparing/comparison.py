"""What came of holding a hand-written gradient against its function: plain data, from which all is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regress_cli.gradients.checking import Outcome, Verdict
from regress_cli.gradients.inputs import Inputs
from regress_cli.isolation import StageReply


@dataclass(frozen=True)
class CaseResult:
    """One input on which the gradient was tried.

    Attributes:
        label: What the input is.
        inputs: The arguments.
        outcome: RIGHT, KINK or WRONG; NOISE or UNVERIFIABLE where autograd could not decide either.
        reason: Why, in a sentence.
        autograd: autograd's gradient by each argument.
        manual: The hand-written gradient by each argument; None if there was none.
        verdict: The evidence of the oracles; None where it did not come to that.
        is_limit: Whether a limit of time or memory ended the call.
    """

    label: str
    inputs: Inputs
    outcome: Outcome
    reason: str
    autograd: Mapping[str, np.ndarray]
    manual: Mapping[str, np.ndarray] | None = None
    verdict: Verdict | None = None
    is_limit: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the gradient has no entry, so that any is right."""
        return not any(np.size(gradient) for gradient in self.autograd.values())

    @property
    def is_torn(self) -> bool:
        """Whether the function jumps here, which is no fault of its gradient."""
        blocks = () if self.verdict is None else self.verdict.blocks
        return self.outcome is Outcome.UNVERIFIABLE and any(block.torn for block in blocks)

    @property
    def tells(self) -> bool:
        """Whether the gradient was put to a test: an empty one tells something only where it is wrong."""
        return not self.is_torn and not (self.is_empty and self.outcome is Outcome.RIGHT)

    @property
    def is_left_to_autograd(self) -> bool:
        """Whether differences could not tell, and autograd decided."""
        is_noisy = self.verdict is not None and self.verdict.outcome is Outcome.NOISE
        return is_noisy and self.outcome is Outcome.RIGHT


@dataclass(frozen=True)
class WrongStage:
    """A stage whose own local derivative is not that of its own forward computation.

    Attributes:
        name: The stage.
        argument: By which of its arguments.
        case: The input on which it was seen first.
        manual: What its rule gave.
        autograd: What autograd gives for the same code.
        cause: The likely mistake; None if none explains it.
    """

    name: str
    argument: str
    case: str
    manual: np.ndarray
    autograd: np.ndarray
    cause: str | None


@dataclass(frozen=True)
class Comparison:
    """A hand-written gradient beside autograd's and the oracles', on several inputs.

    Attributes:
        subject: What was tried.
        reference: The function that it is held against.
        formula: What the function computes; empty if it does not say.
        convention: What has to be known of points without a derivative; empty if there is nothing.
        remark: What has to be known of the library's own stages; empty for a learner's.
        wrt: The arguments that the gradient is by.
        form: ``gradient``, ``forward`` or ``stages``.
        cases: Every input that was tried.
        skipped: The inputs that the reference itself does not allow, each with its reason.
        stages: The stages at the first input; empty if there are none.
        wrong_stages: Those that are wrong, in the order of the forward pass.
        hidden: What is wrong though the gradient is right; empty if nothing is.
        causes: Likely causes, one sentence for each argument whose gradient is wrong.
        notes: What else was noticed.
        shortcuts: Where the answer lets a program differentiate.
    """

    subject: str
    reference: str
    formula: str
    convention: str
    remark: str
    wrt: tuple[str, ...]
    form: str
    cases: tuple[CaseResult, ...]
    skipped: Mapping[str, str]
    stages: tuple[StageReply, ...] = ()
    wrong_stages: tuple[WrongStage, ...] = ()
    hidden: str = ""
    causes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shortcuts: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """RIGHT if the gradient is right wherever it can be judged, KINK if it can be judged nowhere."""
        if self.shortcuts or self.hidden:
            return Outcome.WRONG
        outcomes = [case.outcome for case in self.cases if case.tells]
        if outcomes and all(outcome.is_acceptable for outcome in outcomes):
            return Outcome.RIGHT if Outcome.RIGHT in outcomes else Outcome.KINK
        return max(outcomes, key=lambda outcome: outcome.badness, default=Outcome.UNVERIFIABLE)

    @property
    def first_wrong(self) -> CaseResult | None:
        """The first of the inputs on which it is worst, if it is right or excused not on all of them."""
        wrong = [case for case in self.cases if case.tells and not case.outcome.is_acceptable]
        return max(wrong, key=lambda case: case.outcome.badness, default=None)

    @property
    def is_limit(self) -> bool:
        """Whether a limit ended the comparison."""
        return any(case.is_limit for case in self.cases)
