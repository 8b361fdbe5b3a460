"""Inference: what statsmodels, scipy and NIST say of the same fits, and what can't be said."""

import dataclasses
import json

import autograd.numpy as anp
import numpy as np
import pytest
import statsmodels.api as sm
from autograd import jacobian
from hypothesis import given, settings
from hypothesis import strategies as st
from nist_problems import LINEAR, NONLINEAR, digits
from scipy.optimize import curve_fit
from scipy.stats import norm
from scipy.stats import t as t_distribution

from regress_cli.config import load_config
from regress_cli.experiment.inferred import infer
from regress_cli.experiment.plan import make_plan
from regress_cli.expression import Expression
from regress_cli.inference import Inference, infer_jacobian, infer_linear, row_blocks
from regress_cli.training import assess, solve

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


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
@pytest.mark.parametrize("errors", ["classical", "hc3"])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 4))
def test_columns_that_depend_on_others_leave_the_rest_to_be_inferred(errors, seed, p):
    """With a column given twice, statsmodels' pseudoinverse says the same of every other number."""
    design, target, weights = random_table(seed, p + 20, p)
    design = np.column_stack([design, 2 * design[:, 0]])
    determined = np.array([True, False, *[True] * (p - 1), False])
    ours = infer_columns(design, target, True, weights, errors=errors, determined=determined)
    options = {} if errors == "classical" else {"cov_type": "HC3", "use_t": True}
    theirs = sm.WLS(target, columns_of(design, True), weights).fit(**options)
    assert [e.estimate is None for e in ours.parameters] == list(~determined)
    found = [(e.estimate, e.standard_error, e.p) for e in ours.parameters if e.estimate is not None]
    expected = np.column_stack([theirs.params, theirs.bse, theirs.pvalues])[determined]
    np.testing.assert_allclose(np.array(found, dtype=float), expected, **NEAR)
    assert ours.degrees_of_freedom == theirs.df_resid == 20 - 1
    assert (ours.r2, ours.aic, ours.bic) == pytest.approx((theirs.rsquared, theirs.aic, theirs.bic), rel=1e-8)
    if errors == "classical":
        assert ours.f == pytest.approx(theirs.fvalue, rel=1e-8)
    else:
        assert ours.f is None
    assert np.isnan(ours.covariance[1]).all()
    assert np.isfinite(ours.covariance[np.ix_(determined, determined)]).all()
    assert any("do not determine b1, b" in note for note in ours.notes)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 4), weighted=st.booleans())
def test_the_error_of_the_mean_and_of_an_observation_are_statsmodels(seed, p, weighted):
    """At new rows both standard errors are those of its predictions."""
    design, target, weights = random_table(seed, p + 20, p)
    ours = infer_columns(design, target, True, weights if weighted else None)
    columns = columns_of(design, True)
    theirs = sm.WLS(target, columns, weights if weighted else 1.0).fit()
    rows = columns_of(random_table(seed + 1, 7, p)[0], True)
    predicted = theirs.get_prediction(rows)
    np.testing.assert_allclose(ours.mean_error(rows), predicted.se_mean, **NEAR)
    np.testing.assert_allclose(ours.observation_error(rows), predicted.se_obs, **NEAR)


def test_a_weight_of_zero_takes_a_row_out():
    """Every number is that of the other rows alone, and it is said."""
    design, target, weights = random_table(0, 30, 2)
    weights[:4] = 0
    ours = infer_columns(design, target, True, weights)
    others = infer_columns(design[4:], target[4:], True, weights[4:])
    assert (ours.n, ours.degrees_of_freedom) == (26, 23)
    assert "4 row(s) of weight 0" in ours.notes[0]
    np.testing.assert_allclose(ours.covariance, others.covariance, rtol=1e-10)
    for name in ("r2", "adjusted_r2", "f", "aic", "bic", "log_likelihood", "residual_standard_deviation"):
        assert getattr(ours, name) == pytest.approx(getattr(others, name), rel=1e-10), name


@pytest.mark.parametrize("unit", [1e-200, 1e200])
@pytest.mark.parametrize("errors", ["classical", "hc3"])
def test_the_unit_of_the_target_does_not_matter(unit, errors):
    """Where the squares are beyond floats, errors and everything without a unit are as they were."""
    design, target, _ = random_table(1, 30, 2)
    plain, scaled = (infer_columns(design, target * u, True, errors=errors) for u in (1.0, unit))
    for a, b in zip(plain.parameters, scaled.parameters, strict=True):
        assert b.standard_error == pytest.approx(a.standard_error * unit, rel=1e-10)
        assert (b.t, b.p) == pytest.approx((a.t, a.p), rel=1e-8)
    assert (scaled.r2, scaled.f) == pytest.approx((plain.r2, plain.f), rel=1e-10)
    np.testing.assert_allclose(scaled.correlation, plain.correlation, rtol=1e-10)


