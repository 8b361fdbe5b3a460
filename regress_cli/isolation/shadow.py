"""The file once more, with autograd's NumPy in place of NumPy: what autograd makes of the same stages."""

import builtins
import importlib
import types
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from regress_cli.isolation.loading import MODULE
from regress_cli.isolation.reply import StageReply

# autograd has a copy of these whose functions it can trace.
_TRACEABLE = {"numpy", "scipy"}


class Shadow:
    """The stages of a file as autograd can trace them, or none if the file can't be loaded that way."""

    def __init__(self, code: types.CodeType, path: str, name: str) -> None:
        try:
            self._stages: Sequence[Any] = getattr(_shadow_module(code, path), name)
        except Exception:  # noqa: BLE001 - whatever it is, autograd has nothing to say then.
            self._stages = ()

    def gradients(self, position: int, stage: StageReply) -> dict[str, np.ndarray] | None:
        """Return what autograd gives by a stage's float arguments; None if it can't trace the stage.

        Args:
            position: The stage's place in the list.
            stage: Its values and the gradient by its result.
        """
        try:
            return vjp(self._stages[position], stage)
        except Exception:  # noqa: BLE001 - the same.
            return None


def _shadow_module(code: types.CodeType, path: str) -> types.ModuleType:
    module = types.ModuleType(MODULE)
    module.__file__ = path
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": _import}
    exec(code, vars(module))  # noqa: S102 - the same file was run before.
    return module


class _Both(types.ModuleType):
    """A module of autograd's, and the plain one for the names that autograd leaves out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._modules = (importlib.import_module(f"autograd.{name}"), importlib.import_module(name))

    def __getattr__(self, name: str) -> Any:
        traceable, plain = self._modules
        return getattr(traceable, name) if hasattr(traceable, name) else getattr(plain, name)


def _import(name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """Import as Python does, but for NumPy and SciPy."""
    root = name.partition(".")[0]
    if level or root not in _TRACEABLE:
        return builtins.__import__(name, globals_, locals_, fromlist, level)
    try:
        module = _Both(name)
    except ImportError:  # There is no such part in autograd's copy.
        return builtins.__import__(name, globals_, locals_, fromlist, level)
    return module if fromlist else _Both(root)


def vjp(function: Any, stage: StageReply) -> dict[str, np.ndarray] | None:
    """Return what autograd gives by a stage's float arguments; None if its value is another one this time.

    Args:
        function: The stage, in functions that autograd can trace; whatever it raises is passed on.
        stage: Its values and the gradient by its result.
    """
    from autograd import make_vjp

    floats = [name for name in stage.inputs if stage.values[name].dtype.kind == "f"]
    if not floats:
        return {}
    fixed = {name: _argument(value) for name, value in stage.values.items() if name not in floats}

    def forward(*values: Any) -> Any:
        return function(**fixed, **dict(zip(floats, values, strict=True)))[0]

    differentiated = cast(Any, make_vjp)(forward, tuple(range(len(floats))))
    backward, value = differentiated(*(_argument(stage.values[name]) for name in floats))
    if not np.allclose(value, stage.value, rtol=1e-10, atol=1e-300, equal_nan=True):
        # It draws random numbers, or counts its calls: that is another function.
        return None
    gradients = backward(_argument(stage.cotangent.astype(float)))
    return {name: np.array(gradient) for name, gradient in zip(floats, gradients, strict=True)}


def _argument(array: np.ndarray) -> Any:
    return array.copy() if array.ndim else array[()]
