"""Trains with JAX, examples along the last axis; else as jax_scan.py."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax_scan import ACTIVATIONS, allow_dtype_of, scan_over_steps
from program import Params, Train, run_program
from workload import Workload


def build(workload: Workload) -> Train:
    """Return the training."""
    allow_dtype_of(workload)
    X = np.ascontiguousarray(workload.features.T)
    if workload.is_network:
        start = [(np.ascontiguousarray(W.T), b[:, None]) for W, b in workload.layers]
        loss, target = network_loss(ACTIVATIONS[workload.activation]), workload.target[None, :]
    else:
        start, loss, target = workload.initial[0], linear_loss, workload.target
    run = scan_over_steps(workload, loss, take=lambda array, rows: array[..., rows])

    def train(steps: int) -> Params:
        params = run(start, X, target, steps)
        if not workload.is_network:
            return [np.asarray(params)]
        return [array for W, b in params for array in (np.asarray(W).T, np.asarray(b)[:, 0])]

    return train


def linear_loss(w, X, t):
    """Return half the mean of the squared errors of w X."""
    return jnp.mean((w @ X - t) ** 2) / 2


def network_loss(activation: Callable) -> Callable:
    """Return the loss of a network with ``activation``."""

    def loss(params, X, t):
        h = X
        for W, b in params[:-1]:
            h = activation(W @ h + b)
        W, b = params[-1]
        return jnp.mean((W @ h + b - t) ** 2) / 2

    return loss


if __name__ == "__main__":
    run_program(build)
