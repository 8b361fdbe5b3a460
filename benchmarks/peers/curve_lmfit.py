"""A fit with lmfit's `Model`, with its numeric Jacobian."""

import numpy as np
from curve_data import Curve, Found, run_fit
from lmfit import Model


def build(curve: Curve, x: np.ndarray, y: np.ndarray):
    """Return the fit."""
    model = Model(curve.function)
    start = model.make_params(**curve.start)

    def fit() -> Found:
        result = model.fit(y, start, x=x)
        errors = [result.params[name].stderr for name in curve.start]
        return Found([result.params[name].value for name in curve.start], errors, result.nfev)

    return fit


run_fit(build)
