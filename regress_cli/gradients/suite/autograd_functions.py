"""The functions of autograd that give gradients, each on the same function, each put to the test.

Older tutorials differentiate by several arguments with ``multigrad``; today's autograd takes a tuple of
argument numbers for that, in ``grad``.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from regress_cli.flat import Params
from regress_cli.gradients.checking import RTOL, Subject, check_subject
from regress_cli.gradients.findings import Finding
from regress_cli.tape import value_and_grad as value_and_grad_by_tape

Gradient = Callable[[Params], Mapping[str, Any]]

_X = np.linspace(-1.0, 1.5, 6)
_AT = {"w": np.array([0.5, -1.2, 0.3]), "b": np.array(0.7)}


def loss(w, b):
    """Return the mean of ``(w0 x + w1 x^2 + w2 sin x + b - e^x)^2`` over a few points."""
    prediction = w[0] * _X + w[1] * _X**2 + w[2] * anp.sin(_X) + b
    return anp.mean((prediction - anp.exp(_X)) ** 2)


def check_autograd_functions(rtol: float = RTOL, seed: int = 0) -> Iterator[Finding]:
    """Check what each of autograd's functions gives for the same loss."""
    for name, gradient in FUNCTIONS.items():
        subject = Subject(lambda p: loss(**p), gradient)
        yield Finding(name, "order 1", check_subject(subject, _AT, rtol=rtol, seed=seed))


def _grad(p: Params) -> Mapping[str, Any]:
    return {"w": autograd.grad(loss, 0)(p["w"], p["b"]), "b": autograd.grad(loss, 1)(p["w"], p["b"])}


def _grad_named(p: Params) -> Mapping[str, Any]:
    return {name: autograd.grad_named(loss, name)(p["w"], p["b"]) for name in p}


def _multigrad(p: Params) -> Mapping[str, Any]:
    return dict(zip(("w", "b"), autograd.grad(loss, (0, 1))(p["w"], p["b"]), strict=True))


def _multigrad_dict(p: Params) -> Mapping[str, Any]:
    # autograd asks for funcsigs, the name under which Python 2 had what is now in inspect.
    sys.modules.setdefault("funcsigs", inspect)
    try:
        return autograd.multigrad_dict(loss)(p["w"], p["b"])
    finally:
        if sys.modules["funcsigs"] is inspect:
            del sys.modules["funcsigs"]


def _value_and_grad(p: Params) -> Mapping[str, Any]:
    return autograd.value_and_grad(lambda q: loss(**q))(p)[1]


def _elementwise_grad(p: Params) -> Mapping[str, Any]:
    return autograd.elementwise_grad(lambda q: loss(**q))(p)


def _jacobian(p: Params) -> Mapping[str, Any]:
    return {"w": autograd.jacobian(loss, 0)(p["w"], p["b"]), "b": autograd.jacobian(loss, 1)(p["w"], p["b"])}


def _tape(p: Params) -> Mapping[str, Any]:
    return value_and_grad_by_tape(lambda q: loss(**q))(p)[1]


FUNCTIONS: dict[str, Gradient] = {
    "grad": _grad,
    "grad_named": _grad_named,
    "grad with a tuple (multigrad)": _multigrad,
    "multigrad_dict": _multigrad_dict,
    "value_and_grad": _value_and_grad,
    "elementwise_grad": _elementwise_grad,
    "jacobian": _jacobian,
    "regress_cli.tape.value_and_grad": _tape,
}
