"""``regress diff``: the three ways to a derivative, and what is said where one of them fails."""

import gc
import io
import json
import math
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import typer
from conftest import selected
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.legend import Legend
from shell import names_in, strict_json
from typer.testing import CliRunner, Result

from regress_cli import plots
from regress_cli.cli.app import _Boundary
from regress_cli.cli.diff import diff
from regress_cli.errors import UserError
from regress_cli.expression import Apply, Expression, Name, Node, Number
from regress_cli.gradients.diff import derivatives as three_ways
from regress_cli.gradients.diff import symbolic
from regress_cli.gradients.diff.automatic import forward, reverse
from regress_cli.gradients.diff.derivatives import Derivatives, differentiate
from regress_cli.gradients.diff.formula import formula
from regress_cli.gradients.diff.picture import picture_of
from regress_cli.gradients.diff.stencils import stencil, sweep
from regress_cli.gradients.diff.time_limit import OutOfTime, time_limit
from regress_cli.gradients.diff.view_range import shifts_of
from regress_cli.gradients.point import read_point

SIGMOID = "1/(1 + exp(-x))"
# By hand: s (1 - s) at 2.
SIGMOID_SLOPE = 0.1049935854035065

APP = typer.Typer(cls=_Boundary, rich_markup_mode=None, pretty_exceptions_enable=False)
APP.command()(diff)
# With a second command the first one is called by its name, as in regress.
APP.command()(lambda: None)


def call(*arguments: object) -> Result:
    """Run ``regress diff`` in this process."""
    return CliRunner().invoke(APP, ["diff", *map(str, arguments)])


def ways_of(text: str, order: int = 1, **point: float) -> Derivatives:
    """Return the derivatives of an expression at a point."""
    return differentiate(Expression.parse(text), point, order)


CLOSED_FORMS = {
    "exp(x)": lambda x, n: math.exp(x),
    "sin(x)": lambda x, n: math.sin(x + n * math.pi / 2),
    "x**7": lambda x, n: math.perm(7, n) * x ** (7 - n),
    "1/x": lambda x, n: (-1) ** n * math.factorial(n) / x ** (n + 1),
    "log(x)": lambda x, n: -((-1) ** n) * math.factorial(n - 1) / x**n,
    "exp(3*x)*2": lambda x, n: 2 * 3**n * math.exp(3 * x),
}


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("text", CLOSED_FORMS)
def test_every_way_gives_the_closed_form(text: str, order: int):
    """SymPy and both modes are right to rounding, central differences to a few digits, for each order."""
    result = ways_of(text, order, x=0.8)
    [derivative] = result.derivatives
    expected = CLOSED_FORMS[text](0.8, order)
    assert derivative.symbolic is not None
    assert derivative.best is not None
    assert derivative.symbolic.value == pytest.approx(expected, rel=1e-13)
    assert derivative.reverse == pytest.approx(expected, rel=1e-10)
    assert derivative.forward == pytest.approx(expected, rel=1e-10)
    assert derivative.best.value == pytest.approx(expected, rel=1e-3)
    assert result.agrees
    assert result.remarks == []


def test_the_sigmoid_of_the_tutorial():
    """The slope of the sigmoid at 2 is printed with all of its digits."""
    assert call(SIGMOID, "--at", 2, "-q").stdout == f"{SIGMOID_SLOPE}\n"
    answer = call(SIGMOID, "--at", "2")
    assert answer.exit_code == 0
    assert answer.stderr == ""
    assert "f(x) = 1/(1 + exp(-x))" in answer.stdout
    assert "f = 0.8807970779778823 at x = 2" in answer.stdout
    assert "df/dx = exp(-x)/(1 + exp(-x))**2" in answer.stdout
    rows = [line.split() for line in answer.stdout.splitlines()]
    assert ["df/dx", "symbolic"] in [row[:2] for row in rows]
    assert ["reverse", str(SIGMOID_SLOPE)] in rows
    assert ["forward", str(SIGMOID_SLOPE), "0"] in rows
    marked = [row for row in rows if "*" in row and row[0] == "1.0e-05"]
    assert len(marked) == 1


def test_all_partial_derivatives_are_there():
    """In several variables each combination has its derivative; the mixed one is taken once."""
    result = ways_of("x**2*y**3 + z", 2, x=2.0, y=3.0, z=5.0)
    found = {derivative.name: derivative.forward for derivative in result.derivatives}
    assert found == pytest.approx(
        {
            "d^2f/dx^2": 54.0,
            "d^2f/dx dy": 108.0,
            "d^2f/dx dz": 0.0,
            "d^2f/dy^2": 72.0,
            "d^2f/dy dz": 0.0,
            "d^2f/dz^2": 0.0,
        }
    )
    assert result.agrees


LEAVES = st.sampled_from([Name("x"), Name("y"), *map(Number, (1.0, 2.0, 3.0, 0.5, 0.3))])


