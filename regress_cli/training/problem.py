"""Everything that training needs, as it sees it: scaled arrays, objective, gradient, start."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regress_cli.config import Experiment
from regress_cli.config.schema import SGD, Adam, RMSProp
from regress_cli.data import TRAIN, VALIDATION, Dataset, Streams
from regress_cli.data.columns import CategoricalColumn
from regress_cli.errors import ConfigError
from regress_cli.flat import Layout
from regress_cli.models import Model, Params
from regress_cli.tape import evaluate
from regress_cli.text import quoted
from regress_cli.training.derivatives import Derivatives, derivatives_of
from regress_cli.training.losses import build_loss
from regress_cli.training.objective import Objective
from regress_cli.training.schedules import step_size_at
from regress_cli.training.weighting import Weighted, Weighting, weighting_of

Arrays = tuple[np.ndarray, np.ndarray]

# Training on mini-batches records this many rows at most, for each one costs a full pass.
_MOST_ROWS_FOR_BATCHES = 200
_MOST_ROWS = 1000


@dataclass(frozen=True)
class Problem:
    """A model and its data in the units of training.

    All that is held against a result is computed in float64. Training itself may compute in float32.

    Attributes:
        experiment: The config.
        model: The model.
        objective: The function that training makes small.
        parts: Features of shape (n, p) and target of shape (n,) of each part of the data.
        initial: The parameters before the first step.
        target_scale: What the target was divided by.
        batch_rng: Draws the order of mini-batches.
        weighting: How much each row counts; None where all count alike.
    """

    experiment: Experiment
    model: Model
    objective: Objective
    parts: Mapping[str, Arrays]
    initial: Params
    target_scale: float
    batch_rng: np.random.Generator
    weighting: Weighting | None = None

    @property
    def train(self) -> Arrays:
        """Features and target to learn from."""
        return self.parts[TRAIN]

    @property
    def validation(self) -> Arrays | None:
        """Features and target to stop by, if there are any."""
        return self.parts.get(VALIDATION)

    @property
    def weights(self) -> np.ndarray | None:
        """How much each row of the training part counts, shape (n,); None where all count alike."""
        return None if self.weighting is None else self.weighting.weights[TRAIN]

    def seen_by_objective(self, part: str) -> Arrays:
        """Return the features and target of a part as the objective takes them.

        Where rows are weighted, both carry the roots of the weights, as `Weighted` has them.
        """
        arrays = self.parts[part]
        return arrays if self.weighting is None else self.weighting.applied_to(arrays, part)

    @cached_property
    def objective_train(self) -> Arrays:
        """The training part as the objective takes it."""
        return self.seen_by_objective(TRAIN)

    @cached_property
    def objective_validation(self) -> Arrays | None:
        """The validation part as the objective takes it, if there is one."""
        return self.seen_by_objective(VALIDATION) if VALIDATION in self.parts else None

    @property
    def optimizer(self) -> SGD | Adam | RMSProp:
        """The config of the optimizer that takes steps."""
        config = self.experiment.optimizer
        if not isinstance(config, SGD | Adam | RMSProp):
            raise TypeError("a solver takes no steps of a given size")
        return config

    @property
    def dtype(self) -> np.dtype:
        """What training computes in."""
        return np.dtype(self.experiment.training.dtype)

    @cached_property
    def start(self) -> np.ndarray:
        """The flat parameters before the first step, in the dtype of training."""
        return self.layout.flatten(self.initial).astype(self.dtype)

    @cached_property
    def train_arrays(self) -> Arrays:
        """Features and target to learn from, in the dtype of training."""
        return _cast(self.objective_train, self.dtype)

    @cached_property
    def validation_arrays(self) -> Arrays | None:
        """Features and target to stop by, in the dtype of training."""
        validation = self.objective_validation
        return None if validation is None else _cast(validation, self.dtype)

    @property
    def batch_size(self) -> int:
        """Rows in a step."""
        size = self.experiment.training.batch_size
        return len(self.train[1]) if size == "full" else size

    @cached_property
    def steps(self) -> int:
        """Updates in all."""
        training = self.experiment.training
        if training.epochs is None:
            return training.steps or 1
        return training.epochs * self.steps_per_epoch

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training part."""
        return -(-len(self.train[1]) // self.batch_size)

    @cached_property
    def record_every(self) -> int:
        """Updates between two rows of metrics."""
        if self.experiment.training.record_every is not None:
            return self.experiment.training.record_every
        if self.steps_per_epoch == 1:
            return -(-self.steps // _MOST_ROWS)
        return max(self.steps_per_epoch, -(-self.steps // _MOST_ROWS_FOR_BATCHES))

    @property
    def is_step_size_constant(self) -> bool:
        """Whether every step has the same step size."""
        return self.optimizer.schedule.kind == "constant"

    @cached_property
    def _constant_step_size(self) -> float | None:
        """The step size of every step, where it is the same."""
        return step_size_at(0, self.steps, self.optimizer) if self.is_step_size_constant else None

    def step_size_at(self, step: int) -> float:
        """Return the step size of a step; after the last one, that of the last."""
        if self._constant_step_size is not None:
            return self._constant_step_size
        return step_size_at(min(step, self.steps - 1), self.steps, self.optimizer)

    @cached_property
    def layout(self) -> Layout:
        """Where each parameter lies in the flat vector."""
        return Layout.of(self.initial)

    @cached_property
    def flat_names(self) -> list[str]:
        """A readable name for every number of the flat parameters."""
        names = self.model.parameter_names(self.initial)
        return [name for key in self.initial for name in names[key]]

    @cached_property
    def derivatives(self) -> Derivatives:
        """Predictions for the rows of the training part, and their derivatives by the parameters."""
        return derivatives_of(self.model, self.layout, self.train[0])

    def names_where(self, chosen: np.ndarray) -> tuple[str, ...]:
        """Return the names of the flat parameters that are chosen, by truth values of shape (p,)."""
        return tuple(name for name, is_one in zip(self.flat_names, chosen, strict=True) if is_one)

    def value_and_gradient(
        self, params: np.ndarray, features: np.ndarray, target: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Return the objective and its gradient by the flat parameters, shape (p,)."""
        data = {"features": features, "target": target}
        value, grads = evaluate(self.objective, self.layout.unflatten(params), data)
        return float(value), self.layout.flatten(grads)

    def data_loss(self, params: np.ndarray, arrays: Arrays) -> float:
        """Return the loss without the penalty, in the target's own unit."""
        return self.in_data_units(self.objective.data_loss(self.layout.unflatten(params), *arrays))

    def in_data_units(self, loss: float) -> float:
        """Return a loss as it is in the target's own unit."""
        return self.objective.loss.in_data_units(loss, self.target_scale)


def build_problem(experiment: Experiment, dataset: Dataset, model: Model, streams: Streams) -> Problem:
    """Bring data and model together.

    Raises:
        ConfigError: what the config wants does not fit the data.
    """
    n = dataset.size(TRAIN)
    batch_size = experiment.training.batch_size
    if batch_size != "full" and batch_size > n:
        raise ConfigError(
            f"training.batch_size: {batch_size} is more than the {n} rows of the training part; "
            f"give at most {n}, or full"
        )
    if experiment.training.early_stopping and VALIDATION not in dataset.parts:
        raise ConfigError(
            "training.early_stopping: no row belongs to the validation part; mark some, or remove the key"
        )
    _refuse_lost_category(experiment, dataset)
    target_scale = float(dataset.scaling.target.scale)
    weighting = weighting_of(dataset)
    weighted = model if weighting is None else Weighted(model)
    return Problem(
        experiment=experiment,
        model=model,
        objective=Objective(weighted, build_loss(experiment.loss, target_scale), experiment.loss.l2),
        parts={part: _arrays(dataset, model, part) for part in dataset.parts},
        initial=model.init(streams.parameters),
        target_scale=target_scale,
        batch_rng=streams.batches,
        weighting=weighting,
    )


def _refuse_lost_category(experiment: Experiment, dataset: Dataset) -> None:
    """Refuse a model that could give a column's first category no value but zero."""
    if getattr(experiment.model, "intercept", True):
        return
    for column in dataset.columns:
        if isinstance(column, CategoricalColumn) and column.drop_first:
            raise ConfigError(
                f"model.intercept: without an intercept the first category of {quoted(column.name)} counts "
                "for nothing; set data.one_hot: full"
            )


def _cast(arrays: Arrays, dtype: np.dtype) -> Arrays:
    """Return the arrays with numbers of this kind; those that have it already are not copied."""
    features, target = arrays
    return features.astype(dtype, copy=False), target.astype(dtype, copy=False)


def _arrays(dataset: Dataset, model: Model, part: str) -> Arrays:
    X, y = dataset.scaled_part(part)
    return model.features(X), y
