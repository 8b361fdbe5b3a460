"""Trains with autograd as its tutorial does: a list of (W, b), `grad`, and its own `sgd`."""

import autograd.numpy as np
from autograd import grad
from autograd.misc.optimizers import sgd
from program import Params, Train, run_program
from workload import Workload


def linear_loss(w, X, t):
    """Return half the mean of the squared errors of X w."""
    return np.sum((np.dot(X, w) - t) ** 2) / (2 * len(X))


def network_loss(activation):
    """Return the loss of a network with ``activation``."""

    def predict(params, X):
        h = X
        for W, b in params[:-1]:
            h = activation(np.dot(h, W) + b)
        W, b = params[-1]
        return np.dot(h, W) + b

    return lambda params, X, t: np.sum((predict(params, X) - t) ** 2) / (2 * len(X))


def relu(z):
    """Return the larger of z and 0."""
    return np.maximum(0, z)


def build(workload: Workload) -> Train:
    """Return the training."""
    X, t, rows = workload.features, workload.target, workload.rows
    if workload.is_network:
        start, t = workload.layers, t[:, None]
        gradient = grad(network_loss({"relu": relu, "tanh": np.tanh}[workload.activation]))
    else:
        start, gradient = workload.initial[0], grad(linear_loss)

    def gradient_at(params, step):
        if rows is None:
            return gradient(params, X, t)
        return gradient(params, X[rows[step]], t[rows[step]])

    def train(steps: int) -> Params:
        params = sgd(gradient_at, start, num_iters=steps, step_size=workload.step_size, mass=workload.mass)
        return [array for layer in params for array in layer] if workload.is_network else [params]

    return train


if __name__ == "__main__":
    run_program(build)
