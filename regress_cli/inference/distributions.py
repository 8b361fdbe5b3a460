"""The distributions that estimates are held against: Student's t, the normal, and F.

SciPy is imported where a number is asked for, so that a run without inference does without it.
"""


def critical_value(confidence: float, degrees_of_freedom: int | None) -> float:
    """Return how many standard errors reach to each side of an estimate.

    Args:
        confidence: Of the interval, between 0 and 1.
        degrees_of_freedom: Of Student's t; None for the normal distribution.
    """
    from scipy.special import ndtri, stdtrit

    probability = (1 + confidence) / 2
    return float(
        ndtri(probability) if degrees_of_freedom is None else stdtrit(degrees_of_freedom, probability)
    )


def two_sided_p(t: float, degrees_of_freedom: int | None) -> float:
    """Return the probability of a value at least as far from zero as ``t``."""
    from scipy.special import ndtr, stdtr

    return float(2 * (ndtr(-abs(t)) if degrees_of_freedom is None else stdtr(degrees_of_freedom, -abs(t))))


def f_p(f: float, above: int, below: int | None) -> float:
    """Return the probability of an F statistic of at least ``f``; ``below`` is None for infinite degrees."""
    from scipy.special import chdtrc, fdtrc

    return float(chdtrc(above, above * f) if below is None else fdtrc(above, below, f))
