"""The surprises of record and replay, one test for each.

First those that are silent: a replay gives what the function gave when it was recorded, until the next
comparison with autograd (the second call, the fourth, the eighth, ...) finds it, warns, and leaves the
function to autograd for good. Then those that are seen at once, and those that only look like surprises.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import functools
import os
import random
import threading
import traceback
import warnings
from collections import namedtuple
from types import SimpleNamespace

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from autograd.tracer import getval, trace_stack

from regress_cli.errors import TapeError
from regress_cli.tape import TapeWarning, value_and_grad


@pytest.fixture(autouse=True)
def _no_open_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin every test with no trace open: autograd by itself leaves one open after an error."""
    monkeypatch.setattr(trace_stack, "top", -1)


VECTORS = [np.array(v) for v in ([1.0, 2.0, 3.0], [2.0, 1.0, -3.0], [-2.0, -1.0, -3.0], [0.5, 1.0, 3.0])]


def leaves(gradient):
    """Return the arrays of a gradient of any form, in order."""
    if isinstance(gradient, dict):
        gradient = gradient.values()
    elif not isinstance(gradient, list | tuple):
        return [gradient]
    return [leaf for entry in gradient for leaf in leaves(entry)]


def assert_equal(one, other):
    """Hold a value and its gradient against others, to the last bit."""
    assert np.array_equal(one[0], other[0], equal_nan=True)
    for a, b in zip(leaves(one[1]), leaves(other[1]), strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_array_equal(a, b)


def call_all(function, calls, argnum=0, engine="tape"):
    """Hold every call against autograd, and return the function with its tape, which may not give up."""
    taped, eager = value_and_grad(function, argnum, engine), autograd.value_and_grad(function, argnum)
    for args in calls:
        assert_equal(taped(*args), eager(*args))
    return taped


def left_to_autograd(function, calls, match, argnum=0):
    """Hold every call against autograd, and expect one warning that no tape is used, at the first call."""
    taped, eager = value_and_grad(function, argnum), autograd.value_and_grad(function, argnum)
    with pytest.warns(TapeWarning, match=match):
        assert_equal(taped(*calls[0]), eager(*calls[0]))
    for args in calls[1:]:
        assert_equal(taped(*args), eager(*args))
    assert taped.tape is None
    with pytest.raises(TapeError, match=match):
        value_and_grad(function, argnum, engine="tape")(*calls[0])
    return taped


def found_at_the_fourth_call(function, change, args=(2.0,)):
    """Change something after the second call: the third is stale, the fourth warns and is right."""
    taped, eager = value_and_grad(function), autograd.value_and_grad(function)
    before = [taped(*args), taped(*args)]
    assert taped.tape is not None
    change()
    assert_equal(taped(*args), before[1])
    with pytest.warns(TapeWarning, match=r"differs from autograd.*since call 3 may be wrong"):
        fourth = taped(*args)
    assert_equal(fourth, eager(*args))
    assert not np.array_equal(fourth[0], before[1][0])
    assert_equal(taped(*args), eager(*args))
    assert taped.tape is None


# --------------------------------------------- silent until the next comparison


def test_a_list_that_is_edited_in_place_is_found_at_the_next_comparison():
    """A number in a closure's list is a constant of the tape; its change is found one comparison later."""
    weights = [1.0, 2.0]
    found_at_the_fourth_call(lambda p: weights[0] * p * p, lambda: weights.__setitem__(0, 5.0))


def test_a_dict_that_is_edited_in_place_is_found_at_the_next_comparison():
    """The same of a dict."""
    settings = {"l2": 1.0}
    found_at_the_fourth_call(lambda p: settings["l2"] * p * p, lambda: settings.update(l2=5.0))


def test_an_array_that_is_edited_in_place_is_found_at_the_next_comparison():
    """What plain NumPy makes of a closure's array is a constant too."""
    data = np.ones(3)
    found_at_the_fourth_call(lambda p: p * data.sum(), lambda: data.fill(5.0))


def test_an_array_that_the_steps_use_as_it_is_is_seen_at_once():
    """An array that meets a traced value without plain NumPy in between is read where it lies."""
    data = np.ones(3)
    taped = value_and_grad(lambda p: anp.sum(p * data), engine="tape")
    taped(2.0), taped(2.0)
    data[:] = 5.0
    assert taped(2.0)[0] == 30.0


def test_a_default_argument_that_is_edited_in_place_is_found_at_the_next_comparison():
    """A list as default is like any other list."""
    default = [1.0]

    def loss(p, scale=default):
        return scale[0] * p * p

    found_at_the_fourth_call(loss, lambda: default.__setitem__(0, 5.0))


def test_what_other_modules_read_is_found_at_the_next_comparison(monkeypatch):
    """The environment, files, the clock: what is read by libraries is not watched."""
    monkeypatch.setenv("SCALE", "1.0")
    found_at_the_fourth_call(
        lambda p: float(os.environ["SCALE"]) * p * p, lambda: monkeypatch.setenv("SCALE", "5.0")
    )


def test_a_name_that_is_imported_inside_the_function_is_found_at_the_next_comparison(monkeypatch):
    """An import in the function's body reads a module that no one watches."""

    def loss(p):
        from regress_cli.text import tape_test_scale  # pyright: ignore[reportAttributeAccessIssue]

        return tape_test_scale * p * p

    monkeypatch.setattr("regress_cli.text.tape_test_scale", 1.0, raising=False)
    found_at_the_fourth_call(loss, lambda: monkeypatch.setattr("regress_cli.text.tape_test_scale", 5.0))


def test_a_choice_by_a_value_that_was_taken_out_of_the_trace_is_found_at_the_next_comparison():
    """``getval`` hides a value; what is made of it and stays equal nearby can't be told from a constant."""

    def loss(x):
        return x[int(np.argmax(getval(x)))] * 2.0

    taped = value_and_grad(loss)
    first, other = np.array([1.0, 5.0]), np.array([5.0, 1.0])
    assert taped(first)[0] == taped(first)[0] == 10.0
    assert taped(other)[0] == 2.0
    with pytest.warns(TapeWarning, match="since call 3 may be wrong"):
        assert taped(other)[0] == 10.0


def test_a_value_that_was_taken_out_of_the_trace_is_no_constant():
    """A number by ``getval`` that differs nearby is seen at the first call."""
    left_to_autograd(lambda x: x * getval(x), [(2.0,), (3.0,)], "other steps at other parameters")


def test_a_choice_by_the_type_of_an_argument_is_found_at_the_second_call():
    """While a function is recorded its data are autograd's boxes, and no arrays."""

    def loss(p, X):
        return anp.sum(p * X) if isinstance(X, np.ndarray) else anp.sum(p * X) * 3

    taped, eager = value_and_grad(loss), autograd.value_and_grad(loss)
    args = 2.0, np.ones(3)
    assert_equal(taped(*args), eager(*args))
    with pytest.warns(TapeWarning, match="since call 2 may be wrong"):
        assert_equal(taped(*args), eager(*args))


def test_what_a_function_does_besides_happens_only_when_it_is_called():
    """Printing, counting, appending: three times at the first call, once at a comparison, else never."""
    seen = []

    def loss(p):
        seen.append(None)
        return p * p

    taped, counts = value_and_grad(loss, engine="tape"), []
    for _ in range(5):
        taped(2.0)
        counts.append(len(seen))
    assert counts == [3, 4, 4, 5, 5]


def test_an_iterator_is_empty_after_the_first_call():
    """A generator among the arguments is used up by the first call, with autograd as with a tape."""
    for differentiate in (autograd.value_and_grad, value_and_grad):
        args = 2.0, iter([1.0, 2.0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = [differentiate(lambda p, numbers: sum(numbers, p * p))(*args)[0] for _ in range(2)]
        assert values == [7.0, 4.0]


def test_an_integer_array_that_chooses_in_python_is_not_recorded():
    """A loop over the entries of an integer array follows its numbers, which may change."""
    calls = [(np.arange(3.0), np.array(k)) for k in ([0, 1], [1, 1], [2, 2])]
    left_to_autograd(lambda x, k: sum(x[i] for i in k), calls, "a single int64")


def test_an_integer_array_as_an_index_is_read_anew():
    """Numbers of rows are data like any other."""
    call_all(
        lambda x, k: anp.sum(x[k] ** 2), [(np.arange(3.0), np.array(k)) for k in ([0, 1], [1, 1], [2, 0])]
    )


def test_an_integer_array_that_gives_a_shape_is_not_recorded():
    """How many different numbers there are is a choice by values."""
    calls = [(2.0, np.array(k)) for k in ([1, 2], [3, 4], [1, 1])]
    left_to_autograd(lambda p, k: p * len(anp.unique(k)), calls, "depends on values")


# ----------------------------------------------------- branches on a value


def _with_if(x):
    return anp.sum(x) * 2 if anp.sum(x) > 1 else anp.sum(x**2)


def _with_while(x):
    total = anp.sum(x**2)
    while total > 1:
        total = total / 2
    return total


def _with_for(x):
    return sum((entry * 2 if positive else entry for entry, positive in zip(x, x > 0, strict=True)), 0.0)


def _with_truth(x):
    return x[0] * x[0] if x[0] - 1.0 else anp.sum(x)


def _with_a_comparison_that_steps_use_too(x):
    first = x[:1] > 0
    return anp.sum(anp.where(first, x, 2 * x)) + (anp.sum(x**2) if first else 0.0)


def _with_mask(x):
    return anp.sum(x[x > 0] ** 2)


def _with_nonzero(x):
    return anp.sum(x[anp.nonzero(x > 0)[0]] ** 2)


def _with_match(x):
    match int(np.sign(getval(x)[0])), bool(x[0] > 0):
        case 1, True:
            return anp.sum(x)
        case _:
            return anp.sum(x**2)


@pytest.mark.parametrize(
    "loss",
    [
        _with_if,
        _with_while,
        _with_for,
        _with_truth,
        _with_a_comparison_that_steps_use_too,
        _with_mask,
        _with_nonzero,
        _with_match,
        pytest.param(lambda x: anp.sum(x) + bool(x[0] > 0), id="bool"),
        pytest.param(lambda x: anp.sum(x) if not (x[1:2] > 1) else anp.sum(x) * 2, id="not"),
        pytest.param(lambda x: max(x[0], x[1]) * 2, id="builtin max"),
        pytest.param(lambda x: min(x), id="builtin min"),
        pytest.param(lambda x: sorted(x)[0] * 1.0, id="sorted"),
        pytest.param(lambda x: anp.sum(x) if any(x > 2) else anp.sum(x**2), id="any"),
        pytest.param(lambda x: anp.sum(x) if all(x > 0) else anp.sum(x**2), id="all"),
        pytest.param(lambda x: anp.sum(x) if anp.all(x > 0) else anp.sum(x**2), id="anp.all"),
        pytest.param(lambda x: anp.sum(x) if (x > 0).any() else anp.sum(x**2), id="method any"),
        pytest.param(lambda x: anp.sum(x) if x[0] in (1.0, 0.5) else anp.sum(x**2), id="in"),
        pytest.param(lambda x: anp.sum(x) if anp.sum(x > 0) > 1 else anp.sum(x**2), id="count"),
        pytest.param(lambda x: x[anp.argmax(x)] ** 2, id="argmax"),
        pytest.param(lambda x: anp.sum(x * (1.0 if x[0] > 0 else 2.0)), id="conditional expression"),
        pytest.param(lambda x: anp.sum(x) * len(anp.flatnonzero(x > 0)), id="length of an outcome"),
    ],
)
def test_a_branch_on_a_value_is_left_to_autograd(loss):
    """Whatever way Python takes by a value, autograd goes it each time, and one warning says so."""
    left_to_autograd(loss, [(x,) for x in VECTORS], r"Python chooses|a single|depends on values|rais")


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(lambda x: anp.sum(anp.where(x > 0, x, x**2)), id="where"),
        pytest.param(lambda x: anp.sum(anp.maximum(x, 0.0) + anp.clip(x, -1, 1)), id="maximum"),
        pytest.param(lambda x: anp.sum(x * (x > 0)), id="product with a comparison"),
        pytest.param(
            lambda x: anp.sum(x) / len(x) if x.ndim == 1 and x.shape[0] > 2 and x.size else 0.0, id="shape"
        ),
        pytest.param(lambda x: sum(x[i] * i for i in range(x.shape[0])), id="loop over a shape"),
        pytest.param(lambda x: anp.sum(x) if x.dtype == np.float64 else 0.0 * anp.sum(x), id="dtype"),
        pytest.param(lambda x: x[-1] if x is not None else 0.0, id="is None"),
    ],
)
def test_a_branch_that_is_no_branch_of_python_is_replayed(loss):
    """Comparisons that NumPy's functions take, and shapes in Python, are replayed."""
    assert call_all(loss, [(x,) for x in VECTORS]).tape is not None


def test_where_of_plain_numpy_is_no_surprise():
    """``np.where`` on traced values makes an array of traced numbers, which no tape holds."""

    def loss(x):
        return sum(np.where(np.array([True, False, True]), x, x**2), 0.0)

    left_to_autograd(loss, [(x,) for x in VECTORS], "gives Python objects|other steps")


@pytest.mark.filterwarnings("ignore::regress_cli.tape.TapeWarning")
@pytest.mark.parametrize(
    "function",
    [np.mean, np.std, np.linalg.norm, np.asarray, np.array, np.copy, np.median, np.sort, np.cumsum],
)
def test_plain_numpy_on_the_data_reads_them_anew(function):
    """Data that go through plain NumPy are not frozen, whether there is a tape or not."""
    taped = value_and_grad(lambda p, X: anp.sum(p * function(X)))
    for scale in range(1, 8):
        X = np.array([1.0, 3.0, 2.0]) * scale
        assert taped(2.0, X)[0] == pytest.approx(np.sum(2.0 * function(X)), rel=1e-14)


def test_methods_that_autograd_lacks_leave_the_function_to_autograd():
    """``X.copy()`` works on an array and not while it is recorded; the result is right all the same."""
    calls = [(2.0, np.ones(3) * k) for k in range(1, 5)]
    left_to_autograd(
        lambda p, X: anp.sum(p * X.copy()), calls, "while it is recorded it raises AttributeError"
    )


# ------------------------------------------------ names that are bound to something else

scale = 1.0


def _reads_a_global(p):
    return scale * p * p


def _calls_a_helper(p):
    return _reads_a_global(p) + 1.0


class _Model:
    """A loss with a parameter of its own."""

    default = 1.0

    def __init__(self) -> None:
        self.l2 = 1.0
        self.inner = SimpleNamespace(delta=1.0)

    def loss(self, p):
        return self.l2 * p * p * self.inner.delta * self.default

    def by_helper(self, p):
        return self.loss(p)

    def __call__(self, p):
        return self.l2 * p * p


def assert_seen_at_once(taped, change):
    """Change something between the second and the third call, neither of which warns."""
    assert taped(2.0)[0] == taped(2.0)[0] == 4.0
    change()
    value, gradient = taped(2.0)
    assert (value, gradient) == (20.0, 20.0)
    assert taped.tape is not None


def test_a_closures_name_that_is_bound_anew_is_seen_at_once():
    """An assignment to an enclosing function's variable is seen at the next call."""
    factor = 1.0

    def change():
        nonlocal factor
        factor = 5.0

    assert_seen_at_once(value_and_grad(lambda p: factor * p * p), change)


def test_a_global_that_is_bound_anew_is_seen_at_once(monkeypatch):
    """So is one to a name of the module."""
    assert_seen_at_once(value_and_grad(_reads_a_global), lambda: monkeypatch.setitem(globals(), "scale", 5.0))


def test_a_helpers_global_that_is_bound_anew_is_seen_at_once(monkeypatch):
    """And one to a name that only a helper of the same module reads."""
    taped = value_and_grad(lambda p: _calls_a_helper(p) - 1.0)
    assert_seen_at_once(taped, lambda: monkeypatch.setitem(globals(), "scale", 5.0))


def test_a_helper_that_is_replaced_is_seen_at_once(monkeypatch):
    """The helper itself may be replaced."""
    taped = value_and_grad(lambda p: _reads_a_global(p))
    assert_seen_at_once(taped, lambda: monkeypatch.setitem(globals(), "_reads_a_global", lambda p: 5 * p * p))


def test_a_default_that_is_replaced_is_seen_at_once():
    """Defaults are read at every call."""

    def loss(p, factor=1.0, *, other=1.0):
        return factor * other * p * p

    assert_seen_at_once(value_and_grad(loss), lambda: setattr(loss, "__defaults__", (5.0,)))
    loss.__defaults__ = (1.0,)
    assert_seen_at_once(value_and_grad(loss), lambda: setattr(loss, "__kwdefaults__", {"other": 5.0}))


@pytest.mark.parametrize("name", ["loss", "by_helper", "__call__"])
def test_an_attribute_that_changes_is_seen_at_once(name):
    """Attributes that a method reads are watched, and those that its object's helpers read."""
    model = _Model()
    function = model if name == "__call__" else getattr(model, name)
    assert_seen_at_once(value_and_grad(function), lambda: setattr(model, "l2", 5.0))


def test_an_attribute_of_an_attribute_is_seen_at_once():
    """So are the attributes of those."""
    model = _Model()
    assert_seen_at_once(value_and_grad(model.loss), lambda: setattr(model.inner, "delta", 5.0))


def test_an_attribute_of_the_class_is_seen_at_once(monkeypatch):
    """And those of the class."""
    assert_seen_at_once(value_and_grad(_Model().loss), lambda: monkeypatch.setattr(_Model, "default", 5.0))


def test_an_attribute_of_a_closures_object_is_seen_at_once():
    """An object that a function reads need not be its own."""
    model = _Model()
    assert_seen_at_once(value_and_grad(lambda p: model.l2 * p * p), lambda: setattr(model, "l2", 5.0))


def test_a_partials_function_is_watched(monkeypatch):
    """A partial is read like the function in it."""
    taped = value_and_grad(functools.partial(lambda factor, p: factor * scale * p * p, 1.0))
    assert_seen_at_once(taped, lambda: monkeypatch.setitem(globals(), "scale", 5.0))


def test_a_name_that_changes_at_every_call_ends_the_recording():
    """After sixteen tapes the function is left to autograd."""
    step = 0

    def loss(p):
        return step * p * p

    taped = value_and_grad(loss)
    for step in range(16):
        assert taped(2.0)[0] == 4.0 * step
    step = 50
    with pytest.warns(TapeWarning, match="16 calls each needed a tape"):
        assert taped(2.0)[0] == 200.0
    step = 100
    assert taped(2.0)[0] == 400.0


# --------------------------------------------------------------- random numbers

RNG = np.random.default_rng(0)


@primitive
def noisy(x):
    """Return the argument with noise."""
    return x + np.random.standard_normal(np.shape(x))


defvjp(noisy, lambda ans, x: lambda g: g)


class _Dropout:
    """Keeps its own generator."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def loss(self, x):
        return anp.sum(x * (self.rng.random() < 0.5))


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(lambda x: anp.sum(x * np.random.standard_normal(3)), id="np.random"),
        pytest.param(lambda x: anp.sum(x) * (np.random.random() < 0.5), id="a coin of np.random"),
        pytest.param(lambda x: anp.sum(x) * (random.random() < 0.5), id="a coin of random"),
        pytest.param(lambda x: anp.sum(x[RNG.integers(0, 2, 1)]), id="a generator in the module"),
        pytest.param(lambda x: anp.sum(noisy(x)), id="a primitive that draws"),
        pytest.param(_Dropout().loss, id="a generator in an object"),
    ],
)
def test_random_numbers_are_left_to_autograd(loss):
    """A function that draws random numbers draws new ones at every call, and a warning says why."""
    taped = value_and_grad(loss)
    with pytest.warns(TapeWarning, match="it draws random numbers"):
        taped(VECTORS[0])
    assert len({float(taped(VECTORS[0])[0]) for _ in range(30)}) > 1


def test_a_generator_in_a_closure_or_among_the_arguments_is_watched():
    """Wherever a generator comes from, one coin is enough to be seen."""
    rng = np.random.default_rng(0)
    with pytest.warns(TapeWarning, match="draws random numbers"):
        value_and_grad(lambda p: p * (rng.random() < 0.5))(2.0)
    with pytest.warns(TapeWarning, match="draws random numbers"):
        value_and_grad(lambda p, source: p * (source.random() < 0.5))(2.0, rng)


def test_a_generator_that_begins_anew_each_time_is_a_constant():
    """The same numbers at every call are no random numbers."""
    call_all(lambda x: anp.sum(x * np.random.default_rng(0).random(3)), [(x,) for x in VECTORS])


def test_numbers_from_the_system_are_other_constants_each_time():
    """A source of numbers that no one watches gives itself away when the function is recorded twice."""
    loss = lambda p: p * random.SystemRandom().random()  # noqa: E731
    with pytest.warns(TapeWarning, match="draws random numbers"):
        value_and_grad(loss)(2.0)


# -------------------------------------------------------- edits in place, and aliases


def test_data_that_the_function_edits_are_left_to_autograd():
    """A function that changes its data changes them at every call, as with autograd."""

    def loss(p, X):
        X += 1.0
        return anp.sum(p * X)

    taped, X = value_and_grad(loss), np.zeros(2)
    with pytest.warns(TapeWarning, match="it changes its arguments"):
        values = [float(taped(1.0, X)[0]) for _ in range(5)]
    assert values == [2.0, 4.0, 6.0, 8.0, 10.0]


@pytest.mark.parametrize("what", ["parameter", "data", "intermediate"])
def test_an_assignment_to_an_entry_is_autograds_error_or_is_left_to_it(what):
    """Here autograd refuses assignments to traced arrays; to data they are possible, and no tape is made."""

    def loss(p, X):
        target = {"parameter": p, "data": X, "intermediate": p * 2}[what]
        target[0] = 5.0
        return anp.sum(p * X)

    if what == "data":
        left_to_autograd(
            loss, [(np.ones(2), np.full(2, 3.0)) for _ in range(3)], "changes its arguments|recorded"
        )
        return
    with pytest.raises(TypeError, match="item assignment"):
        value_and_grad(loss)(np.ones(2), np.ones(2))
    assert trace_stack.top == -1


def test_a_step_that_works_in_place_makes_new_arrays():
    """``x += 1`` on a traced value is a new value, with autograd as in a replay."""

    def loss(x):
        y = x
        y += 1.0
        y *= x
        return anp.sum(y)

    call_all(loss, [(x.copy(),) for x in VECTORS])


@primitive
def itself(x):
    """Return the very same array."""
    return x


@primitive
def upper(x):
    """Return a view."""
    return x[1:]


@primitive
def linear(p, X):
    """Return a product whose derivative is one of its arguments."""
    return np.dot(p, X)


defvjp(itself, lambda ans, x: lambda g: g)
defvjp(linear, lambda ans, p, X: lambda g: X)
defvjp(upper, lambda ans, x: lambda g: anp.concatenate((anp.zeros(1), g)))


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(lambda x: x[0], id="an entry"),
        pytest.param(lambda x: anp.sum(itself(x) * x), id="a primitive that returns its argument"),
        pytest.param(lambda x: anp.sum(upper(x) ** 2) + anp.sum(upper(itself(x)) * 2), id="a view"),
        pytest.param(
            lambda x: anp.sum(anp.exp(anp.broadcast_to(x * 2, (3,))) + 1), id="a view that can't be written"
        ),
        pytest.param(lambda x: anp.sum(anp.tanh((x * 2)[::-1]) * (x * 2)), id="a view backwards"),
        pytest.param(lambda x: anp.sum(anp.tanh(anp.reshape(x * 2, (3, 1))).T + x), id="a reshaped view"),
        pytest.param(lambda x: anp.sum(x[:2] * x[1:]), id="views that overlap"),
    ],
)
def test_views_and_aliases_are_no_surprise(loss):
    """Results that lie in other results' memory are replayed as they are."""
    call_all(loss, [(x,) for x in VECTORS])


def test_a_loss_that_returns_its_argument_has_gradient_one():
    """The result is a copy: it stays what it is when the argument changes, and at the next call."""
    taped, p = value_and_grad(lambda p: p, engine="tape"), np.array(2.0)
    results = [taped(p), taped(p), taped(p)]
    p[...] = 7.0
    assert taped(p)[0] == 7.0
    assert [float(value) for value, _ in results] == [2.0, 2.0, 2.0] or results[0][0] is p


def test_the_same_array_as_two_parameters_and_as_data_counts_thrice():
    """Each place of an argument has its own part of the gradient."""
    x = np.array([1.0, 2.0])
    calls = [({"a": x, "b": x}, x), ({"a": x, "b": x + 1}, x), ({"a": x, "b": x}, x * 2)]
    call_all(lambda p, X: anp.sum(p["a"] * p["b"] ** 2 * X**3), calls * 2)


def test_gradients_that_autograd_gives_as_one_array_are_two_arrays():
    """Of a sum both gradients are the same numbers; a replay gives an array for each."""
    taped = value_and_grad(lambda p: anp.sum(p["a"] + p["b"]), engine="tape")
    params = {"a": np.ones(2), "b": np.ones(2)}
    for _ in range(3):
        _, gradient = taped(params)
        gradient["a"] *= 5.0
        np.testing.assert_array_equal(gradient["b"], np.ones(2))
        np.testing.assert_array_equal(gradient["a"], np.full(2, 5.0))


def test_a_gradient_that_is_an_argument_is_a_copy_of_it():
    """Where a rule hands on one of its arguments, the caller may write to the gradient all the same."""
    taped, X = value_and_grad(lambda p, X: linear(p, X), engine="tape"), np.array([1.0, 2.0])
    for _ in range(3):
        _, gradient = taped(np.ones(2), X)
        np.testing.assert_array_equal(gradient, X)
        gradient += 1.0
    np.testing.assert_array_equal(X, [1.0, 2.0])


def test_results_of_earlier_calls_stay_what_they_are():
    """The arrays of a replay are its own; the caller gets copies, and may write to them."""
    taped = value_and_grad(lambda p: (anp.sum(p["w"] ** 2), p["w"][0])[0], engine="tape")
    results = [taped({"w": x}) for x in VECTORS]
    for (value, gradient), x in zip(results, VECTORS, strict=True):
        assert value == np.dot(x, x)
        np.testing.assert_array_equal(gradient["w"], 2 * x)
        gradient["w"].fill(np.nan)
    assert taped({"w": VECTORS[0]})[0] == 14.0


def test_arguments_that_the_caller_edits_are_read_anew():
    """The caller may hand over the same arrays with other numbers."""
    x, X = np.ones(3), np.ones(3)
    taped = value_and_grad(lambda p, X: anp.sum(p * p * X), engine="tape")
    for k in range(1, 6):
        x[:], X[:] = k, k + 1
        value, gradient = taped(x, X)
        assert value == 3 * k * k * (k + 1)
        np.testing.assert_array_equal(gradient, 2.0 * x * X)


# ---------------------------------------------------------------- shapes and types


def test_other_shapes_and_dtypes_have_tapes_of_their_own():
    """A call with other shapes or another dtype is recorded anew; the earlier tapes stay."""
    taped = value_and_grad(lambda p, X: anp.sum(p * X) ** 2, engine="tape")
    calls = [(np.full(n, 2.0, dtype), np.full(n, 3, other)) for n in (1, 2, 5) for dtype in ("f8", "f4")
             for other in ("f8", "f4", "i8", "?")]  # fmt: skip
    calls = calls[:14]
    for args in calls * 3:
        value, gradient = taped(*args)
        expected = autograd.value_and_grad(lambda p, X: anp.sum(p * X) ** 2)(*args)
        assert value == expected[0]
        assert gradient.shape == args[0].shape
        np.testing.assert_array_equal(gradient, expected[1])


def test_a_number_an_array_of_shape_nothing_and_one_of_shape_one_are_different():
    """A float, a NumPy number and arrays of one number each have autograd's form of gradient."""
    for p in (2.0, np.float64(2.0), np.array(2.0), np.array([2.0]), np.array([[2.0]])):
        taped = value_and_grad(lambda p: anp.sum(p**2), engine="tape")
        for _ in range(3):
            value, gradient = taped(p)
            assert value == 4.0
            assert np.shape(gradient) == np.shape(p)
            assert isinstance(gradient, float) == isinstance(p, float) or np.ndim(p) == 0


def test_a_gradient_by_a_number_is_of_the_same_type_at_every_call():
    """What autograd gives as a NumPy number is one in a replay too."""
    taped = value_and_grad(lambda p, X: anp.sum(p * X), engine="tape")
    types = {type(taped(2.0, np.ones(3))[1]) for _ in range(4)}
    assert types == {np.float64}


def test_float32_stays_float32():
    """Value and gradient are float32 where parameters and data are."""
    calls = [(x.astype(np.float32), x.astype(np.float32) + np.float32(1)) for x in VECTORS]
    taped = value_and_grad(lambda p, X: anp.sum(p * p * X), engine="tape")
    for args in calls:
        value, gradient = taped(*args)
        assert value.dtype == gradient.dtype == np.float32


def test_integers_and_strings_among_the_arguments_are_constants():
    """Another integer needs another tape; so does another string, or None."""

    def loss(p, power, kind=None):
        return p**power * (2.0 if kind == "double" else 1.0)

    taped = value_and_grad(loss, engine="tape")
    for _ in range(3):
        assert taped(3.0, 2)[0] == 9.0
        assert taped(3.0, 3)[0] == 27.0
        assert taped(3.0, 2, kind="double")[0] == 18.0


def test_one_is_not_true():
    """Equal arguments of different types are different arguments."""
    taped = value_and_grad(lambda p, flag: p * (5.0 if flag is True else 1.0), engine="tape")
    assert [float(taped(1.0, flag)[0]) for flag in (1, True, 1, True)] == [1.0, 5.0, 1.0, 5.0]


def test_complex_data_are_constants_by_their_numbers():
    """Arrays that can't be traced are compared number by number: an edit in place is seen at once."""
    taped = value_and_grad(lambda p, z: p * float(np.real(z).sum()), engine="tape")
    z = np.array([1 + 1j])
    for k in range(1, 6):
        z[0] = k
        assert taped(2.0, z)[0] == 2.0 * k


def test_an_object_among_the_arguments_has_no_tape():
    """An argument whose content may change unseen is named, and the function left to autograd at once."""
    model = SimpleNamespace(l2=1.0)
    left_to_autograd(lambda p, model: model.l2 * p * p, [(2.0, model)] * 3, "model is a SimpleNamespace")


def test_objects_that_can_not_be_hashed_are_not_mistaken_for_each_other():
    """An object that is gone leaves its address to another one, which is not taken for it."""
    calls = [(1.0, bytearray([k] * 4)) for k in range(1, 8)]
    left_to_autograd(lambda p, options: p * options[0], calls, "options is a bytearray")


def test_complex_and_integer_parameters_are_left_to_autograd_or_refused_by_it():
    """A complex parameter has no tape; a Python integer is autograd's error."""
    left_to_autograd(
        lambda z: anp.sum(anp.abs(z) ** 2), [(np.array([1 + 2j]),)] * 3, "an array of complex128"
    )
    with pytest.raises(TypeError, match="int"):
        value_and_grad(lambda p: p * 2.0)(3)


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(lambda p: None, id="None"),
        pytest.param(lambda p: p * 1j, id="complex"),
        pytest.param(lambda p: "no", id="str"),
        pytest.param(lambda p: p * np.ones(2), id="vector"),
        pytest.param(lambda p: (p, p), id="tuple"),
    ],
)
def test_a_loss_that_is_no_single_real_number_is_an_error(result):
    """A forgotten return, a vector, a complex number: a TypeError, as with autograd."""
    eager = autograd.value_and_grad(result)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(TypeError):
            eager(2.0)
    with pytest.raises(TypeError, match="a loss is a"):
        value_and_grad(result)(2.0)
    assert trace_stack.top == -1


