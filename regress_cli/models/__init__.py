"""Models: functions with parameters to learn, written so that autograd can differentiate them."""

from typing import TypeGuard

from regress_cli.config.schema import LinearModel, MLPModel, PolynomialModel
from regress_cli.models.base import LinearInParameters, Model, Params, predict
from regress_cli.models.linear import Linear
from regress_cli.models.mlp import ACTIVATIONS, MLP
from regress_cli.models.polynomial import Polynomial


def build_model(config: LinearModel | PolynomialModel | MLPModel, feature_names: tuple[str, ...]) -> Model:
    """Return the model that ``config`` describes, for features of these names."""
    return MODELS[config.kind](config, feature_names)


def is_linear_in_parameters(model: Model) -> TypeGuard[LinearInParameters]:
    """Return whether the model has an exact optimum under squared losses."""
    return isinstance(model, Linear | Polynomial)


MODELS = {
    "linear": lambda config, names: Linear(names, config.intercept, config.init),
    "polynomial": lambda config, names: Polynomial(names, config.degree, config.intercept, config.init),
    "mlp": lambda config, names: MLP((len(names), *config.hidden, 1), config.activation, config.init),
}

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "MODELS",
    "LinearInParameters",
    "Model",
    "Params",
    "build_model",
    "is_linear_in_parameters",
    "predict",
]
