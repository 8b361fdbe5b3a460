"""Schedules: the step size of every step."""

import math
from typing import Any

from regress_cli.config.schema import SGD, Adam, RMSProp


def step_size_at(step: int, steps: int, optimizer: SGD | Adam | RMSProp) -> float:
    """Return the step size of ``step``, which counts from 0 to ``steps - 1``.

    >>> step_size_at(5, 10, SGD(step_size=0.5))
    0.5
    """
    schedule = optimizer.schedule
    return optimizer.step_size * SCHEDULES[schedule.kind](step, steps, schedule)


def _constant(step: int, steps: int, schedule: Any) -> float:
    return 1.0


def _cosine(step: int, steps: int, schedule: Any) -> float:
    """Return final + (1 - final) (1 + cos(pi step / steps)) / 2 (https://arxiv.org/abs/1608.03983)."""
    return schedule.final + (1 - schedule.final) * (1 + math.cos(math.pi * step / steps)) / 2


def _step(step: int, steps: int, schedule: Any) -> float:
    return schedule.factor ** (step // schedule.every)


SCHEDULES = {"constant": _constant, "cosine": _cosine, "step": _step}
