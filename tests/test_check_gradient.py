"""The checker is checked: right gradients are RIGHT, wrong ones WRONG, and what can't be told is said."""

import math
import sys
from itertools import product

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.test_util import check_grads
from conftest import selected
from gradients import drawn, mutants
from hypothesis import given
from hypothesis import strategies as st

from regress_cli.gradients.checking import Outcome, check_gradient
from regress_cli.gradients.checking.oracles.complex_step import complex_slopes
from regress_cli.gradients.checking.oracles.differences import SAFETY, floor_of, sweep
from regress_cli.gradients.checking.oracles.taylor import remainder
from regress_cli.gradients.library import LIBRARY
from regress_cli.gradients.suite.modes import check_modes

# A part of the seeds is for every day, the others for ``--full``.
SEEDS = [range(6), pytest.param(range(6, 20), marks=pytest.mark.full)]
_MUTANTS_A_SEED = 4


def cubic(p):
    """Return a function with a third derivative, of two parameters."""
    return np.sum(p["x"] ** 3) + p["a"] * np.sum(p["x"])


def cubic_gradient(p):
    """Return its gradient."""
    return {"x": 3 * p["x"] ** 2 + p["a"], "a": np.sum(p["x"])}


AT = {"x": np.array([1.0, -2.0, 0.5]), "a": np.array(0.7)}


# ------------------------------------------------------------------- right and wrong, in great numbers


@pytest.mark.parametrize("seeds", SEEDS, ids=["every day", "full"])
@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_right_ones_are_right_and_mutants_wrong(name: str, seeds: range) -> None:
    """Over 20 seeds, the library's gradient is RIGHT, and each of its mutants is WRONG."""
    right, wrong = 0, 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        case = drawn(name, rng)
        verdict = check_gradient(case.value, case.gradient, case.at, seed=seed)
        assert verdict.outcome is Outcome.RIGHT, verdict
        right += 1
        every = list(mutants(case.gradient, case.at, rng))
        for position in rng.permutation(len(every))[:_MUTANTS_A_SEED]:
            change, mutant = every[position]
            verdict = check_gradient(case.value, mutant, case.at, seed=seed)
            assert verdict.outcome is Outcome.WRONG, (change, verdict)
            wrong += 1
    sys.stdout.write(f"{name}: {right} right ones RIGHT, {wrong} mutants WRONG\n")
    assert (right, wrong) == (len(seeds), len(seeds) * _MUTANTS_A_SEED)


@pytest.mark.parametrize(
    ("name", "factor"), selected(product(["mlp", "huber", "logsumexp"], [1e-8, 1.0, 1e8]), 2)
)
def test_the_verdict_does_not_depend_on_the_unit(name: str, factor: float) -> None:
    """A loss in other units has the same verdicts, right and wrong."""
    rng = np.random.default_rng(3)
    case = drawn(name, rng)

    def scaled(gradient):
        return lambda p: {key: factor * value for key, value in gradient(p).items()}

    def value(p):
        return factor * case.value(p)

    assert check_gradient(value, scaled(case.gradient), case.at).outcome is Outcome.RIGHT
    for change, mutant in mutants(case.gradient, case.at, rng):
        assert check_gradient(value, scaled(mutant), case.at).outcome is Outcome.WRONG, change


@given(st.integers(0, 10**6), st.floats(1e-6, 1e6), st.sampled_from([1.001, -1.0, 0.5, 0.0]))
def test_any_size_of_parameter_is_judged(seed: int, size: float, factor: float) -> None:
    """Whatever the size of the parameters, the right gradient is RIGHT and a multiple of it WRONG."""
    x = size * np.random.default_rng(seed).uniform(0.5, 2.0, 3)
    right = check_gradient(lambda p: np.sum(p["x"] ** 2), lambda p: {"x": 2 * p["x"]}, {"x": x})
    wrong = check_gradient(lambda p: np.sum(p["x"] ** 2), lambda p: {"x": factor * 2 * p["x"]}, {"x": x})
    assert (right.outcome, wrong.outcome) == (Outcome.RIGHT, Outcome.WRONG)


def test_a_zero_gradient_of_a_small_loss_is_wrong() -> None:
    """What fixed tolerances let pass: the gradient of 1e-8 sum(x^2) is not zero."""
    at = {"x": np.array([1.0, 2.0, 3.0])}
    verdict = check_gradient(lambda p: 1e-8 * np.sum(p["x"] ** 2), lambda p: {"x": np.zeros(3)}, at)
    assert verdict.outcome is Outcome.WRONG
    # The same through autograd's own checker, which is why there is this one.
    check_grads(lambda x: 1e-8 * anp.sum(x**2), modes=["rev"], order=1)(at["x"])


