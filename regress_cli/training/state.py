"""Where training stands: all that is needed to go on from there to the same result."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

COLUMNS = ("step", "train_loss", "validation_loss", "gradient_norm", "step_size")


@dataclass(frozen=True)
class Row:
    """One row of metrics.csv; losses are without the penalty, in the target's own unit."""

    step: int
    train_loss: float
    validation_loss: float | None
    gradient_norm: float
    step_size: float


@dataclass
class TrainingState:
    """Everything that changes while training runs.

    Attributes:
        step: Updates made so far.
        params: The flat parameter vector.
        optimizer: The optimizer's vectors, by name.
        batches: Where the deal of mini-batches stands.
        rows: The metrics so far.
        seconds: Time spent so far, in earlier sittings too.
        best_params: With early stopping, the parameters of the lowest validation loss.
        best_step: The step they are from.
        best_loss: That loss.
        awaited_loss: The validation loss that early stopping waits to be undercut.
        awaited_step: The step it is from.
        good_params: The parameters of the last row whose loss was no larger than at the start.
        good_step: The step they are from.
        engine: What computes the gradients; empty before anyone chose.
        notes: What the user should know of the way.
    """

    step: int
    params: np.ndarray
    optimizer: dict[str, np.ndarray]
    batches: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    best_params: np.ndarray | None = None
    best_step: int = 0
    best_loss: float = float("inf")
    awaited_loss: float = float("inf")
    awaited_step: int = 0
    good_params: np.ndarray | None = None
    good_step: int = 0
    engine: str = ""
    notes: list[str] = field(default_factory=list)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the state as named arrays that can be stored without pickle."""
        arrays = {"params": self.params}
        arrays |= {f"optimizer.{name}": vector for name, vector in self.optimizer.items()}
        for name in ("best_params", "good_params"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        arrays["rows"] = np.array(
            [
                [np.nan if value is None else value for value in (getattr(row, name) for name in COLUMNS)]
                for row in self.rows
            ],
            dtype=np.float64,
        ).reshape(-1, len(COLUMNS))
        plain = {name: getattr(self, name) for name in _PLAIN}
        arrays["plain"] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "TrainingState":
        """Return the state that `to_arrays` stored."""
        prefix = "optimizer."
        optimizer = {name[len(prefix) :]: arrays[name] for name in arrays if name.startswith(prefix)}
        rows = [
            Row(int(step), train, None if np.isnan(validation) else validation, norm, size)
            for step, train, validation, norm, size in arrays["rows"].tolist()
        ]
        return cls(
            params=arrays["params"],
            optimizer=optimizer,
            rows=rows,
            best_params=arrays.get("best_params"),
            good_params=arrays.get("good_params"),
            **json.loads(arrays["plain"].tobytes()),
        )


_PLAIN = (
    *("step", "batches", "seconds", "best_step", "best_loss", "awaited_loss", "awaited_step", "good_step"),
    *("engine", "notes"),
)
