"""Arithmetic expressions: what is arithmetic has NumPy's value, and nothing else is read."""

import math
import time
import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import given
from hypothesis import strategies as st
from plain import is_one_plain_line, refusal_of

from regress_cli.errors import UserError
from regress_cli.expression import FUNCTIONS, LONGEST, RESERVED_NAMES, Expression

X = np.linspace(-2.5, 2.5, 11)

# Each text with the same function written in NumPy.
MEANINGS = {
    "x": lambda x: x,
    "4*x + 10": lambda x: 4 * x + 10,
    "x**3 - 20*x + 10": lambda x: x**3 - 20 * x + 10,
    "-x**2": lambda x: -(x**2),
    "2**3**2": lambda x: 512.0,
    "1 - 2 - 3": lambda x: -4.0,
    "8 / 4 / 2": lambda x: 1.0,
    "(1 + x) * (1 - x)": lambda x: 1 - x**2,
    "+x - -x": lambda x: 2 * x,
    "2**x": lambda x: 2**x,
    "1e-3*x": lambda x: 0.001 * x,
    "pi*x": lambda x: math.pi * x,
    "exp(x)": np.exp,
    "log(x**2 + 1)": lambda x: np.log(x**2 + 1),
    "sqrt(x*x)": np.abs,
    "sin(x)": np.sin,
    "cos(x)": np.cos,
    "tan(x)": np.tan,
    "arctan(x)": np.arctan,
    "sinh(x)": np.sinh,
    "cosh(x)": np.cosh,
    "tanh(x)": np.tanh,
    "abs(x)": np.abs,
    "where(x < 0, -1, x)": lambda x: np.where(x < 0, -1, x),
    "where(x <= 0, -1, x)": lambda x: np.where(x <= 0, -1, x),
    "where(1 > x, -1, x)": lambda x: np.where(x < 1, -1, x),
    "where(x >= 2*x, sin(x), 1/2)": lambda x: np.where(x >= 2 * x, np.sin(x), 0.5),
    " x\t+ 1 ": lambda x: x + 1,
    "(x\n + 1)": lambda x: x + 1,
}


@pytest.mark.parametrize("text", MEANINGS)
def test_an_expression_has_numpy_s_value(text):
    """The value on an array is that of the same arithmetic written in NumPy."""
    value = np.broadcast_to(Expression.parse(text).evaluate({"x": X}), X.shape)
    np.testing.assert_allclose(value, np.broadcast_to(MEANINGS[text](X), X.shape), rtol=1e-14, atol=1e-14)


def test_every_function_is_covered():
    """A function that is added must be added to the examples above."""
    assert all(any(f"{name}(" in text for text in MEANINGS) for name in FUNCTIONS)


def test_names_come_in_order_without_repeats():
    """The variables are listed as they first appear; constants and functions are none."""
    assert Expression.parse("b*sin(a) + pi*b - c").names == ("b", "a", "c")


def test_autograd_can_differentiate_an_expression():
    """Evaluated with autograd's NumPy, an expression has the derivative that calculus gives it."""
    cube = Expression.parse("x**3 - 20*x + 10")
    slope = elementwise_grad(lambda x: cube.evaluate({"x": x}, anp))(X)
    np.testing.assert_allclose(slope, 3 * X**2 - 20, rtol=1e-12)


def test_a_sum_of_a_hundred_inputs_is_read():
    """A sum may have as many terms as there may be inputs."""
    names = [f"x{i}" for i in range(100)]
    total = Expression.parse("+".join(f"2*{name}" for name in names))
    assert total.evaluate(dict.fromkeys(names, 1.0)) == 200.0


HOSTILE = [
    "__import__('os')",
    "__import__('os').system('true')",
    "x.__class__",
    "().__class__.__bases__",
    "lambda: 1",
    "(lambda: x)()",
    "'text'",
    "b'bytes'",
    "f'{x}'",
    "x[0]",
    "[x]",
    "{x}",
    "[y for y in x]",
    "x if x else 1",
    "x := 1",
    "x = 1",
    "x; x",
    "x\nx",
    "import os",
    "print(x)",
    "eval(x)",
    "exec(x)",
    "open(x)",
    "getattr(x, x)",
    "x(1)",
    "2(x)",
    "exp()",
    "exp(x, x)",
    "exp(*x)",
    "exp(**x)",
    "exp(x=x)",
    "pi(x)",
    "where(x, 1, 2)",
    "where(0 < x < 1, 1, 2)",
    "where(x == 1, 1, 2)",
    "where(x < 1, 1)",
    "where(not x, 1, 2)",
    "x < 1",
    "x and x",
    "not x",
    "~x",
    "x % 2",
    "x // 2",
    "x @ x",
    "x ^ 2",
    "x | x",
    "x << 2",
    "True",
    "None",
    "...",
    "1j",
    "await x",
    "(yield)",
    "2x",
    "1if x else 2",
    "x\u00b2",
    "\u2212x",
    "x**x**x**9",
    "x**(2**x)",
    "9**9**9**9",
    "1e400",
    "-1e400",
    "9" * 400,
    "0x" + "f" * 400,
    "",
    "  ",
    "x +",
    "(x",
    "x\\",
    "x\0",
    "\ud800",
    "(" * 10_000 + "x" + ")" * 10_000,
    "(" * 400 + "x" + ")" * 400,
    "-" * 900 + "x",
    "[" + "-" * 900 + "x]",
    "where(" + "-" * 900 + "x, 1, 2)",
    "x" + ".a" * 400,
    "x" + "+x" * 450,
    "x*" * 100_000 + "x",
    "9" * 200_000 + "^",
    "9" * 998 + "^ ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:24]))
def test_what_is_not_plain_arithmetic_is_refused(text):
    """Code, other operators, towers of powers and absurd sizes are refused at once."""
    start = time.process_time()  # Other processes may keep the clock on the wall waiting.
    with pytest.raises(UserError) as caught:
        Expression.parse(text)
    assert time.process_time() - start < 5
    assert is_one_plain_line(str(caught.value))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["1if x else 2", r"'\d'", "0x1for x"])
