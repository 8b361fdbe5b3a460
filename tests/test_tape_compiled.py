"""The compiled back end: what a library computes is what the NumPy calls compute."""

import math
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from functools import cache as once
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, selected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from regress_cli.config.schema import Huber
from regress_cli.models import MLP, Linear, Polynomial
from regress_cli.tape import Replay, record
from regress_cli.tape.calls import Call, write_program
from regress_cli.tape.compiled import NotCompilable, build, cache, compile_program, groups
from regress_cli.tape.compiled.expressions import ARITHMETIC, LOGIC, TRANSCENDENTAL
from regress_cli.training.losses import LOSSES
from regress_cli.training.objective import Objective

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, [os.environ.get("CC") or "cc", "gcc", "clang"])),
    reason="there is no C compiler on this machine",
)
FLOATS = [np.float64, np.float32]
EXACT = [function for function in ARITHMETIC if function is not np.power]
ROUNDED = [*TRANSCENDENTAL, np.power]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 2.5, -3.75, 0.1, -0.7, 1e-40, 1e30, -1e30, np.inf, -np.inf, np.nan]


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory):
    """Keep the libraries of these tests in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def run_both(calls, *outs):
    """Run calls by NumPy and compiled, from the same start; return what each leaves in the arrays."""
    start = [out.copy() for out in outs]
    left = []
    for program in (write_program(calls), compile_program(calls)):
        for out, content in zip(outs, start, strict=True):
            out[...] = content
        with np.errstate(all="ignore"):
            program.run()
        left.append([out.copy() for out in outs])
    return left


def assert_same(calls, *outs):
    """Assert that compiled calls leave NumPy's numbers, to the last bit."""
    for expected, got in zip(*run_both(calls, *outs), strict=True):
        np.testing.assert_array_equal(got, expected, strict=True)


def numbers(*shape, dtype=np.float64, seed=0):
    """Return normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def special(*shape, dtype=np.float64, seed=0):
    """Return numbers among which are zeros of both signs, infinities and NaN."""
    with np.errstate(over="ignore"):
        values = np.array(SPECIAL).astype(dtype)
    return np.asarray(np.random.default_rng(seed).choice(values, shape))


def twice(array):
    """Return an array with the same numbers that is every other entry of a larger one, along all axes."""
    room = np.zeros([2 * n for n in array.shape], array.dtype)
    view = room[(..., *[slice(None, None, 2)] * array.ndim)]
    view[...] = array
    return view


LAYOUTS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "transposed": lambda array: np.ascontiguousarray(array.T).T,
    "sliced": twice,
    "reversed": lambda array: array[(..., *[slice(None, None, -1)] * array.ndim)],
}
SHAPES = [(), (1,), (37,), (4, 3), (40, 3), (3, 40), (1, 6), (0,), (0, 3), (2, 3, 9)]


def elementwise_calls(functions, operands, out_of):
    """Return a call of each function, and the array that each one's result is in."""
    calls, outs = [], []
    for function in functions:
        outs.append(out_of(function))
        calls.append(Call(function, operands[: function.nin], {"out": outs[-1]}))
    return calls, outs


@needs_compiler
@pytest.mark.parametrize(("dtype", "shape"), selected(product(FLOATS, SHAPES), 3), ids=str)
def test_arrays_of_any_layout(shape, dtype):
    """Functions give NumPy's numbers, NaN and infinity included, in every layout of their arguments."""
    calls, outs = [], []
    for number, layout in enumerate(LAYOUTS.values()):
        operands = [layout(special(*shape, dtype=dtype, seed=number + seed)) for seed in (0, 9)]
        more = elementwise_calls(
            [np.subtract, np.maximum, np.sign, np.less_equal, np.logical_not],
            operands,
            lambda f, layout=layout: layout(np.zeros(shape, bool if f in LOGIC else dtype)),
        )
        calls, outs = calls + more[0], outs + more[1]
    assert_same(calls, *outs)


