"""A fit with SciPy's `curve_fit`, with its numeric Jacobian."""

import numpy as np
from curve_data import Curve, Found, run_fit
from scipy.optimize import curve_fit


def build(curve: Curve, x: np.ndarray, y: np.ndarray):
    """Return the fit."""
    start = list(curve.start.values())

    def fit() -> Found:
        estimates, covariance, info, _, _ = curve_fit(curve.function, x, y, p0=start, full_output=True)
        # MINPACK's count has the evaluations for differences in it.
        return Found(estimates.tolist(), np.sqrt(np.diag(covariance)).tolist(), int(info["nfev"]))

    return fit


run_fit(build)
