"""From a fit to what can be said of it."""

import numpy as np

from regress_cli.float_errors import quiet
from regress_cli.inference.distributions import critical_value, two_sided_p
from regress_cli.inference.estimates import Inference, ParameterEstimate
from regress_cli.inference.fitted import Fitted, Options, row_lengths
from regress_cli.inference.goodness import goodness
from regress_cli.inference.robust import hc3_root


def conclude(fitted: Fitted, options: Options) -> Inference:
    """Return the inference of a fit."""
    root, notes = _root_of_covariance(fitted, options)
    # Student's t has the residuals' uncertainty in it; a known standard deviation has none.
    freedom = None if options.has_known_variance else fitted.degrees_of_freedom
    has_errors = bool(np.isfinite(root).all())
    critical = critical_value(options.confidence, freedom) if has_errors else None
    covariance, correlation = _matrices(root, fitted.determined & ~fitted.held)
    return Inference(
        parameters=tuple(_estimates(fitted, root, critical, freedom)),
        covariance=covariance,
        correlation=correlation,
        root=root,
        confidence=options.confidence,
        errors=options.errors,
        is_sigma_known=options.is_sigma_known,
        n=fitted.n,
        degrees_of_freedom=fitted.degrees_of_freedom,
        critical=critical,
        residual_standard_deviation=fitted.residual_standard_deviation,
        is_centred=fitted.is_centred,
        condition_number=fitted.condition_number,
        digits=fitted.digits,
        notes=(*fitted.notes, *notes),
        **goodness(fitted, options, root),
    )


def _root_of_covariance(fitted: Fitted, options: Options) -> tuple[np.ndarray, list[str]]:
    """Return the root of the estimates' covariance, all NaN where there is none, and what to know of it."""
    nothing = np.full_like(fitted.factor, np.nan)
    notes = _notes(fitted)
    if options.has_known_variance:
        return fitted.factor, notes
    deviation = fitted.residual_standard_deviation
    if deviation is None:
        return nothing, notes
    if options.errors == "classical" or deviation == 0.0:
        return fitted.factor * deviation, notes
    root = hc3_root(fitted)
    if root is not None:
        return root, notes
    no_errors = (
        "there are no HC3 errors: a row has a leverage of 1, so that the fit passes through it whatever its "
        "target is; use errors: classical, or leave out what only that row determines"
    )
    return nothing, [*notes, no_errors]


def _notes(fitted: Fitted) -> list[str]:
    notes = []
    if fitted.held.any():
        names = [name for name, is_held in zip(fitted.names, fitted.held, strict=True) if is_held]
        ends = "ends at its bound" if len(names) == 1 else "end at their bounds"
        notes.append(
            f"{', '.join(names)} {ends}, without an error of its own: the errors of the others are those of "
            "a fit with this value given"
        )
    if fitted.n < len(fitted.target):
        notes.append(f"{len(fitted.target) - fitted.n} row(s) of weight 0 count for nothing")
    if not fitted.determined.all():
        names = [name for name, known in zip(fitted.names, fitted.determined, strict=True) if not known]
        notes.append(
            f"the data do not determine {', '.join(names)}: nothing is said of them; leave a parameter out"
        )
    if fitted.degrees_of_freedom < 1:
        notes.append(
            f"{fitted.n} row(s) leave no degree of freedom for {fitted.rank} independent parameter(s): "
            "there is nothing to estimate the errors' variance from; give more rows or fewer parameters"
        )
    elif fitted.is_perfect:
        notes.append(
            "the fit passes through every point to rounding: standard errors are zero, and what would be "
            "divided by them is left out"
        )
    elif fitted.is_nearly_rounding:
        notes.append(
            "the residuals are not much larger than the rounding of the target, "
            "which the errors do not show; subtract an offset from the target"
        )
    return notes


def _matrices(root: np.ndarray, determined: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance and the correlation, NaN in the rows and columns of what has no error."""
    lengths = row_lengths(root)
    with quiet():
        covariance = root @ root.T
    # A parameter without an error has no direction; it is left out below.
    with np.errstate(all="ignore"):
        directions = root / lengths[:, None]
        correlation = np.clip(directions @ directions.T, -1, 1)
    known = determined & (lengths > 0)
    np.fill_diagonal(correlation, 1.0)
    correlation[~known] = correlation[:, ~known] = np.nan
    covariance[~determined] = covariance[:, ~determined] = np.nan
    return covariance, correlation


def _estimates(fitted: Fitted, root: np.ndarray, critical: float | None, freedom: int | None):
    errors = row_lengths(root)
    for name, estimate, error, known, is_held in zip(
        fitted.names,
        fitted.estimates.tolist(),
        errors.tolist(),
        fitted.determined.tolist(),
        fitted.held.tolist(),
        strict=True,
    ):
        if is_held:
            yield ParameterEstimate(name, estimate, None, None, None, None, None, is_at_bound=True)
        elif not known:
            yield ParameterEstimate(name, None, None, None, None, None, None)
        elif critical is None:
            yield ParameterEstimate(name, estimate, None, None, None, None, None)
        else:
            t = estimate / error if error else None
            yield ParameterEstimate(
                name=name,
                estimate=estimate,
                standard_error=error,
                t=t,
                p=None if t is None else two_sided_p(t, freedom),
                low=estimate - critical * error,
                high=estimate + critical * error,
            )