@needs_compiler
def test_arguments_are_repeated_and_cast_as_by_numpy():
    """Rows, columns, numbers, whole numbers, masks and other types take part as NumPy's rules say."""
    a, row, column, number = special(30, 4), special(4), special(30, 1), np.array(1.5)
    single, mask, whole = special(30, 4, dtype=np.float32), a > 0, np.arange(120).reshape(30, 4)
    pairs = [(a, row), (row, a), (a, column), (a, number), (row, column), (a, 2), (3, a), (a, -1), (a, 0.1)]
    pairs += [(a, single), (single, a), (a, mask), (mask, a), (whole, a), (a, np.float64(0.3)), (a, mask[:1])]
    calls, outs = [], []
    for pair in pairs:
        more = elementwise_calls(
            [np.add, np.divide, np.maximum, np.less, np.equal],
            pair,
            lambda f: np.zeros((30, 4), bool if f in LOGIC else float),
        )
        calls, outs = calls + more[0], outs + more[1]
    outs.append(np.zeros((30, 4), np.float32))
    calls.append(Call(np.multiply, (a, single, outs[-1])))
    calls.append(Call(np.multiply, (outs[-1], 0.1, outs[-1])))
    for function in (np.logical_and, np.logical_or):
        outs.append(np.zeros((30, 4), bool))
        calls.append(Call(function, (mask, a, outs[-1])))
    assert_same(calls, *outs)


@once
def program_of_all_functions(dtype):
    """Return compiled calls of every function, with their arguments and results."""
    operands = [np.ones(19, dtype) for _ in range(2)]
    calls, outs = elementwise_calls(
        [*EXACT, *LOGIC, *ROUNDED], operands, lambda f: np.zeros(19, bool if f in LOGIC else dtype)
    )
    return operands, calls, outs, compile_program(calls)


@needs_compiler
@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
@settings(max_examples=80)
def test_any_number_is_treated_as_by_numpy(dtype, data):
    """Arithmetic and logic are exact for any number; transcendental functions are right but for 4 ulp."""
    operands, calls, outs, program = program_of_all_functions(dtype)
    width = 8 * np.dtype(dtype).itemsize
    for operand in operands:
        operand[:] = data.draw(hnp.arrays(dtype, 19, elements=st.floats(width=width)))
    program.run()
    for call, out in zip(calls, outs, strict=True):
        # More digits than the result has, to see how far off it is.
        wide = np.longdouble if call.function in ROUNDED else dtype
        with np.errstate(all="ignore"):
            expected = call.function(*(arg.astype(wide) for arg in call.args)).astype(out.dtype)
        if call.function in ROUNDED:
            assert_within_ulp(out, expected, 4, call.function.__name__)
        else:
            np.testing.assert_array_equal(out, expected, err_msg=call.function.__name__)


def assert_within_ulp(got, expected, most, name):
    """Assert that numbers differ by a few units in the last place at most."""
    is_plain = np.isfinite(expected) & (np.abs(expected) < 0.99 * np.finfo(got.dtype).max)
    with np.errstate(all="ignore"):
        units = np.abs(got - expected)[is_plain] / np.spacing(np.abs(expected))[is_plain]
    assert np.max(units, initial=0) <= most, name
    is_odd = ~np.isfinite(expected)
    np.testing.assert_array_equal(got[is_odd], expected[is_odd], err_msg=name)


@needs_compiler
@pytest.mark.parametrize("exponent", [2, 3, -1, 2.0, np.array(2.0), np.array(0.5), np.array(-2.0)], ids=repr)
def test_powers(exponent):
    """A square is a product, whether its exponent is written as a number or found in an array."""
    x, out = np.abs(numbers(50)) + 0.1, np.zeros(50)
    expected, got = run_both([Call(np.power, (x, exponent, out))], out)
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-15)
    if np.all(exponent == 2):
        np.testing.assert_array_equal(got[0], x * x)


