"""What one check may take in all: an answer that is just quick enough each time must not hold up a class."""

import time
from dataclasses import dataclass, field

import numpy as np

from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.inputs import Inputs
from regress_cli.isolation import Failure, Reply
from regress_cli.isolation.frames import size_of

# A gradient for each example may have many times the numbers of the inputs; what has far more than that is
# no answer, and many such would take the memory and the time of the process that grades.
_MOST_TIMES, _ALWAYS_ALLOWED = 64, 1 << 20
# Of each stage there are its arguments, its value and its gradients, twice.
_STAGES_TIMES = 16


@dataclass
class Budget:
    """Asks as long as there is time.

    Attributes:
        ask: Returns the answer's gradient, or why there is none.
        seconds: So much time all answers may take together.
        failures: What came instead of an answer, in the order in which it came.
    """

    ask: Ask
    seconds: float
    failures: list[Failure] = field(default_factory=list, init=False)
    _spent: float = field(default=0.0, init=False)

    def __call__(self, inputs: Inputs, cotangent: np.ndarray | None = None) -> Reply | Failure:
        """Return what `ask` gives, or that the time is used up."""
        reply = self._asked(inputs, cotangent)
        if isinstance(reply, Failure):
            self.failures.append(reply)
        return reply

    def _asked(self, inputs: Inputs, cotangent: np.ndarray | None) -> Reply | Failure:
        if self._spent > self.seconds:
            return Failure("time", f"takes longer than {self.seconds:g} seconds for all of its inputs")
        started = time.monotonic()
        try:
            reply = self.ask(inputs, cotangent)
        finally:
            self._spent += time.monotonic() - started
        if isinstance(reply, Reply) and _is_too_much(reply, inputs):
            return Failure("output", "returns far more numbers than there are arguments; return less")
        return reply


def _is_too_much(reply: Reply, inputs: Inputs) -> bool:
    most = _ALWAYS_ALLOWED + _MOST_TIMES * sum(np.asarray(value).nbytes for value in inputs.values())
    stages = sum(size_of(tuple(vars(stage).values())) for stage in reply.stages)
    return size_of((reply.gradient, reply.output)) > most or stages > _STAGES_TIMES * most