def _nodes(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    unary = st.sampled_from(["negative", "exp", "log", "sqrt", "sin", "cos", "arctan", "sinh", "tanh", "abs"])
    binary = st.sampled_from(["add", "subtract", "multiply", "divide"])
    comparison = st.builds(lambda a, b: Apply("less", (a, b)), inner, inner)
    return st.one_of(
        st.builds(lambda name, a: Apply(name, (a,)), unary, inner),
        st.builds(lambda name, a, b: Apply(name, (a, b)), binary, inner, inner),
        st.builds(lambda a, n: Apply("power", (a, Number(n))), inner, st.sampled_from([2.0, 3.0, 0.5])),
        st.builds(lambda c, a, b: Apply("where", (c, a, b)), comparison, inner, inner),
    )


TREES = st.recursive(LEAVES, _nodes, max_leaves=6)


@given(TREES)
def test_a_formula_is_parsed_to_the_same_tree(tree: Node):
    """What is printed of an expression means that expression, parentheses included."""
    assert Expression.parse(formula(tree)).tree == tree


def reference(tree: Node, by: str, point: dict[str, float]) -> float:
    """Return a derivative by SymPy, in 40 digits, from a text that SymPy itself has parsed."""
    names: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in point}
    text = formula(tree).replace("abs(", "Abs(").replace("arctan(", "atan(")
    names["where"] = lambda condition, a, b: sympy.Piecewise((a, condition), (b, True))
    expression = sympy.parse_expr(text, local_dict=names)
    at = {names[name]: sympy.Rational(value) for name, value in point.items()}
    return float(sympy.N(sympy.diff(expression, names[by]), 40, subs=at))


@settings(max_examples=60)
@given(TREES, st.sampled_from([0.7, 1.3, -0.4]), st.sampled_from([0.25, 2.1]))
def test_random_expressions_agree_with_sympy(tree: Node, x: float, y: float):
    """Whatever the expression, autograd's modes give what SymPy gives, and the report says they agree."""
    expression, point = Expression(formula(tree), tree), {"x": x, "y": y}
    try:
        result = differentiate(expression, point)
    except UserError:
        assume(False)
    assume(not any(derivative.kink or derivative.not_finite for derivative in result.derivatives))
    assert result.agrees
    for derivative in result.derivatives:
        try:
            expected = reference(tree, derivative.by[0], point)
        except TypeError:  # A part that is complex, or a form that SymPy can't evaluate.
            continue
        for value in (derivative.reverse, derivative.forward):
            # SymPy's zero may be a number of 1e-150.
            assert value == pytest.approx(expected, rel=1e-9, abs=derivative.rounding + 1e-100)


@pytest.mark.parametrize("text", [SIGMOID, "x*tanh(log(1 + exp(x)))", "x**x", "sqrt(1 + x**2)/(x + 3)"])
def test_modes_are_equal_up_to_order_four(text: str):
    """Forward and reverse mode differ by rounding alone, and arrays are differentiated elementwise."""
    expression, x = Expression.parse(text), np.array([0.5, 1.0, 2.0])
    for order in range(1, 5):
        backwards, along = (mode(expression, ["x"] * order, {"x": x}) for mode in (reverse, forward))
        np.testing.assert_allclose(backwards, along, rtol=1e-10, atol=1e-12)
        one = reverse(expression, ["x"] * order, {"x": 2.0})
        assert one == pytest.approx(backwards[2], rel=1e-12)


@pytest.mark.parametrize("order", range(1, 7))
def test_a_stencil_is_exact_for_polynomials(order: int):
    """Applied to powers below order + 2, the weights give the derivative at 0: order! for one, else 0."""
    for power in range(order + 2):
        moment = sum(weight * offset**power for offset, weight in stencil(order).items())
        assert moment == pytest.approx(math.factorial(order) if power == order else 0.0, abs=1e-9)


@pytest.mark.parametrize("by", [["x"], ["x", "x"], ["x", "y"], ["x", "x", "x"], ["x", "x", "y", "y"]])
def test_the_error_falls_with_the_square_of_the_step(by: list[str]):
    """On the right arm of the V the slope is 2; beyond its bottom rounding takes over."""
    expression, point = Expression.parse("exp(x)*sin(2*y)"), {"x": 0.5, "y": 0.3}
    differences = sweep(expression, by, point, float(forward(expression, by, point)))
    steps = np.array([difference.step for difference in differences])
    errors = np.array([difference.error for difference in differences])
    arm = (steps < 0.4) & (errors > 100 * errors.min())
    arm &= np.arange(len(steps)) < errors.argmin()
    slope = np.polyfit(np.log(steps[arm]), np.log(errors[arm]), 1)[0]
    assert arm.sum() >= 2
    assert slope == pytest.approx(2.0, abs=0.1)
    assert errors[-1] > 100 * errors.min()


def test_the_step_grows_with_the_variable():
    """At 1e6 the best relative step is about that of 1, for the step is relative to the variable."""
    [derivative] = ways_of("log(x)", x=1e6).derivatives
    assert derivative.best is not None
    assert derivative.best.error < 1e-9 * derivative.reverse


