"""The multilayer perceptron: affine layers with an activation between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.models.base import Params, indexed_names
from regress_cli.primitives import affine, affine_output, relu, tanh
from regress_cli.scaling import Scaling


@dataclass(frozen=True)
class MLP:
    """Layers of ``sizes`` units, such as (1, 4, 4, 1): h <- activation(h W + b), the last one linear.

    The parameters are W1, b1, W2, b2, ...; Wk has shape (sizes[k-1], sizes[k]), bk (sizes[k],).
    """

    sizes: tuple[int, ...]
    activation: str
    init_kind: str

    @property
    def _layers(self) -> range:
        return range(1, len(self.sizes))

    def init(self, rng: np.random.Generator) -> Params:
        """Return random parameters, by one of three rules.

        ``normal`` draws weights and biases from a standard normal. ``he`` draws weights with
        variance 2/inputs (He et al. 2015, https://arxiv.org/abs/1502.01852), ``glorot`` with
        2/(inputs + units) (Glorot and Bengio 2010); both start the biases at zero.
        """
        params: Params = {}
        for k, inputs, units in zip(self._layers, self.sizes, self.sizes[1:], strict=False):
            weights, biases = rng.standard_normal((inputs, units)), rng.standard_normal(units)
            if self.init_kind != "normal":
                weights *= np.sqrt(2 / (inputs if self.init_kind == "he" else inputs + units))
                biases[:] = 0.0
            params[f"W{k}"], params[f"b{k}"] = weights, biases
        return params

    def features(self, X: np.ndarray) -> np.ndarray:
        """Return ``X``: the hidden layers make the features."""
        return X

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,)."""
        activation = ACTIVATIONS[self.activation]
        hidden = features
        *hidden_layers, last = self._layers
        for k in hidden_layers:
            hidden = activation(affine(hidden, params[f"W{k}"], params[f"b{k}"]))
        return affine_output(hidden, params[f"W{last}"], params[f"b{last}"])

    def apply_shifted(self, params: Mapping[str, Any], features: Any, shifts: Mapping[str, Any]) -> Any:
        """Return predictions with numbers added to what each unit takes in, row by row.

        Args:
            params: The parameters.
            features: Shape (n, d).
            shifts: For each layer's ``bk`` an array of shape (n, units).
        """
        activation = ACTIVATIONS[self.activation]
        hidden = features
        *hidden_layers, last = self._layers
        for k in hidden_layers:
            hidden = activation(affine(hidden, params[f"W{k}"], params[f"b{k}"]) + shifts[f"b{k}"])
        return affine_output(hidden, params[f"W{last}"], params[f"b{last}"]) + shifts[f"b{last}"][:, 0]

    def layer_inputs(self, params: Mapping[str, Any], features: np.ndarray) -> list[np.ndarray]:
        """Return what each layer takes in, shape (n, units of the layer before)."""
        inputs = [features]
        for k in self._layers[:-1]:
            inputs.append(ACTIVATIONS[self.activation](affine(inputs[-1], params[f"W{k}"], params[f"b{k}"])))
        return inputs

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return every W."""
        return [params[f"W{k}"] for k in self._layers]

    def in_data_units(self, params: Params, scaling: Scaling) -> Params:
        """Fold the scaling of X into the first layer, and that of y into the last."""
        if scaling.is_identity:
            return params
        first, last = 1, self._layers[-1]
        out = dict(params)
        shift = scaling.features.mean * scaling.features.factor
        out[f"b{first}"] = params[f"b{first}"] - shift @ params[f"W{first}"]
        out[f"W{first}"] = scaling.features.factor[:, None] * params[f"W{first}"]
        out[f"W{last}"] = params[f"W{last}"] * scaling.target.scale
        out[f"b{last}"] = params[f"b{last}"] * scaling.target.scale + scaling.target.mean
        return out

    def parameter_names(self, params: Params) -> dict[str, list[str]]:
        """Return ``W1[0, 0]`` and so on."""
        return {name: indexed_names(name, value.shape) for name, value in params.items()}


ACTIVATIONS = {"relu": relu, "tanh": tanh}
