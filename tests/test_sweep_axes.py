"""What is varied in a sweep: values typed on the command line, and values drawn from distributions."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from regress_cli.errors import ConfigError
from regress_cli.sweeps.asking.axes import MOST_POINTS, parse_axis
from regress_cli.sweeps.asking.distributions import DISTRIBUTIONS, draw
from regress_cli.sweeps.asking.parameter import Parameter

TYPED = {
    "seed=0..3": [0, 1, 2, 3],
    "seed=5": [5],
    "seed=0..9..4": [0, 4, 8],
    "seed=-2..-1,7": [-2, -1, 7],
    "model.activation=relu,tanh": ["relu", "tanh"],
    "optimizer.step_size=0.003,1e-2,1": [0.003, 0.01, 1],
    "model.hidden=[4],[8, 8]": [[4], [8, 8]],
    'data.target="where(x < 0, 1, 2)",x': ["where(x < 0, 1, 2)", "x"],
    "data.noise=1,1.0,1": [1, 1.0],
    "data.standardize.features=true,false": [True, False],
    "training.time_limit=null,3": [None, 3],
    "name=no,1_000": ["no", "1_000"],
}


@pytest.mark.parametrize("text", TYPED)
def test_values_are_read_as_yaml_reads_them(text: str):
    """Each value has the type that it would have in a config; equal ones of one type count once."""
    values = list(parse_axis(text).values)
    assert values == TYPED[text]
    assert [type(value) for value in values] == [type(value) for value in TYPED[text]]


REFUSED = {
    "seed": "'seed' is no axis; write KEY=VALUE,VALUE, as in seed=0..9",
    "=1,2": "'=1,2' is no axis; write KEY=VALUE,VALUE, as in seed=0..9",
    "seed=": "seed: an axis needs a value; write one, or leave the key out",
    "seed=3..1": "'3..1': a range goes up, from the smaller number to the larger one",
    "seed=0..9..0": "'0..9..0': a range goes up, from the smaller number to the larger one",
    "seed=0..99999999999": f"'0..99999999999': a range has at most {MOST_POINTS:,} numbers; "
    "give a shorter one",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_axis_is_refused(text: str):
    """The message says which axis is wrong, and what to write."""
    with pytest.raises(ConfigError) as caught:
        parse_axis(text)
    assert caught.value.messages == (REFUSED[text],)


@given(st.text(max_size=40))
def test_any_text_is_an_axis_or_refused(text: str):
    """Whatever is typed, there are values or one refusal."""
    with suppress(ConfigError):
        assert parse_axis(text).values


# The distribution of SciPy that each one is, or of its logarithm.
CONTINUOUS = {
    "uniform": (Parameter(min=-2, max=3), stats.uniform(-2, 5), lambda x: x),
    "log_uniform_values": (
        Parameter(distribution="log_uniform_values", min=1e-4, max=1.0),
        stats.uniform(math.log(1e-4), -math.log(1e-4)),
        np.log,
    ),
    "normal": (Parameter(distribution="normal", mu=2, sigma=0.5), stats.norm(2, 0.5), lambda x: x),
    "log_normal": (Parameter(distribution="log_normal", mu=2, sigma=0.5), stats.norm(2, 0.5), np.log),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_numbers_have_their_distribution(name: str):
    """Two thousand draws pass the test of Kolmogorov and Smirnov against SciPy's distribution."""
    parameter, expected, transform = CONTINUOUS[name]
    rng = np.random.default_rng(0)
    drawn = [draw(rng, parameter) for _ in range(2000)]
    assert stats.kstest(transform(np.array(drawn)), expected.cdf).pvalue > 1e-3


def test_whole_numbers_reach_both_ends():
    """int_uniform draws each whole number alike, the ends included; q_uniform draws multiples of q."""
    rng = np.random.default_rng(0)
    whole = [draw(rng, Parameter(distribution="int_uniform", min=1, max=4)) for _ in range(4000)]
    assert stats.chisquare(np.bincount(whole)[1:]).pvalue > 1e-3
    assert set(whole) == {1, 2, 3, 4}
    assert all(type(value) is int for value in whole)
    steps = {draw(rng, Parameter(distribution="q_uniform", min=0, max=1, q=0.25)) for _ in range(200)}
    assert steps == {0.0, 0.25, 0.5, 0.75, 1.0}


def test_values_of_a_list_are_drawn_alike():
    """A parameter with values is one of them, each as often as the others."""
    rng = np.random.default_rng(0)
    drawn = [draw(rng, Parameter(values=("a", "b", "c"))) for _ in range(3000)]
    assert stats.chisquare([drawn.count(value) for value in "abc"]).pvalue > 1e-3


def test_every_distribution_is_tested():
    """A new distribution needs a test."""
    assert set(DISTRIBUTIONS) == {*CONTINUOUS, "int_uniform", "q_uniform"}


LARGE = {
    "min": {"min": -1e308, "max": 1e308},
    "max": {"distribution": "int_uniform", "min": 0, "max": 1e30},
    "q": {"distribution": "q_uniform", "min": 0, "max": 1, "q": 1e-320},
    "sigma": {"distribution": "normal", "sigma": 1e308},
    "mu": {"distribution": "log_normal", "mu": 700, "sigma": 1},
}


@pytest.mark.parametrize("key", LARGE)
def test_what_would_draw_no_number_is_refused(key: str):
    """Ends and widths whose draws no computer can hold are refused at their key, before anything is drawn."""
    with pytest.raises(ValidationError) as caught:
        Parameter.model_validate(LARGE[key])
    [found] = caught.value.errors()
    assert found["type"] == "regress"
    assert found["ctx"]["keys"] == (key,)


@pytest.mark.parametrize(
    "largest",
    [
        {"min": -8e307, "max": 8e307},
        {"distribution": "int_uniform", "min": -(2.0**62), "max": 2.0**62},
        {"distribution": "q_uniform", "min": 0, "max": 1, "q": 1e-307},
        {"distribution": "q_uniform", "min": 0, "max": 1e307, "q": 1.6e308},
        {"distribution": "normal", "mu": 4e307, "sigma": 9e306},
        {"distribution": "log_normal", "mu": 8, "sigma": 50},
        {"distribution": "log_uniform_values", "min": 5e-324, "max": 1.7976931348623157e308},
    ],
)
def test_the_largest_that_are_taken_draw_numbers(largest: dict[str, Any]):
    """Just inside of the limits, every draw is finite."""
    parameter, rng = Parameter.model_validate(largest), np.random.default_rng(0)
    assert all(math.isfinite(draw(rng, parameter)) for _ in range(1000))


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"values": [0.1], "min": 3}, "min"),
        ({"value": 3, "values": [1, 2]}, "values"),
        ({"value": None, "values": [1, 2]}, "values"),
        ({"values": [1], "distribution": "normal"}, "distribution"),
        ({"distribution": "normal", "mu": 1.0, "sigma": 1.0, "max": 0}, "max"),
        ({"min": 0, "max": 1, "sigma": 1.0}, "sigma"),
        ({"distribution": "uniform", "min": 0, "max": 1, "q": 0.1}, "q"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(given: dict[str, Any], key: str):
    """Nobody could tell which of them is meant: the one that is too many is named."""
    with pytest.raises(ValidationError) as caught:
        Parameter.model_validate(given)
    assert [found["ctx"]["keys"] for found in caught.value.errors()] == [(key,)]