# ------------------------------------------------------------------------------------ known sigma


def test_known_standard_deviations_are_not_rescaled():
    """Errors come from sigma alone, are held against the normal distribution, and have its likelihood."""
    design, target, _ = random_table(2, 40, 2)
    sigma = np.random.default_rng(0).uniform(0.5, 2, 40)
    ours = infer_columns(design, target, True, 1 / sigma**2, is_sigma_known=True)
    # statsmodels' GLM takes a known variance as its scale.
    theirs = sm.GLM(target / sigma, columns_of(design, True) / sigma[:, None]).fit(scale=1.0)
    found = [(e.estimate, e.standard_error, e.t, e.p, e.low, e.high) for e in ours.parameters]
    expected = [theirs.params, theirs.bse, theirs.tvalues, theirs.pvalues, theirs.conf_int()]
    np.testing.assert_allclose(np.array(found), np.column_stack(expected), **NEAR)
    residuals = target - columns_of(design, True) @ theirs.params
    assert ours.log_likelihood == pytest.approx(norm.logpdf(residuals, scale=sigma).sum(), rel=1e-10)
    assert ours.aic == pytest.approx(6 - 2 * ours.log_likelihood, rel=1e-12)
    row = columns_of(design, True)[:1]
    assert ours.observation_error(row)[0] == pytest.approx(np.hypot(ours.mean_error(row)[0], 1.0))


@pytest.mark.parametrize("intercept", [True, False])
def test_f_of_known_standard_deviations_is_that_of_their_variance(intercept: bool):
    """F is the Wald statistic with the variance that is given, as statsmodels has it for a fixed scale."""
    design, target, _ = random_table(2, 40, 2)
    sigma = np.random.default_rng(0).uniform(0.5, 2, 40)
    columns = columns_of(design, intercept)
    theirs = sm.GLM(target / sigma, columns / sigma[:, None]).fit(scale=1.0)
    wald = theirs.wald_test(np.eye(columns.shape[1])[int(intercept) :], scalar=True)
    ours = infer_columns(design, target, intercept, 1 / sigma**2, is_sigma_known=True)
    assert ours.f == pytest.approx(wald.statistic / 2, rel=1e-8)
    assert ours.f_p == pytest.approx(wald.pvalue, rel=1e-8)
    assert ours.f_degrees == (2, None)


def test_f_of_one_column_is_the_square_of_its_ratio():
    """Of a single slope, F and z are one test, whether sigma was right or is ten times too small."""
    design, target, _ = random_table(2, 40, 1)
    for sigma in (0.1, 1.0, 300.0):
        ours = infer_columns(design, target, True, np.full(40, 1 / sigma**2), is_sigma_known=True)
        slope = ours.parameters[1]
        assert slope.t is not None
        assert (ours.f, ours.f_p) == pytest.approx((slope.t**2, slope.p), rel=1e-8)


def test_known_standard_deviations_leave_errors_without_a_degree_of_freedom():
    """As many rows as parameters: with a known sigma there are errors all the same."""
    design, target, _ = random_table(3, 3, 2)
    known = infer_columns(design, target, True, np.full(3, 4.0), is_sigma_known=True)
    assert known.degrees_of_freedom == 0
    assert known.residual_standard_deviation is None
    assert all(e.standard_error > 0 and e.low < e.estimate < e.high for e in known.parameters)


# ------------------------------------------------------------------------------ what can't be said


@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("errors", ["classical", "hc3"])
def test_without_a_degree_of_freedom_there_are_no_errors(rows, errors):
    """As many parameters as rows, or more: estimates, a note, and None for the rest."""
    design, target, _ = random_table(4, rows, 2)
    determined = np.array([rows == 3] * 3)
    ours = infer_columns(design, target, True, errors=errors, determined=determined)
    assert ours.degrees_of_freedom == 0
    assert any("no degree of freedom" in note for note in ours.notes)
    assert {e.standard_error for e in ours.parameters} == {None}
    assert all((e.estimate is None) == (rows == 2) for e in ours.parameters)
    assert (ours.critical, ours.residual_standard_deviation, ours.adjusted_r2, ours.f) == (None,) * 4
    assert np.isnan(ours.mean_error(np.ones((1, 3)))).all()


