"""The cross-entropy of a softmax: the mean over the batch of -log of the true class's probability."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Cases, Entry, Inputs, batch_cases
from regress_cli.gradients.staged import stages_of

_CLASSES = 3


def softmax_cross_entropy(logits, labels):
    """Return ``1/n * sum_i -log softmax(logits[i])[labels[i]]``.

    Args:
        logits: Shape (n, k).
        labels: Whole numbers from 0 to k - 1, shape (n,).
    """
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_normalizer = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_normalizer - shifted[np.arange(len(labels)), labels])


def p(logits):
    """p = softmax(logits), row by row: exp(logits - m) / sum(exp(logits - m)), m the row's largest

    g_logits = p * (g - sum(g * p))
    """
    powers = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    softmax = powers / np.sum(powers, axis=1, keepdims=True)
    return softmax, lambda g: softmax * (g - np.sum(g * softmax, axis=1, keepdims=True))


def q(p, labels):
    """q = p[i, labels[i]]

    g_p is g at the true class, and 0 elsewhere
    """
    hot = (np.arange(p.shape[1]) == labels[:, None]) * 1.0
    return np.sum(p * hot, axis=1), lambda g: (g[:, None] * hot, None)


def n(q):
    """n = -log(q)

    dn/dq = -1 / q
    """
    return -np.log(q), lambda g: -g / q


def L(n):
    """L = mean(n)

    dL/dn = 1/N for every example
    """
    return np.mean(n), lambda g: g / len(n) * np.ones_like(n)


def _inputs(rng: Any, n: int) -> Inputs:
    return {"logits": rng.normal(0, 2, (n, _CLASSES)), "labels": rng.integers(0, _CLASSES, n)}


def _cases() -> Cases:
    large = {
        "logits": np.array([[1000.0, 999.0, 998.5], [-900.0, -901.0, -899.0]]),
        "labels": np.array([1, 0]),
    }
    return {**batch_cases(_inputs), "large": large}


SOFTMAX_CROSS_ENTROPY = Entry(
    "softmax_cross_entropy",
    "L = 1/N sum_i -log softmax(logits[i])[labels[i]]",
    softmax_cross_entropy,
    stages_of(p, q, n, L),
    ("logits",),
    _cases,
)