@needs_compiler
def test_copies_and_clips():
    """Numbers are copied where a mask says so, and kept between bounds."""
    a, low, high = special(40, 3), np.array(-0.5), np.full((40, 1), 2.0)
    mask = numbers(40, 3) > 0
    outs = [numbers(40, 3, seed=seed) for seed in range(9)]
    integers = np.zeros(4, np.intp)
    calls = [
        Call(np.copyto, (outs[0], a)),
        Call(np.copyto, (outs[1], a), {"where": mask}),
        Call(np.copyto, (outs[2], np.zeros(())), {"where": mask[:1]}),
        Call(np.copyto, (outs[3], 7)),
        Call(np.copyto, (outs[4], False), {"where": mask}),
        Call(np.copyto, (outs[5], mask)),
        Call(np.clip, (a, low, high, outs[6])),
        Call(np.clip, (outs[7], -0.2, 0.3, outs[7])),
        Call(np.clip, (a, np.array(np.nan), 1.0, outs[8])),
        Call(np.copyto, (integers, np.arange(4))),
    ]
    assert_same(calls, *outs, integers)


@needs_compiler
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_are_looked_up(order):
    """Rows or columns are taken by number; numbers out of range mean the first and the last one."""
    a, t = np.asarray(numbers(20, 3), order=order), numbers(20)
    indices = np.array([3, 3, 0, 19, -4, 99, 7, 1, 2, 11])
    outs = [np.zeros((10, 3)), np.zeros((10, 3), order="F"), np.zeros(10), np.zeros((20, 2))]
    calls = [
        Call(np.take, (a, indices, 0), {"out": outs[0], "mode": "clip"}),
        Call(np.ndarray.take, (a.T, indices, 1, outs[1].T, "clip")),
        Call(np.take, (t, indices, 0, outs[2], "clip")),
        Call(np.take, (a, np.array([2, 0]), 1, outs[3], "clip")),
    ]
    assert_same(calls, *outs)


def sums_of(array):
    """Return calls that sum an array along all combinations of axes, and their results."""
    calls, outs = [], []
    for axis in [None, *range(array.ndim), tuple(range(array.ndim)), (0, -1) if array.ndim > 1 else (0,)]:
        for keepdims in (False, True):
            outs.append(np.empty(np.add.reduce(array, axis, keepdims=keepdims).shape, array.dtype))
            calls.append(Call(np.add.reduce, (array, axis, None, outs[-1], keepdims)))
    return calls, outs


@needs_compiler
@pytest.mark.parametrize("shape", selected(zip([(20000,), (60, 50), *SHAPES[:0:-1], (1000, 4)]), 2), ids=str)
def test_sums_are_right(shape):
    """Sums along any axes, in every layout, are NumPy's but for rounding."""
    calls, outs = [], []
    for dtype, layout in zip(FLOATS * 3, LAYOUTS.values(), strict=False):
        more = sums_of(layout(numbers(*shape, dtype=dtype)))
        calls, outs = calls + more[0], outs + more[1]
    for expected, got in zip(*run_both(calls, *outs), strict=True):
        room = 4 * np.finfo(got.dtype).eps * max(np.abs(numbers(*shape)).sum(), 1)
        np.testing.assert_allclose(got, expected, rtol=0, atol=room)
        assert got.shape == expected.shape


@needs_compiler
@given(values=hnp.arrays(np.float64, 700, elements=st.floats(-1e6, 1e6)))
def test_a_sum_is_as_exact_as_pairwise_addition(values):
    """A long sum, and a dot product, are those of `math.fsum` but for a few roundings of their terms."""
    arrays, outs, program = program_of_sums()
    arrays[0][:] = values
    program.run()
    for out, terms in zip(outs, (values, values * values), strict=True):
        room = 32 * np.finfo(float).eps * math.fsum(np.abs(terms))
        assert out[()] == pytest.approx(math.fsum(terms), rel=0, abs=room)


