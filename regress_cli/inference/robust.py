"""Standard errors for residuals of any variances: HC3.

MacKinnon and White (1985), "Some heteroskedasticity-consistent covariance matrix estimators with improved
finite sample properties", Journal of Econometrics 29, doi:10.1016/0304-4076(85)90158-7.
"""

import numpy as np

from regress_cli.inference.fitted import Fitted

# A row whose leverage is 1 to rounding is fitted exactly whatever its target is.
_FULL_LEVERAGE = 1e-10


def hc3_root(fitted: Fitted) -> np.ndarray | None:
    """Return a root of the HC3 covariance, shape (p, rank); None where a row has all the leverage.

    With A = W^(1/2) J and the residuals e of W^(1/2), it is A+ diag(e / (1 - h))^2 A+', where A+ is the
    pseudoinverse and h the diagonal of A A+.
    """
    rank = fitted.rank
    triangle = np.empty((0, rank))
    for rows, J in fitted.blocks():
        weights = 1.0 if fitted.root_weights is None else fitted.root_weights[rows, None]
        # The rows of an orthogonal basis of A's columns; A+ is the factor times their transpose.
        basis = (J * weights) @ fitted.factor
        residuals = fitted.residuals[rows]
        if fitted.root_weights is not None:
            residuals = residuals * fitted.root_weights[rows]
        free = 1 - np.sum(basis**2, axis=1)
        if (free <= _FULL_LEVERAGE).any():
            return None
        stacked = np.vstack([triangle, basis * (residuals / free)[:, None]])
        triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    return fitted.factor @ triangle.T