KINKS = {
    "abs(x)": (1, "f has a kink at x = 0: the slope is -1 on the left and 1 on the right"),
    "where(x < 0, 2*x, 5*x)": (1, "f has a kink at x = 0: the slope is 2 on the left and 5 on the right"),
    "where(x < 0, 3, 4)": (1, "f jumps at x = 0: it is 3 on the left and 4 on the right"),
    "x*abs(x)": (2, "d^2f/dx^2 jumps at x = 0: it is -2 on the left and 2 on the right"),
    "abs(x) + x**2": (2, "f has a kink at x = 0: the slope is -1 on the left and 1 on the right"),
    "abs(abs(x) - 1e-300)": (1, "f has a kink at x = 0: the slope is -1 on the left and 1 on the right"),
}


KINKS_WITHOUT_BRANCHES = {
    ("sqrt(x**2)", 0.0): (-1.0, 1.0),
    ("(x**2)**0.5", 0.0): (-1.0, 1.0),
    ("sqrt((x - 3)**2)*x", 3.0): (-3.0, 3.0),
    ("sqrt((x - 1)**2*x**2)", 0.0): (-1.0, 1.0),
    # By hand: log(x) + 1 falls for ever as x does.
    ("where(x > 0, x*log(x), 0)", 0.0): (0.0, math.nan),
    # A slope that swings between -1 and 1, however near, is none.
    ("where(x > 0, x*sin(1/x), 0)", 0.0): (0.0, math.nan),
    ("where(x < 0, x*sin(1/x), 2*x)", 0.0): (math.nan, 2.0),
}


@pytest.mark.parametrize(("text", "at"), KINKS_WITHOUT_BRANCHES)
def test_a_kink_is_seen_where_the_formula_itself_has_no_slope(text: str, at: float):
    """A root of a square has a kink, and a wave that grows ever shorter no slope; neither is a jump."""
    result = ways_of(text, x=at)
    kink = result.derivatives[0].kink
    assert kink is not None
    assert kink.by == ("x",)
    assert kink.values == pytest.approx(KINKS_WITHOUT_BRANCHES[text, at], nan_ok=True)
    words = " ".join(result.remarks)
    assert "f has a kink at" in words
    assert ("settles at no number on the" in words) == any(map(math.isnan, kink.values))


def test_a_wave_that_dies_out_has_a_slope():
    """x**2 sin(1/x) has the slope 0 at 0, though the slopes around it settle nowhere: that is no kink."""
    [derivative] = ways_of("where(x > 0, x**2*sin(1/x), 0)", x=0.0).derivatives
    assert derivative.kink is None
    assert derivative.forward == 0
    assert derivative.symbolic is not None
    assert derivative.symbolic.value == 0


def test_a_branch_that_is_not_taken_does_not_take_sympys_value():
    """Where the other branch has no value, SymPy's derivative is that of the branch that is taken."""
    [derivative] = ways_of("where(x > 0, 3*x*sin(1/x), 7*x)", x=0.0).derivatives
    assert derivative.symbolic is not None
    assert derivative.symbolic.value == 7


NOT_CONFIRMED = {
    ("sin(x) + 1e16", "1"): "f is so large that what a step changes is lost in its rounding",
    ("sin(1e3*x) + 5e13", "0.1"): "f bends much within the larger steps, and the smaller ones are lost in",
    ("sin(x)", "1e20"): "the next float after x = 1e+20 is 16384 away",
    ("exp(sin(x))", "1e20"): "the next float after x = 1e+20 is 16384 away",
    ("1/x", "1e-13"): "f bends much within the smallest step that is tried",
    ("sin(1e15*x)", "0"): "f bends much within the smallest step that is tried",
}


@pytest.mark.parametrize(("text", "at"), NOT_CONFIRMED)
def test_differences_that_can_not_follow_are_told(text: str, at: str):
    """Where no step gives the derivative, the report says that differences do not confirm it, and why."""
    answer = call(text, "--at", at)
    assert answer.exit_code == 0
    report = " ".join(answer.stdout.split())
    assert "df/dx: no difference comes near it, the best one is off by" in report
    assert NOT_CONFIRMED[text, at] in report


@pytest.mark.parametrize("order", range(1, 7))
@pytest.mark.parametrize(
    ("text", "at"),
    [("(x - 1)**3 + 5", 1.0), ("exp(x)", 7.0), ("log(x)", 1e6), ("cos(x)", 0.0), ("x**3 + 1e6", 0.0)],
)
def test_differences_of_ordinary_functions_are_near(text: str, at: float, order: int):
    """Where a derivative vanishes, or is huge, differences find it as well as their order lets them."""
    assert not any("no difference comes near" in remark for remark in ways_of(text, order, x=at).remarks)


