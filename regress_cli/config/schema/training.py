"""How long training goes on, on which rows at a time, and what is drawn of it."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from regress_cli.config.schema.base import Section, problem
from regress_cli.text import quoted


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
            raise problem(f"{quoted(value)} is no batch size; write full, or a whole number of at least 1")
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
            raise problem(
                "give either steps or epochs, not both; remove one "
                "(on the command line, training.steps=null takes steps away)"
            )
        return self


class Plots(Section):
    """The pictures of a run."""

    pictures: Annotated[
        tuple[Literal["fit", "loss", "residuals", "quantiles"], ...],
        Field(strict=False, max_length=4),
    ] = Field(
        default=("fit", "loss", "residuals"),
        description="what to draw: the fit, the loss while training, the residuals, their normal quantiles "
        "(default with optimizer exact or levenberg_marquardt: fit, residuals, quantiles)",
    )
    formats: Annotated[
        tuple[Literal["png", "svg", "pdf"], ...], Field(strict=False, min_length=1, max_length=3)
    ] = Field(default=("png",), description="file formats: png, svg, pdf")
