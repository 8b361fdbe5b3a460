"""Inference for a nonlinear model: linear about its solution."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from regress_cli.inference.conclude import conclude
from regress_cli.inference.estimates import Inference
from regress_cli.inference.fitted import Blocks, Fitted, Options, row_lengths, weighted_length

_EPS = float(np.finfo(np.float64).eps)
_SAFETY = 8
# How far a parameter may take part in a direction that the data leave open, and still count as determined.
_OPEN = 1e-6


def infer_jacobian(
    names: Sequence[str],
    estimates: np.ndarray,
    jacobian: Blocks,
    residuals: np.ndarray,
    target: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    is_sigma_known: bool = False,
    confidence: float = 0.95,
    errors: str = "classical",
    is_centred: bool = True,
    held: Collection[str] = (),
    notes: Sequence[str] = (),
) -> Inference:
    """Return the inference of a nonlinear least-squares fit, from its Jacobian at the solution.

    The standard errors are those of the model's linearisation (Seber and Wild, Nonlinear Regression,
    section 2.1.2): they hold for many rows, or for a model that is nearly linear within them.

    Args:
        names: Of the parameters.
        estimates: The solution, shape (p,).
        jacobian: Gives the fit's derivatives by the parameters at the solution, shape (n, p), unweighted,
            a block of rows after the other; `row_blocks` makes it of an array.
        residuals: Target less fit at the solution, shape (n,), without weights.
        target: Shape (n,).
        weights: Shape (n,), none negative; None where all rows count alike.
        is_sigma_known: Whether the weights are 1/sigma^2 of known standard deviations.
        confidence: Of the intervals.
        errors: ``classical`` or ``hc3``.
        is_centred: Whether R squared is about the target's mean.
        held: The names of parameters that end at a bound. They can't move about there as an estimate does,
            so that they are constants to the errors of the others.
        notes: What else a reader should know.
    """
    root_weights = None if weights is None else np.sqrt(weights)
    is_held = np.array([name in held for name in names], dtype=bool)
    factor, determined, condition_number = _factorise(jacobian, root_weights, len(target), ~is_held)
    fitted = Fitted(
        names=tuple(names),
        estimates=np.asarray(estimates, dtype=float),
        determined=determined,
        held=is_held,
        factor=factor,
        blocks=jacobian,
        residuals=residuals,
        target=target,
        weights=weights,
        residual_length=weighted_length(residuals, root_weights),
        is_centred=is_centred,
        is_linear=False,
        condition_number=condition_number,
        digits=int(max(-math.log10(_SAFETY * _EPS * condition_number), 0)),
        notes=tuple(notes),
    )
    return conclude(fitted, Options(confidence, errors, is_sigma_known))


def _factorise(
    blocks: Blocks, root_weights: np.ndarray | None, n: int, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the factor of the inverse, which parameters are determined, and the condition number.

    The columns are scaled to length 1, for the units of parameters are arbitrary. Those of parameters that
    are not free count for nothing, and have zeros in the factor.
    """
    p = int(free.sum())
    determined = np.ones(len(free), dtype=bool)
    if p == 0:
        return np.zeros((len(free), 0)), determined, 1.0
    triangle = np.empty((0, p))
    for rows, J in blocks():
        weighted = J[:, free] if root_weights is None else J[:, free] * root_weights[rows, None]
        stack = np.asfortranarray(np.vstack([triangle, weighted]))
        triangle = np.asarray(np.linalg.qr(stack, mode="r"))
    lengths = row_lengths(triangle.T)
    scale = np.where(lengths == 0, 1.0, lengths)
    _, singular, Vt = np.linalg.svd(triangle / scale, full_matrices=True)
    largest = singular[0] if len(singular) else 0.0
    rank = int((singular > _SAFETY * max(n, p) * _EPS * largest).sum())
    determined[free] = np.abs(Vt[rank:]).max(axis=0, initial=0.0) <= _OPEN
    factor = np.zeros((len(free), rank))
    factor[free] = Vt[:rank].T / singular[:rank] / scale[:, None]
    return factor, determined, float(largest / singular[rank - 1]) if rank else 1.0
