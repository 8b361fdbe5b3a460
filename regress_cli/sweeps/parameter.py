"""One parameter of a sweep file: a list of values, or a distribution to draw from."""

from typing import Any, Literal, Self

from pydantic import Field, PositiveFloat, field_validator, model_validator

from regress_cli.config.ranges import expand
from regress_cli.config.schema.base import Section, problem

Distribution = Literal["uniform", "int_uniform", "q_uniform", "log_uniform_values", "normal", "log_normal"]
_BETWEEN = ("uniform", "int_uniform", "q_uniform", "log_uniform_values")


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
        return None if values is None else tuple(one for value in values for one in expand(value))

    @model_validator(mode="after")
    def _check(self) -> Self:
        if "value" in self.model_fields_set:
            object.__setattr__(self, "values", (self.value,))
        if self.values is not None:
            return self
        if self.distribution in (None, *_BETWEEN):
            self._check_ends()
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

    @property
    def low(self) -> float:
        """The smallest value to draw."""
        return 0.0 if self.min is None else self.min

    @property
    def high(self) -> float:
        """The largest value to draw."""
        return 1.0 if self.max is None else self.max
