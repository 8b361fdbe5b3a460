"""A way to a minimum of a sum of squares, walked by SciPy."""

import math
from typing import Literal

import numpy as np

from regress_cli.training.minpack import minpack
from regress_cli.training.residuals import Budget, Residuals
from regress_cli.training.state import Row

# Trust regions scale parameters by the Jacobian, which far from the curve may shrink them to nothing.
Method = Literal["lm", "trf", "dogbox", "trf, unscaled"]


class LeastSquaresWalk:
    """One way, with a record of it.

    Args:
        residuals: What is made small.
        budget: Is told of each evaluation.
        low: The lowest value of each parameter, shape (p,).
        high: The highest.

    Attributes:
        rows: The metrics of the way, one row for each Jacobian that was asked for.
    """

    def __init__(self, residuals: Residuals, budget: Budget, low: np.ndarray, high: np.ndarray) -> None:
        self.residuals = residuals
        self.rows: list[Row] = []
        self._budget, self._low, self._high = budget, low, high
        self._best, self._least = np.empty(0), math.inf
        self._last: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def best(self, start: np.ndarray) -> np.ndarray:
        """Return the best point so far; the start if there is none."""
        return self._best if len(self._best) else start

    def go(self, start: np.ndarray, method: Method, tolerance: float, most: int) -> tuple[np.ndarray, bool]:
        """Return where a method ends, between the bounds, and whether it came to rest there.

        Args:
            start: Where it begins, shape (p,).
            method: Which it is.
            tolerance: The relative change of the parameters or of the sum at which it rests.
            most: How many evaluations it may make.

        Raises:
            OutOfTime: the time limit is over.
        """
        try:
            end, is_whole = (
                self._by_minpack(start, tolerance, most)
                if method == "lm"
                else self._by_region(start, method, tolerance, most)
            )
        except (ValueError, np.linalg.LinAlgError):  # The Jacobian is not finite at some point of the way.
            end, is_whole = self.best(start), False
        return np.clip(self._onto_bounds(end), self._low, self._high), is_whole

    def _by_minpack(self, start: np.ndarray, tolerance: float, most: int) -> tuple[np.ndarray, bool]:
        end, reason = minpack(self._residuals, self._jacobian, start, tolerance, most)
        return end, reason in _AT_REST

    def _by_region(
        self, start: np.ndarray, method: Method, tolerance: float, most: int
    ) -> tuple[np.ndarray, bool]:
        from scipy.optimize import least_squares

        found = least_squares(
            self._residuals,
            start,
            # SciPy's annotations know neither a function here nor that a tolerance may be None.
            jac=self._jacobian,  # type: ignore[arg-type]
            bounds=(self._low, self._high),
            method="dogbox" if method == "dogbox" else "trf",
            ftol=tolerance,
            xtol=tolerance,
            gtol=None,  # type: ignore[arg-type]
            x_scale=1.0 if method == "trf, unscaled" else "jac",
            max_nfev=most,
        )
        return found.x, found.status > 0

    def _residuals(self, x: np.ndarray) -> np.ndarray:
        return self._at(x)[0]

    def _jacobian(self, x: np.ndarray) -> np.ndarray:
        r, J = self._at(x)
        if not np.isfinite(J).all():
            raise ValueError("the Jacobian is not finite")
        self.add_row(x, float(r @ r), J.T @ r)
        return J

    def _at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals and Jacobian, which SciPy asks for one after the other at the same point."""
        if self._last is not None and np.array_equal(self._last[0], x):
            return self._last[1:]
        r, J = self.residuals.at(x)
        self._last = x.copy(), r, J
        square = float(r @ r)
        if square < self._least:
            self._best, self._least = x.copy(), square
        self._budget.spend(self.residuals.loss_of(self._least))
        return r, J

    def add_row(self, x: np.ndarray, square: float, half_gradient: np.ndarray) -> None:
        """Record a row of metrics; the step size of a solver is not a number of its own, so it is 0."""
        problem = self.residuals.problem
        validation = problem.objective_validation
        self.rows.append(
            Row(
                step=len(self.rows),
                train_loss=self.residuals.loss_at(x, square),
                validation_loss=None if validation is None else problem.data_loss(x, validation),
                gradient_norm=2 * self.residuals.unit * float(np.linalg.norm(half_gradient)),
                step_size=0.0,
            )
        )

    def _onto_bounds(self, x: np.ndarray) -> np.ndarray:
        """Put what is held by a bound onto it: trust-region methods stay a hair's breadth inside."""
        out = x.copy()
        for bound in (self._low, self._high):
            width = np.where(np.isfinite(bound), 1e-8 * np.maximum(np.abs(bound), 1e-8), 0.0)
            near = np.isfinite(bound) & (np.abs(x - bound) <= width)
            out[near] = bound[near]
        if np.array_equal(out, x):
            return x
        (r, _), (moved, _) = self.residuals.at(x), self.residuals.at(out)
        return out if float(moved @ moved) <= float(r @ r) * (1 + 1e-12) else x


# What MINPACK says where the loss, the parameters or the gradient no longer change.
_AT_REST = {1, 2, 3, 4}
