"""Synthetic data and random streams: one seed gives one experiment, and no stream shifts another."""

import numpy as np
import pytest
from scipy import stats

from regress_cli.config import load_config
from regress_cli.data import Dataset, Streams, build_dataset
from regress_cli.errors import DataError

BASE = {
    "data": {
        "kind": "synthetic",
        "n": 50,
        "inputs": {"x": {"low": -2, "high": 3}},
        "target": "x**3 - x",
        "noise": 0.5,
        "split": {"test": 0.2},
    },
    "model": {"kind": "linear"},
}


def draw(*overrides: str, seed: int = 7) -> tuple[Dataset, Streams]:
    """Return the data of BASE with these overrides, and the streams after they were drawn."""
    streams = Streams.spawn(seed)
    return build_dataset(load_config(BASE, overrides).data, streams), streams


def test_the_same_seed_gives_the_same_data():
    """One seed gives the same inputs, noise and parts to the last bit."""
    first, second = draw()[0], draw()[0]
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)
    np.testing.assert_array_equal(first.parts["test"], second.parts["test"])


def test_another_seed_gives_other_data():
    """Another seed gives other noise and other parts."""
    first, second = draw()[0], draw(seed=8)[0]
    assert not np.any(first.y == second.y)
    assert not np.array_equal(first.parts["test"], second.parts["test"])


def test_the_streams_differ():
    """The four streams of a seed have nothing in common."""
    streams = Streams.spawn(0)
    drawn = {
        tuple(stream.random(4))
        for stream in (streams.data, streams.parameters, streams.batches, streams.split)
    }
    assert len(drawn) == 4


CHANGES = ["data.noise=9", "data.noise=0", "data.n=51", "data.target=x", "data.split.test=0.5"]
CHANGES += ["data.inputs.x.spacing=uniform", "data.split={}", "data.standardize.features=true"]


@pytest.mark.parametrize("override", CHANGES)
def test_no_change_of_the_data_shifts_parameters_or_batches(override):
    """However the data are drawn, the initial parameters and the batches stay what they were."""
    _, before = draw()
    _, after = draw(override)
    np.testing.assert_array_equal(after.parameters.random(5), before.parameters.random(5))
    np.testing.assert_array_equal(after.batches.random(5), before.batches.random(5))


@pytest.mark.parametrize("override", ["data.noise=9", "data.target=x", "data.inputs.x.spacing=uniform"])
def test_the_parts_stay_when_the_data_change(override):
    """Which rows are tested does not depend on what stands in them."""
    np.testing.assert_array_equal(draw(override)[0].parts["test"], draw()[0].parts["test"])


@pytest.mark.parametrize("override", ["data.split.test=0.5", "data.split={}"])
def test_the_data_stay_when_the_parts_change(override):
    """The rows do not depend on how they are split."""
    np.testing.assert_array_equal(draw(override)[0].y, draw()[0].y)


def test_other_draws_do_not_shift_the_data():
    """Parameters and batches that were drawn before leave data and parts as they are."""
    streams = Streams.spawn(7)
    streams.parameters.random(1000)
    streams.batches.random(1000)
    dataset = build_dataset(load_config(BASE).data, streams)
    np.testing.assert_array_equal(dataset.y, draw()[0].y)
    np.testing.assert_array_equal(dataset.parts["test"], draw()[0].parts["test"])


def test_the_noise_is_scaled_and_not_drawn_anew():
    """Twice the noise is the same noise, twice as large."""
    clean = draw("data.noise=0")[0].y
    np.testing.assert_allclose(
        draw("data.noise=4")[0].y - clean, 2 * (draw("data.noise=2")[0].y - clean), rtol=1e-12, atol=1e-12
    )


def test_without_noise_the_target_is_the_function():
    """Without noise, the data lie on the true function over an even grid."""
    dataset = draw("data.noise=0")[0]
    x = np.linspace(-2, 3, 50)
    np.testing.assert_array_equal(dataset.X[:, 0], x)
    np.testing.assert_allclose(dataset.y, x**3 - x, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(dataset.true_values, x**3 - x, rtol=1e-13, atol=1e-13)


def test_noise_is_normal_with_the_standard_deviation_that_is_given():
    """The noise passes a test for the normal distribution with the config's standard deviation."""
    dataset = draw("data.n=20000", "data.noise=4")[0]
    assert stats.kstest(dataset.y - dataset.true_values, stats.norm(0, 4).cdf).pvalue > 0.001


def test_uniform_inputs_are_uniform():
    """Inputs with uniform spacing pass a test for the uniform distribution on their range."""
    dataset = draw("data.n=20000", "data.inputs.x.spacing=uniform")[0]
    assert stats.kstest(dataset.X[:, 0], stats.uniform(-2, 5).cdf).pvalue > 0.001


def test_a_target_that_is_undefined_somewhere_is_refused():
    """A function that has no number at some input is refused with that input."""
    with pytest.raises(DataError, match=r"^data\.target: log\(x\) is nan at x = -2; change the target, or"):
        draw("data.target=log(x)")


def test_a_branch_that_is_not_taken_may_be_undefined():
    """Where a condition chooses the other branch, the one left out need not be a number."""
    dataset = draw("data.target=where(x > 0, log(x), 0)", "data.noise=0")[0]
    assert np.all(np.isfinite(dataset.true_values))
    np.testing.assert_array_equal(dataset.true_values, dataset.y)


def test_noise_beyond_all_numbers_is_refused():
    """Noise that would leave the range of numbers is refused by its key."""
    with pytest.raises(DataError, match=r"^data\.noise: 1e\+308 is beyond what numbers can hold"):
        draw("data.noise=1e308")


def test_the_target_is_not_called_like_an_input():
    """The target of synthetic data is called t, unless an input is."""
    assert draw()[0].target_name == "t"
    inputs = "data.inputs={t: {low: 0, high: 1}}"
    assert draw(inputs, "data.target=t")[0].target_name == "target"
