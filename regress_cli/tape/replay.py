"""A tape made ready to be replayed: arrays that are there beforehand, and calls that fill them."""

import numpy as np

from regress_cli.tape.calls import Calls
from regress_cli.tape.kernels import VIEWS, kernel_of
from regress_cli.tape.layout import Arrays, Layout
from regress_cli.tape.plan import drop_dead_steps, share_equal_steps
from regress_cli.tape.steps import Step, Tape


class Replay:
    """A loss and its gradient, computed in the same arrays each time.

    Args:
        tape: The recorded program.
        inputs: The array of each input. They are read where they are: write into them to change them.
        gradients: Where the gradient by each parameter is put; row-major arrays.

    Attributes:
        tape: The program that is replayed: nothing in it is unneeded or done twice.
        value: Holds the loss after `calls`.
        calls: What computes the loss and its gradients.
        nbytes: The memory of the results in between.
    """

    def __init__(self, tape: Tape, inputs: Arrays, gradients: Arrays) -> None:
        self.tape = share_equal_steps(drop_dead_steps(tape), _is_pure)
        layout = Layout(self.tape, inputs, gradients)
        self.value: np.ndarray = layout.value
        self.nbytes = layout.memory.nbytes
        self.calls: Calls = layout.calls


def _is_pure(step: Step) -> bool:
    return step.function in VIEWS or kernel_of(step.function) is not None
