"""What inference says: of each parameter, and of the fit as a whole."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from regress_cli.inference.fitted import row_lengths

# A covariance of more parameters than these would make a record unreadable.
_MOST_IN_RECORD = 100
_MATRICES = ("covariance", "correlation", "root")


@dataclass(frozen=True)
class ParameterEstimate:
    """A parameter with its uncertainty; what can't be said is None.

    Attributes:
        name: As the model names it.
        estimate: Its value; None where the data leave it open.
        standard_error: Of the estimate, in the estimate's unit.
        t: The estimate over its standard error.
        p: The two-sided p-value of the parameter being zero.
        low: The lower end of its confidence interval.
        high: The upper end.
        is_at_bound: Whether it ends at a bound, and is a constant to the errors of the others.
    """

    name: str
    estimate: float | None
    standard_error: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None
    is_at_bound: bool = False


@dataclass(frozen=True, eq=False)
class Inference:
    """The uncertainty of a fit by least squares, weighted or not.

    Attributes:
        parameters: One after the other, in the model's order.
        covariance: Of the estimates, shape (p, p); NaN where a parameter is not determined.
        correlation: Of the estimates, shape (p, p); NaN likewise.
        root: A root of the covariance, shape (p, k): ``covariance = root @ root.T``; all NaN where
            nothing can be said of it. It has more digits to give than the covariance.
        confidence: Of the intervals, such as 0.95.
        errors: ``classical`` or ``hc3``.
        is_sigma_known: Whether the errors' standard deviations were given; then the estimates'
            are not rescaled by the residuals, and are held against the normal distribution.
        n: The rows that count: those with a weight above zero.
        degrees_of_freedom: ``n`` less the number of independent parameters.
        critical: What a standard error is multiplied by for half of a confidence interval.
        residual_standard_deviation: The root of the (weighted) sum of squares over the degrees of freedom.
        r2: The part of the target's sum of squares that the fit explains.
        adjusted_r2: The same of its mean squares.
        is_centred: Whether the target's sum of squares is about its mean; about zero where not.
        f: The F statistic of all parameters but the constant being zero; None for a nonlinear model.
        f_p: Its p-value.
        f_degrees: Its degrees of freedom, above and below; None below, where the variance is known.
        aic: ``2 k - 2 log_likelihood``, k being the number of independent parameters.
        bic: ``k log(n) - 2 log_likelihood``.
        log_likelihood: Of normal errors, at their most likely variance or the known one.
        condition_number: Of the columns, scaled.
        digits: The decimal digits of the estimates that rounding leaves.
        notes: What a reader should know, one sentence each.
    """

    parameters: tuple[ParameterEstimate, ...]
    covariance: np.ndarray
    correlation: np.ndarray
    root: np.ndarray
    confidence: float
    errors: str
    is_sigma_known: bool
    n: int
    degrees_of_freedom: int
    critical: float | None
    residual_standard_deviation: float | None
    r2: float | None
    adjusted_r2: float | None
    is_centred: bool
    f: float | None
    f_p: float | None
    f_degrees: tuple[int, int | None] | None
    aic: float | None
    bic: float | None
    log_likelihood: float | None
    condition_number: float
    digits: int
    notes: tuple[str, ...] = ()

    def mean_error(self, rows: np.ndarray) -> np.ndarray:
        """Return the standard error of the fitted mean.

        Args:
            rows: The mean's derivatives by the parameters, shape (m, p); of a linear model, its columns.

        Returns:
            Shape (m,); NaN where nothing can be said.
        """
        return row_lengths(rows @ self.root)

    def observation_error(self, rows: np.ndarray) -> np.ndarray:
        """Return the standard error of a new observation of weight 1, shape (m,), for `mean_error`'s rows."""
        # A known standard deviation has made the weights 1/sigma^2: then weight 1 is sigma 1.
        spread = 1.0 if self.is_sigma_known else self.residual_standard_deviation
        return np.hypot(self.mean_error(rows), math.nan if spread is None else spread)

    def reordered(self, order: np.ndarray) -> "Inference":
        """Return the same in another order of the parameters: the i-th is the one at ``order[i]`` here."""
        return replace(
            self,
            parameters=tuple(self.parameters[k] for k in order),
            covariance=self.covariance[np.ix_(order, order)],
            correlation=self.correlation[np.ix_(order, order)],
            root=self.root[order],
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for a record; numbers that are not finite are None, as are large matrices."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["parameters"] = [asdict(parameter) for parameter in self.parameters]
        if len(self.parameters) > _MOST_IN_RECORD:
            plain |= dict.fromkeys(_MATRICES)
        return _plain(plain)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Inference":
        """Return what `to_json` has written; matrices that it left out are all NaN."""
        p = len(record["parameters"])
        values: dict[str, Any] = {
            "parameters": tuple(ParameterEstimate(**parameter) for parameter in record["parameters"]),
            "f_degrees": None if record["f_degrees"] is None else tuple(record["f_degrees"]),
            "notes": tuple(record["notes"]),
        }
        for name in _MATRICES:
            rows = record[name]
            values[name] = np.full((p, p), np.nan) if rows is None else np.array(rows, dtype=float)
        return cls(**{**record, **values})


def _plain(value: Any) -> Any:
    """Return a value in the types of JSON."""
    match value:
        case dict():
            return {key: _plain(entry) for key, entry in value.items()}
        case np.ndarray():
            return _plain(value.tolist())
        case list() | tuple():
            return [_plain(entry) for entry in value]
        case float():
            return float(value) if math.isfinite(value) else None
    return value
