"""The functions that models and losses are made of, each with its own derivative rules.

autograd can differentiate all of them unaided. Stating the rule does two things: the reverse pass
makes one step where autograd's composed rule makes several (its ``tanh`` goes through ``cosh``, its
``maximum`` through four comparisons), and ties are decided on purpose. The rules are written with
operators that autograd traces, so derivatives of derivatives work too.

Rows are examples. Matrices are kept column-major: a product is computed as its transpose, so that
each column is contiguous and the additions run over the examples rather than over a few units.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import autograd.numpy as anp
import numpy as np
from autograd.extend import defjvp, defvjp, primitive


@primitive
def affine(X, W, b):
    """Return ``X @ W + b``.

    Args:
        X: Shape (n, d).
        W: Shape (d, m), or (d,) for a single output.
        b: Shape (m,), or () for a single output.

    Returns:
        Shape (n, m), or (n,) for a single output.
    """
    out = np.dot(W.T, X.T).T
    out += b
    return out


def _affine_X_vjp(ans, X, W, b):
    if W.ndim == 1:
        return lambda g: anp.outer(g, W)
    return lambda g: anp.dot(W, g.T).T


defvjp(
    affine,
    _affine_X_vjp,
    lambda ans, X, W, b: lambda g: anp.dot(X.T, g),
    lambda ans, X, W, b: lambda g: g.sum(axis=0),
)
defjvp(
    affine,
    lambda g, ans, X, W, b: g @ W,
    lambda g, ans, X, W, b: X @ g,
    lambda g, ans, X, W, b: anp.zeros(ans.shape) + g,
)


@primitive
def matrix_vector(X, w):
    """Return ``X @ w`` for X of shape (n, d) and w of shape (d,)."""
    return np.dot(X, w)


defvjp(
    matrix_vector,
    lambda ans, X, w: lambda g: anp.outer(g, w),
    lambda ans, X, w: lambda g: anp.dot(X.T, g),
)
defjvp(
    matrix_vector,
    lambda g, ans, X, w: g @ w,
    lambda g, ans, X, w: X @ g,
)


@primitive
def affine_output(X, W, b):
    """Return ``(X @ W + b)[:, 0]``: the layer of a single output unit, as a vector of shape (n,).

    Args:
        X: Shape (n, d).
        W: Shape (d, 1).
        b: Shape (1,).
    """
    out = np.dot(X, W[:, 0])
    out += b
    return out


defvjp(
    affine_output,
    lambda ans, X, W, b: lambda g: (W * g).T,
    lambda ans, X, W, b: lambda g: anp.dot(X.T, g)[:, None],
    lambda ans, X, W, b: lambda g: g.sum(axis=0, keepdims=True),
)
defjvp(
    affine_output,
    lambda g, ans, X, W, b: (g @ W)[:, 0],
    lambda g, ans, X, W, b: (X @ g)[:, 0],
    lambda g, ans, X, W, b: anp.zeros(ans.shape) + g,
)


@primitive
def relu(x):
    """Return the larger of x and 0, elementwise. The derivative at exactly 0 is 0, as in PyTorch and JAX.

    (autograd's ``maximum(x, 0)`` splits ties and gives 1/2 there.)
    """
    return np.maximum(x, 0)


@primitive
def gate(g, x):
    """Return g where x is positive, and 0 elsewhere: the reverse pass of `relu`.

    A product, not a choice: where signs are random, processors guess each choice wrong half the time.
    """
    return g * (x > 0)


defvjp(relu, lambda ans, x: lambda g: gate(g, ans))
defjvp(relu, lambda g, ans, x: gate(g, ans))
defvjp(gate, lambda ans, g, x: lambda h: gate(h, x), None)
defjvp(gate, lambda h, ans, g, x: gate(h, x), None)


@primitive
def tanh(x):
    """Return the hyperbolic tangent of x, elementwise; the derivative is one minus its square."""
    return np.tanh(x)


defvjp(tanh, lambda ans, x: lambda g: g * (1 - ans * ans))
defjvp(tanh, lambda g, ans, x: g * (1 - ans * ans))


@primitive
def half_mse(prediction, target):
    """Return ``1/(2n) * sum((prediction - target)**2)`` for vectors of shape (n,)."""
    residual = prediction - target
    return np.dot(residual, residual) / (2 * len(residual))


defvjp(
    half_mse,
    lambda ans, prediction, target: lambda g: (g / len(target)) * (prediction - target),
    lambda ans, prediction, target: lambda g: (g / len(target)) * (target - prediction),
)
defjvp(
    half_mse,
    lambda g, ans, prediction, target: g @ (prediction - target) / len(target),
    lambda g, ans, prediction, target: g @ (target - prediction) / len(target),
)


@primitive
def sum_of_squares(x):
    """Return ``sum(x**2)`` over all entries of an array of any shape."""
    flat = x.ravel()
    return np.dot(flat, flat)


defvjp(sum_of_squares, lambda ans, x: lambda g: (2 * g) * x)
defjvp(sum_of_squares, lambda g, ans, x: 2 * anp.sum(g * x))


@primitive
def absolute_error(prediction, target):
    """Return ``1/n * sum(|prediction - target|)``; the derivative at a tie is 0."""
    return np.abs(prediction - target).sum() / len(target)


defvjp(
    absolute_error,
    lambda ans, prediction, target: lambda g: (g / len(target)) * anp.sign(prediction - target),
    lambda ans, prediction, target: lambda g: (g / len(target)) * anp.sign(target - prediction),
)
defjvp(
    absolute_error,
    lambda g, ans, prediction, target: g @ anp.sign(prediction - target) / len(target),
    lambda g, ans, prediction, target: g @ anp.sign(target - prediction) / len(target),
)


@primitive
def huber(prediction, target, delta):
    """Return the mean of ``r**2/2`` where ``|r| <= delta`` and of ``delta*(|r| - delta/2)`` beyond.

    Source: Huber (1964), https://doi.org/10.1214/aoms/1177703732. ``delta`` is a constant.
    """
    size = np.abs(prediction - target)
    near = np.minimum(size, delta)
    return (near * (size - near / 2)).sum() / len(target)


defvjp(
    huber,
    lambda ans, p, t, delta: lambda g: (g / len(t)) * anp.clip(p - t, -delta, delta),
    lambda ans, p, t, delta: lambda g: (g / len(t)) * anp.clip(t - p, -delta, delta),
    None,
)
defjvp(
    huber,
    lambda g, ans, p, t, delta: g @ anp.clip(p - t, -delta, delta) / len(t),
    lambda g, ans, p, t, delta: g @ anp.clip(t - p, -delta, delta) / len(t),
    None,
)


@primitive
def logsumexp(x):
    """Return ``log(sum(exp(x)))`` over all entries, for arguments of any size.

    The largest entry is taken out of the sum and put back, so that nothing overflows.
    """
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


# The derivative by each entry is its share in the sum.
defvjp(logsumexp, lambda ans, x: lambda g: g * anp.exp(x - ans))
defjvp(logsumexp, lambda g, ans, x: anp.sum(g * anp.exp(x - ans)))