# ------------------------------------------------------------------------------------------ each oracle


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_differences_alone_see_a_thousandth(error: float) -> None:
    """Without the complex step, a gradient off by 0.1 % is WRONG, and the right one RIGHT."""
    verdict = check_gradient(
        cubic,
        lambda p: {**cubic_gradient(p), "x": (1 + error) * cubic_gradient(p)["x"]},
        AT,
        is_analytic=False,
    )
    assert verdict.oracles["complex step"] != "used"
    assert verdict.outcome is (Outcome.WRONG if error else Outcome.RIGHT)


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_the_complex_step_alone_sees_a_thousandth(error: float) -> None:
    """The complex step gives the slope to 14 digits, so that 0.1 % is seen a million times over."""
    slopes, fate = complex_slopes([lambda step: np.exp(0.3 + 1j * step)])
    claimed = (1 + error) * np.exp(0.3)
    assert fate == "used"
    assert (abs(slopes[0] - claimed) > 1e-13) == bool(error)


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_the_taylor_remainder_alone_sees_a_thousandth(error: float) -> None:
    """The remainder falls in second order for the right slope, and in first for one that is off by 0.1 %."""
    rest = remainder(lambda t: float(np.exp(0.3 + t)), float(np.exp(0.3)), (1 + error) * float(np.exp(0.3)))
    assert rest.order == pytest.approx(1.0 if error else 2.0, abs=0.05)
    assert rest.is_wrong == bool(error)


@given(st.floats(-3, 3), st.sampled_from([np.sin, np.exp, np.tanh, np.cosh, np.arctan]))
def test_the_floor_of_the_curve_bounds_the_error(x: float, function) -> None:
    """The error that the sweep promises holds, against the derivative by autograd."""
    true = float(autograd.grad(getattr(anp, function.__name__))(x))
    slope = floor_of(sweep(lambda t: float(function(x + t)), float(function(x))))
    assert abs(slope.value - true) <= SAFETY * slope.error
    assert slope.error <= 1e-6 * max(1.0, abs(float(function(x))))


def test_differences_fall_in_second_order() -> None:
    """Central differences are of order 2: a tenth of the step has a hundredth of the error."""
    steps = sweep(lambda t: float(np.exp(t)), 1.0, [1e-1, 1e-2])
    errors = [abs(step.slope - 1) for step in steps]
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    ("function", "same_for_autograd"),
    [
        (lambda x: np.sum(np.abs(x)), lambda x: anp.sum(anp.abs(x))),
        (lambda x: np.linalg.norm(x), anp.linalg.norm),
        (
            lambda x: np.sum(np.where(np.real(x) > 0, np.real(x), 0)),
            lambda x: anp.sum(anp.maximum(x, 0)),
        ),
        (lambda x: np.sum(x * np.conj(x)).real, lambda x: anp.sum(x * x)),
    ],
)
def test_code_that_is_not_analytic_is_detected(function, same_for_autograd) -> None:
    """Where the imaginary part is dropped, the complex step is not trusted, and RIGHT stays RIGHT."""
    at = {"x": np.array([1.0, -2.0, 3.0])}
    gradient = autograd.grad(same_for_autograd)
    verdict = check_gradient(lambda p: function(p["x"]), lambda p: {"x": gradient(p["x"])}, at)
    assert verdict.outcome is Outcome.RIGHT
    assert "not trusted" in verdict.oracles["complex step"]


def test_code_that_takes_no_complex_numbers_is_left_to_differences() -> None:
    """Python's own mathematics can't take a complex number; differences judge alone."""

    def value(p):
        return math.sin(p["x"])

    verdict = check_gradient(value, lambda p: {"x": math.cos(p["x"])}, {"x": 1.5})
    assert verdict.outcome is Outcome.RIGHT
    assert "TypeError" in verdict.oracles["complex step"]


# ---------------------------------------------------------------------------------------------- kinks


@pytest.mark.parametrize("claimed", [0.0, 0.5, 1.0])
def test_at_a_kink_any_number_between_the_slopes_is_excused(claimed: float) -> None:
    """At relu's kink, 0, 1/2 and 1 are conventions: counted, and not failed."""
    verdict = check_gradient(lambda p: np.maximum(p["x"], 0), lambda p: {"x": claimed}, {"x": 0.0})
    assert (verdict.outcome, verdict.kinks, verdict.is_acceptable) == (Outcome.KINK, 1, True)


