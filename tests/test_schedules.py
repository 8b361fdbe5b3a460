"""Schedules: the step size of every step, against closed forms."""

import math
from itertools import pairwise

import pytest
from pydantic import TypeAdapter

from regress_cli.config import schema
from regress_cli.training.schedules import SCHEDULES, step_size_at

CONFIGS = {
    "constant": schema.Constant(),
    "cosine": schema.Cosine(kind="cosine", final=0.1),
    "step": schema.StepDecay(kind="step", every=3, factor=0.5),
}


def sizes(schedule, steps: int, step_size: float = 1.0) -> list[float]:
    """Return the step size of every step."""
    optimizer = schema.SGD(step_size=step_size, schedule=schedule)
    return [step_size_at(step, steps, optimizer) for step in range(steps)]


def test_every_schedule_is_in_the_schema_and_tested():
    """The registry, the schema and this file's table name the same kinds."""
    choices = TypeAdapter(schema.Schedule).json_schema()["discriminator"]["mapping"]
    assert set(SCHEDULES) == set(choices) == set(CONFIGS)


@pytest.mark.parametrize("kind", SCHEDULES)
def test_every_schedule_starts_at_the_step_size_and_never_rises(kind):
    """The first step has the config's step size exactly; later ones are no larger and stay positive."""
    found = sizes(CONFIGS[kind], 20, step_size=0.3)
    assert found[0] == 0.3
    assert all(later <= earlier for earlier, later in pairwise(found))
    assert min(found) > 0


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("optimizer", [schema.Adam(kind="adam"), schema.RMSProp(kind="rmsprop")])
def test_every_optimizer_takes_every_schedule(kind, optimizer):
    """The schedule multiplies the step size of each optimizer alike."""
    scheduled = optimizer.model_copy(update={"schedule": CONFIGS[kind]})
    factor = sizes(CONFIGS[kind], 10)[7]
    assert step_size_at(7, 10, scheduled) == pytest.approx(optimizer.step_size * factor, rel=1e-15)


def test_constant_stays():
    """A constant schedule gives the same number at each step."""
    assert sizes(schema.Constant(), 5, step_size=0.25) == [0.25] * 5


def test_cosine_falls_along_half_a_cosine():
    """It is at the mean of start and end half way, and near the end at last."""
    found = sizes(schema.Cosine(kind="cosine", final=0.2), 1000)
    assert found[500] == pytest.approx(0.6, rel=1e-14)
    assert found[250] == pytest.approx(0.2 + 0.8 * (1 + math.sqrt(0.5)) / 2, rel=1e-14)
    assert found[999] == pytest.approx(0.2, rel=1e-4)


def test_step_falls_after_every_so_many_steps():
    """The factor is applied once after each block of steps."""
    decay = schema.StepDecay(kind="step", every=3, factor=0.5)
    assert sizes(decay, 8) == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
