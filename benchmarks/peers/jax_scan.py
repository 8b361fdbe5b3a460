"""Trains with JAX, rows as examples as in its tutorials: one jitted `lax.scan` over all steps."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from program import Params, Train, run_program
from workload import Workload

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}


def build(workload: Workload) -> Train:
    """Return the training."""
    allow_dtype_of(workload)
    start = workload.layers if workload.is_network else workload.initial[0]
    loss = network_loss(ACTIVATIONS[workload.activation]) if workload.is_network else linear_loss
    target = workload.target[:, None] if workload.is_network else workload.target
    run = scan_over_steps(workload, loss, take=lambda array, rows: array[rows])

    def train(steps: int) -> Params:
        params = run(start, workload.features, target, steps)
        return [np.asarray(array) for array in jax.tree.leaves(params)]

    return train


def linear_loss(w, X, t):
    """Return half the mean of the squared errors of X w."""
    return jnp.mean((X @ w - t) ** 2) / 2


def network_loss(activation: Callable) -> Callable:
    """Return the loss of a network with ``activation``."""

    def loss(params, X, t):
        h = X
        for W, b in params[:-1]:
            h = activation(h @ W + b)
        W, b = params[-1]
        return jnp.mean((h @ W + b - t) ** 2) / 2

    return loss


def allow_dtype_of(workload: Workload) -> None:
    """Switch float64 on where the workload is in float64; without it JAX computes in float32."""
    jax.config.update("jax_enable_x64", workload.features.dtype == np.float64)


def scan_over_steps(workload: Workload, loss: Callable, take: Callable) -> Callable:
    """Return a function of first parameters, data and steps that gives the parameters after the steps."""
    step_size, mass = workload.step_size, workload.mass
    gradient = jax.grad(loss)

    def compiled(params, X, t, rows, steps):
        def step(carry, batch):
            params, velocity = carry
            g = gradient(params, *((X, t) if batch is None else (take(X, batch), take(t, batch))))
            velocity = jax.tree.map(lambda v, g: mass * v - (1 - mass) * g, velocity, g)
            params = jax.tree.map(lambda p, v: p + step_size * v, params, velocity)
            return (params, velocity), None

        start = params, jax.tree.map(jnp.zeros_like, params)
        return lax.scan(step, start, rows, length=steps)[0][0]

    jitted = jax.jit(compiled, static_argnames="steps")
    rows = None if workload.rows is None else workload.rows.astype(np.int32)

    def run(params, X, t, steps):
        batches = None if rows is None else rows[:steps]
        return jax.block_until_ready(jitted(params, X, t, batches, steps=steps))

    return run


if __name__ == "__main__":
    run_program(build)