@pytest.mark.parametrize("claimed", [-0.1, 1.1, 5.0])
def test_at_a_kink_a_number_outside_the_slopes_is_wrong(claimed: float) -> None:
    """No convention makes the slope of relu at 0 negative, or more than 1."""
    verdict = check_gradient(lambda p: np.maximum(p["x"], 0), lambda p: {"x": claimed}, {"x": 0.0})
    assert verdict.outcome is Outcome.WRONG


def test_kinks_are_counted_and_the_rest_is_judged() -> None:
    """Entries on a kink are excused, and a wrong one among the others is found."""
    at = {"x": np.array([0.0, 1.0, -1.0, 2.0])}

    def value(p):
        return np.sum(np.maximum(p["x"], 0) ** 1 * np.array([1.0, 2.0, 3.0, 4.0]))

    right = check_gradient(value, lambda p: {"x": np.array([0.0, 2.0, 0.0, 4.0])}, at)
    wrong = check_gradient(value, lambda p: {"x": np.array([0.0, 2.0, 0.0, 4.01])}, at)
    assert (right.outcome, right.kinks) == (Outcome.RIGHT, 1)
    assert (wrong.outcome, wrong.worst.index) == (Outcome.WRONG, (3,))


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
def test_a_kink_nearby_fails_nothing(distance: float) -> None:
    """Steps that cross a kink beside the point do not make the right gradient wrong."""
    for is_analytic in (True, False):
        verdict = check_gradient(
            lambda p: np.sum(np.maximum(p["x"], 0) * np.array([3.0, 1.0])),
            lambda p: {"x": np.array([3.0, 1.0])},
            {"x": np.array([distance, 1.0])},
            is_analytic=is_analytic,
        )
        assert verdict.is_acceptable, verdict


# -------------------------------------------------------------------------------- what can't be judged


def test_a_function_of_rounding_is_noise() -> None:
    """Where a parameter moves the value by less than rounding, nothing is claimed."""
    verdict = check_gradient(lambda p: 1e16 + abs(p["x"]), lambda p: {"x": 1.0}, {"x": 1.0})
    assert verdict.outcome is Outcome.NOISE
    assert "scale the function" in verdict.reason


def test_a_function_that_draws_numbers_is_unverifiable() -> None:
    """Two calls at the same point that differ are told, with what to do."""
    rng = np.random.default_rng(0)
    verdict = check_gradient(lambda p: p["x"] * rng.random(), lambda p: {"x": 1.0}, {"x": 1.0})
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert "not deterministic" in verdict.reason
    verdict = check_gradient(lambda p: p["x"], lambda p: {"x": rng.random()}, {"x": 1.0})
    assert verdict.outcome is Outcome.UNVERIFIABLE


def test_changed_arguments_are_wrong() -> None:
    """A gradient that writes into its argument is WRONG, though its numbers are right."""

    def gradient(p):
        g = 2 * p["x"]
        p["x"] += 1
        return {"x": g}

    verdict = check_gradient(lambda p: np.sum(p["x"] ** 2), gradient, {"x": np.ones(3)})
    assert verdict.outcome is Outcome.WRONG
    assert "in place" in verdict.reason


@pytest.mark.parametrize(
    ("gradient", "word"),
    [
        ({"a": 1.0}, "no gradient by x"),
        ({"x": np.ones(2), "a": 1.0}, "the shape (2,)"),
        ({"x": np.ones(3) * 1j, "a": 1.0}, "complex128"),
        ({"x": np.full(3, np.nan), "a": 1.0}, "nan is claimed"),
    ],
)
def test_what_is_no_gradient_is_wrong(gradient, word: str) -> None:
    """A missing parameter, a wrong shape, complex numbers and nan each have their own reason."""
    verdict = check_gradient(cubic, lambda p: gradient, AT)
    assert verdict.outcome is Outcome.WRONG
    assert word in verdict.reason


@pytest.mark.parametrize(
    ("value", "word"),
    [(lambda p: np.nan, "nan"), (lambda p: p["x"], "shape (3,)"), (lambda p: 1j, "complex128")],
)
def test_what_is_no_value_is_unverifiable(value, word: str) -> None:
    """A function without a single finite number can't be measured."""
    verdict = check_gradient(value, cubic_gradient, AT)
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert word in verdict.reason