@once
def program_of_sums():
    """Return compiled calls that sum the entries of an array, and their squares."""
    array, total, squares = np.zeros(700), np.zeros(()), np.zeros(())
    calls = [Call(np.add.reduce, (array, None, None, total)), Call(np.dot, (array, array, squares))]
    return [array], [total, squares], compile_program(calls)


PRODUCTS = [
    ((7,), (7,)),
    ((0,), (0,)),
    ((1,), (1,)),
    ((1000, 4), (4, 4)),
    ((4, 1000), (1000, 4)),
    ((4, 1000), (1000,)),
    ((33, 8), (8, 50)),
    ((33, 50), (50,)),
    ((50,), (50, 33)),
    ((5, 1), (1, 6)),
    ((3, 0), (0, 2)),
    ((0, 3), (3, 2)),
    ((1, 300), (300, 1)),
    ((17, 40), (40, 23)),
]


@needs_compiler
@pytest.mark.parametrize(("left", "right"), selected(PRODUCTS, 2), ids=str)
def test_products_are_right(left, right):
    """Products of vectors and matrices of any layout are NumPy's; of whole numbers, to the last bit."""
    rng = np.random.default_rng(0)
    calls, outs = [], []
    layouts = [*LAYOUTS.values()]
    for number, one in enumerate(layouts):
        dtype, other = FLOATS[number % 2], layouts[(3 * number + 1) % len(layouts)]
        a, b = (rng.integers(-9, 9, shape).astype(dtype) for shape in (left, right))
        outs.append(np.zeros_like(np.dot(a, b)))
        function = [np.dot, np.ndarray.dot, np.matmul if outs[-1].ndim else np.dot][number % 3]
        calls.append(Call(function, (one(a), other(b), outs[-1])))
    assert_same(calls, *outs)


# ------------------------------------------------------------------- programs that share memory


@dataclass
class Overlapping:
    """Calls on views of one piece of memory."""

    calls: list[Call]
    room: np.ndarray

    def __repr__(self):
        return "\n".join(
            f"{call.function.__name__}({', '.join(map(self.describe, all_args(call)))})"
            for call in self.calls
        )

    def describe(self, arg):
        """Return where an argument lies, and its strides."""
        if not isinstance(arg, np.ndarray):
            return repr(arg)
        first = (arg.__array_interface__["data"][0] - self.room.__array_interface__["data"][0]) // 8
        place = f"room[{first}]" if np.may_share_memory(arg, self.room) else f"{arg.dtype}"
        return f"{place}{arg.shape}{tuple(stride // arg.itemsize for stride in arg.strides)}"


def all_args(call):
    """Return what a call is given, by position or by name."""
    return (*call.args, *call.kwargs.values())


def draw_view(draw, room, shape):
    """Draw a view of a part of a room that other views may overlap."""
    count = math.prod(shape)
    kind = draw(st.sampled_from(["C", "F", "reversed", "spread"]))
    start = draw(st.sampled_from([0, 0, count, 2 * count, 1, shape[0]]))
    flat = room[start : start + 2 * count : 2] if kind == "spread" else room[start : start + count]
    return flat[::-1].reshape(shape) if kind == "reversed" else flat.reshape(shape, order="CF"[kind == "F"])