@pytest.mark.parametrize(("text", "at"), [("sin(x*1e20)", "1e20"), ("exp(x) - 1 - x", "1e-9")])
def test_a_difference_that_rounding_explains_is_told(text: str, at: str):
    """Ways that are visibly apart, though only by rounding, are named with their distance; the code is 0."""
    answer = call(text, "--at", at)
    assert answer.exit_code == 0
    report = " ".join(answer.stdout.split())
    assert "df/dx: symbolic and reverse are" in report
    assert "apart, which rounding explains" in report


@pytest.mark.parametrize("text", KINKS)
def test_a_kink_is_told_with_both_slopes(text: str):
    """Where the sides differ, the report says how, names autograd's convention, and the exit code is 0."""
    order, words = KINKS[text]
    answer = call(text, "--at", 0, "--order", order)
    assert answer.exit_code == 0
    report = " ".join(answer.stdout.split())
    assert f"{words}; autograd's convention gives " in report


def test_a_kink_at_a_rounded_number_is_found():
    """3*0.3 is not 0.9 in floats, and still the kink of abs(3*x - 0.9) is where it was meant to be."""
    [remark] = ways_of("abs(3*x - 0.9)", x=0.3).remarks
    assert "the slope is -3 on the left and 3 on the right" in remark


def test_a_kink_along_one_of_several_variables():
    """The variable along which the slope jumps is named; the others are smooth."""
    result = ways_of("abs(x) + y**2", x=0.0, y=1.0)
    assert [derivative.kink is None for derivative in result.derivatives] == [False, True]
    [remark] = result.remarks
    assert remark.startswith("f has a kink along x at x = 0, y = 1: the slope is -1 on the left")
    [remark] = ways_of("abs(x*y)", 2, x=0.0, y=0.0).remarks
    assert remark.startswith(
        "d^2f/dx dy depends on the side from which x = 0, y = 0 is approached: it is 1 or -1"
    )


@pytest.mark.parametrize(
    ("text", "at", "order"),
    [("abs(x)**3", 0.0, 2), ("where(x < 1, x**2, 2*x - 1)", 1.0, 1), ("abs(x)", 0.3, 4), ("x**2", 0.0, 2)],
)
def test_no_kink_is_seen_where_there_is_none(text: str, at: float, order: int):
    """Where both sides have the same derivatives nothing is said."""
    result = ways_of(text, order, x=at)
    assert result.remarks == []
    assert result.agrees


REFUSED = {
    ("log(x)", "-1"): "log(x) is not a number at x = -1",
    ("2 + 3*log(x - 1)", "1"): "log(x - 1) is infinite at x = 1",
    ("1/x", "0"): "1/x divides by zero at x = 0",
    ("sqrt(x)", "-4"): "sqrt(x) is not a number at x = -4",
    ("exp(x) - exp(x)", "1000"): "exp(x) is too large for a float at x = 1000",
    ("x**0.5", "-2"): "x**0.5 is not a number at x = -2",
    ("where(x < 0, log(x), 1)", "-1"): "log(x) is not a number at x = -1",
    ("sqrt(x)", "0"): "df/dx is not finite at x = 0: the slope of sqrt at 0, in sqrt(x), is not finite",
    ("x**0.5", "0"): "df/dx is not finite at x = 0: the slope of the power at 0, in x**0.5, is not finite",
    (
        "x**y",
        "x=-1,y=2",
    ): "df/dy is not finite at x = -1, y = 2: x**y has no slope by its exponent where x is",
    ("sqrt(abs(x))", "0"): "f has a kink at x = 0: the slope is -inf on the left and inf on the right",
    (
        "sqrt(x**2 + y**2)",
        "x=0,y=0",
    ): "f has a kink along x at x = 0, y = 0: the slope is -1 on the left and 1",
    ("sqrt(x**3)", "0"): "df/dx is not finite at x = 0: the slope of sqrt at 0, in sqrt(x**3), is not finite",
    ("exp(-exp(exp(x)))", "20"): "df/dx is not finite at x = 20: exp(exp(x)) is too large for a float",
}


@pytest.mark.parametrize(("text", "at"), REFUSED)
def test_where_nothing_is_finite_the_part_is_named(text: str, at: str):
    """A point outside the domain is refused in one line, with the innermost part that is to blame."""
    answer = call(text, "--at", at)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert REFUSED[text, at] in answer.stderr
    assert answer.stderr.endswith("; choose another point\n")
    assert answer.stderr.count("\n") == 1


def test_the_order_decides_what_is_finite():
    """x**1.5 has a slope at 0, and no second derivative."""
    assert ways_of("x**1.5", x=0.0).derivatives[0].reverse == 0.0
    with pytest.raises(UserError, match="derivative of order 2 of the power at 0"):
        ways_of("x**1.5", 2, x=0.0)


TRAPS = {
    (
        "where(x < 1, x, sqrt(x - 2))",
        "0.5",
    ): "sqrt(x - 2) is not a number, in the branch of where that is not",
    ("where(x < 1, x, sqrt(x))", "0"): "the slope of sqrt at 0, in sqrt(x), is not finite, in the branch of",
    (SIGMOID, "-800"): "reverse and forward mode can only give nan at x = -800, because exp(-x) is too large",
    ("sqrt(x**4)", "0"): "because the slope of sqrt at 0, in sqrt(x**4), is not finite",
}