@pytest.mark.parametrize("is_analytic", [True, False])
def test_the_gradient_at_a_minimum_is_zero_and_right(is_analytic: bool) -> None:
    """Where the slope is zero, zero is RIGHT, and a number that is no rounding is WRONG."""
    at = {"x": np.array([1.0, 2.0])}

    def value(p):
        return np.sum((p["x"] - np.array([1.0, 2.0])) ** 2)

    right = check_gradient(value, lambda p: {"x": np.zeros(2)}, at, is_analytic=is_analytic)
    wrong = check_gradient(value, lambda p: {"x": np.array([0.0, 1e-3])}, at, is_analytic=is_analytic)
    assert (right.outcome, wrong.outcome) == (Outcome.RIGHT, Outcome.WRONG)


def test_a_flat_function_has_the_gradient_zero() -> None:
    """A parameter that nothing depends on, as in a dead unit: zero is RIGHT, all else WRONG."""
    for claimed, outcome in ((0.0, Outcome.RIGHT), (1e-6, Outcome.WRONG)):
        verdict = check_gradient(lambda p: 3.0, lambda p, claimed=claimed: {"x": claimed}, {"x": 1.0})
        assert verdict.outcome is outcome


# --------------------------------------------------------------------------------- many parameters


def many(n: int, at: int | None = None):
    """Return a function of n parameters, its gradient, with one entry off if ``at`` is given, and a point."""
    weights = np.linspace(1, 2, n)
    point = np.random.default_rng(0).normal(size=n)

    def gradient(p):
        g = 2 * weights * p["x"]
        if at is not None:
            g[at] += 1.0
        return {"x": g}

    return lambda p: np.sum(weights * p["x"] ** 2), gradient, {"x": point}


def test_of_many_parameters_a_sample_and_projections_are_checked() -> None:
    """With 100,000 parameters the work is bounded, and the reason says what was looked at."""
    verdict = check_gradient(*many(100_000))
    (block,) = verdict.blocks
    assert verdict.outcome is Outcome.RIGHT
    assert block.checked == 60
    assert verdict.evaluations < 3000
    assert "60 of 100,000 entries, and random directions" in verdict.reason


@pytest.mark.parametrize("at", [0, 4321, 9999])
def test_one_wrong_entry_of_many_is_found(at: int) -> None:
    """A single wrong entry that no sample holds shows in the random directions."""
    verdict = check_gradient(*many(10_000, at))
    assert verdict.outcome is Outcome.WRONG


# ----------------------------------------------------------------------------------- modes and orders


def test_modes_cover_forward_reverse_and_second_order() -> None:
    """Each mode has a finding, and the second derivative is that of the closed form."""
    found = list(check_modes("f", lambda x: anp.sin(x) ** 2, {"x": 0.8}, ["x"]))
    assert [finding.mode for finding in found] == [
        "reverse",
        "forward",
        "order 2, reverse",
        "order 2, forward",
    ]
    assert all(finding.verdict.outcome is Outcome.RIGHT for finding in found)


@pytest.mark.parametrize("mode", ["reverse", "forward", "order 2, reverse", "order 2, forward"])
def test_a_rule_that_is_off_by_a_thousandth_is_wrong(mode: str) -> None:
    """A primitive with a rule off by 0.1 % fails in the mode that uses the rule."""
    from autograd.extend import defjvp, defvjp, primitive

    @primitive
    def cube(x):
        return x**3

    is_reverse, is_second = "reverse" in mode, "2" in mode
    slope = 3.003 if not is_second else 3.0

    @primitive
    def slope_of_cube(x):
        return 3 * x**2

    off = 6.006 if is_second else 6.0
    defvjp(slope_of_cube, lambda ans, x: lambda g: off * g * x)
    defjvp(slope_of_cube, lambda g, ans, x: off * g * x)
    factor = slope / 3
    defvjp(cube, lambda ans, x: lambda g: (factor if is_reverse or is_second else 1) * g * slope_of_cube(x))
    defjvp(cube, lambda g, ans, x: (1 if is_reverse and not is_second else factor) * g * slope_of_cube(x))
    verdicts = {f.mode: f.verdict.outcome for f in check_modes("cube", cube_by_name(cube), {"x": 1.3}, ["x"])}
    assert verdicts[mode] is Outcome.WRONG


def cube_by_name(cube):
    """Return the primitive as a function of a named argument, which autograd traces."""
    return lambda x: cube(x)


# ----------------------------------------------------------------------------- what readers have found


