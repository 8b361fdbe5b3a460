"""The distributions that estimates are held against: Student's t, the normal, and F.

SciPy is imported where a number is asked for, so that a run without inference does without it.
"""

from regress_cli.scipy_parts import special_function


def critical_value(confidence: float, degrees_of_freedom: int | None) -> float:
    """Return how many standard errors reach to each side of an estimate.

    Args:
        confidence: Of the interval, between 0 and 1.
        degrees_of_freedom: Of Student's t; None for the normal distribution.
    """
    probability = (1 + confidence) / 2
    if degrees_of_freedom is None:
        return float(special_function("ndtri")(probability))
    return float(special_function("stdtrit")(degrees_of_freedom, probability))


def two_sided_p(t: float, degrees_of_freedom: int | None) -> float:
    """Return the probability of a value at least as far from zero as ``t``."""
    if degrees_of_freedom is None:
        return float(2 * special_function("ndtr")(-abs(t)))
    return float(2 * special_function("stdtr")(degrees_of_freedom, -abs(t)))


def f_p(f: float, above: int, below: int | None) -> float:
    """Return the probability of an F statistic of at least ``f``; ``below`` is None for infinite degrees."""
    if below is None:
        return float(special_function("chdtrc")(above, above * f))
    return float(special_function("fdtrc")(above, below, f))