@pytest.mark.parametrize(("text", "at"), TRAPS)
def test_where_autograd_alone_fails_the_exit_code_is_3(text: str, at: str):
    """Where another way knows the derivative, the report says why autograd gives nan."""
    answer = call(text, "--at", at)
    assert answer.exit_code == 3
    assert TRAPS[text, at] in " ".join(answer.stdout.split())
    assert answer.stderr == ""
    document = strict_json(call(text, "--at", at, "--json").stdout)
    assert document["derivatives"][0]["reverse"] is None
    assert document["agrees"] is False


def test_ways_that_differ_are_named(monkeypatch: pytest.MonkeyPatch):
    """If a mode is off by more than rounding, the report says between which ways, and the exit code is 3."""
    monkeypatch.setattr(three_ways, "forward", lambda *arguments: 1.000001 * forward(*arguments))
    answer = call(SIGMOID, "--at", 2)
    assert answer.exit_code == 3
    words = "df/dx: by more than rounding differ symbolic and forward, reverse and forward"
    assert words in " ".join(answer.stdout.split())


def test_rounding_is_no_difference():
    """Where terms cancel, or a slope vanishes, differences of rounding size are not taken for errors."""
    for text, at, order in [("cos(pi*x)", 1.0, 1), ("abs(x)", 0.3, 4), ("(x + 1e8) - 1e8*x**0", 0.1, 1)]:
        assert ways_of(text, order, x=at).agrees
    assert ways_of("sin(x)**2 + cos(x)**2", 2, x=0.7).agrees


def test_without_sympy_the_other_ways_remain(monkeypatch: pytest.MonkeyPatch):
    """Where SymPy is not installed its column says so, a note tells how to get it, and JSON has null."""
    monkeypatch.setitem(sys.modules, "sympy", None)
    answer = call(SIGMOID, "--at", 2)
    assert answer.exit_code == 0
    assert "symbolic   SymPy is not installed\n" in answer.stdout
    assert answer.stderr == "note: SymPy is not installed; pip install 'regress-cli[symbolic]'\n"
    document = strict_json(call(SIGMOID, "--at", 2, "--json").stdout)
    assert document["derivatives"][0]["symbolic"] is None
    assert document["derivatives"][0]["reverse"] == SIGMOID_SLOPE
    quiet = call(SIGMOID, "--at", 2, "-q")
    assert (quiet.stdout, quiet.stderr) == (f"{SIGMOID_SLOPE}\n", "")


FORMULAS = {
    "x**3 - 20*x + 10": "3*x**2 - 20",
    "arctan(x)": "1/(x**2 + 1)",
    "x**0.3": "0.3/x**0.7",
    "abs(x)": "where(x > 0, 1, where(x < 0, -1, 0))",
    "where(x < 1, x**2, where(x > 5, sin(x), log(x)))": "where(x < 1, 2*x, where(x > 5, cos(x), 1/x))",
    "exp(1)*x": "exp(1)",
    "(x**2 + 1)/(x - 1)": "(x**2 - 2*x - 1)/(x - 1)**2",
    "abs(log(x))": "where(log(x) < 0, -1/x, 1/x)",
    "pi*x": "pi",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_of_the_grammar(text: str):
    """SymPy's formula is written as regress reads it, and has the value that is printed beside it."""
    symbolic = ways_of(text, x=2.0).derivatives[0].symbolic
    assert symbolic is not None
    assert symbolic.formula == FORMULAS[text]
    assert float(Expression.parse(symbolic.formula).evaluate({"x": 2.0})) == pytest.approx(symbolic.value)


@pytest.mark.parametrize(
    "text",
    [
        "((((x)**1.01)**1.01)**1.01)**1.01",
        "where(x < 0, 9**(9**9), x)",
        "(7*x)**100000",
        "(((9*x)**99)**99)**99",
        "1/(1 + exp(exp(exp(x))))",
        "exp(-exp(-exp(-exp(-exp(-exp(-exp(-exp(-x))))))))",
        "+".join(f"x**({power}*x)" for power in range(1, 40)),
        "sin(" * 150 + "x" + ")" * 150,
    ],
)
def test_no_expression_keeps_sympy_for_long(text: str, monkeypatch: pytest.MonkeyPatch):
    """Huge powers, towers and deep nests end in a formula, or in the reason why there is none."""
    monkeypatch.setattr(symbolic, "_SECONDS", 0.3)
    expression, started = Expression.parse(text), time.monotonic()
    with suppress(symbolic.NoFormulasError):
        symbolic.formulas(expression, [("x",) * 2], {"x": 0.5})
    # Without a limit some of these take minutes, and others for ever.
    assert time.monotonic() - started < 30


def test_a_formula_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch):
    """Where SymPy's time is up, the table says so in place of the formula, and the rest is there."""
    monkeypatch.setattr(symbolic, "_SECONDS", 0.0)
    answer = call(SIGMOID, "--at", 2)
    assert answer.exit_code == 0
    assert "symbolic   the formula takes SymPy too long\n" in answer.stdout
    assert str(SIGMOID_SLOPE) in answer.stdout


