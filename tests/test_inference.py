"""Inference: what statsmodels and scipy say of the same fits, and what can't be said."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from regress_cli.inference import Inference, infer_linear

NEAR = {"rtol": 1e-8, "atol": 1e-10}


def random_table(seed: int, n: int, p: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return columns of different sizes, a noisy target, and weights."""
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((n, p)) * 10.0 ** rng.uniform(-1, 1, p) + rng.uniform(-3, 3, p)
    return design, design @ rng.standard_normal(p) + 2 + rng.standard_normal(n), rng.uniform(0.2, 3, n)


def columns_of(design: np.ndarray, intercept: bool) -> np.ndarray:
    """Return the columns with the ones of an intercept."""
    return np.column_stack([np.ones(len(design)), design]) if intercept else design


def infer_columns(
    design: np.ndarray, target: np.ndarray, intercept: bool, weights: np.ndarray | None = None, **options
) -> Inference:
    """Return the inference of columns from numpy's own factor of them."""
    columns = columns_of(design, intercept)
    root = np.ones(len(target)) if weights is None else np.sqrt(weights)
    U, singular, Vt = np.linalg.svd(columns * root[:, None], full_matrices=False)
    rank = int((singular > 1e-12 * singular[0]).sum())
    factor = Vt[:rank].T / singular[:rank]
    return infer_linear(
        [f"b{j}" for j in range(columns.shape[1])],
        factor @ (U[:, :rank].T @ (root * target)),
        factor,
        design,
        target,
        intercept=intercept,
        weights=weights,
        **options,
    )


def assert_as_statsmodels(ours: Inference, theirs) -> None:
    """Compare every number of two inferences."""
    table = [(e.estimate, e.standard_error, e.t, e.p, e.low, e.high) for e in ours.parameters]
    interval = theirs.conf_int(alpha=1 - ours.confidence)
    expected = np.column_stack([theirs.params, theirs.bse, theirs.tvalues, theirs.pvalues, interval])
    np.testing.assert_allclose(np.array(table, dtype=float), expected, **NEAR)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), **NEAR)
    sizes = np.sqrt(np.diag(theirs.cov_params()))
    np.testing.assert_allclose(ours.correlation, theirs.cov_params() / np.outer(sizes, sizes), **NEAR)
    pairs = [
        (ours.residual_standard_deviation, np.sqrt(theirs.scale)),
        (ours.degrees_of_freedom, theirs.df_resid),
        (ours.r2, theirs.rsquared),
        (ours.adjusted_r2, theirs.rsquared_adj),
        (ours.f, theirs.fvalue),
        (ours.f_p, theirs.f_pvalue),
        (ours.log_likelihood, theirs.llf),
        (ours.aic, theirs.aic),
        (ours.bic, theirs.bic),
    ]
    np.testing.assert_allclose(*np.array(pairs, dtype=float).T, **NEAR)
    assert ours.f_degrees == (theirs.df_model, theirs.df_resid)


# --------------------------------------------------------------------- linear, against statsmodels


@pytest.mark.parametrize("errors", ["classical", "hc3"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [True, False])
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    p=st.integers(1, 5),
    more=st.integers(3, 40),
    confidence=st.floats(0.5, 0.999),
)
def test_everything_is_as_statsmodels_says(intercept, weighted, errors, seed, p, more, confidence):
    """Errors, t, p, intervals, R squared, F, AIC and BIC are those of OLS and WLS, HC3 included."""
    design, target, weights = random_table(seed, p + more, p)
    ours = infer_columns(
        design, target, intercept, weights if weighted else None, errors=errors, confidence=confidence
    )
    columns = columns_of(design, intercept)
    model = sm.WLS(target, columns, weights) if weighted else sm.OLS(target, columns, hasconst=intercept)
    theirs = model.fit() if errors == "classical" else model.fit(cov_type="HC3", use_t=True)
    assert_as_statsmodels(ours, theirs)
