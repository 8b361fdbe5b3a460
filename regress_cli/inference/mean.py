"""The mean of a few numbers, and between which limits the mean of many more would lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.scipy_parts import special_function

# Of the interval: so often does it hold the true mean, where the numbers are normal.
LEVEL = 0.95
# Between these quantiles lie the middle 95 % of many curves, as a band shows them.
MIDDLE = (0.025, 0.975)


@dataclass(frozen=True)
class Mean:
    """What a few numbers say of the many that they were drawn from.

    Attributes:
        n: How many there are.
        mean: Their mean.
        standard_deviation: Of one of them, with n - 1 in its denominator; not a number for a single one.
        low: The lower end of the mean's 95 % interval; not a number for a single one.
        high: The upper end.
    """

    n: int
    mean: float
    standard_deviation: float
    low: float
    high: float


def mean_of(values: Sequence[float] | np.ndarray) -> Mean:
    """Return the mean of finite numbers, with Student's interval: mean -+ t s / sqrt(n), n - 1 degrees.

    Source: Student, The probable error of a mean, Biometrika 6 (1908).

    >>> mean = mean_of([1.0, 2.0, 3.0])
    >>> f"{mean.mean:g} from {mean.low:.4f} to {mean.high:.4f}"
    '2 from -0.4841 to 4.4841'

    Raises:
        ValueError: there are none.
    """
    array = np.asarray(values, dtype=float)
    n = len(array)
    if not n:
        raise ValueError("no numbers have no mean")
    mean = float(array.mean())
    if n == 1:
        return Mean(1, mean, math.nan, math.nan, math.nan)
    deviation = float(array.std(ddof=1))
    reach = float(special_function("stdtrit")(n - 1, 0.5 + LEVEL / 2)) * deviation / math.sqrt(n)
    return Mean(n, mean, deviation, mean - reach, mean + reach)