@st.composite
def programs(draw):
    """Draw calls on views of one piece of memory, that overlap in all ways; numbers stay small and whole."""
    n = draw(st.sampled_from([1, 5, 40, 70]))
    room = np.random.default_rng(draw(st.integers(0, 99))).integers(-4, 5, 24 * n + 40).astype(float)

    def view(*shape):
        return draw_view(draw, room, shape)

    calls = []
    for _ in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(["binary", "binary", "row", "mask", "copy", "sum", "product", "outer"]))
        out = view(n, 3)
        if kind == "binary":
            function = draw(st.sampled_from([np.add, np.subtract, np.maximum, np.multiply]))
            calls.append(Call(function, (view(n, 3), view(n, 3)), {"out": out}))
        elif kind == "row":
            calls.append(Call(np.subtract, (out, view(3), out)))
        elif kind == "mask":
            mask = np.empty((n, 3), bool, order=draw(st.sampled_from("CF")))
            calls.append(Call(np.less_equal, (view(n, 3), view(n, 1), mask)))
            calls.append(Call(np.copyto, (out, view(n, 3)), {"where": mask}))
        elif kind == "copy":
            calls.append(Call(np.copyto, (out, view(1, 3))))
        elif kind == "sum":
            calls.append(Call(np.add.reduce, (view(n, 3), 0, None, out := room[-3:], False)))
        elif kind == "product":
            out = np.zeros((3, 3))
            calls.append(Call(np.dot, (view(3, n), view(n, 3), out)))
            calls.append(Call(np.copyto, (view(3, 3), out)))
            out = room[-9:].reshape(3, 3)
        else:
            # NumPy's own product wants its result apart.
            weights = np.zeros((3, 3))
            calls.append(Call(np.copyto, (weights, view(3, 3))))
            product = np.zeros((n, 3))
            calls.append(Call(np.matmul, (view(n, 3), weights, product)))
            calls.append(Call(np.copyto, (out, product)))
        calls.append(Call(np.clip, (out, -4, 4, out)))
        calls.append(Call(np.clip, (room, -4, 4, room)))
    keep = draw(st.booleans())
    calls = [call for call in calls if keep or call.function is not np.clip or call.args[0] is not room]
    return Overlapping(calls, room)


