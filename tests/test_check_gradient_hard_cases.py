"""Points that fool checkers easily: what is right is never WRONG there, what is wrong never RIGHT."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from regress_cli.gradients.checking import Outcome, check_gradient

Function = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Case:
    """A function, its derivative in closed form, and a point."""

    value: Function
    gradient: Function
    at: dict[str, Any]


def scalar(value: Callable[[Any], Any], derivative: Callable[[Any], Any], x: float | list[float]) -> Case:
    """Return the case of a function of ``x`` alone."""
    return Case(lambda p: value(p["x"]), lambda p: {"x": derivative(p["x"])}, {"x": x})


YEARS = np.vander(np.arange(1990, 2002.0), 7, increasing=True)

CASES = {
    "a parameter far below its unit": scalar(lambda x: (x - 3) ** 2, lambda x: 2 * (x - 3), 1e-17),
    "a pole as close as an entry is small": scalar(
        lambda x: np.sum(1 / x), lambda x: -1 / x**2, [1e-12, 5.0]
    ),
    "a logarithm near its pole, complex step off": scalar(
        lambda x: np.sum(np.log(np.abs(x))), lambda x: 1 / x, [1e-9, 1.0]
    ),
    "kinks closer than the usual steps": scalar(
        lambda x: np.abs(x + 1e-8) - np.abs(x - 2e-8), lambda x: 0 * x + 2.0, 0.0
    ),
    "a value of a few grains": scalar(
        lambda x: -np.log(1 / (1 + np.exp(-x))), lambda x: -1 / (1 + np.exp(x)), 35.0
    ),
    "one plus almost nothing": scalar(lambda x: np.log(1 + np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), -30.0),
    "one minus almost one": scalar(lambda x: 1 - np.cos(x), np.sin, 1e-6),
    "a wave far below the usual steps": scalar(
        lambda x: x + 1e-6 * np.sin(1e8 * x), lambda x: 1 + 1e2 * np.cos(1e8 * x), 1.0
    ),
    "a cliff": scalar(lambda x: np.tanh(1e9 * (x - 1)), lambda x: 1e9 + 0 * x, 1.0),
    "a term that rounding of another hides": Case(
        lambda p: np.sum((p["w"] * np.arange(1, 101) - 1e6 * np.arange(1, 101)) ** 2) + 0.01 * p["b"] ** 2,
        lambda p: {
            "w": 2 * np.sum((p["w"] - 1e6) * np.arange(1, 101.0) ** 2),
            "b": 0.02 * p["b"],
        },
        {"w": 1.0, "b": 3.0},
    ),
    "an offset in a unit of its own": Case(
        lambda p: np.mean((p["w"] + np.real(p["b"]) / 1e11 - np.arange(5)) ** 2),
        lambda p: {
            "w": 2 * np.mean(p["w"] + p["b"] / 1e11 - np.arange(5)),
            "b": 2 * np.mean(p["w"] + p["b"] / 1e11 - np.arange(5)) / 1e11,
        },
        {"w": 1.0, "b": 0.0},
    ),
    "an l1 penalty beside a large loss": scalar(
        lambda x: 1e14 + 0.1 * np.abs(x) + 0.1 * x**2, lambda x: 0.1 * np.sign(x) + 0.2 * x, 1.0
    ),
    "a logarithm of a cosine near one": scalar(lambda x: np.log(np.cosh(x)), np.tanh, 1e-8),
    "a polynomial of raw years": Case(
        lambda p: np.mean((YEARS @ p["c"] - np.sin(YEARS[:, 1])) ** 2),
        lambda p: {"c": 2 / len(YEARS) * YEARS.T @ (YEARS @ p["c"] - np.sin(YEARS[:, 1]))},
        {"c": np.zeros(7)},
    ),
    "a large slope at zero": Case(
        lambda p: np.sum((1e20 * p["x"] - 1) ** 2),
        lambda p: {"x": 2e20 * (1e20 * p["x"] - 1)},
        {"x": np.zeros(2)},
    ),
    "a kink beside the point, and steep slopes": Case(
        lambda p: np.abs(p["x"] - 1e-9) + 100 * p["y"] ** 2,
        lambda p: {"x": np.sign(p["x"] - 1e-9), "y": 200 * p["y"]},
        {"x": 0.0, "y": 1.0},
    ),
}


@pytest.mark.parametrize("is_analytic", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_the_right_gradient_is_never_called_wrong(name: str, is_analytic: bool) -> None:
    """It is right, excused or undecided, with all oracles and with differences alone."""
    case = CASES[name]
    verdict = check_gradient(case.value, case.gradient, case.at, is_analytic=is_analytic)
    assert verdict.outcome is not Outcome.WRONG, verdict.reason


# At a point of zeros, differences alone can't know that a parameter's unit is 1e-20.
UNSEEN = {("a large slope at zero", False)}
SEEN_BY_SOME = [(name, is_analytic) for name in CASES for is_analytic in (True, False)]


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, 1.05])
@pytest.mark.parametrize(("name", "is_analytic"), [case for case in SEEN_BY_SOME if case not in UNSEEN])
def test_a_wrong_gradient_is_never_called_right(name: str, is_analytic: bool, factor: float) -> None:
    """It is wrong or undecided (on a kink, between the slopes, excused) for every factor that is not 1."""
    case = CASES[name]

    def wrong(p: dict[str, Any]) -> dict[str, Any]:
        return {key: factor * np.asarray(value) for key, value in case.gradient(p).items()}

    verdict = check_gradient(case.value, wrong, case.at, is_analytic=is_analytic)
    assert verdict.outcome is not Outcome.RIGHT, verdict.reason


SEEN = [
    "a parameter far below its unit",
    "a pole as close as an entry is small",
    "a logarithm of a cosine near one",
]


@pytest.mark.parametrize("name", SEEN)
def test_what_longer_and_shorter_steps_see_is_judged(name: str) -> None:
    """Where the usual steps see nothing, others do: the verdict is RIGHT, and WRONG for a factor of 2."""
    case = CASES[name]
    verdict = check_gradient(case.value, case.gradient, case.at)
    assert verdict.outcome is Outcome.RIGHT, verdict.reason

    def twice(p: dict[str, Any]) -> dict[str, Any]:
        return {key: 2 * np.asarray(value) for key, value in case.gradient(p).items()}

    assert check_gradient(case.value, twice, case.at).outcome is Outcome.WRONG


@pytest.mark.parametrize("seed", range(6))
def test_what_cancels_but_for_rounding_is_not_called_wrong(seed: int) -> None:
    """A bias before batch normalization changes nothing, and its gradient is what rounding leaves."""
    rng = np.random.default_rng(seed)
    X, y, W = rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3))

    def value(p: dict[str, Any]) -> Any:
        z = X @ W + p["b"]
        z = z - anp.mean(z, axis=0)
        return anp.mean((z / anp.sqrt(anp.mean(z**2, axis=0) + 1e-5) - y) ** 2)

    verdict = check_gradient(value, autograd.grad(value), {"b": np.zeros(3)})
    assert verdict.outcome in (Outcome.RIGHT, Outcome.NOISE), verdict.reason


def test_a_gradient_may_raise_beside_the_point() -> None:
    """A wrong gradient that knows the point alone is judged there, and raises nothing."""

    def gradient(p: dict[str, Any]) -> dict[str, Any]:
        if p["x"] != 1.0:
            raise ValueError("outside the domain")
        return {"x": 3.0}

    verdict = check_gradient(lambda p: p["x"] ** 2, gradient, {"x": 1.0})
    assert verdict.outcome is Outcome.WRONG


def test_a_jump_of_one_entry_hides_no_wrong_one() -> None:
    """An entry at which the function jumps has no derivative; another one that is wrong is told."""
    verdict = check_gradient(
        lambda p: np.floor(p["x"][0]) + p["x"][1] ** 2,
        lambda p: {"x": np.array([0.0, 5.0])},
        {"x": [3.0, 1.0]},
    )
    assert verdict.outcome is Outcome.WRONG
    assert "x[1]" in verdict.reason


@pytest.mark.parametrize("at", [[0.0, 0.0], [0.0, 0.5]])
def test_a_function_that_jumps_is_told_also_where_the_complex_step_has_a_number(at: list[float]):
    """Entries at which it jumps bear no witness of the complex step, however many they are."""

    def step(p: Any) -> Any:
        return np.sum(np.where(p["x"].real > 0, 1.0, 0.0) + p["x"] ** 2)

    verdict = check_gradient(step, lambda p: {"x": 2 * p["x"]}, {"x": np.array(at)})
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert "jumps" in verdict.reason


def test_random_numbers_that_zero_weights_hide_are_noticed() -> None:
    """Dropout on weights that are zero gives the same value twice; beside the point it does not."""
    rng = np.random.default_rng(0)
    verdict = check_gradient(
        lambda p: np.sum(p["w"] * (rng.random(8) > 0.5)), lambda p: {"w": np.full(8, 0.5)}, {"w": np.zeros(8)}
    )
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert "not deterministic" in verdict.reason


@pytest.mark.parametrize("seed", range(3))
def test_units_that_begin_on_their_kink_are_excused(seed: int) -> None:
    """Zero biases and a row of zeros put every hidden unit of a relu network on its kink."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 5)), rng.normal(size=8)
    X[0] = 0
    at = {"W": rng.normal(size=(5, 40)), "b": np.zeros(40), "v": rng.normal(size=40) / np.sqrt(40)}

    def value(p: dict[str, Any]) -> Any:
        return np.mean((np.maximum(X @ p["W"] + p["b"], 0) @ p["v"] - y) ** 2)

    def gradient(p: dict[str, Any]) -> dict[str, Any]:
        z = X @ p["W"] + p["b"]
        error = 2 * (np.maximum(z, 0) @ p["v"] - y) / 8
        back = np.outer(error, p["v"]) * (z > 0)
        return {"W": X.T @ back, "b": back.sum(0), "v": np.maximum(z, 0).T @ error}

    assert check_gradient(value, gradient, at, seed=seed).is_acceptable
