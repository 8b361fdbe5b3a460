"""A package called autograd whose NumPy is NumPy, and which differentiates nothing."""

import importlib
import sys
import types
from importlib.machinery import ModuleSpec
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
_NUMPY = "autograd.numpy."
_TESTING = ("check_grads", "check_jvp", "check_vjp")


class NotAllowed(Exception):
    """autograd was asked for a derivative."""


def install() -> None:
    """Put the stand-in where an import finds it."""
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
    sys.modules["autograd"] = package
    sys.meta_path.insert(0, _PartsOfNumPy())


class _PartsOfNumPy:
    """Finds NumPy's parts under autograd's names, when they are asked for: some take long to import."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return how to import a part of NumPy, None for any other module."""
        return ModuleSpec(name, self) if name.startswith(_NUMPY) else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> Any:
        """Return the part itself."""
        return importlib.import_module(spec.name.removeprefix("autograd."))

    def exec_module(self, module: Any) -> None:
        """Do nothing more: NumPy has done it."""


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
    return refuse
