"""The schema of an experiment: the one source of validation, defaults, help, docs and JSON Schema.

Every section is frozen, refuses unknown keys, and takes no value of another type (a whole number
may stand where a float is wanted; nothing else is converted).
"""

import math
from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from regress_cli.errors import UserError
from regress_cli.expression import RESERVED_NAMES, Expression
from regress_cli.text import did_you_mean, quoted

Fraction = Annotated[float, Field(ge=0, lt=1)]
# Longer names would fill a run's record and every table that shows them.
LONGEST_COLUMN_NAME = 200

ColumnName = Annotated[str, Field(min_length=1, max_length=LONGEST_COLUMN_NAME)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Names = Annotated[tuple[ColumnName, ...], Field(strict=False)]

# Names of devices, which Windows does not take for a file or folder.
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}

# Fields that never change a result, and so stand outside the run's digest.
OUTSIDE_DIGEST = {"training": {"checkpoint_seconds", "engine"}}


def _kind_or(default: str) -> Callable[[Any], Any]:
    """Return a validator that gives a section without a ``kind`` the default one."""

    def with_kind(data: Any) -> Any:
        return {"kind": default, **data} if isinstance(data, dict) else data

    return with_kind


class Section(BaseModel):
    """What all sections have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


# --------------------------------------------------------------------------------------- data


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
            raise _problem("give either column or fractions, not both; remove one")
        if self.validation + self.test >= 1:
            raise _problem("validation and test leave no rows to train on; lower them to a sum below 1")
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
            raise _problem(f"low ({self.low}) must be below high ({self.high}); swap or change them")
        if not math.isfinite(self.high - self.low):
            raise _problem(f"from {self.low} to {self.high} is farther than numbers reach; narrow the range")
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
                raise _problem(f"{quoted(name)} is a function; name the input otherwise", "inputs", name)
        spaced = [name for name, values in self.inputs.items() if values.spacing == "linspace"]
        if len(spaced) > 1:
            raise _problem(
                f"{' and '.join(spaced)} are all evenly spaced, so they lie on one line; "
                "give all but one `spacing: uniform`",
                "inputs",
            )
        if self.split.column is not None:
            raise _problem("synthetic data have no columns; use fractions", "split", "column")
        self._check_target()
        return self

    def _check_target(self) -> None:
        try:
            names = Expression.parse(self.target).names
        except UserError as error:
            raise _problem(error.messages[0], "target") from error
        for name in names:
            if name not in self.inputs:
                hint = did_you_mean(name, self.inputs)
                raise _problem(f"{quoted(name)} is not one of the inputs; {hint}", "target")


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
    target: ColumnName = Field(description="the column to predict")
    features: Names | None = Field(
        default=None, description="the columns to predict from (default: every other column)"
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
                raise _problem("name at least one feature, or remove the key", "features")
            if len(set(self.features)) < len(self.features):
                raise _problem("a column is named twice; keep one", "features")
            if self.target in self.features:
                raise _problem("the target can't be a feature; remove it from the list", "features")
        if self.split.column in (self.target, *(self.features or ())):
            raise _problem(
                "the column that names the parts can be neither target nor feature; name another",
                "split",
                "column",
            )
        return self

    def _check_notation(self) -> None:
        ending = PurePath(self.path).suffix.lower()
        if ending == ".parquet":
            for key in ("separator", "decimal"):
                if getattr(self, key) not in (None, "."):
                    raise _problem(f"a parquet file has no {key}; remove the key", key)
        elif self.decimal == "," and (self.separator or {".csv": ","}.get(ending)) == ",":
            raise _problem(
                "commas can't stand between the cells as well as in the numbers; "
                'set data.separator, such as separator: ";"',
                "decimal",
            )


Data = Annotated[SyntheticData | TableData, Field(discriminator="kind")]

# -------------------------------------------------------------------------------------- model


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


Model = Annotated[LinearModel | PolynomialModel | MLPModel, Field(discriminator="kind")]

# --------------------------------------------------------------------------------------- loss

_L2 = Field(
    default=0.0,
    description="adds l2/2 times the sum of squared weights (intercepts and biases stay out)",
)


class HalfMSE(Section):
    """1/(2N) sum (y - t)^2."""

    kind: Literal["half_mse"] = Field(default="half_mse", description="half_mse: 1/(2N) sum (y - t)^2")
    l2: NonNegativeFloat = _L2


class MSE(Section):
    """1/N sum (y - t)^2."""

    kind: Literal["mse"] = Field(description="mse: 1/N sum (y - t)^2")
    l2: NonNegativeFloat = _L2


class MAE(Section):
    """1/N sum |y - t|."""

    kind: Literal["mae"] = Field(description="mae: 1/N sum |y - t|")
    l2: NonNegativeFloat = _L2


class Huber(Section):
    """1/N sum of r^2/2 where |r| <= delta, and of delta (|r| - delta/2) beyond."""

    kind: Literal["huber"] = Field(description="huber: r^2/2 near zero, delta (|r| - delta/2) beyond delta")
    delta: PositiveFloat = Field(default=1.0, description="where the loss turns linear, in the target's unit")
    l2: NonNegativeFloat = _L2


Loss = Annotated[
    HalfMSE | MSE | MAE | Huber, Field(discriminator="kind"), BeforeValidator(_kind_or("half_mse"))
]

# ---------------------------------------------------------------------------------- optimizer


class Constant(Section):
    """The step size stays."""

    kind: Literal["constant"] = Field(default="constant", description="constant: the step size stays")


class Cosine(Section):
    """The step size falls along half a cosine."""

    kind: Literal["cosine"] = Field(description="cosine: from step_size to final * step_size over all steps")
    final: Annotated[float, Field(ge=0, le=1)] = Field(default=0.0, description="what fraction is left")


class StepDecay(Section):
    """The step size falls by a factor every few steps."""

    kind: Literal["step"] = Field(description="step: multiply by factor after every so many steps")
    every: PositiveInt = Field(description="number of steps between two falls")
    factor: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="what the step size is multiplied by"
    )


Schedule = Annotated[
    Constant | Cosine | StepDecay, Field(discriminator="kind"), BeforeValidator(_kind_or("constant"))
]
_SCHEDULE = Field(default=Constant(), description="how the step size changes")


class SGD(Section):
    """Gradient descent with momentum."""

    kind: Literal["sgd"] = Field(
        default="sgd", description="sgd: v <- mass v - (1 - mass) g, then p <- p + step_size v"
    )
    step_size: PositiveFloat = Field(default=0.01, description="how far a step goes")
    mass: Fraction = Field(default=0.9, description="momentum: 0 for none")
    nesterov: bool = Field(default=False, description="look ahead along the velocity")
    schedule: Schedule = _SCHEDULE


class Adam(Section):
    """Steps scaled by running moments of the gradient."""

    kind: Literal["adam"] = Field(description="adam: steps scaled by running moments of the gradient")
    step_size: PositiveFloat = Field(default=0.001, description="how far a step goes")
    b1: Fraction = Field(default=0.9, description="memory of the mean")
    b2: Fraction = Field(default=0.999, description="memory of the mean square")
    eps: PositiveFloat = Field(default=1e-8, description="keeps the division from zero")
    schedule: Schedule = _SCHEDULE


class RMSProp(Section):
    """Steps scaled by the running mean square of the gradient."""

    kind: Literal["rmsprop"] = Field(description="rmsprop: steps scaled by the running mean square")
    step_size: PositiveFloat = Field(default=0.1, description="how far a step goes")
    gamma: Fraction = Field(default=0.9, description="memory of the mean square")
    eps: PositiveFloat = Field(default=1e-8, description="keeps the division from zero")
    schedule: Schedule = _SCHEDULE


class Exact(Section):
    """The least-squares solution at once, for models that are linear in their parameters."""

    kind: Literal["exact"] = Field(description="exact: the least-squares solution at once")


Optimizer = Annotated[
    SGD | Adam | RMSProp | Exact, Field(discriminator="kind"), BeforeValidator(_kind_or("sgd"))
]

# ----------------------------------------------------------------------------------- training


class EarlyStopping(Section):
    """Stop when the validation loss no longer falls, and keep the best parameters."""

    patience: PositiveInt = Field(
        description="steps without a better validation loss before stopping", examples=[100]
    )
    min_delta: NonNegativeFloat = Field(
        default=0.0, description="how much lower the loss must get to go on waiting"
    )


class Training(Section):
    """How long, on which rows at a time, and when to stop."""

    steps: PositiveInt | None = Field(default=None, description="number of updates (default: 1000)")
    epochs: PositiveInt | None = Field(default=None, description="passes over the rows, instead of steps")
    batch_size: Literal["full"] | PositiveInt = Field(
        default="full", description="rows in a step: full, or a number (shuffled anew each epoch)"
    )
    early_stopping: EarlyStopping | None = Field(default=None, description="stop on the validation loss")
    time_limit: PositiveFloat | None = Field(
        default=None, description="seconds after which training ends, with exit code 5"
    )
    record_every: PositiveInt | None = Field(
        default=None,
        description="steps between two rows of metrics.csv (default: about 1000 rows; epochs for batches)",
    )
    dtype: Literal["float64", "float32"] = Field(
        default="float64",
        description="what training computes in; float32 is faster for large models, and has 7 digits",
    )
    engine: Literal["auto", "tape", "eager", "compiled"] = Field(
        default="auto",
        description="how gradients are computed: tape (autograd's, recorded and replayed), eager (autograd "
        "at every step), auto (tape where it can be used), or compiled (the tape in C, for long "
        "trainings); only compiled changes last digits, and the run's digest",
    )
    checkpoint_seconds: PositiveFloat = Field(
        default=5.0, description="seconds between two checkpoints; outside the run's digest"
    )

    @field_validator("batch_size", mode="before")
    @classmethod
    def _check_batch_size(cls, value: Any) -> Any:
        """Tell one problem where the union would tell one for each of its members."""
        if value != "full" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise _problem(f"{quoted(value)} is no batch size; write full, or a whole number of at least 1")
        return value

    @model_validator(mode="before")
    @classmethod
    def _fill_in_steps(cls, data: Any) -> Any:
        """Write the default out, so that the resolved config says it."""
        if isinstance(data, dict) and data.get("steps") is None and data.get("epochs") is None:
            return {**data, "steps": 1000}
        return data

    @model_validator(mode="after")
    def _check(self) -> "Training":
        if self.steps is not None and self.epochs is not None:
            raise _problem(
                "give either steps or epochs, not both; remove one "
                "(on the command line, training.steps=null takes steps away)"
            )
        return self


class Plots(Section):
    """The pictures of a run."""

    pictures: Annotated[
        tuple[Literal["fit", "loss", "residuals"], ...], Field(strict=False, min_length=1, max_length=3)
    ] = Field(
        default=("fit", "loss", "residuals"),
        description="what to draw: the fit, the loss while training, the residuals",
    )
    formats: Annotated[
        tuple[Literal["png", "svg", "pdf"], ...], Field(strict=False, min_length=1, max_length=3)
    ] = Field(default=("png",), description="file formats: png, svg, pdf")


# --------------------------------------------------------------------------------- experiment


class Experiment(Section):
    """One experiment: data, model, loss, optimizer, training."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="experiment", description="names the run's folder (default: the file's name)"
    )
    seed: Annotated[NonNegativeInt, Field(lt=2**63)] = Field(
        default=0, description="of all random numbers: data, parameters, batches, splits"
    )
    data: Data = Field(description="where the rows come from")
    model: Model = Field(description="the function that is fitted")
    loss: Loss = Field(default=HalfMSE(), description="what training makes small")
    optimizer: Optimizer = Field(default=SGD(), description="how the parameters move")
    training: Training = Field(default=Training(steps=1000), description="how long, on how many rows")
    plots: Plots = Field(default=Plots(), description="the pictures")

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        allowed = name.replace(".", "").replace("-", "").replace("_", "")
        if not (allowed.isascii() and allowed.isalnum() and name[0].isalnum()):
            raise _problem(
                f"{quoted(name)} can't name a folder; use letters, digits, dots, dashes and underscores, "
                "a letter or digit first"
            )
        if name.split(".")[0].lower() in _WINDOWS_DEVICES or name.endswith("."):
            raise _problem(f"Windows takes no folder called {quoted(name)}; choose another name")
        return name

    @model_validator(mode="after")
    def _check(self) -> "Experiment":
        if self.optimizer.kind == "exact":
            if self.model.kind == "mlp":
                raise _problem("an mlp has no exact solution; use sgd, adam or rmsprop", "optimizer", "kind")
            if self.loss.kind not in ("half_mse", "mse"):
                raise _problem(
                    f"exact solves squares, not {self.loss.kind}; use half_mse or mse", "loss", "kind"
                )
            if self.training.dtype != "float64":
                raise _problem("the exact solver computes in float64; remove the key", "training", "dtype")
        scaled = self.data.standardize.features or self.data.standardize.target
        if scaled and not getattr(self.model, "intercept", True):
            raise _problem(
                "standardizing shifts the columns, which a model without intercept can't undo; "
                "set model.intercept: true, or remove data.standardize",
                "model",
                "intercept",
            )
        split = self.data.split
        if self.training.early_stopping and not (split.validation or split.column):
            raise _problem(
                "early stopping watches the validation part, and there is none; "
                "give data.split.validation a fraction",
                "training",
                "early_stopping",
            )
        return self


def _problem(message: str, *keys: str) -> PydanticCustomError:
    """Return an error for pydantic to collect; ``keys`` lead from the section to the culprit."""
    # Braces would be taken for a template of the message.
    return PydanticCustomError("regress", "{message}", {"message": message, "keys": keys})
