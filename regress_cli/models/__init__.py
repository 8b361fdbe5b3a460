"""Models: functions with parameters to learn, written so that autograd can differentiate them."""

from typing import TypeGuard

from regress_cli.config.schema import FormulaModel, LinearModel, MLPModel, PolynomialModel
from regress_cli.expression import Expression
from regress_cli.models.base import LinearInParameters, Model, Params, predict
from regress_cli.models.formula import Formula
from regress_cli.models.jacobian import jacobian
from regress_cli.models.linear import Linear
from regress_cli.models.mlp import ACTIVATIONS, MLP
from regress_cli.models.polynomial import Polynomial

ModelConfig = LinearModel | PolynomialModel | MLPModel | FormulaModel


def build_model(config: ModelConfig, feature_names: tuple[str, ...]) -> Model:
    """Return the model that ``config`` describes, for features of these names.

    Raises:
        DataError: a formula uses a name that is no feature.
    """
    return MODELS[config.kind](config, feature_names)


def is_linear_in_parameters(model: Model) -> TypeGuard[LinearInParameters]:
    """Return whether the model has an exact optimum under squared losses."""
    return isinstance(model, Linear | Polynomial)


MODELS = {
    "linear": lambda config, names: Linear(names, config.intercept, config.init),
    "polynomial": lambda config, names: Polynomial(names, config.degree, config.intercept, config.init),
    "mlp": lambda config, names: MLP((len(names), *config.hidden, 1), config.activation, config.init),
    "formula": lambda config, names: Formula(Expression.parse(config.expression), config.initial, names),
}

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "MODELS",
    "Formula",
    "LinearInParameters",
    "Model",
    "Params",
    "build_model",
    "is_linear_in_parameters",
    "jacobian",
    "predict",
]