@pytest.mark.parametrize("is_analytic", [True, False])
def test_an_l1_penalty_with_weights_at_zero_is_right(is_analytic: bool) -> None:
    """A subgradient in the middle of its kink is excused, beside entries that are judged."""
    at = {"w": np.array([0.0, 1.0, -2.0]), "b": np.array(0.3)}
    verdict = check_gradient(
        lambda p: np.sum(np.abs(p["w"])) + np.sin(p["b"]),
        lambda p: {"w": np.sign(p["w"]), "b": np.cos(p["b"])},
        at,
        is_analytic=is_analytic,
    )
    assert (verdict.outcome, verdict.kinks) == (Outcome.RIGHT, 1)


@pytest.mark.parametrize("claimed", [1.0, 0.5, -1.0])
def test_abs_at_zero_beside_a_smooth_parameter_is_a_kink(claimed: float) -> None:
    """The complex step sees no kink of abs; differences do, and no convention is wrong."""
    verdict = check_gradient(
        lambda p: np.abs(p["a"]) + np.sin(p["b"]),
        lambda p: {"a": claimed, "b": np.cos(p["b"])},
        {"a": 0.0, "b": 0.3},
    )
    assert verdict.outcome is Outcome.KINK


@pytest.mark.parametrize("large", [1e3, 1e5, 1e6, 1e7, 1e8])
@pytest.mark.parametrize("is_analytic", [True, False])
def test_large_numbers_that_cancel_make_no_right_gradient_wrong(large: float, is_analytic: bool) -> None:
    """Rounding inside the function is noise, whatever the smallest steps agree on."""
    verdict = check_gradient(
        lambda p: np.sum((p["x"] + large) - large) + np.sum(p["x"] ** 2),
        lambda p: {"x": 1 + 2 * p["x"]},
        {"x": [1.0, 2.0]},
        is_analytic=is_analytic,
    )
    assert verdict.outcome in (Outcome.RIGHT, Outcome.NOISE)


def test_one_entry_that_can_not_be_seen_is_not_right() -> None:
    """Among 20 entries one whose slope no oracle sees is noise, not right: its claim is of the wrong sign."""
    weights, x = np.arange(1.0, 21.0), np.ones(20)
    x[0] = 1e-12
    verdict = check_gradient(
        lambda p: np.log(p["x"][0]) + np.sum((weights * p["x"])[1:]),
        lambda p: {"x": np.r_[-1e12, weights[1:]]},
        {"x": x},
        is_analytic=False,
    )
    assert verdict.outcome in (Outcome.NOISE, Outcome.WRONG)


def test_a_jump_has_no_derivative() -> None:
    """At a step of the function itself nothing is right, and the reason says to move."""
    verdict = check_gradient(
        lambda p: np.where(p["x"] < 0, 0.0, 1.0) + p["x"], lambda p: {"x": 1.0}, {"x": 0.0}
    )
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert "jumps" in verdict.reason


def test_an_infinite_slope_is_not_called_wrong() -> None:
    """The slope of a square root at 0 is infinite, and so is the gradient that says it."""
    verdict = check_gradient(lambda p: np.sqrt(p["x"]), lambda p: {"x": np.inf}, {"x": 0.0})
    assert verdict.outcome is Outcome.UNVERIFIABLE


@pytest.mark.parametrize(
    ("gradient", "outcome"),
    [
        (lambda p: {"x": p["x"] > 0}, Outcome.RIGHT),
        (lambda p: {"x": [[1.0], [0.0, 1.0]]}, Outcome.WRONG),
        (lambda p: {"x": [1.0, 0.0]}, Outcome.RIGHT),
        (lambda p: {"x": 0 * p.pop("x")}, Outcome.WRONG),
    ],
)
def test_odd_forms_of_a_gradient(gradient, outcome: Outcome) -> None:
    """Truth values count as numbers, lists as arrays; ragged ones and a taken argument are wrong."""
    verdict = check_gradient(lambda p: np.sum(np.maximum(p["x"], 0)), gradient, {"x": [1.0, -2.0]})
    assert verdict.outcome is outcome


def test_no_parameters_have_nothing_to_be_wrong() -> None:
    """Without an entry there is nothing to check."""
    assert check_gradient(lambda p: 1.0, lambda p: {}, {}).outcome is Outcome.RIGHT


def test_a_function_may_raise_beside_the_point() -> None:
    """Outside its domain a function may raise an error; the point itself is judged all the same."""
    verdict = check_gradient(
        lambda p: p["y"] + sum(math.log(x) for x in p["x"]),
        lambda p: {"x": 1 / p["x"], "y": 1.0},
        {"x": [0.01, 1.0], "y": 1.0},
    )
    assert verdict.outcome in (Outcome.RIGHT, Outcome.NOISE)