def work_for_ever() -> None:
    """Call functions without end."""
    while True:
        formula(Number(1.0))


def test_a_time_limit_ends_a_loop_and_leaves_nothing_behind():
    """What calls functions for ever is ended; what was looking at calls before, looks again."""
    before = sys.getprofile()
    with pytest.raises(OutOfTime), time_limit(0.05):
        work_for_ever()
    assert sys.getprofile() is before


def test_a_time_limit_holds_where_objects_go_whose_going_is_watched(monkeypatch: pytest.MonkeyPatch):
    """Python drops what is raised while it clears up after an object; the limit waits for the next call."""
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    watched: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()

    def make_and_drop() -> None:
        while True:
            watched[type("Gone", (), {})()] = 1
            work_a_little()

    for _ in range(20):
        with pytest.raises(OutOfTime), time_limit(0.01):
            make_and_drop()
    assert not dropped


def test_a_time_limit_holds_while_somebody_hears_of_the_collector(monkeypatch: pytest.MonkeyPatch):
    """What is raised while garbage is collected would be dropped, so none is; afterwards it is again."""
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    gc.callbacks.append(lambda phase, info: work_a_little())

    def make_loops() -> None:
        while True:
            loop: list[Any] = [work_a_little()]
            loop.append(loop)

    try:
        for _ in range(5):
            with pytest.raises(OutOfTime), time_limit(0.02):
                make_loops()
    finally:
        gc.callbacks.pop()
    assert gc.isenabled()
    assert not dropped


def work_a_little() -> str:
    """Call a function or two."""
    return formula(Number(1.0))


MISTAKES = {
    ("", "--at", "2"): "'' is not arithmetic",
    ("2x", "--at", "2"): "write 2*x",
    ("x^2", "--at", "2"): "write x**2",
    ("3 + 4", "--at", "2"): "no variable to differentiate by",
    ("3 + 4",): "no variable to differentiate by",
    ("x", "--order", "0", "--at", "1"): "--order is 0; give 1 to 6",
    ("x", "--order", "7", "--at", "1"): "--order is 7; give 1 to 6",
    ("x", "--at", "abc"): "--at: 'abc' is not a finite number",
    ("x", "--at", "1/0"): "--at: '1/0' is not a finite number",
    ("x", "--at", "1e400"): "--at: '1e400' is not a finite number",
    ("x", "--at", ""): "--at: '' is the value of no variable; write --at x=1",
    ("x",): "'x' has no value; write --at x=1",
    ("x", "--at", "2,5"): "--at: 'x' has two values; give one, and write decimals with a point",
    ("x*y", "--at", "2"): "--at: '2' is the value of no variable; write --at x=1,y=2",
    ("x*y", "--at", "x=2"): "'y' has no value; write --at x=1,y=2",
    (
        "rate*time",
        "--at",
        "rat=2,time=1",
    ): "--at: 'rat' is none of the variables; did you mean 'rate'?",
    ("x*y", "--at", "x=2,x=3"): "'x' has two values",
    ("f(x)", "--at", "2"): "'f' is not a function of expressions",
    ("x", "--at", "2", "--plot", "picture.gif"): "end its name with .png, .svg or .pdf",
    ("x", "--at", "2", "--plot", "missing/folder/picture.png"): "can't write missing/folder/picture.png",
    (
        "a*b*c*d*e*f*g*h",
        "--at",
        "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1",
        "--order",
        "3",
    ): "there are 120 derivatives",
    (
        "*".join(f"sin(x + {n}*y + z**2)" for n in range(39)),
        "--at",
        "x=1,y=1,z=1",
        "--order",
        "6",
    ): "too long",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_gets_one_clear_line(arguments: tuple[str, ...]):
    """Whatever a newcomer gets wrong, one line says what, and the exit code is 2."""
    answer = call(*arguments)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert MISTAKES[arguments] in answer.stderr
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2"], {"x": 2.0}),
        (["x = -2"], {"x": -2.0}),
        (["-pi/2"], {"x": -math.pi / 2}),
        (["y=1e-3,x=2"], {"x": 2.0, "y": 1e-3}),
        (["y=sqrt(2)", "x=2"], {"x": 2.0, "y": math.sqrt(2)}),
    ],
)
def test_points_are_read(texts: list[str], expected: dict[str, float]):
    """A value is a number or an expression of numbers; the point has the order of the variables."""
    point = read_point(texts, list(expected))
    assert list(point.items()) == list(expected.items())


