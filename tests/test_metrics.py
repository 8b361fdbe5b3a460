"""Metrics: what scikit-learn computes."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from regress_cli.config.schema import HalfMSE
from regress_cli.training.metrics import compute_metrics

HALF_MSE = HalfMSE()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 50), shift=st.floats(-1e3, 1e3))
def test_metrics_are_scikit_learns(seed, n, shift):
    """Loss, root mean square error, mean absolute error and R squared agree with scikit-learn."""
    rng = np.random.default_rng(seed)
    y = shift + rng.standard_normal(n)
    prediction = y + rng.standard_normal(n)
    metrics = compute_metrics(prediction, y, HALF_MSE)
    assert metrics.n == n
    assert metrics.loss == pytest.approx(sklearn.metrics.mean_squared_error(y, prediction) / 2)
    assert metrics.rmse == pytest.approx(sklearn.metrics.root_mean_squared_error(y, prediction))
    assert metrics.mae == pytest.approx(sklearn.metrics.mean_absolute_error(y, prediction))
    assert metrics.r2 == pytest.approx(sklearn.metrics.r2_score(y, prediction))


@pytest.mark.parametrize("value", [0.0, 5.0, 0.1, 1e300, -1 / 3])
@pytest.mark.parametrize("n", [1, 3, 100])
def test_r_squared_of_a_constant_target_is_unknown(value, n):
    """Equal targets have no spread to explain, even where their computed mean is off by rounding."""
    y = np.full(n, value)
    metrics = compute_metrics(y + abs(value) / 4, y, HALF_MSE)
    assert metrics.r2 is None
    assert metrics.mae == pytest.approx(abs(value) / 4)


def test_a_perfect_prediction_has_no_error():
    """Predicting the targets themselves gives errors of 0 and an R squared of 1."""
    y = np.array([1.0, 2.0, 4.0])
    metrics = compute_metrics(y, y, HALF_MSE)
    assert (metrics.loss, metrics.rmse, metrics.mae, metrics.r2) == (0.0, 0.0, 0.0, 1.0)


def test_predictions_that_overflowed_give_numbers_that_are_not_finite():
    """Infinite predictions make infinite errors, and no warning."""
    metrics = compute_metrics(np.array([np.inf, 1.0]), np.array([0.0, 1.0]), HALF_MSE)
    assert metrics.rmse == np.inf
    assert metrics.loss == np.inf
    assert metrics.r2 == -np.inf
