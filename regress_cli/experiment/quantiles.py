"""Residuals beside normal quantiles: are they as a normal distribution would have them?"""

from dataclasses import dataclass

import numpy as np

from regress_cli.scipy_parts import special_function

# A picture shows no more ranks than these.
_MOST_RANKS = 2000
# A band in which 95 % of the normal samples lie, at each rank by itself.
_TAIL = 0.025


@dataclass(frozen=True)
class Quantiles:
    """What a picture of normal quantiles shows.

    Attributes:
        normal: The quantiles of the standard normal distribution, increasing, shape (k,).
        residuals: The residuals of the same ranks, in units of their standard deviation, shape (k,).
        low: Below it lie 2.5 % of normal samples at each rank, shape (k,).
        high: Above it lie 2.5 %, shape (k,).
        count: How many residuals there are.
    """

    normal: np.ndarray
    residuals: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: int


def normal_quantiles(residuals: np.ndarray, deviation: float) -> Quantiles:
    """Return the sorted residuals beside the quantiles of a normal distribution.

    The i-th smallest of n stands at probability (i - 3/8)/(n + 1/4) (Blom, Statistical Estimates and
    Transformed Beta-Variables, 1958). The i-th smallest of n uniform numbers has the distribution
    Beta(i, n + 1 - i), from which the band comes.

    Args:
        residuals: Shape (n,).
        deviation: Their standard deviation, in the same unit.
    """
    betaincinv, ndtri = special_function("betaincinv"), special_function("ndtri")
    ordered = np.sort(residuals) / (deviation or 1.0)
    n = len(ordered)
    ranks = _shown_ranks(n)
    return Quantiles(
        normal=ndtri((ranks - 0.375) / (n + 0.25)),
        residuals=ordered[ranks - 1],
        low=ndtri(betaincinv(ranks, n + 1 - ranks, _TAIL)),
        high=ndtri(betaincinv(ranks, n + 1 - ranks, 1 - _TAIL)),
        count=n,
    )


def _shown_ranks(n: int) -> np.ndarray:
    """Return the ranks to show, from 1 to n; of many, those that are evenly spaced as normal quantiles."""
    if n <= _MOST_RANKS:
        return np.arange(1, n + 1)
    ndtr, ndtri = special_function("ndtr"), special_function("ndtri")
    end = ndtri(0.625 / (n + 0.25))
    ranks = ndtr(np.linspace(end, -end, _MOST_RANKS)) * (n + 0.25) + 0.375
    return np.unique(np.clip(ranks.round().astype(int), 1, n))