def test_json_holds_everything():
    """The document has point, value, formulas, both modes, every step and the kinks, at full precision."""
    document = strict_json(call("abs(x) + x*y", "--at", "x=0,y=0.1", "--json").stdout)
    assert document["point"] == {"x": 0.0, "y": 0.1}
    assert (document["order"], document["value"], document["agrees"]) == (1, 0.0, True)
    along_x, along_y = document["derivatives"]
    assert (along_x["name"], along_x["by"]) == ("df/dx", ["x"])
    assert along_x["kink"] == {
        "by": ["x"],
        "along": ["x"],
        "sides": [[-1], [1]],
        "values": [-0.9, 1.1],
    }
    assert along_y["kink"] is None
    assert (along_x["reverse"], along_x["forward"]) == (0.1, 0.1)
    assert along_x["symbolic"]["value"] == 0.1
    assert [difference["step"] for difference in along_x["differences"]] == [10.0**-n for n in range(1, 13)]
    assert along_y["best"] in along_y["differences"]
    assert len(document["remarks"]) == 1


def test_nothing_is_cut_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch):
    """With long names, many variables and long numbers every digit is there in 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    names = ["a" * 30, "b", "c", "d", "e", "g"]
    text = "*".join(f"exp({name}/7)" for name in names)
    at = ",".join(f"{name}=-{place}e-5" for place, name in enumerate(names, 1))
    answer = call(text, "--at", at, "--order", 2)
    assert answer.exit_code == 0
    values = strict_json(call(text, "--at", at, "--order", 2, "--json").stdout)["derivatives"]
    assert len(values) == 21
    for derivative in values:
        assert json.dumps(derivative["reverse"]) in answer.stdout
        assert json.dumps(derivative["best"]["value"]) in answer.stdout
    assert "The errors of the other 16 are printed by --json." in " ".join(answer.stdout.split())


def test_no_number_is_invented_for_a_step_out_of_the_domain():
    """Where a neighbour has no value, its step has none either, and another one is the best."""
    [derivative] = ways_of("log(x)", x=1e-3).derivatives
    assert math.isnan(derivative.differences[0].value)
    assert derivative.best is not None
    assert derivative.best.error < 1e-3
    assert "unknown" in call("log(x)", "--at", "1e-3").stdout
    assert call("log(x)", "--at", "1e-3", "--json").exit_code == 0


@pytest.mark.parametrize("ending", selected(["pdf", "svg", "PNG"], 2))
def test_the_picture_is_written(ending: str, tmp_path: Path):
    """Each format is drawn by the file's ending, in place of a file that is there; nothing else is left."""
    path = tmp_path / f"picture.{ending}"
    path.write_text("old")
    answer = call(SIGMOID, "--at", 2, "--plot", path, "-q")
    assert (answer.exit_code, answer.stderr) == (0, "")
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert path.read_bytes().startswith(starts[ending.lower()])
    assert names_in(tmp_path) == [path.name]


def figure_of(text: str, order: int = 1, **point: float) -> Figure:
    """Return the figure of the derivatives of an expression."""
    expression = Expression.parse(text)
    return plots.derivative_figure(**picture_of(differentiate(expression, point, order), expression))


def legends_of(figure: Figure) -> list[Legend]:
    """Return the legends of the two panels."""
    return [ax.get_legend() for ax in figure.axes]


def labels_of(figure: Figure) -> list[list[str]]:
    """Return what the legends of the two panels say."""
    return [[text.get_text() for text in legend.get_texts()] for legend in legends_of(figure)]


def test_the_picture_has_two_labelled_panels():
    """On the left are function, derivatives and tangent; on the right the V-curve on log-log axes."""
    figure = figure_of("exp(-x**2)*sin(3*x)", 3, x=0.5)
    left, right = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("x", "f and its derivatives")
    assert (right.get_xscale(), right.get_yscale()) == ("log", "log")
    assert labels_of(figure)[0] == [
        "f",
        "df/dx",
        "d\u00b2f/dx\u00b2",
        "d\u00b3f/dx\u00b3, divided by 10",
        "tangent",
    ]
    assert labels_of(figure)[1][:2] == ["d\u00b3f/dx\u00b3", "best step"]


def test_several_variables_are_cut_along_each():
    """With several variables the function is drawn along each of them, with the slopes as tangents."""
    figure = figure_of("x*y + sin(z)", x=1.0, y=2.0, z=0.0)
    assert labels_of(figure)[0] == ["f along x", "f along y", "f along z", "tangent"]
    assert labels_of(figure)[1][:3] == ["df/dx", "df/dy", "df/dz"]


def test_a_kink_has_no_tangent():
    """At a kink no tangent is drawn."""
    assert labels_of(figure_of("abs(x)", x=0.0))[0] == ["f", "df/dx"]


def is_whole(figure: Figure) -> bool:
    """Return whether every text and legend lies inside the figure, and the legends below the panels."""
    with plots.own_style():
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox()
        lie_below = all(
            ax.get_legend().get_window_extent().y1 <= ax.xaxis.get_tightbbox().y0 + 0.5 for ax in figure.axes
        )
    width, height = figure.get_size_inches()
    return lie_below and drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= width and drawn.y1 <= height


