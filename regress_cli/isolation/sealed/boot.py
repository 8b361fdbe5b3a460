"""The first thing that runs inside: what can be imported besides Python's own library.

It is run with names that the parent gave: ``bundle`` holds the code of each of regress's few modules by its
name, and whether it is a package; ``packages`` holds each package's folder by its name.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

_bundle: dict[str, tuple[bool, Any]] = globals().get("bundle", {})
_packages: dict[str, str] = globals().get("packages", {})


class Bundled:
    """Finds the modules of the bundle, and runs their code."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return how to import a module of the bundle, None for any other."""
        if name not in _bundle:
            return None
        return ModuleSpec(name, self, is_package=_bundle[name][0])  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: Any) -> None:
        """Run the code of a module."""
        exec(_bundle[module.__name__][1], vars(module))  # noqa: S102 - it is regress's own.


class Packages:
    """Finds the packages, and nothing that is installed beside them."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return how to import one of the packages, None for any other module."""
        if name not in _packages:
            return None
        return PathFinder.find_spec(name, [os.path.dirname(_packages[name])])  # noqa: PTH120


# Who only looks at this file gives it no names.
if _bundle:
    sys.meta_path[:0] = [Bundled(), Packages()]