@pytest.mark.parametrize("constant", [7.0, 7, np.float32(7.0), np.array(7.0), np.array([7.0])])
def test_a_constant_loss_has_gradient_zero_at_every_call(constant):
    """A loss without parameters has gradient zero, in the first call and in later ones."""
    taped = value_and_grad(lambda p: constant, engine="tape")
    for _ in range(5):
        value, gradient = taped({"w": np.ones(3), "b": 1.0})
        assert value == 7.0
        np.testing.assert_array_equal(gradient["w"], np.zeros(3))
        assert gradient["b"] == 0.0


def test_parameters_that_the_loss_ignores_have_gradient_zero_at_every_call():
    """The same of a single parameter that is not used."""
    taped = value_and_grad(lambda p: anp.sum(p["used"] ** 2), engine="tape")
    for k in range(5):
        _, gradient = taped({"used": np.full(2, float(k)), "unused": np.ones((3, 2)), "too": 2.0})
        np.testing.assert_array_equal(gradient["unused"], np.zeros((3, 2)))
        assert gradient["too"] == 0.0
        gradient["unused"] += 1.0


def test_empty_arrays_are_no_surprise():
    """Arrays without numbers have gradients without numbers."""
    calls = [(np.zeros((0, 3)), np.zeros(2) + k) for k in range(4)]
    call_all(lambda p, X: anp.sum(p) + anp.sum(X) + anp.sum(anp.tanh(p) * 2), calls)


