"""The reference data are NIST's: solved again with many digits, they give what NIST certifies."""

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import statsmodels.api as sm
from conftest import selected
from mpmath import mp, mpf
from nist_problems import LINEAR, NONLINEAR, PROBLEMS, NistProblem

from regress_cli.expression import Expression

# The functions of expressions, in as many digits as mpmath is told to take.
MPMATH = SimpleNamespace(
    add=lambda a, b: a + b,
    subtract=lambda a, b: a - b,
    multiply=lambda a, b: a * b,
    divide=lambda a, b: a / b,
    power=lambda a, b: mpf(a) ** b,
    negative=lambda a: -a,
    exp=mp.exp,
    log=mp.log,
    cos=mp.cos,
    sin=mp.sin,
    arctan=mp.atan,
)


def ids(problem: NistProblem) -> str:
    """Return a test's name."""
    return problem.name


def near(value: mpf, certified: mpf, digits: int) -> bool:
    """Whether a value is the certified one but for its last digits, or tiny where that is zero."""
    return abs(value - certified) <= mpf(10) ** -digits * (abs(certified) or 1)


def least_squares(rows: list[list[mpf]], target: list[mpf]) -> tuple[list[mpf], mpmath.matrix]:
    """Return the solution of the normal equations, and their inverse."""
    A, y = mpmath.matrix(rows), mpmath.matrix(target)
    normal = A.T * A
    return list(mpmath.lu_solve(normal, A.T * y)), normal**-1


def test_all_problems_are_there():
    """NIST has 11 linear problems of regression and 27 nonlinear ones; two starts for each of these."""
    assert (len(LINEAR), len(NONLINEAR)) == (11, 27)
    assert all(len(problem.record["starts"]) == 2 for problem in NONLINEAR)


@pytest.mark.parametrize("problem", LINEAR, ids=ids)
def test_a_linear_problem_solved_with_100_digits_is_as_certified(problem):
    """Coefficients, standard deviations, R squared and F agree with the certified ones to 13 digits."""
    with mp.workdps(100):
        record = problem.exact(mpf)
        columns = record["columns"]
        y = columns.pop("y")
        powers = range(1, int(record["degree"]) + 1)
        terms = [[value**power for value in column] for column in columns.values() for power in powers]
        rows = [[mpf(1)] * record["intercept"] + list(row) for row in zip(*terms, strict=True)]
        solution, inverse = least_squares(rows, y)
        rss = sum(
            (t - mpmath.fsum(a * b for a, b in zip(row, solution, strict=True))) ** 2
            for row, t in zip(rows, y, strict=True)
        )
        freedom = len(y) - len(solution)
        variance = rss / freedom
        mean = mpmath.fsum(y) / len(y) if record["intercept"] else 0
        total = mpmath.fsum((t - mean) ** 2 for t in y)
        certified = record["certified"]
        expected = {
            "residual_standard_deviation": mpmath.sqrt(variance),
            "degrees_of_freedom": freedom,
            "r2": 1 - rss / total,
        }
        if certified["f"] is not None:
            expected["f"] = (total - rss) / (len(solution) - record["intercept"]) / variance
        for j, (value, deviation) in enumerate(
            zip(certified["parameters"], certified["standard_deviations"], strict=True)
        ):
            assert near(solution[j], value, 13)
            assert near(mpmath.sqrt(variance * inverse[j, j]), deviation, 13)
        for name, value in expected.items():
            assert near(value, certified[name], 13), name


@pytest.mark.parametrize("problem", selected(NONLINEAR, 3), ids=ids)
def test_the_certified_parameters_of_a_nonlinear_problem_are_its_minimum(problem):
    """Gauss-Newton steps of 50 digits leave them where they are, and give the certified sum of squares."""
    with mp.workdps(50):
        record = problem.exact(mpf)
        certified, columns = record["certified"], record["columns"]
        names = list(certified["parameters"])
        response, model = Expression.parse(record["response"]), Expression.parse(record["expression"])
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        target = [mpf(response.evaluate(row, MPMATH)) for row in rows]

        def fit(parameters: list[mpf]) -> list[mpf]:
            values = dict(zip(names, parameters, strict=True))
            return [model.evaluate(row | values, MPMATH) for row in rows]

        parameters = list(certified["parameters"].values())
        for _ in range(3):
            parameters, inverse, rss = gauss_newton(fit, target, parameters)
        freedom = len(rows) - len(names)
        for j, (name, value) in enumerate(certified["parameters"].items()):
            assert near(parameters[j], value, 10), name
            deviation = mpmath.sqrt(rss / freedom * inverse[j, j])
            assert near(deviation, certified["standard_deviations"][name], 9), name
        assert near(rss, certified["residual_sum_of_squares"], 9)
        assert near(mpmath.sqrt(rss / freedom), certified["residual_standard_deviation"], 9)
        assert freedom == certified["degrees_of_freedom"]


def gauss_newton(fit, target: list[mpf], parameters: list[mpf]) -> tuple[list[mpf], mpmath.matrix, mpf]:
    """Return the parameters after a step, and the inverse of J'J and the sum of squares before it."""
    values = fit(parameters)
    columns = []
    for j, parameter in enumerate(parameters):
        # With 50 digits, a step of 25 leaves as many.
        step = abs(parameter) * mpf(10) ** -25
        moved = fit([*parameters[:j], parameter + step, *parameters[j + 1 :]])
        columns.append([(b - a) / step for a, b in zip(values, moved, strict=True)])
    residuals = [t - value for t, value in zip(target, values, strict=True)]
    step, inverse = least_squares([list(row) for row in zip(*columns, strict=True)], residuals)
    rss = mpmath.fsum(r**2 for r in residuals)
    return [a + b for a, b in zip(parameters, step, strict=True)], inverse, rss


def test_longley_is_what_statsmodels_has():
    """The columns of Longley's data are those of statsmodels."""
    data = sm.datasets.longley.load_pandas()
    np.testing.assert_array_equal(PROBLEMS["Longley"].y, data.endog)
    np.testing.assert_array_equal(PROBLEMS["Longley"].X, data.exog)


def test_wampler_is_what_its_formulas_say():
    """The last three are the first one with the same deviations, times 1, 100 and 10000."""
    x = np.arange(21.0)
    polynomial = sum(x**k for k in range(6))
    np.testing.assert_array_equal(PROBLEMS["Wampler1"].y, polynomial)
    np.testing.assert_allclose(PROBLEMS["Wampler2"].y, sum((x / 10) ** k for k in range(6)), rtol=1e-15)
    deviations = PROBLEMS["Wampler3"].y - polynomial
    np.testing.assert_array_equal(PROBLEMS["Wampler4"].y, polynomial + 100 * deviations)
    np.testing.assert_array_equal(PROBLEMS["Wampler5"].y, polynomial + 10000 * deviations)