@needs_compiler
@pytest.mark.parametrize("bytes_of_turn", selected([512, 2**16], 2))
@given(program=programs())
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
def test_calls_on_overlapping_memory_keep_their_order(bytes_of_turn, program):
    """Whatever shares memory with what, the outcome is NumPy's, also if rows are done a few at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_CACHE", bytes_of_turn)
        assert_same(program.calls, program.room)


# -------------------------------------------------------------------------------- whole tapes

MODELS = [
    Linear(("x", "z"), intercept=True, init_kind="normal"),
    Polynomial(("x", "z"), degree=3, intercept=True, init_kind="normal"),
    MLP((2, 5, 3, 1), "relu", "normal"),
    MLP((2, 19, 1), "tanh", "glorot"),
]


@needs_compiler
@pytest.mark.parametrize(("model", "loss"), selected(product(MODELS, LOSSES), 3))
def test_tapes_of_the_projects_models(model, loss):
    """The gradient of every model and loss is that of the replay by NumPy, but for rounding."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((97, 2)), rng.standard_normal(97)
    params = {name: np.array(value) for name, value in model.init(rng).items()}
    l2 = 0.0 if isinstance(model, Polynomial) else 0.1  # With a part of its weights no tape is compiled.
    objective = Objective(model, LOSSES[loss](Huber(kind="huber", delta=0.7), 1.0), l2)
    data = {"features": model.features(X), "target": y}
    gradients = {name: np.empty_like(value) for name, value in params.items()}
    replay = Replay(record(objective, params, data), {**params, **data}, gradients)
    outs = [np.asarray(replay.value), *gradients.values()]
    for expected, got in zip(*run_both(replay.calls, *outs), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


@needs_compiler
def test_compilers_drop_no_loop():
    """A loop that GCC 12 would take for one without effects is carried out, in a program of several."""
    x = np.arange(210.0)
    assert_same([Call(np.subtract, (x.reshape(70, 3), x[:6:2], x.reshape(70, 3)))], x)


@needs_compiler
def test_numbers_are_read_when_the_program_runs():
    """A step size that is changed from outside is the one of the next run; programs repeat themselves."""
    x, rate = np.ones(10), np.array(0.5)
    program = compile_program([Call(np.multiply, (x, rate, x))])
    program.run()
    rate[()] = 2.0
    program.repeat(3)
    np.testing.assert_array_equal(x, np.full(10, 4.0))
    program.repeat(0)
    np.testing.assert_array_equal(x, np.full(10, 4.0))


@needs_compiler
def test_arrays_live_as_long_as_the_function():
    """The function of a program works on after all other references to its arrays are gone."""
    total = np.zeros(300)
    run = compile_program(
        [Call(np.add, (total, np.ones(300), total)), Call(np.add, (total, total[::-1], total))]
    ).run
    for _ in range(100):  # Others would get the memory if it were free.
        np.full(300, np.nan)
    run()
    np.testing.assert_array_equal(total, np.full(300, 2.0))


@needs_compiler
def test_two_programs_of_one_text_have_arrays_of_their_own():
    """The text holds no address: a library that two programs share works on the arrays of each."""
    arrays = [np.zeros(5), np.ones(5)]
    programs = [compile_program([Call(np.add, (array, 1, array))]) for array in arrays]
    programs[0].repeat(2)
    assert programs[0].source == programs[1].source
    np.testing.assert_array_equal(arrays, [[2] * 5, [1] * 5])


def test_the_text_has_nothing_of_the_users():
    """Notes, which quote the user's names, are not in the text."""
    x = np.zeros(3)
    calls = [Call(np.add, (x, 1, x), note='*/ system("true"); /*')]
    try:
        assert "system" not in compile_program(calls).source
    except NotCompilable as reason:
        assert "system" not in str(reason)  # noqa: PT017 - without a compiler there is a reason instead.


def strange_function(out):
    """Do nothing."""


READ_ONLY = np.broadcast_to(np.zeros(()), (3,))


@pytest.mark.parametrize(
    "call",
    [
        Call(strange_function, (np.zeros(3),)),
        Call(np.add, (np.zeros(3, complex), 1, np.zeros(3, complex))),
        Call(np.add, (np.zeros(3, int), 1, np.zeros(3, int))),
        Call(np.add, (np.zeros(3, ">f8"), 1, np.zeros(3))),
        Call(np.add, (np.zeros(3), [1, 2, 3], np.zeros(3))),
        Call(np.add, (np.zeros(3), 1.0)),
        Call(np.add, (np.zeros(3), 1.0, np.zeros(3)), {"where": np.ones(3, bool)}),
        Call(np.add, (np.zeros(3), np.zeros(2), np.zeros(3))),
        Call(np.add, (np.zeros(3), 1.0, READ_ONLY)),
        Call(np.copyto, (np.zeros(3, bool), np.zeros(3))),
        Call(np.clip, (np.zeros(3), None, 1.0, np.zeros(3))),
        Call(np.add.reduce, (np.zeros(3, bool), 0, None, np.zeros((), int))),
        Call(np.dot, (np.zeros((2, 2, 2)), np.zeros(2), np.zeros((2, 2)))),
        Call(np.take, (np.zeros(3), np.arange(3), 0, np.zeros(3))),
    ],
    ids=lambda call: f"{call.function.__name__}",
)
def test_what_has_no_text_in_c(call):
    """Anything that is not known to be NumPy's is refused, with a reason."""
    with pytest.raises(NotCompilable, match=r"C\b|read-only|put into"):
        compile_program([call])


def test_large_products_are_left_to_numpy():
    """Where NumPy's library for matrix products is faster, it is kept."""
    a = np.zeros((200, 200))
    with pytest.raises(NotCompilable, match="NumPy's library is faster"):
        compile_program([Call(np.dot, (a, a, np.zeros((200, 200))))])


# ------------------------------------------------------------------------ compilers and caches


def one_program(number=1):
    """Return a small program, another one for each number, and the array that it adds the number to."""
    x = np.zeros(3)
    return [Call(np.add, (x, number, x))], x


@pytest.fixture
def cache_root(tmp_path, monkeypatch):
    """Give a test an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "regress" / "tape"


def no_compiler_may_run(*args):
    """Fail."""
    raise AssertionError("the compiler is started")


def assert_works(number=1):
    """Assert that a small program computes what it should."""
    calls, x = one_program(number)
    compile_program(calls).run()
    np.testing.assert_array_equal(x, [number] * 3)


def make_script(path, text):
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize("CC", [None, "no-such-compiler", "/no/such/compiler -O1"])
def test_without_a_compiler_there_is_a_reason(CC, cache_root, monkeypatch):
    """Where no C compiler is found, or the one that CC names is not there, the caller is told."""
    monkeypatch.setenv("PATH", str(cache_root))
    if CC is None:
        monkeypatch.delenv("CC", raising=False)
    else:
        monkeypatch.setenv("CC", CC)
    with pytest.raises(NotCompilable, match="no C compiler was found"):
        compile_program(one_program()[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 1", "ends with status 1"),
        ("exit 0", "makes no library"),
        ("kill -SEGV $$", "ends with status"),
        (
            "echo >&2; echo 'program.c: it is Monday' >&2; echo more >&2; exit 2",
            "fails: program.c: it is Monday$",
        ),
        ('while [ "$1" != -o ]; do shift; done; echo junk > "$2"', "can't be loaded"),
    ],
)
def test_a_compiler_that_fails_is_a_reason(text, reason, cache_root, tmp_path, monkeypatch):
    """A compiler that fails, crashes or makes nonsense is no more than a reason to keep NumPy."""
    monkeypatch.setenv("CC", make_script(tmp_path / "cc", text))
    with pytest.raises(NotCompilable, match=reason):
        compile_program(one_program()[0])


def test_a_file_that_is_no_program_is_a_reason(cache_root, tmp_path, monkeypatch):
    """CC may name something that can't be started."""
    path = tmp_path / "cc"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o700)
    monkeypatch.setenv("CC", str(path))
    with pytest.raises(NotCompilable):
        compile_program(one_program()[0])


