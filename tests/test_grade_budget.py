"""What one check may take in all: time for all its calls together, and answers that are no flood."""

import numpy as np
import pytest

from regress_cli.grading.checking.budget import Budget
from regress_cli.isolation import Failure, Reply, StageReply

SMALL, LARGE = np.ones(3), np.ones(1 << 20)
INPUTS = {"x": SMALL}


def stage(backward: np.ndarray) -> StageReply:
    """Return a stage whose own backward gives an array."""
    return StageReply("s", ("x",), "", "", {"x": SMALL}, SMALL, SMALL, {"x": backward}, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("gradient", LARGE),
        Reply("gradient", {"x": SMALL, "w": LARGE}),
        Reply("forward", SMALL, output=LARGE),
        Reply("stages", SMALL, output=SMALL, stages=(*[stage(LARGE)] * 3, stage(SMALL))),
    ],
    ids=["gradient", "one of several", "value", "stages"],
)
def test_a_flood_of_numbers_breaks_the_limit_on_output(reply: Reply):
    """Eight megabytes for three numbers are no gradient, wherever in an answer they are."""
    budget = Budget(lambda inputs, cotangent=None: reply, 10)
    outcome = budget(INPUTS)
    assert isinstance(outcome, Failure)
    assert outcome.kind == "output"
    assert budget.failures == [outcome]


def test_what_is_as_large_as_its_arguments_is_an_answer():
    """A large gradient of large arguments passes, and so do its stages, and a gradient for each example."""
    for_each = Reply("gradient", np.zeros((1000, 50, 4)))
    inputs = {"X": np.ones((1000, 50)), "w": np.ones((50, 4))}
    assert Budget(lambda inputs, cotangent=None: for_each, 10)(inputs) is for_each
    for reply in (Reply("gradient", LARGE), Reply("stages", LARGE, stages=tuple([stage(LARGE)] * 10))):
        assert Budget(lambda inputs, cotangent=None, reply=reply: reply, 10)({"x": LARGE}) is reply


def test_calls_share_their_time():
    """Once a check has used up its seconds, nothing is asked any more."""
    asked: list[float] = []

    def ask(inputs: object, cotangent: object = None) -> Reply:
        asked.append(1.0)
        return Reply("gradient", SMALL)

    budget = Budget(ask, 1e-9)
    assert isinstance(budget(INPUTS), Reply)
    outcome = budget(INPUTS)
    assert isinstance(outcome, Failure)
    assert outcome.kind == "time"
    assert len(asked) == 1
