"""Compiled modules of SciPy, without the packages around them.

To import ``scipy.optimize`` is to import 300 modules, which takes ten times as long as most fits; what a fit
needs of it, and of ``scipy.special``, is in one compiled module each. Which functions they hold is SciPy's
own affair: where they lack one, the whole package is imported, so that nothing but time depends on it.
"""

import importlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def special_function(name: str) -> Callable[..., Any]:
    """Return the function that ``scipy.special`` has under this name."""
    found = compiled_function("scipy.special", "_ufuncs", name)
    return getattr(importlib.import_module("scipy.special"), name) if found is None else found


def compiled_function(package: str, module: str, name: str) -> Callable[..., Any] | None:
    """Return a function of a compiled module in a package of SciPy's; None where it is not to be had."""
    try:
        return getattr(_alone(package, module), name, None)
    except Exception:  # noqa: BLE001 - whatever SciPy's inside has become, its packages can be imported.
        return None


def _alone(package: str, module: str) -> ModuleType:
    """Import a module, but not its package, while nobody else could find that half imported."""
    name = f"{package}.{module}"
    if package in sys.modules or name in sys.modules or threading.active_count() > 1:
        return importlib.import_module(name)
    sys.modules[package] = _stand_in(package)
    try:
        return importlib.import_module(name)
    finally:
        # Who imports the package after this gets the real one, with the same compiled module in it.
        del sys.modules[package]


def _stand_in(package: str) -> ModuleType:
    """Return an empty package that knows where the modules of the real one are."""
    above, _, own = package.rpartition(".")
    stand_in = ModuleType(package)
    stand_in.__path__ = [str(Path(folder) / own) for folder in importlib.import_module(above).__path__]
    return stand_in
