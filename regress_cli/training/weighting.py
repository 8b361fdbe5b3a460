"""Rows that count unlike: a squared loss with weights as one without, of other predictions and targets.

``sum(w * (prediction - target)**2)`` is ``sum((sqrt(w)*prediction - sqrt(w)*target)**2)``. So the
objective is built on a model whose features carry the roots of the weights as one more column, and
losses, tapes and batches stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.models import Model

Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Weighted:
    """A model whose predictions are multiplied by the last column of the features."""

    model: Model

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return ``root * prediction``, shape (n,), for features of shape (n, d + 1)."""
        return features[:, -1] * self.model.apply(params, features[:, :-1])

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return what the model's own penalty covers."""
        return self.model.penalized(params)


@dataclass(frozen=True)
class Weighting:
    """How much each row counts.

    Attributes:
        weights: Of each part, shape (n,), as the data give them: 1/sigma**2 where those are known.
        is_absolute: Whether they come from known standard deviations, and so have a unit.
    """

    weights: Mapping[str, np.ndarray]
    is_absolute: bool

    def roots(self, part: str) -> np.ndarray:
        """Return what residuals of a part are multiplied by, shape (n,).

        Relative weights are divided by the training part's mean, so that the loss is a weighted mean.
        """
        weights = self.weights[part]
        return np.sqrt(weights if self.is_absolute else weights / self.weights[TRAIN].mean())

    def applied_to(self, arrays: Arrays, part: str) -> Arrays:
        """Return features with the roots as their last column, and the target times the roots."""
        features, target = arrays
        roots = self.roots(part)
        wider = np.empty((len(target), features.shape[1] + 1), order="F")
        wider[:, :-1], wider[:, -1] = features, roots
        return wider, roots * target


def weighting_of(dataset: Dataset) -> Weighting | None:
    """Return how much the rows of a dataset count; None where all count alike."""
    if dataset.weights is None:
        return None
    weights = {part: dataset.weights[rows] for part, rows in dataset.parts.items()}
    return Weighting(weights, dataset.has_known_sigma)
