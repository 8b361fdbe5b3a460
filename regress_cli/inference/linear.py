"""Inference for a model that is linear in its coefficients."""

from collections.abc import Sequence

import numpy as np

from regress_cli.inference.conclude import conclude
from regress_cli.inference.estimates import Inference
from regress_cli.inference.fitted import Fitted, Options, row_blocks, weighted_length


def infer_linear(
    names: Sequence[str],
    coefficients: np.ndarray,
    factor: np.ndarray,
    design: np.ndarray,
    target: np.ndarray,
    *,
    intercept: bool,
    determined: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    residual_length: float | None = None,
    is_sigma_known: bool = False,
    confidence: float = 0.95,
    errors: str = "classical",
    condition_number: float = 1.0,
    digits: int = 14,
    notes: Sequence[str] = (),
) -> Inference:
    """Return the inference of least-squares coefficients.

    Args:
        names: Of the coefficients, the intercept's first.
        coefficients: The least-squares solution, shape (p,), the intercept's first.
        factor: Shape (p, rank), with ``factor @ factor.T`` the (pseudo)inverse of ``A.T W A``. It comes from
            an orthogonal factorisation, for ``A.T A`` would lose half of the digits.
        design: The columns without the intercept's ones, shape (n, p - intercept).
        target: Shape (n,).
        intercept: Whether the first coefficient is a constant.
        determined: False for each coefficient that the data leave open; None if there is none.
        weights: Shape (n,), none negative; None where all rows count alike.
        residual_length: The root of the weighted sum of squared residuals, where it is known to more
            digits than the coefficients' own rounding leaves.
        is_sigma_known: Whether the weights are 1/sigma^2 of known standard deviations.
        confidence: Of the intervals.
        errors: ``classical`` or ``hc3``.
        condition_number: Of the scaled columns.
        digits: Of the coefficients.
        notes: What else a reader should know.
    """
    residuals = target - design @ coefficients[int(intercept) :]
    if intercept:
        residuals -= coefficients[0]
    if residual_length is None:
        residual_length = weighted_length(residuals, None if weights is None else np.sqrt(weights))
    fitted = Fitted(
        names=tuple(names),
        estimates=coefficients,
        determined=np.ones(len(coefficients), dtype=bool) if determined is None else determined,
        held=np.zeros(len(coefficients), dtype=bool),
        factor=factor,
        blocks=row_blocks(design, intercept=intercept),
        residuals=residuals,
        target=target,
        weights=weights,
        residual_length=residual_length,
        is_centred=intercept,
        is_linear=True,
        condition_number=condition_number,
        digits=digits,
        notes=tuple(notes),
    )
    return conclude(fitted, Options(confidence, errors, is_sigma_known))