# ----------------------------------------------------------------- arguments

Layer = namedtuple("Layer", ["W", "b"])


def test_lists_tuples_dicts_and_named_tuples_keep_their_form():
    """The gradient has the form of the argument, at every call."""
    params = {"layers": [Layer(np.ones((2, 2)), np.zeros(2)), (np.ones((2, 1)), [np.zeros(1)])], "scale": 2.0}

    def loss(params, X):
        first, (W, (b,)) = params["layers"]
        return anp.sum(params["scale"] * (anp.tanh(X @ first.W + first.b) @ W + b) ** 2)

    taped = value_and_grad(loss, engine="tape")
    X = np.arange(6.0).reshape(3, 2)
    flat = (np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1), 2.0)
    expected = autograd.value_and_grad(
        lambda p, X: loss({"layers": [Layer(p[0], p[1]), (p[2], [p[3]])], "scale": p[4]}, X)
    )(flat, X)
    for _ in range(4):
        value, gradient = taped(params, X)
        assert value == expected[0]
        assert type(gradient["layers"][0]) is Layer
        assert type(gradient["layers"][1]) is tuple
        assert type(gradient["layers"][1][1]) is list
        for one, other in zip(leaves(gradient), expected[1], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("argnum", [0, 1, -1, (0, 2), [1, 0], (2,), (-1, 0)])
def test_argnum_is_autograds(argnum):
    """One argument or several, counted from either end."""
    calls = [(2.0 * k, np.arange(3.0) + k, 0.5 * k) for k in range(1, 5)]
    call_all(lambda a, x, b: anp.sum(a * anp.sin(x) + b * x**2), calls, argnum)


@pytest.mark.parametrize("argnum", [3, -4, (0, 3)])
def test_an_argnum_that_is_not_there_is_an_error(argnum):
    """A number beyond the arguments is an IndexError, and not another argument."""
    with pytest.raises(IndexError):
        autograd.value_and_grad(lambda a, b: a * b, argnum)(2.0, 3.0)
    with pytest.raises(IndexError):
        value_and_grad(lambda a, b: a * b, argnum)(2.0, 3.0)


def test_arguments_by_name_are_data():
    """Keyword arguments are read anew; a name that positional arguments have as well is no other's."""

    def loss(p, /, X, **more):
        return anp.sum(p * X) + more["p"] * anp.sum(more["params"]["X"])

    taped, eager = value_and_grad(loss, engine="tape"), autograd.value_and_grad(loss)
    for k in range(1, 5):
        args, kwargs = (np.ones(2) * k, np.arange(2.0) + k), {"p": 2.0 * k, "params": {"X": np.ones(1) * k}}
        assert_equal(taped(*args, **kwargs), eager(*args, **kwargs))


class Odd:
    """Looks like every other one."""

    def __repr__(self) -> str:
        return "odd"


def test_keys_that_look_the_same_are_different_keys():
    """Names are made from keys; two that look alike do not share a gradient."""
    one, other = Odd(), Odd()
    call_all(
        lambda p: p[one] ** 2 * p[other] ** 3 + p["x"] * p["['x"] * p["x']"],
        [({one: 2.0 + k, other: 3.0 - k, "x": 1.0 * k, "['x": 2.0 * k, "x']": 3.0},) for k in range(4)],
    )


def test_a_subclass_of_dict_among_the_data_stays_what_it_is():
    """Only dicts, lists and tuples are taken apart: of others no one knows how to put them together."""
    missing = type("Missing", (dict,), {"__missing__": lambda self, key: 3.0})(a=2.0)
    calls = [(2.0, missing), (3.0, missing), (4.0, missing)]
    left_to_autograd(lambda p, d: p * d["a"] * d["b"], calls, "d is a Missing")


class _Callable:
    """A function with a state, and methods of each kind."""

    factor = 2.0

    def __call__(self, p):
        return self.factor * p * p

    def method(self, p):
        return self.factor * p * p

    @classmethod
    def of_class(cls, p):
        return cls.factor * p * p

    @staticmethod
    def of_none(p):
        return 2.0 * p * p


@pytest.mark.parametrize(
    "function",
    [
        _Callable(),
        _Callable().method,
        _Callable.of_class,
        _Callable.of_none,
        functools.partial(lambda a, p: a * p * p, 2.0),
        functools.partial(lambda p, a: a * p * p, a=2.0),
        functools.wraps(abs)(lambda p: 2.0 * p * p),
        functools.lru_cache(maxsize=None)(lambda p: 2.0 * p * p),
        anp.square,
    ],
)
def test_everything_that_can_be_called_can_be_differentiated(function):
    """Methods, partials, objects, wrapped functions and primitives."""
    call_all(function, [(float(k),) for k in range(1, 6)])


def test_a_generator_function_inside_the_loss_is_no_surprise():
    """Python's own loops and generators run when the function is recorded, and not in a replay."""

    def loss(params, X):
        def layers():
            for W, b in params:
                yield lambda h, W=W, b=b: anp.tanh(h @ W + b)

        hidden = X
        for layer in layers():
            hidden = layer(hidden)
        return anp.sum(hidden)

    rng = np.random.default_rng(0)
    taped = value_and_grad(loss, engine="tape")
    for _ in range(4):
        params = [(rng.normal(size=(2, 2)), rng.normal(size=2)) for _ in range(3)]
        flat = [array for pair in params for array in pair]
        eager = autograd.value_and_grad(
            lambda flat, X: loss(list(zip(flat[::2], flat[1::2], strict=True)), X)
        )
        X = rng.normal(size=(4, 2))
        assert_equal(taped(params, X), eager(flat, X))


def test_a_different_number_of_steps_by_an_integer_is_a_different_tape():
    """A loop whose length is an argument is recorded for each length."""

    def loss(p, n):
        for _ in range(n):
            p = anp.sin(p)
        return anp.sum(p)

    call_all(loss, [(x, n) for x in VECTORS for n in (1, 2, 3)])


def test_a_number_of_steps_that_the_function_counts_is_left_to_autograd():
    """A function that does one step more at every call has no tape."""
    calls = []

    def loss(p):
        calls.append(None)
        for _ in calls:
            p = p * 1.5
        return p

    with pytest.warns(TapeWarning, match="other steps"):
        value_and_grad(loss)(2.0)


# ------------------------------------------------------- errors and warnings


class _FailsAt:
    """Raises at one of its calls."""

    def __init__(self, call: int) -> None:
        self.calls, self.failing = 0, call

    def __call__(self, p):
        self.calls += 1
        if self.calls == self.failing:
            raise ValueError("on purpose")
        return anp.sum(p**2)


def test_an_error_in_the_first_call_is_the_callers():
    """The first call raises what the function raises; the next one is a first call again."""
    taped = value_and_grad(_FailsAt(1))
    with pytest.raises(ValueError, match="on purpose"):
        taped(VECTORS[0])
    assert trace_stack.top == -1
    assert taped(VECTORS[0])[0] == 14.0
    assert taped.tape is not None


@pytest.mark.parametrize(("call", "reason"), [(2, "while it is recorded"), (3, "at other parameters")])
def test_an_error_while_the_function_is_recorded_is_a_warning(call, reason):
    """The caller has a result already, so there is no tape and no error."""
    taped = value_and_grad(_FailsAt(call))
    with pytest.warns(TapeWarning, match=f"{reason} it raises ValueError: on purpose"):
        assert taped(VECTORS[0])[0] == 14.0
    assert trace_stack.top == -1


def test_an_error_in_a_comparison_is_the_callers():
    """A comparison calls the function, and raises what it raises."""
    taped = value_and_grad(_FailsAt(4))
    taped(VECTORS[0])
    with pytest.raises(ValueError, match="on purpose"):
        taped(VECTORS[0])
    assert trace_stack.top == -1
    assert taped(VECTORS[0])[0] == 14.0


@primitive
def positive_only(x):
    """Return x, or raise an error."""
    if np.any(x < 0):
        raise ArithmeticError("negative")
    return x * 1.0


defvjp(positive_only, lambda ans, x: lambda g: g)


def test_an_error_of_a_primitive_in_a_replay_is_autograds_and_shows_the_line():
    """The error is the one that autograd raises; the replay's traceback shows the line that was run."""
    taped = value_and_grad(lambda x: anp.sum(positive_only(x)), engine="tape")
    taped(VECTORS[0]), taped(VECTORS[0])
    with pytest.raises(ArithmeticError, match="negative") as error:
        taped(VECTORS[1])
    text = "".join(traceback.format_exception(error.value))
    assert "store(" in text
    assert 'File "<tape ' in text
    assert taped(VECTORS[0])[0] == 6.0
    assert trace_stack.top == -1


@pytest.mark.parametrize("start", [1.0, 800.0])
def test_overflow_warns_in_a_replay_as_with_autograd(start):
    """NumPy's warnings come from a replay as they come from autograd, and so do infinity and NaN."""
    taped = value_and_grad(lambda x: anp.exp(x) - anp.exp(x) * 2.0, engine="tape")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        taped(start), taped(start)
    messages = []
    for function in (taped, autograd.value_and_grad(lambda x: anp.exp(x) - anp.exp(x) * 2.0)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value, gradient = function(800.0)
        messages.append({str(warning.message).replace("scalar ", "") for warning in caught})
        assert np.isnan(value)
        assert np.isnan(gradient)
    assert messages[0] == messages[1] != set()
    assert taped(0.0)[0] == -1.0


def test_errors_in_place_of_warnings_come_from_a_replay_too():
    """Under ``np.errstate(over="raise")`` a replay raises what autograd raises, and goes on afterwards."""
    taped = value_and_grad(lambda x: anp.exp(x), engine="tape")
    taped(1.0), taped(1.0)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        taped(800.0)
    assert taped(0.0)[0] == 1.0


def test_nan_is_not_a_difference():
    """NaN in the same places is agreement."""
    taped = value_and_grad(lambda x: anp.sum(anp.sqrt(x)), engine="tape")
    with np.errstate(all="ignore"):
        for _ in range(9):
            value, gradient = taped(VECTORS[1])
            assert np.isnan(value)
            np.testing.assert_array_equal(np.isnan(gradient), [False, False, True])


def test_the_warning_points_at_the_callers_line():
    """The warning names the line that called the function, not one of ours."""
    with pytest.warns(TapeWarning) as record:
        value_and_grad(_with_if)(VECTORS[0])
    assert record[0].filename == __file__


# --------------------------------------------------- gradients inside gradients

cube = value_and_grad(lambda q: anp.sum(q**3), engine="tape")


def test_a_taped_function_inside_a_taped_function():
    """Inside another trace a taped function is autograd's, and keeps its tape for later."""
    call_all(lambda p: anp.sum(cube(p)[1] ** 2), [(x,) for x in VECTORS])
    assert cube(VECTORS[0])[0] == 36.0
    assert cube.tape is not None


def test_a_taped_function_that_is_made_inside_a_taped_function():
    """One that reads the outer one's parameters leaves no warning and has autograd's gradient."""

    def loss(params):
        return value_and_grad(lambda q: q * q * anp.sum(params["a"]) * params["b"])(2.0)[1]

    taped = value_and_grad(loss, engine="tape")
    for k in range(1, 6):
        value, gradient = taped({"a": np.full(3, float(k)), "b": 2.0})
        assert value == 4.0 * 3 * k * 2
        np.testing.assert_array_equal(gradient["a"], np.full(3, 8.0))
        assert gradient["b"] == 12.0 * k


def test_autograds_gradient_inside_the_loss():
    """Second derivatives are replayed like first ones."""
    call_all(
        lambda p: anp.sum(autograd.grad(lambda q: anp.sum(anp.sin(q) * q))(p) ** 2), [(x,) for x in VECTORS]
    )


def test_a_taped_function_inside_autograds_gradient():
    """Here autograd differentiates through a taped function."""
    outer = autograd.grad(lambda p: anp.sum(cube(p)[1]))
    for x in VECTORS:
        np.testing.assert_allclose(outer(x), 6 * x, rtol=1e-15)


def test_a_function_that_differentiates_itself():
    """A function that calls its own gradient, one level down, at every comparison."""

    def loss(p, depth=2):
        return anp.sum(p**2) if depth == 0 else anp.sum(taped(p, depth - 1)[1] * p)

    taped = value_and_grad(loss, engine="tape")
    for k in range(1, 6):
        value, gradient = taped(np.array([1.0 * k, 2.0]), 2)
        assert value == pytest.approx(4 * (k * k + 4))
        np.testing.assert_allclose(gradient, 8 * np.array([1.0 * k, 2.0]))


def test_the_trace_stack_is_what_it_was_after_every_error():
    """An error at any depth leaves autograd's counter of traces alone."""

    def loss(p):
        autograd.grad(lambda q: q * np.ones(2))(p)

    for function in (loss, lambda p: value_and_grad(loss)(p), lambda p: p + "x"):
        with pytest.raises(Exception, match=r"."):
            value_and_grad(function)(2.0)
        assert trace_stack.top == -1


# ---------------------------------------------------------------- threads and sizes


def test_threads_may_share_a_function():
    """A replay is one thread's at a time: no thread gets another one's numbers."""
    X = np.random.default_rng(0).normal(size=(100, 20))
    taped = value_and_grad(lambda p, X: anp.sum(anp.tanh(X * p) ** 2), engine="tape")
    eager = autograd.value_and_grad(lambda p, X: anp.sum(anp.tanh(X * p) ** 2))
    expected = [eager(float(k), X) for k in range(4)]
    taped(1.0, X)
    # From the 64th call to the 128th there is no comparison, for autograd itself is not made for threads.
    for _ in range(63):
        taped(1.0, X)
    wrong = []

    def work(k):
        wrong.extend(k for _ in range(15) if taped(float(k), X) != expected[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_graph_of_thousands_of_steps():
    """Long graphs meet no limit of recursion, of arguments or of memory."""

    def loss(p):
        x = p
        for _ in range(800):
            x = anp.sin(x) * 1.0001
        return anp.sum(x)

    taped = call_all(loss, [(np.ones(3) * k,) for k in range(1, 3)])
    assert taped.tape is not None
    assert len(taped.tape.steps) >= 4_000


def test_many_parameters():
    """Hundreds of parameters in a list are no surprise."""
    lists = [[np.full(2, float(k + j)) for k in range(300)] for j in range(3)]
    call_all(lambda params: sum(anp.sum(p**2) for p in params), [(params,) for params in lists])


def test_huge_arrays_that_are_not_used_do_no_harm():
    """An array that the function never reads changes nothing."""
    call_all(lambda p, X: p * p, [(float(k), np.zeros(1_000_000)) for k in range(4)])