@pytest.mark.parametrize("errors", ["classical", "hc3"])
def test_a_perfect_fit_divides_by_nothing(errors):
    """Residuals of zero: errors are zero, R squared is 1, and t, p, F and the likelihood are left out."""
    design = np.arange(8.0)[:, None]
    ours = infer_linear(
        ["b", "w"],
        np.array([1.0, 2.0]),
        np.linalg.inv(np.linalg.qr(columns_of(design, True), mode="r")),
        design,
        1 + 2 * design[:, 0],
        intercept=True,
        errors=errors,
    )
    assert (ours.residual_standard_deviation, ours.r2, ours.adjusted_r2) == (0.0, 1.0, 1.0)
    assert (ours.f, ours.f_p, ours.f_degrees, ours.log_likelihood, ours.aic, ours.bic) == (None,) * 6
    for estimate in ours.parameters:
        assert (estimate.standard_error, estimate.t, estimate.p) == (0.0, None, None)
        assert estimate.low == estimate.estimate == estimate.high
    assert any("passes through every point" in note for note in ours.notes)


def test_an_r_squared_of_rounding_is_zero():
    """A fit of the mean alone explains nothing, whatever rounding leaves of the difference."""
    for seed in range(20):
        target = np.random.default_rng(seed).normal(3, 1, 50)
        ours = infer_columns(np.empty((50, 0)), target, True)
        assert ours.r2 == 0.0


def test_a_constant_target_has_no_r_squared():
    """Nothing varies, so that there is no share to explain."""
    design = random_table(5, 12, 1)[0]
    ours = infer_columns(design, np.full(12, 3.0), True)
    assert (ours.r2, ours.adjusted_r2, ours.f) == (None, None, None)


def test_a_row_with_all_the_leverage_has_no_hc3_errors():
    """A column that only one row has gives that row a leverage of 1; it is said, and nothing is infinite."""
    design, target, _ = random_table(6, 12, 2)
    design[:, 1] = np.arange(12) == 5
    ours = infer_columns(design, target, True, errors="hc3")
    assert {e.standard_error for e in ours.parameters} == {None}
    assert any("leverage of 1" in note for note in ours.notes)
    assert infer_columns(design, target, True).notes == ()


def test_an_intercept_alone_has_no_f():
    """With the mean as the only parameter there is nothing to test against it."""
    target = random_table(7, 12, 1)[1]
    ours = infer_columns(np.empty((12, 0)), target, True)
    assert ours.f is None
    assert ours.parameters[0].standard_error == pytest.approx(target.std(ddof=1) / np.sqrt(12), rel=1e-12)


# ------------------------------------------------------------------------------------- nonlinear


def decay(x: np.ndarray, a: float, k: float, c: float) -> np.ndarray:
    """Return an exponential decay to a level."""
    return a * np.exp(-k * x) + c


