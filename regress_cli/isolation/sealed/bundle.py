"""The modules of regress that a sandbox needs, as bytes: no file of regress is visible inside."""

import functools
import marshal
import types
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import regress_cli

_BOOT = "regress_cli.isolation.sealed.boot"
# All that the worker and the process that forks it import; neither a reference nor a number is among them.
MODULES = (
    "regress_cli",
    "regress_cli.errors",
    "regress_cli.isolation",
    "regress_cli.isolation.arrays",
    "regress_cli.isolation.channel",
    "regress_cli.isolation.cheats",
    "regress_cli.isolation.differences",
    "regress_cli.isolation.explain",
    "regress_cli.isolation.forms",
    "regress_cli.isolation.frames",
    "regress_cli.isolation.imports",
    "regress_cli.isolation.limits",
    "regress_cli.isolation.loading",
    "regress_cli.isolation.neighbours",
    "regress_cli.isolation.parameters",
    "regress_cli.isolation.reach",
    "regress_cli.isolation.reply",
    "regress_cli.isolation.scope",
    "regress_cli.isolation.sealed",
    "regress_cli.isolation.sealed.ending",
    "regress_cli.isolation.sealed.forking",
    "regress_cli.isolation.sealed.landlock",
    "regress_cli.isolation.sealed.lock",
    "regress_cli.isolation.sealed.orders",
    "regress_cli.isolation.sealed.privileges",
    "regress_cli.isolation.sealed.seccomp",
    "regress_cli.isolation.sealed.stand_in",
    "regress_cli.isolation.sealed.syscalls",
    "regress_cli.isolation.sealed.system",
    "regress_cli.isolation.shadow",
    "regress_cli.isolation.stages",
    "regress_cli.isolation.steps",
    "regress_cli.isolation.watch",
    "regress_cli.isolation.worker",
    "regress_cli.text",
    "regress_cli.version",
)


@functools.cache
def bundle() -> tuple[types.CodeType, dict[str, tuple[bool, types.CodeType]]]:
    """Return the code that runs first, and that of each module with whether it is a package."""
    return _code_of(_BOOT)[1], {name: _code_of(name) for name in MODULES}


def packed(settings: dict[str, Any]) -> bytes:
    """Return the modules and a sandbox's settings, as Python reads its own code."""
    return marshal.dumps((*bundle(), settings))


def loader_of(name: str) -> Any:
    """Return what loads a module of regress from where it lies: a program may put others in its place."""
    folder = Path(regress_cli.__file__).parent.parent.joinpath(*name.split(".")[:-1])
    found = PathFinder.find_spec(name, [str(folder)])
    return found.loader if found is not None else None


def _code_of(name: str) -> tuple[bool, types.CodeType]:
    """Return whether a module is a package, and its code, in which no path of this system is left."""
    loader = loader_of(name)
    return loader.is_package(name), _renamed(loader.get_code(name), name.replace(".", "/") + ".py")


def _renamed(code: types.CodeType, name: str) -> types.CodeType:
    parts = (_renamed(part, name) if isinstance(part, types.CodeType) else part for part in code.co_consts)
    return code.replace(co_filename=name, co_consts=tuple(parts))
