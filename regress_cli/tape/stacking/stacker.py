"""What is known of a value while a tape is stacked, and the steps that give it the look that is wanted.

A value is shared by all copies, or stacked: it has an axis for them in front. A matrix whose columns lie
together is stacked as its transpose, so that each copy lies in memory as it would alone, all in one piece.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli.tape.internals import GETITEM
from regress_cli.tape.steps import Ref, Spec, Step

Shape = tuple[int, ...]


class NotStackable(Exception):
    """A tape has a step that is not known for many copies at once."""


@dataclass(frozen=True)
class Value:
    """A value of the tape as one copy sees it, and where it is found for all of them.

    Attributes:
        where: Where it is in the stacked tape: a `Ref`, or a constant.
        shape: Of one copy.
        dtype: Of its numbers; None for what is no array.
        is_stacked: Whether each copy has one of its own.
        is_flipped: Whether the axes behind that of the copies stand in reverse.
    """

    where: Any
    shape: Shape = ()
    dtype: np.dtype | None = None
    is_stacked: bool = False
    is_flipped: bool = False


class Stacker:
    """Writes the steps of the stacked tape.

    Attributes:
        count: The number of copies.
        steps: What is written so far.
    """

    def __init__(self, count: int, inputs: int) -> None:
        self.count = count
        self.steps: list[Step] = []
        self._inputs = inputs

    def add(self, function: Callable[..., Any], *args: Any, look: tuple[Shape, Any], **kwargs: Any) -> Ref:
        """Write a step down.

        Args:
            function: A primitive.
            args: What it takes: places and constants.
            look: The whole shape of its result, the copies' axis included, and the dtype.
            kwargs: Constants by name.
        """
        shape, dtype = look
        self.steps.append(Step(function, args, kwargs, Spec(shape, np.dtype(dtype))))
        return Ref(self._inputs + len(self.steps) - 1)

    def keep(self, step: Step, args: tuple[Any, ...]) -> Ref:
        """Write a step of values that all copies share, as it is."""
        self.steps.append(Step(step.function, args, step.kwargs, step.result))
        return Ref(self._inputs + len(self.steps) - 1)

    def stacked(self, where: Ref, shape: Shape, dtype: Any, *, is_flipped: bool = False) -> Value:
        """Return a new stacked value."""
        return Value(where, shape, np.dtype(dtype), is_stacked=True, is_flipped=is_flipped and len(shape) > 1)

    def look(self, shape: Shape, dtype: Any) -> tuple[Shape, Any]:
        """Return the look of a stacked array."""
        return (self.count, *shape), dtype

    # ------------------------------------------------------------------------------------ views

    def laid(self, value: Value, *, flipped: bool) -> Any:
        """Return where a value is, its axes in order or in reverse."""
        if value.is_flipped == flipped or len(value.shape) < 2:
            return value.where
        # Seen from its other side: the copies' axis stays in front.
        axes = tuple(range(len(value.shape)))[::-1]
        shape = value.shape[::-1] if flipped else value.shape
        if value.is_stacked:
            return self._view(
                anp.transpose, value, self.look(shape, value.dtype), (0, *(a + 1 for a in axes))
            )
        return self._view(anp.transpose, value, (shape, value.dtype), axes)

    def aligned(self, value: Value, rank: int, *, flipped: bool) -> Any:
        """Return where a value is, with axes of length 1 so that it broadcasts with those of a rank."""
        where, missing = self.laid(value, flipped=flipped), rank - len(value.shape)
        if missing == 0 or not (value.shape or value.is_stacked):
            return where
        kept = (slice(None),) * len(value.shape)
        ones = (None,) * missing
        index = (*kept, *ones) if flipped else (*ones, *kept)
        shape = (*value.shape[::-1], *(1,) * missing) if flipped else (*(1,) * missing, *value.shape)
        if value.is_stacked:
            return self.item(where, (slice(None), *index), self.look(shape, value.dtype))
        # NumPy puts missing axes in front by itself.
        return self.item(where, index, (shape, value.dtype)) if flipped else where

    def item(self, where: Any, index: Any, look: tuple[Shape, Any]) -> Any:
        """Return where a part of an array is."""
        return self.add(GETITEM, where, index, look=look) if isinstance(where, Ref) else where[index]

    def reshaped(self, where: Any, look: tuple[Shape, Any]) -> Any:
        """Return where an array is in another shape."""
        if isinstance(where, Ref):
            return self.add(anp.reshape, where, look[0], look=look)
        return np.reshape(where, look[0])

    def _view(self, function: Callable[..., Any], value: Value, look: tuple[Shape, Any], axes: Shape) -> Any:
        if isinstance(value.where, Ref):
            return self.add(function, value.where, axes, look=look)
        return np.transpose(value.where, axes)
