"""The objective: the loss of a model's predictions, plus the penalty on its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from regress_cli.primitives import sum_of_squares
from regress_cli.training.losses import Loss


class Predictor(Protocol):
    """What an objective needs of a model."""

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,)."""
        ...

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return the arrays that a penalty covers."""
        ...


@dataclass(frozen=True)
class Objective:
    """``loss(model(features), target) + l2/2 * sum(weights**2)``, a scalar function of parameters.

    With the half_mse loss this is ridge regression with ``alpha = n * l2`` in scikit-learn's terms.
    """

    model: Predictor
    loss: Loss
    l2: float = 0.0

    def __call__(self, params: Mapping[str, Any], features: Any, target: Any) -> Any:
        """Return the objective for features of shape (n, p) and targets of shape (n,)."""
        value = self.data_loss(params, features, target)
        return value + self.penalty(params) if self.l2 else value

    def data_loss(self, params: Mapping[str, Any], features: Any, target: Any) -> Any:
        """Return the loss without the penalty."""
        return self.loss(self.model.apply(params, features), target)

    def penalty(self, params: Mapping[str, Any]) -> Any:
        """Return the penalty alone."""
        if not self.l2:
            return 0.0
        return (self.l2 / 2) * sum(sum_of_squares(weights) for weights in self.model.penalized(params))
