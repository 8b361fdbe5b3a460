"""A package called autograd whose NumPy is NumPy, and which differentiates nothing."""

import sys
import types
from typing import Any

import numpy as np

_DIFFERENTIATING = (
    "deriv",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
)
_EXTENDING = ("defjvp", "defvjp", "notrace_primitive", "primitive")
_TESTING = ("check_grads", "check_jvp", "check_vjp")


class NotAllowed(Exception):
    """autograd was asked for a derivative."""


def install() -> None:
    """Put the stand-in where an import finds it.

    >>> "may not be used here" in _refusing("grad").__doc__
    True
    """
    package = _module("autograd", _DIFFERENTIATING)
    package.__path__ = []
    modules: dict[str, Any] = {
        "numpy": np,
        "extend": _module("autograd.extend", _EXTENDING),
        "differential_operators": package,
        "test_util": _module("autograd.test_util", _TESTING),
    }
    for name, module in modules.items():
        setattr(package, name, module)
        sys.modules[f"autograd.{name}"] = module
    for name in ("fft", "linalg", "random"):
        sys.modules[f"autograd.numpy.{name}"] = getattr(np, name)
    sys.modules["autograd"] = package


def _module(name: str, functions: tuple[str, ...]) -> Any:
    module = types.ModuleType(name)
    for function in functions:
        setattr(module, function, _refusing(function))
    return module


def _refusing(name: str) -> Any:
    message = f"autograd.{name} may not be used here; write the derivative by hand"

    def refuse(*_: Any, **__: Any) -> Any:
        raise NotAllowed(message)

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = message
    return refuse
