"""A workload as the programs read it: arrays, first parameters, the rows of every batch. NumPy alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

ACTIVATIONS = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}


@dataclass(frozen=True)
class Workload:
    """What is trained, on what, and how.

    Attributes:
        name: The file's name without its ending.
        features: Shape (n, d); of a linear model or polynomial every column of its features, the ones too.
        target: Shape (n,).
        initial: [w] of a linear model or polynomial; [W1, b1, W2, b2, ...] of a network.
        activation: ``relu`` or ``tanh``; empty where the model is no network.
        rows: The rows of each step's batch, shape (steps, batch size); None where each step takes all.
        steps: Updates.
        step_size: As in ``autograd.misc.optimizers.sgd``.
        mass: The same.
        x: The only input, shape (n,); None where there are several.
    """

    name: str
    features: np.ndarray
    target: np.ndarray
    initial: list[np.ndarray]
    activation: str
    rows: np.ndarray | None
    steps: int
    step_size: float
    mass: float
    x: np.ndarray | None

    @classmethod
    def load(cls, path: str) -> "Workload":
        """Read what prepare_workload.py wrote."""
        with np.load(path) as file:
            arrays = dict(file)
        return cls(
            name=Path(path).stem,
            features=arrays["features"],
            target=arrays["target"],
            initial=[array for name, array in arrays.items() if name.startswith("initial_")],
            activation=str(arrays["activation"]),
            rows=arrays.get("rows"),
            steps=int(arrays["steps"]),
            step_size=float(arrays["step_size"]),
            mass=float(arrays["mass"]),
            x=arrays.get("x"),
        )

    @property
    def is_network(self) -> bool:
        """Whether the model is a network, not linear in its parameters."""
        return bool(self.activation)

    @property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """A network's first parameters as a list of (W, b)."""
        return pairs(self.initial)

    def predict(self, params: list[np.ndarray]) -> np.ndarray:
        """Return the predictions of all rows, shape (n,), in float64."""
        hidden = self.features.astype(np.float64)
        if not self.is_network:
            return hidden @ params[0]
        *hidden_layers, (W, b) = pairs(params)
        for V, c in hidden_layers:
            hidden = ACTIVATIONS[self.activation](hidden @ V + c)
        return (hidden @ W + b)[:, 0]

    def loss(self, params: list[np.ndarray]) -> float:
        """Return half the mean of the squared errors over all rows."""
        residual = self.predict(params) - self.target
        return float(residual @ residual / (2 * len(residual)))


def pairs(params: list) -> list[tuple]:
    """Return [W1, b1, W2, b2, ...] as [(W1, b1), (W2, b2), ...]."""
    return list(zip(params[::2], params[1::2], strict=True))
