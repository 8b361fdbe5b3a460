"""The function that is fitted."""

import keyword
import math
from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from regress_cli.config.schema.base import Section, VariableName, problem
from regress_cli.errors import UserError
from regress_cli.expression import RESERVED_NAMES, Expression, Name, parts
from regress_cli.text import did_you_mean, quoted


class LinearModel(Section):
    """y = w . x + b."""

    kind: Literal["linear"] = Field(description="linear: y = w . x + b")
    intercept: bool = Field(default=True, description="whether there is a b")
    init: Literal["zeros", "normal"] = Field(default="zeros", description="the parameters before training")


class PolynomialModel(Section):
    """y = w . (1, x, ..., x^M), with all cross terms for several features."""

    kind: Literal["polynomial"] = Field(description="polynomial: all powers and cross terms up to a degree")
    degree: Annotated[int, Field(ge=1, le=50)] = Field(description="highest total power M")
    intercept: bool = Field(default=True, description="whether there is a constant term")
    init: Literal["zeros", "normal"] = Field(default="zeros", description="the parameters before training")


class MLPModel(Section):
    """A multilayer perceptron with one linear output."""

    kind: Literal["mlp"] = Field(
        description="mlp: layers of units, each with the activation, then a linear output"
    )
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100_000)], ...],
        Field(strict=False, min_length=1, max_length=100),
    ] = Field(description="units of each hidden layer, such as [4, 4]")
    activation: Literal["relu", "tanh"] = Field(default="relu", description="what each hidden unit applies")
    init: Literal["normal", "he", "glorot"] = Field(
        default="normal",
        description="standard normal; or normal with variance 2/inputs (he) or 2/(inputs + units) (glorot)",
    )


# What regress itself calls something by, beside the parameters.
_TAKEN = frozenset({"features", "target"})
# What is not a name to whoever reads numbers.
_NO_NUMBERS = frozenset({"nan", "inf", "infinity"})

Values = Annotated[dict[VariableName, float], Field(min_length=1, max_length=100)]
Interval = Annotated[tuple[float | None, float | None], Field(strict=False)]


class FormulaModel(Section):
    """A function of one's own: arithmetic in the feature columns and in named parameters."""

    kind: Literal["formula"] = Field(
        description="formula: arithmetic in the columns and in parameters of your own"
    )
    expression: str = Field(
        description="the function, such as b1*(1 - exp(-b2*x)); names that initial lists are parameters, "
        "all others are columns"
    )
    initial: Values = Field(description="each parameter by name, with its value before the fit")
    bounds: dict[VariableName, Interval] = Field(
        default={}, description="lowest and highest value of a parameter, null for an open end"
    )
    starts: Annotated[tuple[Values, ...], Field(strict=False, max_length=1000)] = Field(
        default=(), description="further values to start from: every start is tried, and the best fit kept"
    )

    @model_validator(mode="after")
    def _check(self) -> "FormulaModel":
        for name in self.initial:
            if (
                name in RESERVED_NAMES
                or name in _TAKEN
                or name.lower() in _NO_NUMBERS
                or keyword.iskeyword(name)
            ):
                raise problem(
                    f"{quoted(name)} has a meaning of its own; name the parameter otherwise", "initial", name
                )
        names = self._names()
        self._check_constants()
        for name in self.initial:
            if name not in names:
                spare = [other for other in names if other not in self.initial]
                hint = did_you_mean(name, spare) if spare else "remove it"
                hint = f"{hint} or remove it" if hint.startswith("did") else "remove it"
                raise problem(f"the expression does not use {quoted(name)}; {hint}", "initial", name)
        self._check_bounds()
        for k, start in enumerate(self.starts):
            self._check_start(start, str(k))
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names in the expression that are no parameters, in the order in which they appear."""
        return tuple(name for name in self._names() if name not in self.initial)

    def bounds_of(self, name: str) -> tuple[float, float]:
        """Return the lowest and the highest value of a parameter; infinite where an end is open."""
        low, high = self.bounds.get(name, (None, None))
        return -math.inf if low is None else low, math.inf if high is None else high

    def _names(self) -> tuple[str, ...]:
        try:
            return Expression.parse(self.expression).names
        except UserError as error:
            raise problem(error.messages[0], "expression") from error

    def _check_constants(self) -> None:
        """Refuse arithmetic in numbers alone that has no finite value: no start could mend it."""
        with np.errstate(all="ignore"):
            for part in parts(Expression.parse(self.expression).tree):
                has_names = any(isinstance(inner, Name) for inner in parts(part))
                if not has_names and not np.isfinite(Expression("", part).evaluate({})):
                    raise problem(
                        "a part of it that holds numbers alone has no finite value, such as 10**400; "
                        "write a smaller number",
                        "expression",
                    )

    def _check_bounds(self) -> None:
        for name in self.bounds:
            if name not in self.initial:
                hint = did_you_mean(name, self.initial)
                raise problem(f"{quoted(name)} is not one of the parameters; {hint}", "bounds", name)
            low, high = self.bounds_of(name)
            if not low < high:
                raise problem(
                    f"the lower bound ({low:g}) must be below the upper one ({high:g}); swap or change them",
                    "bounds",
                    name,
                )
        self._check_within(self.initial, "initial")

    def _check_start(self, start: Mapping[str, float], place: str) -> None:
        for name in self.initial:
            if name not in start:
                raise problem(f"{quoted(name)} has no value here; give every parameter one", "starts", place)
        for name in start:
            if name not in self.initial:
                hint = did_you_mean(name, self.initial)
                raise problem(f"{quoted(name)} is not one of the parameters; {hint}", "starts", place, name)
        self._check_within(start, "starts", place)

    def _check_within(self, values: Mapping[str, float], *keys: str) -> None:
        for name, value in values.items():
            low, high = self.bounds_of(name)
            if not low <= value <= high:
                raise problem(
                    f"{value:g} lies outside of the bounds from {low:g} to {high:g}; change one of them",
                    *keys,
                    name,
                )


Model = Annotated[LinearModel | PolynomialModel | MLPModel | FormulaModel, Field(discriminator="kind")]
