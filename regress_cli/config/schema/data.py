"""Where the rows come from: drawn from a known function, or read from a table."""

import math
from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, model_validator

from regress_cli.config.schema.base import ColumnName, Names, Section, VariableName, problem
from regress_cli.errors import UserError
from regress_cli.expression import RESERVED_NAMES, Expression
from regress_cli.text import did_you_mean, quoted

Fraction = Annotated[float, Field(ge=0, lt=1)]


class Split(Section):
    """Which rows train, validate and test."""

    validation: Fraction = Field(default=0.0, description="fraction of the rows, drawn at random")
    test: Fraction = Field(default=0.0, description="fraction of the rows, drawn at random")
    column: ColumnName | None = Field(
        default=None, description="a column whose cells say train, validation or test (tables only)"
    )

    @model_validator(mode="after")
    def _check(self) -> "Split":
        if self.column is not None and (self.validation or self.test):
            raise problem("give either column or fractions, not both; remove one")
        if self.validation + self.test >= 1:
            raise problem("validation and test leave no rows to train on; lower them to a sum below 1")
        return self


class Standardize(Section):
    """Scale columns to mean 0 and standard deviation 1, fitted on the training part only."""

    features: bool = Field(default=False, description="scale every feature column")
    target: bool = Field(default=False, description="scale the target")


class InputRange(Section):
    """The values of one synthetic input."""

    low: float = Field(description="smallest value")
    high: float = Field(description="largest value")
    spacing: Literal["linspace", "uniform"] = Field(
        default="linspace", description="evenly spaced, or drawn uniformly at random"
    )

    @model_validator(mode="after")
    def _check(self) -> "InputRange":
        if not self.low < self.high:
            raise problem(f"low ({self.low}) must be below high ({self.high}); swap or change them")
        if not math.isfinite(self.high - self.low):
            raise problem(f"from {self.low} to {self.high} is farther than numbers reach; narrow the range")
        return self


class SyntheticData(Section):
    """Data drawn from a known function, with normal noise."""

    kind: Literal["synthetic"] = Field(description="synthetic: draw the data from a known function")
    n: Annotated[int, Field(ge=2, le=10_000_000)] = Field(default=100, description="number of rows")
    inputs: Annotated[dict[VariableName, InputRange], Field(min_length=1, max_length=100)] = Field(
        description="each input by name, with low, high and spacing"
    )
    target: str = Field(description="the true function: arithmetic in the inputs, such as 4*x + 10")
    noise: NonNegativeFloat = Field(default=0.0, description="standard deviation of the normal noise")
    split: Split = Field(default=Split(), description="parts for validation and test")
    standardize: Standardize = Field(default=Standardize(), description="scaling of the columns")

    @model_validator(mode="after")
    def _check(self) -> "SyntheticData":
        for name in self.inputs:
            if name in RESERVED_NAMES:
                raise problem(f"{quoted(name)} is a function; name the input otherwise", "inputs", name)
        spaced = [name for name, values in self.inputs.items() if values.spacing == "linspace"]
        if len(spaced) > 1:
            raise problem(
                f"{' and '.join(spaced)} are all evenly spaced, so they lie on one line; "
                "give all but one `spacing: uniform`",
                "inputs",
            )
        if self.split.column is not None:
            raise problem("synthetic data have no columns; use fractions", "split", "column")
        self._check_target()
        return self

    def _check_target(self) -> None:
        try:
            names = Expression.parse(self.target).names
        except UserError as error:
            raise problem(error.messages[0], "target") from error
        for name in names:
            if name not in self.inputs:
                hint = did_you_mean(name, self.inputs)
                raise problem(f"{quoted(name)} is not one of the inputs; {hint}", "target")


class TableData(Section):
    """A table of one's own."""

    kind: Literal["table"] = Field(description="table: read a csv, tsv or parquet file")
    path: Annotated[str, Field(min_length=1)] = Field(
        description="csv, tsv or parquet file, relative to this file"
    )
    separator: Literal[",", ";", "\t", "|"] | None = Field(
        default=None,
        description="what stands between the cells of a csv or tsv file (default: by the file's ending)",
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="what stands before the decimals of a number in a csv or tsv file"
    )
    target: ColumnName = Field(description="the column to predict, or arithmetic in columns, such as log(y)")
    features: Names | None = Field(
        default=None, description="the columns to predict from (default: every other column)"
    )
    weights: ColumnName | None = Field(
        default=None,
        description="a column of weights, zero or more: how much a row counts, in relation to the others",
    )
    sigma: ColumnName | None = Field(
        default=None,
        description="a column of the target's standard deviations, which are known: a row counts 1/sigma^2",
    )
    categorical: Names = Field(default=(), description="columns of numbers that stand for categories")
    one_hot: Literal["drop_first", "full"] = Field(
        default="drop_first",
        description="a column of 0 and 1 for each category but the first, or for every one",
    )
    missing: Literal["error", "drop", "mean"] = Field(
        default="error",
        description="missing cells: refuse, drop the row, or fill in the training part's mean",
    )
    split: Split = Field(default=Split(), description="parts for validation and test")
    standardize: Standardize = Field(default=Standardize(), description="scaling of the columns")

    @model_validator(mode="after")
    def _check(self) -> "TableData":
        self._check_notation()
        if self.features is not None:
            if not self.features:
                raise problem("name at least one feature, or remove the key", "features")
            if len(set(self.features)) < len(self.features):
                raise problem("a column is named twice; keep one", "features")
            if self.target in self.features:
                raise problem("the target can't be a feature; remove it from the list", "features")
        if self.split.column in (self.target, *(self.features or ())):
            raise problem(
                "the column that names the parts can be neither target nor feature; name another",
                "split",
                "column",
            )
        self._check_weights()
        return self

    @property
    def weight_column(self) -> str | None:
        """The column that says how much each row counts, if there is one."""
        return self.weights or self.sigma

    def _check_weights(self) -> None:
        if self.weights is not None and self.sigma is not None:
            raise problem(
                "give either weights or sigma, not both (weights are 1/sigma^2); remove one", "sigma"
            )
        key = "sigma" if self.weights is None else "weights"
        if self.weight_column is not None and self.weight_column in (
            self.target,
            self.split.column,
            *(self.features or ()),
            *self.categorical,
        ):
            raise problem(
                f"{quoted(self.weight_column)} has another role already; name a column of its own", key
            )

    def _check_notation(self) -> None:
        ending = PurePath(self.path).suffix.lower()
        if ending == ".parquet":
            for key in ("separator", "decimal"):
                if getattr(self, key) not in (None, "."):
                    raise problem(f"a parquet file has no {key}; remove the key", key)
        elif self.decimal == "," and (self.separator or {".csv": ","}.get(ending)) == ",":
            raise problem(
                "commas can't stand between the cells as well as in the numbers; "
                'set data.separator, such as separator: ";"',
                "decimal",
            )


Data = Annotated[SyntheticData | TableData, Field(discriminator="kind")]
