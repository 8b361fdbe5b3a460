"""Trains with NumPy alone, the gradients written by hand as a textbook has them."""

import numpy as np
from program import Params, Train, run_program
from workload import Workload, pairs


def build(workload: Workload) -> Train:
    """Return the training."""
    X, t, rows = workload.features, workload.target, workload.rows
    gradient = network_gradient(workload.activation) if workload.is_network else linear_gradient
    targets = t[:, None] if workload.is_network else t

    def train(steps: int) -> Params:
        params = [array.copy() for array in workload.initial]
        velocity = [np.zeros_like(array) for array in params]
        for step in range(steps):
            batch = (X, targets) if rows is None else (X[rows[step]], targets[rows[step]])
            for p, v, g in zip(params, velocity, gradient(params, *batch), strict=True):
                v *= workload.mass
                v -= (1 - workload.mass) * g
                p += workload.step_size * v
        return params

    return train


def linear_gradient(params: Params, X: np.ndarray, t: np.ndarray) -> Params:
    """Return the gradient of half the mean squared error of X w."""
    return [X.T @ (X @ params[0] - t) / len(t)]


def network_gradient(activation: str):
    """Return the function that gives a network's gradient by back-propagation."""
    is_relu = activation == "relu"

    def gradient(params: Params, X: np.ndarray, t: np.ndarray) -> Params:
        layers = pairs(params)
        outputs = [X]
        for W, b in layers[:-1]:
            z = outputs[-1] @ W + b
            outputs.append(np.maximum(z, 0) if is_relu else np.tanh(z))
        W, b = layers[-1]
        delta = (outputs[-1] @ W + b - t) / len(t)
        gradients = []
        for k in reversed(range(len(layers))):
            gradients[:0] = [outputs[k].T @ delta, delta.sum(axis=0)]
            if k:
                slope = outputs[k] > 0 if is_relu else 1 - outputs[k] ** 2
                delta = (delta @ layers[k][0].T) * slope
        return gradients

    return gradient


if __name__ == "__main__":
    run_program(build)