def test_python_s_own_warnings_stay_unseen(text):
    """What Python would warn of while it parses is told by the refusal alone."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert refusal_of(Expression.parse, text)
    assert not seen


def test_the_message_names_the_wrong_part():
    """The message shows the part that is not arithmetic, and what is."""
    with pytest.raises(UserError, match=r"^'x % 2' is not allowed in an expression; use numbers, names,"):
        Expression.parse("1 + sin(x % 2)")


REPAIRS = {
    "x^2": "x**2",
    "x^2 + 1": "x**2 + 1",
    "4x": "4*x",
    "4 x": "4*x",
    "4.5e1x": "4.5e1*x",
    "2(x + 1)(x - 1)": "2*(x + 1)*(x - 1)",
    "3sin(2x)^2": "3*sin(2*x)**2",
    "where(x^2 < 1, 2x, x)": "where(x**2 < 1, 2*x, x)",
    "x\u00b2 \u2212 1": "x**2 - 1",
}


@pytest.mark.parametrize("text", REPAIRS)
def test_what_was_meant_is_written_out(text):
    """A hat for a power and a multiplication without its sign are answered with the text to write."""
    with pytest.raises(UserError) as caught:
        Expression.parse(text)
    assert str(caught.value).endswith(f"; write {REPAIRS[text]}")
    Expression.parse(REPAIRS[text])


@pytest.mark.parametrize("text", ["x^2; import os", "0x1for x", "1if x else 2", "x ^^ 2"])
def test_what_is_still_wrong_is_not_advised(text):
    """No text is advised that would be refused in its turn."""
    with pytest.raises(UserError, match=r"use numbers, names, \+ - \* / \*\* and functions"):
        Expression.parse(text)


def test_a_name_may_end_with_digits_before_letters():
    """Digits within a name are no number in front of one."""
    assert Expression.parse("x2y + x_3z").names == ("x2y", "x_3z")


def test_an_unknown_function_is_answered_with_the_nearest():
    """A misspelt function is answered with the one that was meant."""
    with pytest.raises(UserError, match=r"^'sine' is not a function .*; did you mean 'sin'\?$"):
        Expression.parse("sine(x)")


def test_the_longest_text_is_read_and_one_character_more_is_not():
    """The limit of length lies where the message says."""
    assert Expression.parse("1" + " " * (LONGEST - 2) + "\n").evaluate({}) == 1.0
    with pytest.raises(UserError, match="the expression has 1001 characters; write at most 1000"):
        Expression.parse("1" + " " * LONGEST)


def test_reserved_names_are_the_functions_and_the_constant():
    """No variable may hide a function or pi."""
    assert {"exp", "where", "pi"} <= RESERVED_NAMES
    assert "x" not in RESERVED_NAMES


PIECES = [
    "x",
    "y",
    "1",
    "2.5",
    "1e3",
    "pi",
    "+",
    "-",
    "*",
    "/",
    "**",
    "(",
    ")",
    ",",
    "<",
    ">=",
    "exp",
    "where",
]
PIECES += [
    "sin(",
    "where(",
    " ",
    ".",
    "'",
    "[",
    "]",
    "lambda",
    "__import__",
    "=",
    "\n",
    "\\",
    "@",
    "if",
    "0x",
    "_",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_any_text_gives_a_number_or_a_refusal(text):
    """Whatever the text, it is refused in a plain line, or its value is a real number for every input."""
    refusal = refusal_of(Expression.parse, text)
    if refusal:
        assert all(map(is_one_plain_line, refusal))
        return
    expression = Expression.parse(text)
    with np.errstate(all="ignore"):
        value = expression.evaluate({name: np.array([-1.5, 0.0, 2.0]) for name in expression.names})
    assert np.asarray(value).dtype == np.float64


TREES = st.recursive(
    st.sampled_from(["x", "y", "1", "2.5", "0.1", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        inner.map("(-{})".format),
        inner.map("({})**2".format),
        inner.map("sin({})".format),
        st.tuples(inner, inner, inner).map("where({0[0]} < {0[1]}, {0[2]}, 1)".format),
    ),
    max_leaves=12,
)


@given(TREES)
def test_random_arithmetic_agrees_with_python(text):
    """Any nest of operators has the value that Python itself computes, to the last bits."""
    values = {"x": np.float64(0.7), "y": np.float64(-1.3)}
    functions = {"sin": np.sin, "where": np.where, "pi": math.pi, "__builtins__": {}}
    with np.errstate(all="ignore"):
        try:
            expected = eval(text, functions, values)  # The text was made two lines above.
        except ZeroDivisionError:
            return
        value = Expression.parse(text).evaluate(values)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
