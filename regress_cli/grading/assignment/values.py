"""The values of one argument: fixed, or drawn anew from a seed."""

import math
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from regress_cli.config.schema.base import Section, problem

# More numbers would take longer to compare than a check may.
MOST_NUMBERS = 1_000_000
# Whole numbers have 64 bits.
_LARGEST_WHOLE = 2**62

Size = Annotated[int, Field(ge=0, le=MOST_NUMBERS)]


class Values(Section):
    """The values of one argument; a number or a list alone is short for ``value``."""

    value: int | float | list[Any] | None = Field(
        default=None, description="a number, or nested lists of numbers of equal lengths"
    )
    low: float | None = Field(default=None, description="the smallest number that is drawn")
    high: float | None = Field(default=None, description="the largest")
    shape: tuple[Size, ...] = Field(
        default=(), strict=False, max_length=8, description="of an array that is drawn; none for one number"
    )
    integers: bool = Field(default=False, description="whether they are whole numbers, as labels are")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"value": data}

    @field_validator("value", mode="before")
    @classmethod
    def _check_value(cls, value: Any) -> Any:
        if _has_no_number(value):
            raise problem("this is no number; give one, or nested lists of numbers of equal lengths")
        array = _array_of(value)
        if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
            raise problem("whole numbers are less than 2**62; write a larger one with a point")
        if array is None or not np.isfinite(array).all() or array.size > MOST_NUMBERS:
            raise problem(
                "this is no number, and no nested lists of finite numbers of equal lengths; correct it"
            )
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = self.model_fields_set
        if "value" in given:
            others = [key for key in ("low", "high", "shape") if key in given]
            if others:
                raise problem("a value is given, which is not drawn; take out one of them", others[0])
            if self.integers and not np.array_equal(self.fixed(), np.trunc(self.fixed())):
                raise problem("not all of them are whole numbers; correct them", "value")
            return self
        if self.low is None or self.high is None:
            raise problem("write a value, or low and high to draw from, such as {low: -3, high: 3}")
        if not (self.low < self.high and math.isfinite(self.high - self.low)):
            raise problem("high has to be more than low", "high")
        if math.prod(self.shape) > MOST_NUMBERS:
            raise problem(f"these are more than {MOST_NUMBERS:,} numbers; give a smaller shape", "shape")
        if self.integers and not _are_whole(self.low, self.high):
            raise problem("whole numbers lie between whole numbers; give such ends", "low")
        return self

    @property
    def is_drawn(self) -> bool:
        """Whether the values are drawn."""
        return self.low is not None

    def fixed(self) -> Any:
        """Return the value that is given: a whole number as it is, all else as float64."""
        if isinstance(self.value, int):
            return self.value
        array = np.array(self.value, dtype=np.int64 if self.integers else np.float64)
        return array if array.ndim else array[()]

    def drawn(self, rng: np.random.Generator) -> Any:
        """Return the values, drawn uniformly from low to high where they are not fixed."""
        if self.low is None or self.high is None:
            return self.fixed()
        if self.integers:
            array = rng.integers(int(self.low), int(self.high), self.shape, endpoint=True)
        else:
            array = rng.uniform(self.low, self.high, self.shape)
        return np.asarray(array) if self.shape else array


def _has_no_number(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_no_number, value))
    return not isinstance(value, int | float) or isinstance(value, bool)


def _array_of(value: Any) -> np.ndarray | None:
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _are_whole(*ends: float) -> bool:
    return all(end == math.trunc(end) and abs(end) <= _LARGEST_WHOLE for end in ends)
