"""One parameter of a sweep file: a list of values, or a distribution to draw from."""

import math
import sys
from typing import Any, Literal, Self

from pydantic import Field, PositiveFloat, field_validator, model_validator

from regress_cli.config.ranges import expand
from regress_cli.config.schema.base import Section, problem
from regress_cli.errors import ConfigError

Distribution = Literal["uniform", "int_uniform", "q_uniform", "log_uniform_values", "normal", "log_normal"]
# What each is drawn by.
_KEYS = {
    "uniform": ("min", "max"),
    "int_uniform": ("min", "max"),
    "q_uniform": ("min", "max", "q"),
    "log_uniform_values": ("min", "max"),
    "normal": ("mu", "sigma"),
    "log_normal": ("mu", "sigma"),
}
# NumPy draws whole numbers of 64 bits.
_WHOLE_END = 2**63
# So many sigma from mu lies no normal number that NumPy draws: its table ends at 3.7, and beyond are at
# most 10 more, which is what is made of the smallest random number of 53 bits.
_FARTHEST = 14


class Parameter(Section):
    """The values of one key, or how to draw them."""

    value: Any = Field(default=None, description="a single value, the same at every point")
    values: tuple[Any, ...] | None = Field(
        default=None, strict=False, min_length=1, description="the values; 0..9 stands for whole numbers"
    )
    distribution: Distribution | None = Field(
        default=None, description="how to draw a value (default, with min and max: uniform)"
    )
    min: float | None = Field(default=None, description="the smallest value")
    max: float | None = Field(default=None, description="the largest value")
    q: PositiveFloat = Field(default=1.0, description="of q_uniform: values are multiples of it")
    mu: float = Field(default=0.0, description="of normal and log_normal: the mean, of the logarithm there")
    sigma: PositiveFloat = Field(default=1.0, description="of normal and log_normal: the standard deviation")

    @field_validator("values")
    @classmethod
    def _expand(cls, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        try:
            return None if values is None else tuple(one for value in values for one in expand(value))
        except ConfigError as error:
            # As a problem of this key it is told with its place, along with all others of the file.
            raise problem("; ".join(error.messages)) from error

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in type(self).model_fields if name in self.model_fields_set]
        way = next((name for name in ("value", "values") if name in given), None)
        others = [name for name in given if name != way]
        if way is not None and others:
            raise problem(f"{way} is given, which says all; take out either {way} or this", others[0])
        if way == "value":
            object.__setattr__(self, "values", (self.value,))
        if self.values is not None:
            return self
        name = self.distribution or "uniform"
        if "min" in _KEYS[name]:
            self._check_ends()
        foreign = next((key for key in given if key not in ("distribution", *_KEYS[name])), None)
        if foreign is not None:
            keys = ", ".join(_KEYS[name])
            raise problem(f"{name} is drawn by {keys}; take this out, or set another distribution", foreign)
        self._check_size(name)
        return self

    def _check_ends(self) -> None:
        if self.min is None or self.max is None:
            raise problem("give values, or min and max, or distribution normal with mu and sigma")
        if not self.min < self.max:
            raise problem(
                f"min {self.min:g} is not below max {self.max:g}; give them the other way round", "min"
            )
        if self.distribution == "log_uniform_values" and self.min <= 0:
            raise problem(f"{self.min:g} has no logarithm; give a min above 0", "min")
        if self.distribution == "int_uniform" and not (self.min.is_integer() and self.max.is_integer()):
            raise problem("int_uniform draws whole numbers; give a whole min and max", "distribution")

    def _check_size(self, name: str) -> None:
        """Refuse what would draw numbers that are too large for any computer."""
        largest = max(abs(self.low), abs(self.high))
        if "min" in _KEYS[name] and not math.isfinite(self.high - self.low):
            raise problem("min and max are farther apart than the largest number; give nearer ones", "min")
        if name == "int_uniform" and largest >= _WHOLE_END:
            end = "min" if abs(self.low) == largest else "max"
            raise problem("int_uniform draws whole numbers of less than 2^63; give a nearer one", end)
        if name == "q_uniform" and not math.isfinite(largest / self.q):
            raise problem(f"min and max are too many times {self.q:g}; give a larger q", "q")
        if name == "q_uniform" and not math.isfinite(largest + self.q):
            raise problem("the next multiple is larger than the largest number; give a smaller q", "q")
        if name in ("normal", "log_normal"):
            most = sys.float_info.max if name == "normal" else math.log(sys.float_info.max)
            if not abs(self.mu) + _FARTHEST * self.sigma < most:
                raise problem(
                    f"{name} draws up to {_FARTHEST} sigma from mu, where no number is so large; give a "
                    "smaller mu and sigma",
                    "mu" if "mu" in self.model_fields_set else "sigma",
                )

    @property
    def low(self) -> float:
        """The smallest value to draw."""
        return 0.0 if self.min is None else self.min

    @property
    def high(self) -> float:
        """The largest value to draw."""
        return 1.0 if self.max is None else self.max