WIDE, FOREIGN = "W" * 80, "\u6f22" * 60
ODD_PICTURES: dict[str, tuple[str, int, dict[str, float]]] = {
    "a line": ("x", 1, {"x": 2.0}),
    "nothing": ("0*x", 1, {"x": 0.0}),
    "a pole": ("1/(x - 1)", 3, {"x": 2.0}),
    "poles": ("tan(x)", 4, {"x": 1.0}),
    "a kink": ("abs(x)", 1, {"x": 0.0}),
    "an edge": ("log(x)", 6, {"x": 1e-6}),
    "huge": ("exp(x)*1e300", 2, {"x": 1.0}),
    "tiny": ("x*1e-300", 1, {"x": 1.0}),
    "far away": ("x**2", 1, {"x": 1e150}),
    "many variables": ("a*b*c*d*e*g*h", 1, dict.fromkeys("abcdegh", 1.5)),
    "wide names": (f"{WIDE}**2 + x_1*{WIDE}", 2, {WIDE: 1.0, "x_1": 2.0}),
    "foreign names": (f"{FOREIGN}**2", 2, {FOREIGN: 1.0}),
}


@pytest.mark.parametrize("kind", selected(ODD_PICTURES, 2))
def test_odd_functions_are_drawn_whole(kind: str):
    """Poles, constants, huge numbers and long names give a picture in which nothing is cut off."""
    text, order, point = ODD_PICTURES[kind]
    figure = figure_of(text, order, **point)
    assert is_whole(figure)
    named = [*figure.texts, *(entry for legend in legends_of(figure) for entry in legend.get_texts())]
    assert not any(entry.get_parse_math() for entry in named)


RANGES = {
    # It doubles every 0.7, so that a few units are all that can be seen of it.
    ("exp(x)", 700.0): (1.0, 5.0),
    ("log(x)", 1e-3): (5e-4, 3e-3),
    ("sin(1000*x)", 0.0): (2e-3, 3e-2),
    ("tanh(50*x)", 0.0): (0.02, 0.5),
    (SIGMOID, 2.0): (3.0, 3.0),
    ("x**3 - 20*x + 10", 2.0): (3.0, 3.0),
    ("x**4", 0.0): (3.0, 3.0),
    ("x**2", 100.0): (50.0, 50.0),
    ("sqrt(x)", 1.0): (3.0, 3.0),
}


@pytest.mark.parametrize(("text", "at"), RANGES)
def test_what_is_drawn_suits_the_function(text: str, at: float):
    """The width shown is about the distance over which a function changes by its own size."""
    least, most = RANGES[text, at]
    assert least <= shifts_of("x", {"x": at}, Expression.parse(text))[-1] <= most


def test_a_huge_function_is_drawn_in_units_that_an_axis_can_have():
    """Near 700 exp is 1e304: its curve is drawn in units of that, through 1.01 of them, and so are errors."""
    figure = figure_of("exp(x)", x=700.0)
    left, right = figure.axes
    assert labels_of(figure)[0][:2] == ["f, in units of 1e+304", "df/dx, in units of 1e+304"]
    marks = [line.get_ydata()[0] for line in left.lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(marks, math.exp(700.0) / 1e304)
    low, high = left.get_ylim()
    assert low < math.exp(700.0) / 1e304 < high < 100
    [errors] = [line.get_ydata() for line in right.lines if str(line.get_label()).startswith("df/dx")]
    assert 1e-12 < np.nanmin(np.asarray(errors, dtype=float)) < 1e-6


def test_no_derivative_is_drawn_where_there_is_no_function():
    """Left of 0 there is no log(x), and so no slope of it, though 1/x has values there."""
    [_, slope] = picture_of(ways_of("log(x)", x=1.0), Expression.parse("log(x)"))["curves"].values()
    x, y = slope
    assert np.isnan(y[x < 0]).all()
    assert np.isfinite(y[x > 0]).all()


def test_the_same_picture_has_the_same_bytes():
    """Drawn again, a picture is equal byte by byte, and it is not empty."""
    first, second = (plots.render(figure_of(SIGMOID, x=2.0), "png") for _ in range(2))
    assert first == second
    assert 0.01 < np.mean(imread(io.BytesIO(first)) < 1) < 0.5


def test_the_command_is_light():
    """To define the command, neither SymPy nor NumPy nor matplotlib is imported."""
    code = "import sys, regress_cli.cli.diff; print({'sympy', 'numpy', 'matplotlib'} & {*sys.modules})"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


@pytest.mark.parametrize(("expression", "at"), [("cosh(x)-sinh(x)", "30"), ("exp(x)-1-x", "1e-9")])
def test_what_cancels_inside_is_rounding(expression: str, at: str):
    """Where large parts cancel, autograd has fewer digits than SymPy, and that is no disagreement."""
    assert call(expression, "--at", at).exit_code == 0
