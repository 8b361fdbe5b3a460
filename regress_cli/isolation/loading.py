"""The file as a module: run once, and searched for the name that was asked for."""

import sys
import types

# Not the file's own name: one called numpy.py would take NumPy's place.
MODULE = "answer"


def compiled(source: str, path: str) -> types.CodeType:
    """Return the file's code.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is not Python, or nested too deeply.
    """
    return compile(source, path, "exec", dont_inherit=True)


def module_of(code: types.CodeType, path: str) -> types.ModuleType:
    """Run the file as a module that others can import, and return it; whatever it raises is passed on."""
    module = types.ModuleType(MODULE)
    module.__file__ = path
    sys.modules[MODULE] = module
    exec(code, vars(module))  # noqa: S102 - that is what this process is for.
    return module


def callable_names(module: types.ModuleType) -> tuple[str, ...]:
    """Return what of a file can be asked for: its own functions, and its lists of functions."""
    names = [name for name, value in vars(module).items() if _is_own(value) or is_list_of_functions(value)]
    return tuple(name for name in names if isinstance(name, str) and name.isidentifier())[:200]


def is_list_of_functions(value: object) -> bool:
    """Return whether a value may be a list of stages."""
    return isinstance(value, list | tuple) and len(value) > 0 and all(map(callable, value))


def _is_own(value: object) -> bool:
    return callable(value) and getattr(value, "__module__", None) == MODULE
