"""Numbers of twice the digits: each is the unevaluated sum of two floats, a high and a low part.

Sums and products follow Dekker (1971), "A floating-point technique for extending the available precision",
doi:10.1007/BF01397083: rounding errors of float operations are floats themselves, and are kept. Unlike
``numpy.longdouble`` this has the same digits, about 31, on every machine.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

# Splits a float of 53 bits into two of 26.
_SPLITTER = 2.0**27 + 1


@dataclass(frozen=True)
class Twofold:
    """An array of numbers ``high + low``, where low is no more than the rounding of high.

    >>> third = Twofold.of(np.array([1.0])) * Twofold.of(np.array([1e-17])) + Twofold.of(np.array([1.0]))
    >>> float(third.high[0]), float(third.low[0])
    (1.0, 1e-17)
    """

    high: np.ndarray
    low: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Twofold":
        """Return floats as they are."""
        return cls(values, np.zeros_like(values))

    def __add__(self, other: "Twofold") -> "Twofold":
        high, error = _sum(self.high, other.high)
        return _renormalised(high, error + (self.low + other.low))

    def __mul__(self, other: "Twofold") -> "Twofold":
        high, error = _product(self.high, other.high)
        return _renormalised(high, error + (self.high * other.low + self.low * other.high))

    def __neg__(self) -> "Twofold":
        return Twofold(-self.high, -self.low)

    def __getitem__(self, key: Any) -> "Twofold":
        return Twofold(self.high[key], self.low[key])

    def total(self) -> "Twofold":
        """Return the sum along the first axis, by halves, so that its error stays that of a few sums."""
        values = self
        while len(values.high) > 1:
            half = len(values.high) // 2
            odd = values[2 * half :]
            values = values[:half] + values[half : 2 * half]
            if len(odd.high):
                first = values[:1] + odd
                values = Twofold(_joined(first.high, values.high), _joined(first.low, values.low))
        return values[0]


def _joined(first: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.concatenate([first, values[1:]])


def _sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded sum and its error (Knuth's, for any order of sizes)."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def _product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rounded product and its error."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _split(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    large = _SPLITTER * a
    high = large - (large - a)
    return high, a - high


def _renormalised(high: np.ndarray, low: np.ndarray) -> Twofold:
    total = high + low
    return Twofold(total, low - (total - high))