def test_a_compiler_that_hangs_is_stopped(cache_root, tmp_path, monkeypatch):
    """After the time limit the compiler is ended, with the programs that it has started."""
    pid_file = tmp_path / "pid"
    script = make_script(tmp_path / "cc", f"sleep 1000 & echo $! > {pid_file}; wait")
    monkeypatch.setenv("CC", script)
    monkeypatch.setattr(build, "_SECONDS", 0.5)
    with pytest.raises(NotCompilable, match=r"not done after 0\.5 seconds"):
        compile_program(one_program()[0])
    assert not is_alive(int(pid_file.read_text()))


def is_alive(pid):
    """Return whether a process runs, in the eyes of the system a second later at the latest."""
    for _ in range(100):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
        if not state.strip() or state.startswith("Z"):
            return False
        subprocess.run(["sleep", "0.01"], check=True)
    return True


@needs_compiler
def test_the_second_program_is_found_in_the_cache(cache_root, monkeypatch):
    """The same calls on other arrays need no compiler any more; the folder is the user's alone."""
    assert_works()
    assert stat.S_IMODE(cache_root.stat().st_mode) == 0o700
    assert len(list(cache_root.iterdir())) == 1
    monkeypatch.setattr(build, "_make", no_compiler_may_run)
    assert_works()


@needs_compiler
@pytest.mark.parametrize(
    "damage", [lambda content: b"", lambda content: content[:-300], lambda content: content[::-1]]
)
def test_a_damaged_library_is_made_anew(damage, cache_root):
    """A library that is cut off or overwritten is not loaded, which could crash, but made again."""
    assert_works()
    (path,) = cache_root.iterdir()
    whole = path.read_bytes()
    # In place of the file, not in it: this process has the old one in its memory.
    path.unlink()
    path.write_bytes(damage(whole))
    assert_works()
    assert [file.read_bytes() for file in cache_root.iterdir()] == [whole]


@needs_compiler
def test_a_library_of_another_system_is_made_anew(cache_root, monkeypatch):
    """A whole file under the right name that this system can't load is dropped."""
    folder = cache.find_folder()
    monkeypatch.setattr(cache, "key_of", lambda *args: "key")
    foreign = folder / cache._name("key", b"for another system")
    foreign.write_bytes(b"for another system")
    assert_works()
    assert not foreign.exists()


