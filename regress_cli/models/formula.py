"""A formula of one's own: an expression in the feature columns and in named parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.errors import DataError
from regress_cli.expression import Expression
from regress_cli.models.base import Params
from regress_cli.models.branches import evaluate
from regress_cli.scaling import Scaling
from regress_cli.text import quoted


@dataclass(frozen=True)
class Formula:
    """``y = expression``, in which some names are columns of X and the others parameters, numbers each.

    Attributes:
        expression: The function.
        initial: Each parameter's value before the fit.
        feature_names: The names of the columns of X, of which the expression may use some.

    >>> model = Formula(Expression.parse("a*exp(-k*x)"), {"a": 1.0, "k": 2.0}, ("x",))
    >>> model.apply({"a": np.array(3.0), "k": np.array(0.0)}, np.array([[0.0], [1.0]]))
    array([3., 3.])
    """

    expression: Expression
    initial: Mapping[str, float]
    feature_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in self.expression.names:
            if name not in self.initial and name not in self.feature_names:
                raise DataError(
                    f"model.expression: {quoted(name)} is no column of numbers; "
                    "take it out, or give the column numbers"
                )

    def init(self, rng: np.random.Generator) -> Params:
        """Return the initial values that the config gives; nothing is drawn."""
        return {name: np.array(value, dtype=np.float64) for name, value in self.initial.items()}

    def features(self, X: np.ndarray) -> np.ndarray:
        """Return ``X``: the expression takes its columns as they are."""
        return X

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,).

        A parameter may also have shape (n,), a value for each row: every prediction depends on the
        values of its own row alone.
        """
        values = {name: params[name] for name in self.initial}
        for name in self.expression.names:
            if name not in values:
                values[name] = features[:, self.feature_names.index(name)]
        # Parameters far off may lead anywhere; what is not finite is told by who uses it.
        with np.errstate(all="ignore"):
            prediction = evaluate(self.expression.tree, values)
        if np.ndim(prediction) == 0:
            # No column takes part, so that every row is predicted alike.
            return prediction * np.ones(len(features), features.dtype)
        return prediction

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return every parameter: which of them are weights, only the formula's author knows."""
        return [params[name] for name in self.initial]

    def in_data_units(self, params: Params, scaling: Scaling) -> Params:
        """Return the parameters as they are: with a formula, nothing is scaled."""
        return params

    def parameter_names(self, params: Params) -> dict[str, list[str]]:
        """Return the names of the parameters themselves."""
        return {name: [name] for name in params}
