"""What is known of a reference at inputs that come again: many answers are held against the same function."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from regress_cli.gradients.checking import Subject, Verdict, check_subject
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference, Reference

Found = TypeVar("Found")

# Of each kind; the oldest goes first.
_MOST = 4096
# A gradient of more numbers is not kept: where each student has inputs of their own, none comes again, and
# they would take all memory. Nor is what is asked at so many numbers that looking them up takes long.
_LARGEST_KEPT, _LARGEST_ASKED = 4096, 1_000_000


@dataclass(frozen=True)
class KnownReference(Reference):
    """A reference that remembers its gradients, and the oracles' verdicts on them.

    Nothing of it depends on an answer, so that no answer can change what another one is told.
    """

    _gradients: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict, compare=False)
    _verdicts: "OrderedDict[Hashable, Any]" = field(default_factory=OrderedDict, compare=False)

    @classmethod
    def of(cls, reference: Reference) -> "KnownReference":
        """Return the same function with a memory."""
        return cls(reference.name, reference.function, reference.entry)

    def gradient(
        self, inputs: Inputs, wrt: Sequence[str], cotangent: np.ndarray | None = None
    ) -> dict[str, Any]:
        """Return what `Reference.gradient` does; its arrays are copies, so that none changes the memory."""
        start = b"" if cotangent is None else _digest_of(cotangent)
        key = None if start is None else _key(inputs, tuple(wrt), start)

        def find() -> dict[str, Any] | NoReference:
            try:
                return super(KnownReference, self).gradient(inputs, wrt, cotangent)
            except NoReference as reason:
                # A new one, for that one holds all that was there where it was raised.
                return NoReference(*reason.args)

        is_large = sum(np.size(inputs[name]) for name in wrt) > _LARGEST_KEPT
        found = find() if is_large else _remembered(self._gradients, key, find)
        if isinstance(found, NoReference):
            raise NoReference(*found.args)
        return {name: array.copy() for name, array in found.items()}

    def verdict(self, inputs: Inputs, truth: Mapping[str, np.ndarray], rtol: float, seed: int) -> Verdict:
        """Return the oracles' verdict on autograd's own gradient.

        Args:
            inputs: The arguments.
            truth: autograd's gradient, by the arguments that it is by.
            rtol: The relative error up to which it is right.
            seed: Draws random directions.
        """
        at = {name: inputs[name] for name in truth}

        def find() -> Verdict:
            subject = Subject(
                lambda params: self.total({**inputs, **params}), lambda params: truth, is_asked_nearby=False
            )
            return check_subject(subject, at, rtol=rtol, seed=seed)

        return _remembered(self._verdicts, _key(inputs, tuple(truth), rtol, seed), find)


def _remembered(memory: "OrderedDict[Hashable, Any]", key: Hashable, find: Callable[[], Found]) -> Found:
    if key is None:
        return find()
    if key not in memory:
        memory[key] = find()
        if len(memory) > _MOST:
            memory.popitem(last=False)
    return memory[key]


def _key(inputs: Inputs, *more: Hashable) -> Hashable:
    """Return what two calls have in common that must give the same; None if that is too large to keep."""
    parts = [(name, _digest_of(value)) for name, value in sorted(inputs.items())]
    return None if any(part is None for _, part in parts) else (tuple(parts), *more)


def _digest_of(value: Any) -> Hashable:
    """Return what stands for an array's bytes, and takes no more room for many."""
    array = np.asarray(value)
    if array.size > _LARGEST_ASKED:
        return None
    return array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest()
