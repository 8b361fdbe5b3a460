"""A function's derivatives by autograd, in reverse and forward mode, of first and second order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.gradients.checking import RTOL, Subject, check_subject
from regress_cli.gradients.checking.sample import MOST_ENTRIES
from regress_cli.gradients.findings import Finding
from regress_cli.gradients.quiet import quiet

Inputs = Mapping[str, Any]
ScalarFunction = Callable[[Params], Any]

# Second derivatives pass through more rounding.
_RTOL_SECOND = 1e-6


def check_modes(
    label: str,
    function: Callable[..., Any],
    inputs: Inputs,
    wrt: Sequence[str],
    *,
    rtol: float = RTOL,
    seed: int = 0,
) -> Iterator[Finding]:
    """Check a function's gradient in both modes, and its second derivatives in both.

    Args:
        label: What the function is called.
        function: Takes its arguments by name and returns an array of any shape.
        inputs: Its arguments.
        wrt: Those to differentiate by.
        rtol: The relative error up to which a gradient is right.
        seed: Draws the projection of the result, of the gradient, and the directions.
    """
    rng = np.random.default_rng(seed)
    at = {name: np.asarray(inputs[name], dtype=float) for name in wrt}
    total = _projected(function, inputs, rng)
    slope = _directional(total, at, rng)
    # Forward mode takes a pass for every entry, so large arguments are checked in reverse mode only.
    is_small = sum(value.size for value in at.values()) <= MOST_ENTRIES
    has_kink = False
    for mode, subject in _first_order(total).items():
        if "forward" in mode and not is_small:
            continue
        verdict = check_subject(subject, at, rtol=rtol, seed=seed)
        has_kink |= verdict.kinks > 0
        yield Finding(label, mode, verdict)
    if has_kink:
        # On a kink the first derivative jumps, so that there is no second one.
        return
    for mode, subject in _second_order(slope).items():
        if "forward" in mode and not is_small:
            continue
        yield Finding(label, mode, check_subject(subject, at, rtol=max(rtol, _RTOL_SECOND), seed=seed))


def _first_order(total: ScalarFunction) -> dict[str, Subject]:
    return {"reverse": Subject(total, reverse(total)), "forward": Subject(total, forward(total))}


def _second_order(slope: ScalarFunction) -> dict[str, Subject]:
    # Code that computes a gradient is not tried at complex arguments.
    return {
        "order 2, reverse": Subject(slope, reverse(slope), is_analytic=False),
        "order 2, forward": Subject(slope, forward(slope), is_analytic=False),
    }


def reverse(function: ScalarFunction) -> Callable[[Params], Mapping[str, Any]]:
    """Return the gradient in reverse mode."""
    return autograd.grad(function)


def forward(function: ScalarFunction) -> Callable[[Params], Mapping[str, Any]]:
    """Return the gradient in forward mode: the derivative along each axis in turn."""

    def gradient(params: Params) -> Mapping[str, Any]:
        layout = Layout.of(params)
        derivative = autograd.make_jvp(function)(params)
        slopes = np.zeros(sum(value.size for value in params.values()))
        for position in range(len(slopes)):
            axis = np.zeros_like(slopes)
            axis[position] = 1.0
            slopes[position] = derivative(layout.unflatten(axis))[1]
        return layout.unflatten(slopes)

    return gradient


def _projected(function: Callable[..., Any], inputs: Inputs, rng: np.random.Generator) -> ScalarFunction:
    """Return the function, or the sum of its results, each times a fixed random number."""
    with quiet():
        shape = np.shape(function(**inputs))
    weights = rng.uniform(0.5, 1.5, shape) if shape else 1.0
    return lambda params: anp.sum(weights * function(**{**inputs, **params}))


def _directional(total: ScalarFunction, at: Params, rng: np.random.Generator) -> ScalarFunction:
    """Return the slope of ``total`` along a fixed random direction: its gradient holds second derivatives."""
    direction = {name: rng.uniform(0.5, 1.5, value.shape) for name, value in at.items()}
    gradient = autograd.grad(total)

    def slope(params: Params) -> Any:
        grads = gradient(params)
        return sum(anp.sum(direction[name] * grads[name]) for name in direction)

    return slope
