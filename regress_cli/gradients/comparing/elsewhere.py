"""A hand-written gradient at other inputs than those that were tried: a cause has to hold there too."""

from dataclasses import dataclass

from regress_cli.gradients.comparing.cases import others
from regress_cli.gradients.comparing.one_case import Arrays, Judge
from regress_cli.gradients.comparing.tried import Tried
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference
from regress_cli.isolation import Reply

_SAMPLES = 3


@dataclass(frozen=True)
class Other:
    """What came back at inputs that the report does not show.

    Attributes:
        label: What the inputs are.
        inputs: The arguments.
        reply: What came back.
        truth: autograd's gradient of the reference.
    """

    label: str
    inputs: Inputs
    reply: Reply
    truth: Arrays


def ask_elsewhere(judge: Judge, tried: Tried) -> tuple[Other, ...]:
    """Ask at numbers of the size of the first inputs, as far as function and answer allow them.

    At a single point any factor explains any number, and the user may have given just one.
    """
    found: list[Other] = []
    if any(result.is_limit for result in tried.results):
        return ()
    # Those that are tried already have been drawn from the same seed.
    for number, inputs in enumerate(others(tried.results[0].inputs, judge.wrt, _SAMPLES, judge.seed + 1), 1):
        try:
            truth = judge.reference.gradient(inputs, judge.wrt)
        except NoReference:
            continue
        reply = judge.ask(inputs)
        if isinstance(reply, Reply):
            found.append(Other(f"numbers drawn at random, {number}", inputs, reply, truth))
        elif reply.is_limit:
            break
    return tuple(found)
