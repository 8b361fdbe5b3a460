"""Losses: their values, their shapes, their units, and the penalty."""

import numpy as np
import pytest
import scipy.special
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from regress_cli.config import schema
from regress_cli.models import MLP, Linear, Polynomial
from regress_cli.training.losses import LOSSES, build_loss
from regress_cli.training.objective import Objective

DELTA = 0.7
CONFIGS = {
    "half_mse": schema.HalfMSE(),
    "mse": schema.MSE(kind="mse"),
    "mae": schema.MAE(kind="mae"),
    "huber": schema.Huber(kind="huber", delta=DELTA),
}
# Each loss as others compute it.
REFERENCES = {
    "half_mse": lambda y, t: sklearn.metrics.mean_squared_error(t, y) / 2,
    "mse": lambda y, t: sklearn.metrics.mean_squared_error(t, y),
    "mae": lambda y, t: sklearn.metrics.mean_absolute_error(t, y),
    "huber": lambda y, t: scipy.special.huber(DELTA, y - t).mean(),
}
vectors = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.floats(-1e3, 1e3), min_size=n, max_size=n).map(np.array)] * 2)
)


def test_every_loss_is_in_the_schema_and_tested():
    """The registry, the schema and this file's tables name the same kinds."""
    choices = TypeAdapter(schema.Loss).json_schema()["discriminator"]["mapping"]
    assert set(LOSSES) == set(choices) == set(CONFIGS) == set(REFERENCES)


@pytest.mark.parametrize("kind", LOSSES)
@settings(max_examples=50, deadline=None)
@given(pair=vectors)
def test_a_loss_is_what_others_compute(kind, pair):
    """Each loss agrees with scikit-learn or scipy."""
    prediction, target = pair
    loss = build_loss(CONFIGS[kind])
    assert loss(prediction, target) == pytest.approx(REFERENCES[kind](prediction, target), rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("half_mse", 17 / 6), ("mse", 17 / 3), ("mae", 5 / 3), ("huber", (0.7 * 0.65 + 0.7 * 3.65) / 3)],
)
def test_a_loss_by_hand(kind, expected):
    """Residuals 1, 0 and -4 give the values that a pencil gives."""
    loss = build_loss(CONFIGS[kind])
    assert loss(np.array([2.0, 5.0, -1.0]), np.array([1.0, 5.0, 3.0])) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize(
    ("prediction", "target"), [((4,), (4, 1)), ((4, 1), (4,)), ((4,), (1,)), ((1,), (4,)), ((4,), ())]
)
def test_a_loss_never_broadcasts(kind, prediction, target):
    """Shapes that differ raise, where numpy would quietly make a matrix of them."""
    with pytest.raises(ValueError, match="differ in shape"):
        build_loss(CONFIGS[kind])(np.ones(prediction), np.ones(target))


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("scale", [0.01, 3.0, 250.0])
def test_a_loss_of_scaled_targets_goes_back_to_the_targets_unit(kind, scale):
    """The loss of standardised targets, converted, is the loss of the targets themselves."""
    rng = np.random.default_rng(0)
    prediction, target = scale * rng.standard_normal(40), scale * rng.standard_normal(40)
    scaled = build_loss(CONFIGS[kind], target_scale=scale)
    value = scaled.in_data_units(scaled(prediction / scale, target / scale), scale)
    assert value == pytest.approx(build_loss(CONFIGS[kind])(prediction, target), rel=1e-12)


@pytest.mark.parametrize("kind", LOSSES)
def test_the_curvature_is_the_second_derivative(kind):
    """Where a loss states its curvature, second differences give it everywhere; elsewhere they vary."""
    loss, n = build_loss(CONFIGS[kind]), 5
    target, unit = np.zeros(n), np.eye(n)[0]

    def second_difference(at: float) -> float:
        values = [loss((at + step) * unit, target) for step in (-0.1, 0.0, 0.1)]
        return n * (values[0] - 2 * values[1] + values[2]) / 0.01

    found = [second_difference(at) for at in (0.0, 0.3, 2.0)]
    if loss.curvature is None:
        assert np.ptp(found) > 0.5
    else:
        assert found == pytest.approx([loss.curvature] * 3)


@pytest.mark.parametrize(
    ("model", "weights"),
    [
        (Linear(("x", "z"), True, "normal"), lambda p: p["w"]),
        (Linear(("x", "z"), False, "normal"), lambda p: p["w"]),
        (Polynomial(("x", "z"), 2, True, "normal"), lambda p: p["w"][1:]),
        (Polynomial(("x", "z"), 2, False, "normal"), lambda p: p["w"]),
        (MLP((2, 3, 1), "tanh", "normal"), lambda p: np.append(p["W1"].ravel(), p["W2"])),
    ],
    ids=["linear", "no b", "polynomial", "no const", "mlp"],
)
def test_the_penalty_is_half_l2_times_the_squared_weights(model, weights):
    """The objective is the loss plus l2/2 times the sum of squares of all but the constants."""
    rng = np.random.default_rng(0)
    params, features, target = model.init(rng), model.features(rng.random((6, 2))), rng.random(6)
    plain = Objective(model, build_loss(schema.HalfMSE()))
    penalized = Objective(model, build_loss(schema.HalfMSE()), l2=0.4)
    added = penalized(params, features, target) - plain(params, features, target)
    assert added == pytest.approx(0.2 * (weights(params) ** 2).sum(), rel=1e-12)
    assert penalized.penalty(params) == pytest.approx(added, rel=1e-12)
    assert penalized.data_loss(params, features, target) == plain(params, features, target)
