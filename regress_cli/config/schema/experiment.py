"""One experiment as a whole, and what its sections must have in common."""

from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, model_validator

from regress_cli.config.schema.base import Section, problem
from regress_cli.config.schema.data import Data
from regress_cli.config.schema.folder_name import FolderName
from regress_cli.config.schema.formula import check_formula, check_limits
from regress_cli.config.schema.inference import InferenceOptions
from regress_cli.config.schema.loss import HalfMSE, Loss
from regress_cli.config.schema.model import Model
from regress_cli.config.schema.optimizer import SGD, Optimizer
from regress_cli.config.schema.training import Plots, Training
from regress_cli.config.seeds import LARGEST_SEED, MOST_SEEDS, seeds_of
from regress_cli.errors import ConfigError, UserError
from regress_cli.expression import Expression

_ONE_SEED = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}
# What a file may hold, as JSON Schema says it.
SEEDS_IN_A_FILE = [
    {"type": "string"},
    _ONE_SEED,
    {
        "type": "array",
        "items": {"anyOf": [_ONE_SEED, {"type": "string"}]},
        "minItems": 1,
        "maxItems": MOST_SEEDS,
        "uniqueItems": True,
    },
    {"type": "null"},
]


class Experiment(Section):
    """One experiment: data, model, loss, optimizer, training."""

    name: FolderName = Field(
        default="experiment", description="names the run's folder (default: the file's name)"
    )
    seed: Annotated[NonNegativeInt, Field(lt=2**63)] = Field(
        default=0, description="of all random numbers: data, parameters, batches, splits"
    )
    seeds: Annotated[tuple[int, ...] | None, Field(strict=False)] = Field(
        default=None,
        exclude=True,
        description="several seeds in place of seed, each a run of its own: 0..31, or a list of whole "
        "numbers; commands for one experiment take the first",
        json_schema_extra={"anyOf": SEEDS_IN_A_FILE},
    )
    data: Data = Field(description="where the rows come from")
    model: Model = Field(description="the function that is fitted")
    loss: Loss = Field(default=HalfMSE(), description="what training makes small")
    optimizer: Optimizer = Field(default=SGD(), description="how the parameters move")
    training: Training = Field(default=Training(steps=1000), description="how long, on how many rows")
    inference: InferenceOptions = Field(
        default=InferenceOptions(), description="standard errors and confidence intervals"
    )
    plots: Plots = Field(default=Plots(), description="the pictures")

    @model_validator(mode="before")
    @classmethod
    def _fill_in_seed(cls, data: Any) -> Any:
        """Take the first of several seeds as that of an experiment by itself."""
        if not isinstance(data, dict) or data.get("seeds") is None:
            return data
        if data.get("seed") is not None:
            raise problem("give either seed or seeds, not both; remove one", "seeds")
        try:
            seeds = seeds_of(data["seeds"])
        except ConfigError as error:
            raise problem("; ".join(error.messages), "seeds") from error
        return {**data, "seeds": seeds, "seed": seeds[0]}

    @model_validator(mode="before")
    @classmethod
    def _fill_in_features(cls, data: Any) -> Any:
        """Write out which columns a formula uses, so that the resolved config says it."""
        if not isinstance(data, dict):
            return data
        table, model = data.get("data"), data.get("model")
        if not (isinstance(table, dict) and isinstance(model, dict)):
            return data
        if (
            table.get("kind") != "table"
            or table.get("features") is not None
            or model.get("kind") != "formula"
        ):
            return data
        expression, initial = model.get("expression"), model.get("initial")
        if not (isinstance(expression, str) and isinstance(initial, dict)):
            return data
        try:
            names = Expression.parse(expression).names
        except UserError:  # The formula's own check tells it.
            return data
        # A column with another role is no feature; that the formula uses it is told by its own check.
        split = table.get("split")
        roles = [table.get(key) for key in ("target", "weights", "sigma")]
        roles.append(split.get("column") if isinstance(split, dict) else None)
        columns = [name for name in names if name not in initial and name not in roles]
        return {**data, "data": {**table, "features": columns}} if columns else data

    @model_validator(mode="before")
    @classmethod
    def _fill_in_pictures(cls, data: Any) -> Any:
        """Write out what is drawn of a solution: the way to it is short, and its residuals say more."""
        if not isinstance(data, dict):
            return data
        optimizer, plots = data.get("optimizer"), data.get("plots", {})
        is_solved = isinstance(optimizer, dict) and optimizer.get("kind") in ("exact", "levenberg_marquardt")
        if not is_solved or not isinstance(plots, dict) or "pictures" in plots:
            return data
        return {**data, "plots": {"pictures": ["fit", "residuals", "quantiles"], **plots}}

    @model_validator(mode="after")
    def _check(self) -> "Experiment":
        self._check_optimizer()
        self._check_weights()
        if self.model.kind == "formula":
            check_formula(self.model, self.data)
            if self.optimizer.kind not in NAMES_OF_SOLVERS:
                check_limits(self.model, self.optimizer.kind)
        scaled = self.data.standardize.features or self.data.standardize.target
        if scaled and not getattr(self.model, "intercept", True):
            raise problem(
                "standardizing shifts the columns, which a model without intercept can't undo; "
                "set model.intercept: true, or remove data.standardize",
                "model",
                "intercept",
            )
        split = self.data.split
        if self.training.early_stopping and not (split.validation or split.column):
            raise problem(
                "early stopping watches the validation part, and there is none; "
                "give data.split.validation a fraction",
                "training",
                "early_stopping",
            )
        return self

    def _check_optimizer(self) -> None:
        kind, loss = self.optimizer.kind, self.loss.kind
        if kind == "exact" and self.model.kind in ("mlp", "formula"):
            article, others = ("an", "sgd, adam or rmsprop") if self.model.kind == "mlp" else ("a", _FITTING)
            raise problem(
                f"{article} {self.model.kind} has no exact solution; use {others}", "optimizer", "kind"
            )
        if kind == "exact" and loss not in SQUARED:
            raise problem(f"exact solves squares, not {loss}; use half_mse or mse", "loss", "kind")
        if kind == "levenberg_marquardt" and loss not in SQUARED:
            raise problem(
                f"levenberg_marquardt fits least squares, not {loss}; "
                "use half_mse or mse, or optimizer lbfgs",
                "loss",
                "kind",
            )
        if kind == "lbfgs" and loss == "mae":
            raise problem(
                "lbfgs needs a smooth loss, and mae has a corner at every row; use huber, or optimizer adam",
                "loss",
                "kind",
            )
        if kind in NAMES_OF_SOLVERS:
            self._check_solver(NAMES_OF_SOLVERS[kind])

    def _check_solver(self, name: str) -> None:
        """Refuse what has a meaning only where steps are taken one by one."""
        training = self.training
        if training.dtype != "float64":
            raise problem(f"{name} computes in float64; remove the key", "training", "dtype")
        if self.optimizer.kind == "exact":
            return
        if training.batch_size != "full":
            raise problem(f"{name} takes all rows at once; remove the key", "training", "batch_size")
        if training.early_stopping is not None:
            raise problem(
                f"{name} goes to the minimum and can't stop early; remove the key, or use adam",
                "training",
                "early_stopping",
            )

    def _check_weights(self) -> None:
        if self.data.kind == "table" and self.data.weight_column and self.loss.kind not in SQUARED:
            key = "weights" if self.data.weights else "sigma"
            raise problem(
                f"{key} belong to squared losses, not to {self.loss.kind}; use half_mse or mse",
                "loss",
                "kind",
            )


SQUARED = ("half_mse", "mse")
# Solvers that go to a minimum and say whether they have arrived.
MINIMIZERS = ("levenberg_marquardt", "lbfgs")
NAMES_OF_SOLVERS = {
    "exact": "the exact solver",
    "levenberg_marquardt": "levenberg_marquardt",
    "lbfgs": "lbfgs",
}
_FITTING = "levenberg_marquardt, lbfgs, sgd or adam"