@needs_compiler
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(mode, cache_root):
    """Libraries are neither loaded from a folder that others write to, nor kept there."""
    cache_root.mkdir(parents=True)
    cache_root.chmod(mode)
    assert cache.find_folder() is None
    assert_works()
    assert not list(cache_root.iterdir())


@needs_compiler
def test_a_folder_of_another_user_is_not_used(cache_root, monkeypatch):
    """The same goes for a folder that belongs to someone else."""
    cache_root.mkdir(parents=True)
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    assert cache.find_folder() is None
    assert_works()


@needs_compiler
@pytest.mark.parametrize("obstacle", ["file", "read-only", "full"])
def test_without_a_cache_programs_are_compiled_each_time(obstacle, cache_root, monkeypatch):
    """A cache that can't be made or written to is done without."""
    if obstacle == "file":
        cache_root.parent.write_text("")
    else:
        cache_root.mkdir(parents=True, mode=0o700)
        if obstacle == "read-only":
            cache_root.chmod(0o500)

        def fail(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(cache.tempfile, "mkstemp", fail)
    assert_works()
    assert_works()


@needs_compiler
def test_without_temporary_files_the_cache_is_the_workshop(cache_root, monkeypatch):
    """Where no temporary folder can be made, the compiler works inside the cache, and cleans up."""
    original = build.tempfile.TemporaryDirectory

    def only_with_dir(*args, dir=None, **kwargs):  # noqa: A002 - the name is tempfile's.
        if dir is None:
            raise FileNotFoundError(2, "No usable temporary directory found")
        return original(*args, dir=dir, **kwargs)

    monkeypatch.setattr(build.tempfile, "TemporaryDirectory", only_with_dir)
    assert_works()
    assert [path.suffix for path in cache_root.iterdir()] == [".so"]


@needs_compiler
def test_a_disk_from_which_nothing_may_be_run(cache_root, monkeypatch):
    """A library that can't be loaded from the cache is loaded from where it was made, if it can be."""
    original = build.ctypes.CDLL

    def load(path):
        if any(Path(path).is_relative_to(place) for place in barred):
            raise OSError("failed to map segment from shared object: Operation not permitted")
        return original(path)

    monkeypatch.setattr(build.ctypes, "CDLL", load)
    barred = [cache_root]
    assert_works()
    assert_works()
    barred = ["/"]
    with pytest.raises(NotCompilable, match="failed to map segment"):
        compile_program(one_program()[0])


@needs_compiler
def test_the_cache_stays_small(cache_root, monkeypatch):
    """Beyond a number of libraries the oldest go."""
    monkeypatch.setattr(cache, "_MOST_FILES", 2)
    for number in range(1, 5):
        assert_works(number)
        for path in cache_root.iterdir():  # Times in a second are told apart badly by some disks.
            times = path.stat().st_mtime_ns - 10**10
            os.utime(path, ns=(times, times))
    assert len(list(cache_root.iterdir())) == 2
    monkeypatch.setattr(build, "_make", no_compiler_may_run)
    assert_works(4)


@needs_compiler
def test_options_of_the_compiler_make_another_library(cache_root, monkeypatch):
    """What CC says besides the compiler's name is heeded, and a library made otherwise is not taken."""
    name = next(filter(None, map(shutil.which, ["cc", "gcc", "clang"])))
    for options in ("", " -DONE", " -DTWO"):
        monkeypatch.setenv("CC", name + options)
        assert_works()
    assert len(list(cache_root.iterdir())) == 3


@needs_compiler
def test_two_processes_compile_at_once(cache_root):
    """Processes that make the same library at the same time do not disturb one another."""
    script = (
        "import numpy as np\n"
        "from regress_cli.tape.calls import Call\n"
        "from regress_cli.tape.compiled import compile_program\n"
        "x = np.zeros(3)\n"
        "compile_program([Call(np.add, (x, 1, x))]).repeat(7)\n"
        "assert x.tolist() == [7, 7, 7]\n"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert {path.suffix for path in cache_root.iterdir()} == {".so"}
