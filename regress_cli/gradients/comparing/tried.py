"""A hand-written gradient tried on one input after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from regress_cli.gradients.comparing.comparison import CaseResult
from regress_cli.gradients.comparing.one_case import Judge
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference
from regress_cli.isolation import Failure, Reply


@dataclass(frozen=True)
class Tried:
    """What came of the inputs: verdicts, what came back by label, and why some were left out."""

    results: list[CaseResult] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def try_all(judge: Judge, cases: Mapping[str, Inputs], first: Reply | Failure | None) -> Tried:
    """Try one input after the other.

    Args:
        judge: Whom the answers are put to.
        cases: The inputs, by what they are.
        first: What came back for the first of them; None if that was not asked yet.
    """
    tried = Tried()
    for position, (label, inputs) in enumerate(cases.items()):
        judge.reference.check_names(inputs)
        try:
            truth = judge.reference.gradient(inputs, judge.wrt)
        except NoReference as reason:
            tried.skipped[label] = str(reason)
            continue
        reply = first if position == 0 and first is not None else judge.ask(inputs)
        tried.results.append(judge.judge(label, inputs, reply, truth))
        if isinstance(reply, Reply):
            tried.replies[label] = reply
        elif reply.is_limit:
            # What takes too long once would do so every time.
            break
    return tried