@pytest.mark.parametrize("absolute", [True, False])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), weighted=st.booleans())
def test_a_jacobian_gives_the_errors_of_curve_fit(absolute, seed, weighted):
    """The covariance is that of scipy's curve_fit, with sigma absolute or relative."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 4, 40)
    sigma = rng.uniform(0.05, 0.2, 40) if weighted else np.full(40, 0.1)
    y = decay(x, 3.0, 1.2, 0.5) + sigma * rng.standard_normal(40)
    found, covariance = curve_fit(
        decay, x, y, p0=(3, 1, 0), sigma=sigma, absolute_sigma=absolute, ftol=1e-15, xtol=1e-15, gtol=1e-15
    )
    a, k, _ = found
    J = np.column_stack([np.exp(-k * x), -a * x * np.exp(-k * x), np.ones(40)])
    ours = infer_jacobian(
        ["a", "k", "c"],
        found,
        row_blocks(J),
        y - decay(x, *found),
        y,
        weights=1 / sigma**2,
        is_sigma_known=absolute,
    )
    # curve_fit takes its derivatives from differences. A covariance near zero is held against the errors.
    deviations = np.sqrt(np.diag(covariance))
    scale = np.outer(deviations, deviations)
    np.testing.assert_allclose(ours.covariance / scale, covariance / scale, rtol=1e-5, atol=1e-5)
    exact = np.linalg.inv(J.T @ (J / sigma[:, None] ** 2))
    if not absolute:
        exact *= ours.residual_standard_deviation**2
    np.testing.assert_allclose(ours.covariance / scale, exact / scale, rtol=1e-8, atol=1e-8)
    errors = np.array([e.standard_error for e in ours.parameters])
    np.testing.assert_allclose(errors, np.sqrt(np.diag(exact)), rtol=1e-8)
    critical = norm.ppf(0.975) if absolute else t_distribution.ppf(0.975, 37)
    assert ours.critical == pytest.approx(critical, rel=1e-10)
    assert (ours.f, ours.is_centred) == (None, True)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 4), errors=st.sampled_from(["classical", "hc3"]))
def test_of_a_linear_model_the_jacobian_says_what_the_factor_says(seed, p, errors):
    """The columns are the Jacobian of a linear model: both ways agree in all but the F test."""
    design, target, weights = random_table(seed, p + 10, p)
    linear = infer_columns(design, target, True, weights, errors=errors)
    columns = columns_of(design, True)
    estimates = np.array([e.estimate for e in linear.parameters])
    names = [e.name for e in linear.parameters]
    other = infer_jacobian(
        names,
        estimates,
        row_blocks(columns),
        target - columns @ estimates,
        target,
        weights=weights,
        errors=errors,
    )
    np.testing.assert_allclose(other.covariance, linear.covariance, **NEAR)
    for name in ("r2", "adjusted_r2", "aic", "bic", "residual_standard_deviation", "critical"):
        assert getattr(other, name) == pytest.approx(getattr(linear, name), rel=1e-8), name


def test_parameters_that_stand_for_one_are_left_open():
    """Of a product of two parameters neither is determined; the third one is."""
    x = np.linspace(0, 1, 20)
    y = 6 * x + 1 + 0.1 * np.sin(37 * x)
    ours = infer_jacobian(
        ["a", "b", "c"],
        np.array([2.0, 3.0, 1.0]),
        row_blocks(np.column_stack([3 * x, 2 * x, np.ones(20)])),
        y - 6 * x - 1,
        y,
    )
    assert [e.estimate for e in ours.parameters] == [None, None, 1.0]
    assert ours.degrees_of_freedom == 18
    assert "a, b" in ours.notes[0]


@pytest.mark.parametrize("absolute", [True, False])
def test_what_is_held_at_a_bound_is_a_constant_to_the_others(absolute: bool):
    """The others have the errors of curve_fit with that parameter fixed; it has none, and no band from it."""
    x = np.linspace(0, 4, 40)
    sigma = np.random.default_rng(1).uniform(0.05, 0.2, 40)
    y = decay(x, 3.0, 1.2, -0.2) + sigma * np.random.default_rng(2).standard_normal(40)

    def slopes(x, a, k):
        return np.column_stack([np.exp(-k * x), -a * x * np.exp(-k * x)])

    def fixed(x, a, k):
        return decay(x, a, k, 0.0)

    options = {"p0": (3, 1), "jac": slopes, "xtol": 1e-15, "ftol": 1e-15}
    found, covariance = curve_fit(fixed, x, y, sigma=sigma, absolute_sigma=absolute, **options)
    a, k = found
    J = np.column_stack([np.exp(-k * x), np.ones(40), -a * x * np.exp(-k * x)])
    ours = infer_jacobian(
        ["a", "c", "k"],
        np.array([a, 0.0, k]),
        row_blocks(J),
        y - decay(x, a, k, 0.0),
        y,
        weights=1 / sigma**2,
        is_sigma_known=absolute,
        held=("c",),
    )
    free = [0, 2]
    np.testing.assert_allclose(ours.covariance[np.ix_(free, free)], covariance, rtol=1e-6)
    assert np.isnan(ours.covariance[1]).all()
    assert ours.degrees_of_freedom == 38
    held = ours.parameters[1]
    assert (held.estimate, held.is_at_bound) == (0.0, True)
    assert {held.standard_error, held.t, held.p, held.low, held.high} == {None}
    [note] = ours.notes
    assert note.startswith("c ends at its bound")
    without = np.sqrt(np.einsum("ij,jk,ik->i", J[:, free], covariance, J[:, free]))
    np.testing.assert_allclose(ours.mean_error(J), without, rtol=1e-6)


def test_held_parameters_and_hc3():
    """With the slope held, the constant has the HC3 error that statsmodels gives a mean; with both, none."""
    design, target, _ = random_table(3, 30, 1)
    columns = columns_of(design, True)
    rest = target - 0.5 * design[:, 0]
    theirs = sm.OLS(rest, np.ones(30)).fit(cov_type="HC3", use_t=True)
    estimates = np.array([theirs.params[0], 0.5])
    arguments = (["b", "w"], estimates, row_blocks(columns), target - columns @ estimates, target)
    ours = infer_jacobian(*arguments, errors="hc3", held=("w",))
    assert ours.parameters[0].standard_error == pytest.approx(theirs.bse[0], rel=1e-10)
    both = infer_jacobian(*arguments, held=("b", "w"))
    assert {one.standard_error for one in both.parameters} == {None}
    assert both.degrees_of_freedom == 30
    assert both.notes[0].startswith("b, w end at their bounds")


@pytest.mark.parametrize("problem", NONLINEAR, ids=lambda problem: problem.name)
def test_the_certified_standard_deviations_follow_from_the_jacobian(problem):
    """At NIST's parameters the errors are the certified ones, to what the rounded parameters leave."""
    names = list(problem.certified["parameters"])
    model = Expression.parse(problem.record["expression"])
    target = Expression.parse(problem.record["response"]).evaluate(problem.columns)

    def fit(parameters):
        return model.evaluate(problem.columns | dict(zip(names, parameters, strict=True)), anp)

    ours = infer_jacobian(
        names,
        problem.parameters,
        row_blocks(jacobian(fit)(problem.parameters)),
        target - fit(problem.parameters),
        target,
    )
    if problem.name != "Lanczos1":  # Its residuals are less than what eleven digits of the parameters leave.
        deviation = problem.certified["residual_standard_deviation"]
        assert ours.residual_standard_deviation == pytest.approx(deviation, rel=1e-8)
        errors = [e.standard_error for e in ours.parameters]
        np.testing.assert_allclose(errors, problem.standard_deviations, rtol=1e-6)
    assert ours.degrees_of_freedom == problem.certified["degrees_of_freedom"]


