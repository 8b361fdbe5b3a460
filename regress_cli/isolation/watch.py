"""Notices, while a file runs, libraries that differentiate, and gradients that autograd takes."""

import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

from regress_cli.isolation.explain import place
from regress_cli.isolation.imports import DIFFERENTIATING

_TRACER = "autograd.tracer"


class Watch:
    """Looks at what is imported, and at each trace that autograd opens.

    Using ``autograd.numpy`` in place of NumPy opens no trace. Nor does this notice what the worker itself
    does with autograd, for it looks only inside of `looking`. It is no `MetaPathFinder` by name: importing
    that class takes longer than all of the worker.
    """

    def __init__(self) -> None:
        self._path = ""
        self._lines: Mapping[str, int] = {}
        self._is_looking = False
        self._notices: dict[str, None] = {}
        self._before = frozenset(sys.modules)

    def install(self, path: str, lines: Mapping[str, int]) -> None:
        """Begin to watch, before the file is loaded.

        Args:
            path: The file.
            lines: Where the file imports a library, as far as that can be seen.
        """
        self._path, self._lines = path, lines
        sys.meta_path.insert(0, self)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Notice what autograd is used for inside the block."""
        self._is_looking = True
        try:
            yield
        finally:
            self._is_looking = False

    def notices(self) -> tuple[str, ...]:
        """Return what was noticed so far."""
        for root in sorted({name.partition(".")[0] for name in set(sys.modules) - self._before}):
            if root in DIFFERENTIATING:
                line = self._lines.get(root)
                self._notices[f"{place(self._path, line)}: imports {root}" if line else f"imports {root}"] = (
                    None
                )
        return tuple(self._notices)

    def find_spec(
        self, name: str, path: Any = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """Leave every import to Python, but put a watch into autograd's tracer when it comes."""
        if name != _TRACER:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            self._watch_loader(spec.loader)
        return spec

    def _watch_loader(self, loader: Any) -> None:
        run = loader.exec_module

        def run_and_watch(module: Any) -> None:
            run(module)
            new_trace = module.TraceStack.new_trace

            def noticed(stack: Any) -> Any:
                self._note_trace()
                return new_trace(stack)

            module.TraceStack.new_trace = noticed

        loader.exec_module = run_and_watch

    def _note_trace(self) -> None:
        if self._is_looking:
            line = self._line_of_the_file()
            where = f"{place(self._path, line)}: " if line else ""
            self._notices[f"{where}calls autograd (the gradient of a traced function)"] = None

    def _line_of_the_file(self) -> int | None:
        frame = sys._getframe()
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else None
