"""The derivatives of every prediction by every parameter, exactly."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false

import warnings
from collections.abc import Mapping
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.models.base import Model
from regress_cli.models.formula import Formula
from regress_cli.models.linear import Linear
from regress_cli.models.mlp import MLP
from regress_cli.models.polynomial import Polynomial


def jacobian(model: Model, params: Params, features: np.ndarray) -> np.ndarray:
    """Return the derivative of each prediction by each parameter, shape (n, p).

    A prediction depends on its own row alone. So where every row gets parameters of its own, one
    gradient of the sum of all predictions holds the derivatives of each of them.

    Args:
        model: The model.
        params: Where to look; the columns are in the order of their flat vector.
        features: Shape (n, d), from the model's `features`.
    """
    if isinstance(model, Linear | Polynomial):
        return _of_linear(model, params, features)
    if isinstance(model, MLP):
        return _of_mlp(model, params, features)
    if isinstance(model, Formula):
        return _of_formula(model, params, features)
    raise TypeError(f"no jacobian is known of {type(model).__name__}")


def by_rows(params: Params, n: int) -> Params:
    """Return each number of a formula as an array of shape (n,), one for each row."""
    return {name: np.full(n, value) for name, value in params.items()}


def _of_formula(model: Formula, params: Params, features: np.ndarray) -> np.ndarray:
    def total(rows: Mapping[str, Any]) -> Any:
        return anp.sum(model.apply(rows, features))

    with np.errstate(all="ignore"), warnings.catch_warnings():
        # That a prediction moves with no parameter, as with a switch point alone, is told by who uses it.
        warnings.filterwarnings("ignore", message="Output seems independent of input")
        gradients = autograd.grad(total)(by_rows(params, len(features)))
    return np.stack([gradients[name] for name in params], axis=1)


def _of_linear(model: Linear | Polynomial, params: Params, features: np.ndarray) -> np.ndarray:
    """Return the columns in the order of the flat parameters, the intercept's ones among them."""
    design = model.design(features)
    if model.intercept:
        design = np.column_stack([np.ones(len(design)), design])
    order = Layout.of(params).flatten(model.from_coefficients(np.arange(design.shape[1], dtype=float)))
    return design[:, order.astype(int)]


def _of_mlp(model: MLP, params: Params, features: np.ndarray) -> np.ndarray:
    """Work back from each row's output to every layer: by a unit's input, then by what made it."""
    n = len(features)
    inputs = model.layer_inputs(params, features)
    shifts = {name: np.zeros((n, len(value))) for name, value in params.items() if name.startswith("b")}

    def total(shifts: Mapping[str, Any]) -> Any:
        return anp.sum(model.apply_shifted(params, features, shifts))

    by_unit = autograd.grad(total)(shifts)
    columns = []
    for name in params:
        units = by_unit[f"b{name[1:]}"]
        if name.startswith("W"):
            products = inputs[int(name[1:]) - 1][:, :, None] * units[:, None, :]
            columns.append(products.reshape(n, -1))
        else:
            columns.append(units)
    return np.concatenate(columns, axis=1)