# ----------------------------------------------------------------------------------- NIST, records


@pytest.mark.parametrize("problem", LINEAR, ids=lambda problem: problem.name)
def test_a_run_says_what_nist_certifies(problem, tmp_path):
    """Run from a table, every certified number of a linear problem comes out to 12 digits at least."""
    record = problem.record
    table = tmp_path / "table.csv"
    np.savetxt(
        table,
        np.column_stack(list(problem.columns.values())),
        "%.17g",
        delimiter=",",
        header=",".join(problem.columns),
        comments="",
    )
    model = {"kind": record["model"], "intercept": record["intercept"]}
    plan = make_plan(
        load_config(
            {
                "name": "nist",
                "data": {"kind": "table", "path": str(table), "target": "y"},
                "model": model | ({"degree": record["degree"]} if record["model"] == "polynomial" else {}),
                "loss": {"kind": "half_mse"},
                "optimizer": {"kind": "exact"},
            }
        )
    )
    result = solve(plan.problem)
    ours = infer(plan.problem, plan.dataset, result, assess(plan.problem, plan.dataset, result))
    assert ours is not None
    # The parameters of a linear model end with the intercept, those of a polynomial begin with it.
    moved = int(record["intercept"] and record["model"] == "linear")
    parameters = np.roll(problem.parameters, -moved)
    deviations = np.roll(problem.standard_deviations, -moved)
    certified = problem.certified
    pairs = [
        *zip([e.estimate for e in ours.parameters], parameters, strict=True),
        *zip([e.standard_error for e in ours.parameters], deviations, strict=True),
        (ours.residual_standard_deviation, certified["residual_standard_deviation"]),
        (ours.r2, certified["r2"]),
    ]
    assert min(digits(value, expected) for value, expected in pairs) >= 12
    assert ours.degrees_of_freedom == certified["degrees_of_freedom"]
    assert (ours.f is None) == (certified["f"] is None)
    if ours.f is not None:
        assert digits(ours.f, certified["f"]) >= 12
    assert ours.digits >= 12


@pytest.mark.parametrize("rows", [2, 3, 30])
def test_a_record_and_back(rows):
    """What is written as JSON is read as the same, and holds nothing that JSON has no word for."""
    design, target, weights = random_table(8, rows, 2)
    determined = np.array([rows > 2] * 3)
    ours = infer_columns(design, target, True, weights, determined=determined)
    text = json.dumps(ours.to_json(), allow_nan=False)
    again = Inference.from_json(json.loads(text))
    for field in dataclasses.fields(Inference):
        np.testing.assert_equal(getattr(again, field.name), getattr(ours, field.name))


def test_another_order_is_the_same_inference():
    """Parameters, covariance and root move together."""
    design, target, _ = random_table(9, 20, 2)
    ours = infer_columns(design, target, True)
    order = np.array([1, 2, 0])
    moved = ours.reordered(order)
    assert [e.name for e in moved.parameters] == ["b1", "b2", "b0"]
    np.testing.assert_allclose(moved.root @ moved.root.T, moved.covariance)
    assert moved.covariance[0, 2] == ours.covariance[1, 0]
    columns = columns_of(design, True)
    np.testing.assert_allclose(moved.mean_error(columns[:, order]), ours.mean_error(columns))
