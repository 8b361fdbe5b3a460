"""How good predictions are, in the target's own unit."""

from dataclasses import dataclass

import numpy as np

from regress_cli.training.losses import Loss


@dataclass(frozen=True)
class Metrics:
    """Of one part: rows, loss, root mean square error, mean absolute error, R squared.

    R squared is 1 - sum(residual**2) / sum((y - mean(y))**2); None where y is constant.
    """

    n: int
    loss: float
    rmse: float
    mae: float
    r2: float | None


def compute_metrics(
    prediction: np.ndarray, y: np.ndarray, loss: Loss, roots: np.ndarray | None = None
) -> Metrics:
    """Return the metrics of predictions against targets, both of shape (n,).

    Args:
        prediction: The predictions.
        y: The targets.
        loss: The loss.
        roots: The roots of the rows' weights, shape (n,), which count in the loss and nowhere else.

    >>> from regress_cli.config.schema import HalfMSE
    >>> from regress_cli.training.losses import build_loss
    >>> compute_metrics(np.array([1.0, 3.0]), np.array([1.0, 2.0]), build_loss(HalfMSE())).rmse
    0.7071067811865476
    """
    with np.errstate(all="ignore"):
        residual = prediction - y
        squares = float(residual @ residual)
        deviation = y - y.mean()
        # The computed mean of equal numbers may differ from them by rounding.
        spread = float(deviation @ deviation) if y.min() < y.max() else 0.0
        return Metrics(
            n=len(y),
            loss=float(loss(prediction, y) if roots is None else loss(roots * prediction, roots * y)),
            rmse=float(np.sqrt(squares / len(y))),
            mae=float(np.abs(residual).mean()),
            r2=1 - squares / spread if spread > 0 else None,
        )
