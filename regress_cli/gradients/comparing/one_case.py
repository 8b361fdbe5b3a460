"""A hand-written gradient at one input: its form, the oracles' verdict, autograd where they can't tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regress_cli.gradients.checking import Outcome, Subject, Unmeasurable, Verdict, check_subject
from regress_cli.gradients.comparing.answer_form import WrongForm, by_name
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.comparison import CaseResult
from regress_cli.gradients.comparing.known import KnownReference
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import Reference
from regress_cli.isolation import Failure, Reply

Arrays = Mapping[str, np.ndarray]

# What Python raises where a number is treated as an array.
_ABOUT_TYPES = ("TypeError", "IndexError", "AttributeError")
# Numbers of single precision have 7 digits, and a gradient loses some of them.
_RTOL_SINGLE = 1e-4
_ROUNDING = 16 * float(np.finfo(float).eps)


@dataclass(frozen=True)
class Judge:
    """Judges answers to the same question at several inputs.

    Attributes:
        reference: The function that the answers should be the gradient of.
        ask: Returns the hand-written gradient at given inputs, or why there is none.
        wrt: The arguments that it is by.
        rtol: The relative error up to which it is right.
        seed: Draws random directions.
        notes: What was noticed on the way, each once, in order.
    """

    reference: Reference
    ask: Ask
    wrt: tuple[str, ...]
    rtol: float
    seed: int
    notes: dict[str, None] = field(default_factory=dict)

    def judge(self, label: str, inputs: Inputs, reply: Reply | Failure, truth: Arrays) -> CaseResult:
        """Return what is to be said of a reply.

        Args:
            label: What the inputs are.
            inputs: The arguments.
            reply: What came back.
            truth: autograd's gradient of the reference.
        """
        if isinstance(reply, Failure):
            self._note_numbers(inputs, reply)
            return CaseResult(label, inputs, Outcome.WRONG, reply.message, truth, is_limit=reply.is_limit)
        try:
            manual = by_name(reply.gradient, self.wrt)
        except WrongForm as reason:
            return CaseResult(label, inputs, Outcome.WRONG, str(reason), truth)
        if reply.changed:
            reason = f"it changes its argument {reply.changed[0]} in place; let it work on a copy"
            return CaseResult(label, inputs, Outcome.WRONG, reason, truth, manual)
        rtol = self._rtol(manual)
        verdict = self._known_verdict(inputs, manual, truth, rtol) or self._verdict(inputs, manual, rtol)
        outcome, reason = self._settled(verdict, inputs, manual, truth, rtol)
        if outcome is Outcome.KINK:
            self._note_convention(verdict, manual, truth)
        wrong_output = None if reply.output is None else self._wrong_output(inputs, reply.output)
        if wrong_output is not None:
            outcome, reason = Outcome.WRONG, wrong_output
        return CaseResult(label, inputs, outcome, reason, truth, manual, verdict)

    def _rtol(self, manual: Arrays) -> float:
        """Return what is asked of these numbers: less of those in single precision."""
        if not any(array.dtype == np.float32 for array in manual.values()):
            return self.rtol
        self.notes["the gradient is in single precision (float32), so 4 digits are asked of it"] = None
        return max(self.rtol, _RTOL_SINGLE)

    def _known_verdict(self, inputs: Inputs, manual: Arrays, truth: Arrays, rtol: float) -> Verdict | None:
        """Return the verdict on autograd's own gradient, where the answer is that, twice; None elsewhere."""
        if not isinstance(self.reference, KnownReference) or not _is_near(manual, truth, rtol):
            return None
        try:
            again = self._asked(inputs)
        except Unmeasurable:
            return None
        if not all(np.array_equal(again[name], manual[name]) for name in self.wrt):
            return None
        return self.reference.verdict(inputs, truth, rtol, self.seed)

    def _verdict(self, inputs: Inputs, manual: Arrays, rtol: float) -> Verdict:
        # The first answer is there already; the second one shows whether it is always the same. Other points
        # would be asked of a learner's process in vain: autograd settles what rounding leaves open.
        answers = iter([manual])

        def gradient(params: Arrays) -> Arrays:
            return next(answers, None) or self._asked(inputs)

        def value(params: Arrays) -> Any:
            return self.reference.total({**inputs, **params})

        at = {name: inputs[name] for name in self.wrt}
        return check_subject(Subject(value, gradient, is_asked_nearby=False), at, rtol=rtol, seed=self.seed)

    def _asked(self, inputs: Inputs) -> Arrays:
        reply = self.ask(inputs)
        if isinstance(reply, Failure):
            raise Unmeasurable(f"a second call at the same point fails: {reply.message}")
        try:
            return by_name(reply.gradient, self.wrt)
        except WrongForm as reason:
            raise Unmeasurable(f"a second call at the same point gives another form: {reason}") from reason

    def _settled(
        self, verdict: Verdict, inputs: Inputs, manual: Arrays, truth: Arrays, rtol: float
    ) -> tuple[Outcome, str]:
        """Let autograd decide where the function's values are too noisy for differences."""
        if verdict.outcome is not Outcome.NOISE:
            return verdict.outcome, verdict.reason
        with quiet():
            # A formula such as 1 - t^2 knows its numbers to no more digits than those of the value.
            rounding = _ROUNDING * np.abs(self.reference.value(inputs)).max(initial=0.0)
            far = [
                name
                for name, true in truth.items()
                if not (np.abs(manual[name] - true) <= rtol * np.abs(true).max(initial=0.0) + rounding).all()
            ]
        if far:
            return Outcome.WRONG, f"the gradient by {far[0]} differs from autograd's"
        return Outcome.RIGHT, "it agrees with autograd; the function's values are too noisy for differences"

    def _wrong_output(self, inputs: Inputs, output: np.ndarray) -> str | None:
        value = self.reference.value(inputs)
        if output.shape != value.shape:
            return f"its forward pass gives the shape {output.shape}, and the function {value.shape}"
        with quiet():
            is_close = np.abs(output - value).max(initial=0.0) <= 1e-6 * np.abs(value).max(initial=0.0)
        if is_close:
            return None
        with quiet():
            off = np.abs(output - value)
        # A difference that is no number, as of inf, is the largest.
        worst = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        own, other = float(output.flat[worst]), float(value.flat[worst])
        return f"its forward pass is wrong already: it gives {own:.10g} where the function gives {other:.10g}"

    def _note_numbers(self, inputs: Inputs, failure: Failure) -> None:
        """Note that a number was given, where an answer may have failed because it expects an array."""
        is_about_types = failure.message.startswith(_ABOUT_TYPES)
        if failure.kind == "raised" and is_about_types and not any(map(np.ndim, inputs.values())):
            self.notes[
                "what the answer gets may be a single number, and no array; if it is for arrays alone, give "
                "them with --inputs FILE.json"
            ] = None

    def _note_convention(self, verdict: Verdict, manual: Arrays, truth: Arrays) -> None:
        for name in (block.name for block in verdict.blocks if block.kinks):
            true = truth[name]
            differs = np.flatnonzero(manual[name] != true)
            if len(differs):
                own, other = manual[name].ravel()[differs[0]], true.ravel()[differs[0]]
                self.notes[
                    f"on the kink the gradient by {name} is {own:g} here and {other:g} in the reference "
                    "(>= 0 against > 0, say): both are conventions, and neither counts as wrong"
                ] = None


def _is_near(manual: Arrays, truth: Arrays, rtol: float) -> bool:
    """Whether every number is right to the tolerance, relative to the largest by the same argument."""
    with quiet():
        return all(
            manual[name].shape == true.shape
            and manual[name].dtype.kind in "fiu"
            and bool((np.abs(manual[name] - true) <= rtol * np.abs(true).max(initial=0.0)).all())
            for name, true in truth.items()
        )
