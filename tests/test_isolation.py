"""A stranger's file in a process of its own: it answers in numbers, or whatever it does is told in words."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from processes import is_alive

from regress_cli import isolation
from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation import Answer, Failure, Limits, Reply, diagnosis
from regress_cli.isolation.arrays import Unusable
from regress_cli.isolation.channel import framed
from regress_cli.isolation.conversation import Conversation
from regress_cli.isolation.frames import ProtocolError, pack
from regress_cli.isolation.source import MOST_BYTES
from regress_cli.isolation.stages import Pass, stages_of
from regress_cli.text import printable

X = np.array([0.5, -1.0, 2.0])
HEAD = "import ctypes, os, signal, sys, time\nimport numpy as np\n"
Open = Callable[..., Answer]
ORDINARY = Limits()


@pytest.fixture
def answer(tmp_path: Path) -> Open:
    """Return a function that makes an answer of a text; the third line of the file is its first."""

    def make(text: str, name: str = "f", limits: Limits = ORDINARY) -> Answer:
        file = tmp_path / "answer.py"
        file.write_text(HEAD + textwrap.dedent(text).lstrip("\n"))
        return Answer(file, name, limits)

    return make


def reply_of(outcome: Reply | Failure) -> Reply:
    """Return a reply that is one."""
    assert isinstance(outcome, Reply), outcome
    return outcome


def failure_of(outcome: object) -> Failure:
    """Return a failure that is one, in a line that can be shown."""
    assert isinstance(outcome, Failure), outcome
    assert printable(outcome.message, 1000) == outcome.message
    return outcome


def wait_for(condition: Callable[[], object]) -> None:
    """Return when the condition holds."""
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def open_files() -> int:
    """Return how many files this process has open."""
    return len([*Path("/dev/fd").iterdir()])


# ------------------------------------------------------------------------------------------------ forms


RETURNED = {
    "np.array([1.0, np.nan, -np.inf])": np.array([1.0, np.nan, -np.inf]),
    "x.astype('f4')": X.astype("f4"),
    "x.astype('>f8')[::-1]": X[::-1],
    "np.arange(6).reshape(2, 3).T": np.arange(6).reshape(2, 3).T,
    "x > 0": X > 0,
    "3": np.array(3),
    "True": np.array(True),
    "2.5": np.array(2.5),
    "np.float32(2.5)": np.array(2.5, "f4"),
    "[1, 2.5]": np.array([1, 2.5]),
    "[[1], [2]]": np.array([[1], [2]]),
    "np.zeros((0, 3))": np.zeros((0, 3)),
    "(x, 1.0)": (X, np.array(1.0)),
    "{'x': x, 'b': [1, 2]}": {"x": X, "b": np.array([1, 2])},
    "(x, (x > 0))": (X, X > 0),
}


def test_a_gradient_comes_back_as_it_was_returned(answer: Open):
    """Arrays, numbers, lists, tuples and dicts of them keep their form, type and every bit."""
    with answer("def f(x, k):\n    return eval(" + repr([*RETURNED]) + "[k])") as opened:
        assert opened.load() == ("x", "k")
        for number, expected in enumerate(RETURNED.values()):
            reply = reply_of(opened.call({"x": X, "k": number}))
            assert repr(reply.gradient) == repr(expected)
            assert (reply.form, reply.output, reply.stages) == ("gradient", None, ())
            assert reply.noticed == reply.changed == ()


UNUSABLE = {
    "None": "f returned None; return an array of real numbers; perhaps a return is missing",
    "'text'": "f returned a text; return an array",
    "1j": "f returned complex numbers; return an array of real numbers, for a gradient is real",
    "np.ones(2) * 1j": "f returned complex numbers",
    "np.array([None, 1])": "f returned an array of Python objects",
    "np.array(['a'])": "f returned an array of the type <U1",
    "np.ones(2, 'f2')": "f returned numbers of the type float16; return float64",
    "2 ** 70": "f returned an integer of more than 64 bits; return a float",
    "(v for v in x)": r"f returned a generator; return an array of real numbers, such as np.array\(",
    "['a', 'b']": "f returned a list that is no array of numbers",
    "[[1], [2, 3]]": "f returned a list that is no array of numbers",
    "[None]": "f returned a list that is no array of numbers",
    "np.ma.array([1.0])": "f returned a MaskedArray instead of a plain array; .* such as np.asarray gives",
    "np.sin": "f returned a function; return its result, or",
    "{}": "f returned an empty dict",
    "()": "f returned an empty tuple",
    "{1: x}": "f returned a dict with the key 1; its keys are the arguments' names",
    "{'x': None}": "f returned for x None",
    "(x, None)": "f returned as entry 1 of a tuple None",
    "(None, np.sin)": "as its value f returned None",
    "(x, lambda g: None)": "the backward of f returned None",
    "{'x': {'y': 1}}": "f returned for x a dict",
    "object()": "f returned an object; return an array",
    "{f'k{n}': 1 for n in range(20_000)}": "what f returned .* too many parts; return one array",
    "np.zeros((1,) * 40)": "what f returned has an array of too many dimensions",
}


def test_what_is_no_gradient_is_told_in_clear_words(answer: Open):
    """Each thing that is no real number has words of its own, and the process goes on."""
    with answer("def f(x, k):\n    return eval(" + repr([*UNUSABLE]) + "[k])") as opened:
        for number, (text, expected) in enumerate(UNUSABLE.items()):
            failure = failure_of(opened.call({"x": X, "k": number}))
            assert failure.kind == "unusable", text
            assert re.match(expected, failure.message), failure.message


def test_a_function_may_return_its_backward(answer: Open):
    """The backward is called with ones of the value's shape; what it returns is the gradient."""
    text = """
        def f(x):
            return np.exp(x), lambda g: g * np.exp(x)
        def g(x):
            return x.sum(), lambda g: {"x": g * np.ones_like(x), "is_float": [isinstance(g, float)]}
        def h(x):
            return np.arange(3), lambda g: g / 2
        """
    with answer(text) as opened:
        reply = reply_of(opened.call({"x": X}))
    assert reply.form == "forward"
    assert reply.output is not None
    np.testing.assert_array_equal(reply.output, np.exp(X))
    np.testing.assert_array_equal(reply.gradient, np.exp(X))
    with answer(text, "g") as opened:
        gradient = reply_of(opened.call({"x": X})).gradient
    assert repr(gradient) == repr({"x": np.ones(3), "is_float": np.array([True])})
    with answer(text, "h") as opened:
        np.testing.assert_array_equal(reply_of(opened.call({"x": X})).gradient, [0.5, 0.5, 0.5])


def test_a_backward_may_begin_with_another_gradient(answer: Open):
    """What is given in place of ones reaches the backward, a float for a number; a gradient has none."""
    text = """
        def f(x):
            return np.exp(x), lambda g: g * np.exp(x)
        def number(x):
            return x.sum(), lambda g: [isinstance(g, float), g]
        def gradient(x):
            return np.exp(x)
        def a(x): return 2 * x, lambda g: 2 * g
        def b(a): return np.sin(a), lambda g: g * np.cos(a)
        stages = [a, b]
        """
    g = np.array([1.0, -2.0, 0.5])
    with answer(text) as opened:
        np.testing.assert_array_equal(reply_of(opened.call({"x": X}, g)).gradient, g * np.exp(X))
        # The next one begins with ones again.
        np.testing.assert_array_equal(reply_of(opened.call({"x": X})).gradient, np.exp(X))
        assert "(3,) in one call and (2,) in another" in failure_of(opened.call({"x": X}, g[:2])).message
    with answer(text, "number") as opened:
        np.testing.assert_array_equal(reply_of(opened.call({"x": X}, np.array(-3.0))).gradient, [1, -3])
    with answer(text, "gradient") as opened:
        np.testing.assert_array_equal(reply_of(opened.call({"x": X}, g)).gradient, np.exp(X))
    with answer(text, "stages") as opened:
        reply = reply_of(opened.call({"x": X}, g))
    assert isinstance(reply.gradient, dict)
    np.testing.assert_allclose(reply.gradient["x"], 2 * g * np.cos(2 * X))
    np.testing.assert_array_equal(reply.stages[1].cotangent, g)
    assert reply.stages[1].autograd is not None
    np.testing.assert_allclose(reply.stages[1].autograd["a"], g * np.cos(2 * X))


STAGES = """
    from numpy import *
    import numpy.linalg as la
    def a(x, W):
        '''a = x W

        More is not shown.'''
        return x @ W, lambda g: (g @ W.T, x.T @ g)
    def b(a):
        t = np.tanh(a)
        return t, lambda g: {"a": g * (1 - t ** 2)}
    def c(a, b, labels, scale=2.0):
        return a * b * scale, lambda g: [g * b * scale, g * a * scale, None]
    def unused(x):
        return exp(x), lambda g: g * exp(x)
    def s(c):
        return la.norm(c) ** 2, lambda g: 2 * c * g
    f = [a, b, c, unused, s]
    """


def test_stages_form_a_graph(answer: Open):
    """Values that are used twice get the sum of their gradients; each stage is held against autograd."""
    rng = np.random.default_rng(1)
    inputs = {"x": rng.normal(size=(4, 3)), "W": rng.normal(size=(3, 2)), "labels": np.arange(4)}

    def whole(x, W):
        a = anp.dot(x, W)
        return anp.sum((2 * a * anp.tanh(a)) ** 2)

    with answer(STAGES) as opened:
        assert opened.load() == ("x", "W", "labels")
        reply = reply_of(opened.call(inputs))
    assert reply.form == "stages"
    assert reply.output is not None
    assert isinstance(reply.gradient, dict)
    np.testing.assert_allclose(reply.output, whole(inputs["x"], inputs["W"]))
    assert list(reply.gradient) == ["x", "W"]
    for number, name in enumerate(reply.gradient):
        truth = autograd.grad(whole, number)(inputs["x"], inputs["W"])
        np.testing.assert_allclose(reply.gradient[name], truth)
    assert [stage.name for stage in reply.stages] == ["a", "b", "c", "unused", "s"]
    assert [stage.inputs for stage in reply.stages[:3]] == [("x", "W"), ("a",), ("a", "b", "labels")]
    assert [stage.formula for stage in reply.stages] == ["a = x W", "", "", "", ""]
    assert reply.stages[2].backward["labels"] is None
    assert repr(reply.stages[4].cotangent) == "array(1.)"
    for stage in reply.stages:
        assert stage.autograd is not None
        assert stage.autograd.keys() == {name for name, given in stage.backward.items() if given is not None}
        for name, true in stage.autograd.items():
            np.testing.assert_allclose(stage.backward[name], true)
        for name, value in stage.values.items():
            source = inputs.get(name)
            earlier = next((other.value for other in reply.stages if other.name == name), source)
            np.testing.assert_array_equal(value, earlier)


def test_a_wrong_stage_shows_beside_autograd(answer: Open):
    """A wrong backward is passed on as it is; autograd judges each stage by the gradient that came in."""
    text = """
        def a(x): return x ** 2, lambda g: g * x
        def b(a): return np.sin(a), lambda g: g * np.cos(a)
        f = (a, b)
        """
    with answer(text) as opened:
        stages = reply_of(opened.call({"x": X})).stages
    assert stages[0].autograd is not None
    np.testing.assert_allclose(stages[0].autograd["x"], 2 * np.asarray(stages[0].backward["x"]))
    np.testing.assert_allclose(stages[0].cotangent, np.cos(X**2))


@pytest.mark.parametrize(
    "body",
    [
        "y = np.zeros(3); y[:] = x; y[0] = x[0] * x[1]",
        "y = np.array([float(v) for v in x])",
        "y = x + next(drawn)",
    ],
)
def test_autograd_says_nothing_of_what_it_cannot_trace(answer: Open, body: str):
    """Where autograd can't trace a stage, or gets another value, the stage still runs."""
    text = f"""
        drawn = iter(np.random.default_rng().normal(size=9))
        def a(x):
            {body}
            return y, lambda g: g
        f = [a]
        """
    with answer(text) as opened:
        [stage] = reply_of(opened.call({"x": X})).stages
    assert stage.autograd is None


def test_numbers_are_numbers_in_stages(answer: Open):
    """A single number is handed on as a number, and its gradient as a float; integers have no gradient."""
    text = """
        seen = []
        def a(x, n):
            seen.append(isinstance(x, float))
            return x * n, lambda g: (seen.append(isinstance(g, float)) or g * n, None)
        def b(a): return a + 1, lambda g: seen.append(isinstance(a, float)) or g
        def c(b): return np.array([b, *seen]), lambda g: g[0]
        f = [a, b, c]
        """
    with answer(text) as opened:
        reply = reply_of(opened.call({"x": 1.5, "n": 2}))
        assert np.all(reply_of(opened.call({"x": 1.5, "n": 2})).output)
    assert repr(reply.gradient) == repr({"x": np.array(2.0)})
    assert reply.stages[0].autograd == {"x": np.array(2.0)}


STAGE_A = "def a(x): return x, lambda g: g\n"
BAD_STAGES = {
    "f = []": "the list has no stage",
    "f = [3]": "stage 1 of the list is an int; write def stage",
    "f = [lambda x: x]": "stage 1 of the list has no name",
    STAGE_A + "f = [a, a]": "there are two stages named a",
    STAGE_A + "def b(a): return a, lambda g: g\nf = [b, a]": "stage b takes a, which is computed only later",
    "def a(a): return a, lambda g: g\nf = [a]": "stage a takes a, which is computed only later or by itself",
    "def a(*x): return x, lambda g: g\nf = [a]": r"a takes \*x; name each argument by itself",
    "def a(x, /): return x, lambda g: g\nf = [a]": "a takes x by position only",
    "def a(x): return x\nf = [a]": "stage a returned an array; return a tuple",
    "def a(x): return 'v', lambda g: g\nf = [a]": "as its value stage a returned a text",
    "def a(x): return x, lambda g: 'v'\nf = [a]": "the backward of stage a returned for x a text",
    "def a(x): return x, lambda g: (g, g)\nf = [a]": "the backward of stage a returned 2 gradients for 1 arg",
    "def a(x): return x, lambda g: {'z': g}\nf = [a]": "the backward of stage a returned a gradient for z",
    STAGE_A + "def b(a): return a, lambda g: g[:2]\nf = [a, b]": (
        r"the backward of stage b gives a gradient of shape \(2,\) for a, whose shape is \(3,\)"
    ),
    "def a(x): return x, lambda g: 1.0\ndef b(a, x): return a, lambda g: (g, g)\nf = [a, b]": (
        r"the backward of stage a gives a gradient of shape \(\) for x, whose shape is \(3,\)"
    ),
}


@pytest.mark.parametrize("text", BAD_STAGES)
def test_stages_that_do_not_fit_are_named(text: str):
    """A list that is none of stages, or stages that can't be run forward and back, are refused by name."""
    names: dict[str, Any] = {}
    exec(text, names)
    with pytest.raises(Unusable, match=BAD_STAGES[text]):
        Pass.over(stages_of(names["f"]), {"x": X})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(**x): return x", "f takes **x; name each argument by itself"),
        ("f = 3.0", "f in answer.py is a float; name a function or a list"),
        ("f = []", "the list has no stage; put one function for each in it"),
    ],
)
def test_what_is_no_answer_is_told_at_once(answer: Open, text: str, expected: str):
    """What is neither a function with named arguments nor a list of stages is refused when it is loaded."""
    with answer(text) as opened:
        assert failure_of(opened.load()) == Failure("unusable", expected)


def test_a_gradient_of_a_wrong_shape_is_for_others_to_judge(answer: Open):
    """What arrives at an input alone is returned as it is."""
    with answer("def a(x): return x, lambda g: g.sum()\nf = [a]") as opened:
        assert repr(reply_of(opened.call({"x": X})).gradient) == repr({"x": np.array(3.0)})


def test_arguments_have_to_fit(answer: Open):
    """Names that are missing or too many are told; arguments with a default may be given or not."""
    with answer("def f(x, w, scale=2.0, *, shift=0):\n    return (x + w) * scale") as opened:
        assert opened.load() == ("x", "w")
        expected = "f takes (x, w) and is called with (x, v); let it take these names, and "
        expected += "give any other a default"
        assert failure_of(opened.call({"x": X, "v": X})).message == expected
        assert repr(reply_of(opened.call({"x": 1.0, "w": 1})).gradient) == "array(4.)"
        assert repr(reply_of(opened.call({"x": 1.0, "w": 1, "scale": 3})).gradient) == "array(6.)"


def test_changes_in_place_are_told(answer: Open):
    """The names of arrays that the call wrote into are returned; the caller's own are left alone."""
    text = """
        def f(x, y, z):
            x *= 2
            y.shape = (3, 1)
            return x
        def a(x): return x + 1, lambda g: g
        def b(a):
            a[a < 0] = 0
            return a, lambda g: g
        g = [a, b]
        """
    inputs = {name: np.arange(3.0) for name in "xyz"}
    with answer(text) as opened:
        assert reply_of(opened.call(inputs)).changed == ("x", "y")
        assert repr(reply_of(opened.call(inputs)).gradient) == repr(np.array([0.0, 2.0, 4.0]))
    assert repr(inputs["x"]) == "array([0., 1., 2.])"
    with answer(text, "g") as opened:
        reply = reply_of(opened.call({"x": -X - 1}))
    assert reply.changed == ("a",)
    np.testing.assert_array_equal(reply.stages[1].values["a"], -X)


def test_a_file_is_loaded_as_scripts_are(answer: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its folder comes first on the search path, the current folder stays, and no bytecode is left."""
    (tmp_path / "helper.py").write_text("VALUE = 4.0")
    (tmp_path / "elsewhere").mkdir()
    text = """
        import dataclasses, helper
        @dataclasses.dataclass
        class Point:
            x: "float"
        here = os.getcwd() == os.path.join(os.path.dirname(__file__), "elsewhere")
        assert __name__ != "__main__"
        def f(x):
            return np.array([helper.VALUE, here, sys.path[0] == os.path.dirname(__file__), Point(x).x])
        """
    monkeypatch.chdir(tmp_path / "elsewhere")
    with answer(text) as opened:
        assert repr(reply_of(opened.call({"x": 2.0})).gradient) == repr(np.array([4.0, 1.0, 1.0, 2.0]))
    with Answer(Path("../answer.py"), "f") as opened:
        assert opened.load() == ("x",)
    assert not list(tmp_path.rglob("__pycache__"))


def test_nothing_heavy_is_imported(answer: Open):
    """The process has NumPy, and neither autograd nor what else regress imports."""
    text = """
        def f(x):
            heavy = ("autograd", "pydantic", "matplotlib", "polars", "scipy", "typer", "regress_cli.config")
            return [name in sys.modules for name in heavy]
        """
    with answer(text) as opened:
        assert not np.any(reply_of(opened.call({"x": 1.0})).gradient)
    assert isolation.__doc__
    with pytest.raises(AttributeError):
        _ = isolation.nothing


# --------------------------------------------------------------------------------------------- failures

SHORT = Limits(seconds=0.5)
# A slow machine is no failure.
LITTLE = Limits(seconds=20, memory=300 << 20)

FAILURES = {
    "an exception": ("raise ValueError('no')", "raised", "ValueError: no; see answer.py line 4"),
    "an exception that can't be shown": (
        "raise type('W', (Exception,), {'__str__': lambda self: 1 / 0})",
        "raised",
        "W; see answer.py line 4",
    ),
    "a text that moves the cursor": (
        "raise ValueError('\\x1b[31m\\nb')",
        "raised",
        r"ValueError: \\x1b\[31m\\nb; see answer.py line 4",
    ),
    "an exception of NumPy": (
        "return np.ones(2) @ np.ones(3)",
        "raised",
        "ValueError: .*; see answer.py line 4",
    ),
    "endless recursion": ("return f(x)", "raised", "RecursionError: .*; see answer.py line 4"),
    "a question": ("return float(input())", "raised", "EOFError"),
    "a large file": ("open('large', 'wb').write(bytes(2 << 20))", "raised", "OSError: .*File too large"),
    "exit": ("exit()", "exited", "leaves Python; see answer.py line 4"),
    "sys.exit": ("sys.exit(3)", "exited", "leaves Python; see answer.py line 4"),
    "os._exit": ("os._exit(3)", "exited", "leaves Python with exit status 3; take os._exit out of answer.py"),
    "os._exit beside a copy": (
        "os.fork() and os._exit(0); time.sleep(60)",
        "exited",
        "leaves Python with exit",
    ),
    "a segmentation fault": ("ctypes.string_at(0)", "crashed", "crashed with SIGSEGV; see answer.py line 4"),
    "an abort": ("os.abort()", "crashed", "crashed with SIGABRT; see answer.py line 4"),
    "a signal": (
        "os.kill(os.getpid(), 9)",
        "crashed",
        "was killed by SIGKILL, .* out of memory; see answer.py",
    ),
    "an endless loop": ("while True: pass", "time", "takes longer than 0.5 seconds; see answer.py line 4"),
    "a sleep": ("time.sleep(60)", "time", "takes longer than 0.5 seconds; see answer.py line 4"),
    "a large array": ("return np.ones(10 ** 10)", "memory", "needs more memory .*; see answer.py line 4"),
    "a large view": ("return np.broadcast_to(1.0, (10 ** 9,))", "output", "f returned more than 64 MiB"),
    "many large arrays": ("return (np.ones(5 << 20),) * 2", "output", "f returned more than 64 MiB"),
    "memory that stays": (
        "KEEP.extend(bytearray(1 << 20) for _ in range(999))",
        "memory",
        "needs more memory",
    ),
    "closed files": ("os.closerange(3, 99)", "unusable", "closes files that it has not opened"),
    "closed files and a sleep": ("os.closerange(3, 99); time.sleep(60)", "unusable", "closes files that it"),
    "rubbish in all files": (
        "write(b'rubbish' * 9)",
        "unusable",
        "something else .* does not begin like one",
    ),
    "a frame of endless length": (
        "write(b'rgr\\x01' + b'\\xff' * 8)",
        "unusable",
        "something else .* it is too long; write to no open file in answer.py",
    ),
    "a frame that is none": (
        "write(framed(b'Z'))",
        "unusable",
        "something else .* of a kind that there is not",
    ),
    "an answer of another question": (
        "write(framed(pack((7, ('reply', 'gradient', x, None, (), (), ())))))",
        "unusable",
        "something else .* does not belong to the question",
    ),
    "an answer that is none": (
        "write(framed(pack((number_of_the_question(), (x, None)))))",
        "unusable",
        "something else came back than an answer: it is no reply; write to no open file in answer.py",
    ),
    "a failure that is none": (
        "write(framed(pack((number_of_the_question(), ('failure', x, 'text')))))",
        "unusable",
        "something else came back than an answer: it is no reply",
    ),
}
FAILING = """
    from regress_cli.isolation.channel import framed
    from regress_cli.isolation.frames import pack
    KEEP = []
    def number_of_the_question():
        frame = sys._getframe()
        while not {"kind", "number"} <= set(frame.f_locals):
            frame = frame.f_back
        return frame.f_locals["number"]
    def write(content):
        for descriptor in range(3, 30):
            try:
                os.write(descriptor, content)
            except OSError:
                pass
    """


@pytest.mark.parametrize("way", FAILURES)
def test_every_end_has_its_words(answer: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str):
    """Whatever a call does, its kind and a line that says where to look come back, in time."""
    body, kind, expected = FAILURES[way]
    monkeypatch.chdir(tmp_path)
    started = time.monotonic()
    with answer(
        f"def f(x):\n    {body}\n" + textwrap.dedent(FAILING), limits=SHORT if kind == "time" else LITTLE
    ) as opened:
        failure = failure_of(opened.call({"x": X}))
    assert failure.kind == kind
    assert re.match(expected, failure.message), failure.message
    assert failure.is_limit == (kind in {"time", "memory", "output"})
    assert time.monotonic() - started < 20


LOADING = {
    "no Python": ("def f(:", "load", "answer.py line 3: SyntaxError: invalid syntax"),
    "a null character": ("x = '\0'", "load", "answer.py.*: SyntaxError"),
    "nesting": ("x = " + "(" * 300, "load", "answer.py line 3: SyntaxError: too many nested parentheses"),
    "more nesting": ("x = " + "-" * 99_999 + "1", "load", "answer.py.*: (RecursionError|MemoryError)"),
    "an exception": ("x = 1\ny = x / 0", "load", "answer.py line 4: ZeroDivisionError: division by zero"),
    "no such module": (
        "import nothing_at_all",
        "load",
        "answer.py line 3: ModuleNotFoundError: No module named",
    ),
    "sys.exit": ("sys.exit()", "exited", "leaves Python; see answer.py line 3"),
    "os._exit": ("os._exit(0)", "exited", "leaves Python with exit status 0"),
    "a crash": ("ctypes.string_at(0)", "crashed", "crashed with SIGSEGV; see answer.py line 3"),
    "an endless loop": ("while True: pass", "time", "takes longer than 0.5 seconds; see answer.py line 3"),
    "a large array": (
        "x = np.ones(10 ** 10)",
        "memory",
        "needs more memory than it may take; see answer.py line 3",
    ),
}


@pytest.mark.parametrize("way", LOADING)
def test_a_file_that_cannot_be_loaded_has_its_words(answer: Open, way: str):
    """A failure of the import is told with its line, by load and by each call."""
    text, kind, expected = LOADING[way]
    with answer(text, limits=SHORT if kind == "time" else LITTLE) as opened:
        failure = failure_of(opened.load())
        assert (failure.kind, bool(re.match(expected, failure.message))) == (kind, True), failure.message
        if kind == "load":
            assert opened.call({"x": X}) == failure


def test_one_bad_input_does_not_spoil_the_next(answer: Open, tmp_path: Path):
    """After a crash, a loop or an exit the file is loaded afresh, as it was read at first."""
    text = """
        calls = []
        def f(x):
            calls.append(1)
            if x == 1: ctypes.string_at(0)
            if x == 2: os._exit(1)
            while x == 3: pass
            if x == 4: raise ValueError
            return len(calls)
        """
    with answer(text, limits=Limits(1.0)) as opened:
        calls = []
        for number in (0, 1, 0, 2, 0, 3, 0, 4, 0):
            outcome = opened.call({"x": number})
            calls.append(outcome.kind if isinstance(outcome, Failure) else int(np.asarray(outcome.gradient)))
            (tmp_path / "answer.py").write_text("def f(:")
    # The first call that succeeds is followed by the one that is looked at; an exception ends no process.
    assert calls == [1, "crashed", 1, "exited", 1, "time", 1, "raised", 3]


def test_nothing_is_printed(answer: Open, capfd: pytest.CaptureFixture[str]):
    """Floods of output go nowhere, whichever way they are written, and stop nothing."""
    text = """
        print("hello")
        def f(x):
            for _ in range(1000):
                print("a" * 1000)
                sys.stderr.write("b" * 1000)
            os.write(1, b"c" * (1 << 20))
            os.write(2, b"d" * (1 << 20))
            os.system("echo e")
            return x
        """
    with answer(text) as opened:
        reply_of(opened.call({"x": X}))
    assert capfd.readouterr() == ("", "")


def test_a_copy_of_the_process_does_not_answer(answer: Open):
    """A fork that returns as the original does is not heard."""
    with answer("def f(x):\n    os.fork()\n    return x") as opened:
        for number in range(5):
            assert repr(reply_of(opened.call({"x": number})).gradient) == repr(np.array(number))


def test_the_system_keeps_the_limits(answer: Open):
    """Core files, large files, memory and computing time are limited by the system too."""
    text = """
        import resource
        def f(x):
            kinds = (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_AS)
            threads = os.environ["OPENBLAS_NUM_THREADS"] == os.environ["OMP_NUM_THREADS"] == "1"
            return [*(resource.getrlimit(kind)[0] for kind in kinds), threads]
        """
    with answer(text, limits=Limits(1, 1 << 30)) as opened:
        core, file, cpu, memory, is_single = np.asarray(reply_of(opened.call({"x": X})).gradient)
    assert (core, file, is_single) == (0, 1 << 20, 1)
    assert 2 <= cpu <= 5 + (os.cpu_count() or 1)
    if sys.platform == "linux":
        assert 1 << 30 < memory < 3 << 30


# -------------------------------------------------------------------------------------------- the usage


def test_files_that_are_none_are_refused(tmp_path: Path):
    """A path that leads to no readable text is refused with what to do, and a pipe stops nobody."""
    (tmp_path / "large.py").write_bytes(b"#" * (MOST_BYTES + 1))
    (tmp_path / "latin.py").write_bytes(b"# \xe4\n")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    expected = {
        "missing.py": "there is no such file; check the path",
        "": "is a folder; name a Python file",
        "pipe.py": "is no ordinary file; name a Python file",
        "large.py": "is larger than 1 MiB; name a file of formulas",
        "latin.py": "is not UTF-8 at byte 2; save it as UTF-8",
        "loop.py": "can't be read: Too many levels of symbolic links; check the path",
        "a\0b.py": "can't be read: the path is none; check the path",
    }
    for name, message in expected.items():
        with Answer(tmp_path / name, "f") as opened, pytest.raises(UserError, match=message):
            opened.load()


def test_names_that_are_not_there_are_refused(answer: Open):
    """A name that is not in the file is answered with the nearest one of its own functions and lists."""
    text = "def grad_f(x): return x\nstages = [grad_f]\nnumber = 3\n"
    with answer(text, "grad_g") as opened, pytest.raises(UserError, match="'grad_g'; did you mean 'grad_f'"):
        opened.load()
    with answer(text, "q") as opened, pytest.raises(UserError, match="use one of: grad_f, stages"):
        opened.call({})
    with answer("", "q") as opened, pytest.raises(UserError, match="has no function at all; define q in it"):
        opened.load()
    for name in ("a b", "", "f.g", "f\x1b"):
        with (
            answer(text, name) as opened,
            pytest.raises(UserError, match="is no name of a function; give one"),
        ):
            opened.load()


def test_names_are_read_as_python_reads_them(answer: Open):
    """A micro sign and the Greek letter are the same name, and a byte order mark is no character."""
    with answer("def \N{MICRO SIGN}(x): return x", "\N{MICRO SIGN}") as opened:
        assert opened.load() == ("x",)
        opened._path.write_bytes(b"\xef\xbb\xbfdef f(x): return x")
    with Answer(opened._path, "f") as opened:
        assert opened.load() == ("x",)


@pytest.mark.parametrize(
    "limits", [(0, 1), (-1, 1), (float("inf"), 1), (float("nan"), 1), (1, 0), (1, 1 << 60)]
)
def test_limits_have_to_be_some(limits: tuple[float, int]):
    """A limit of nothing, or of no end, is refused."""
    with pytest.raises(UserError, match="is none; give a positive number"):
        Limits(*limits)


def test_inputs_have_to_be_real_numbers(answer: Open):
    """What can't be sent is refused before anything is asked."""
    with (
        answer("def f(x): return x") as opened,
        pytest.raises(UserError, match="the input 'x' holds complex128"),
    ):
        opened.call({"x": 1j})


def test_there_may_be_no_python_to_start(answer: Open, monkeypatch: pytest.MonkeyPatch):
    """Without a process there is no answer, and no file left open; other systems are refused."""
    before = open_files()
    for executable in ("/nonexistent/python", "/dev/null"):
        monkeypatch.setattr(sys, "executable", executable)
        with pytest.raises(LimitReached, match=r"can't be started in a process of its own: .*; make room"):
            answer("").__enter__()
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with (
        answer("") as opened,
        pytest.raises(LimitReached, match="can't be started in a process of its own; make"),
    ):
        opened.load()
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        with pytest.raises(UserError, match="Linux and macOS only"):
            Answer(opened._path, "f").__enter__()
    assert open_files() == before


# ---------------------------------------------------------------------------------------- what is left


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_nothing_is_left(answer: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """After the block, also after an exception, the process and all that it has started are gone."""
    monkeypatch.chdir(tmp_path)
    text = """
        import subprocess
        def f(x):
            child = subprocess.Popen(["sleep", "300"])
            os.system("sleep 300 & echo $! > pid")
            return [os.getpid(), child.pid, int(open("pid").read())]
        """
    before, pids = open_files(), []

    def call_and_fail() -> None:
        with answer(text) as opened:
            pids.extend(np.asarray(reply_of(opened.call({"x": X})).gradient))
            assert all(is_alive(pid) for pid in pids)
            raise KeyError

    with pytest.raises(KeyError):
        call_and_fail()
    assert len(pids) == 3
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert open_files() == before


@pytest.mark.skipif(sys.platform != "linux", reason="the system kills on Linux only")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_parent(tmp_path: Path, number: int):
    """However the parent ends, also by kill -9, a call that never ends is ended, with what it started."""
    (tmp_path / "answer.py").write_text(
        "import os\n"
        "def f(x):\n"
        "    os.system('sleep 300 & echo $! > sleep')\n"
        "    open('own', 'w').write(str(os.getpid()))\n"
        "    while True: pass\n"
    )
    code = (
        "from pathlib import Path; from regress_cli.isolation import Answer\n"
        "with Answer(Path('answer.py'), 'f') as answer: answer.call({'x': 1.0})"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.DEVNULL) as parent:
        try:
            wait_for(lambda: (tmp_path / "own").exists() and (tmp_path / "own").read_text())
        finally:
            parent.send_signal(number)
    pids = [int((tmp_path / name).read_text()) for name in ("own", "sleep")]
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


# ------------------------------------------------------------------------------------- the conversation


def talk(*written: bytes, is_alive: bool = True, closes: bool = False) -> Any:
    """Ask a question of someone who has written this already."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for content in written:
            theirs.sendall(content)
        if closes:
            theirs.shutdown(socket.SHUT_WR)
        return Conversation(ours, lambda: is_alive).ask("call", seconds=0.3)


def test_a_conversation_ends_in_time():
    """Silence, half an answer, a closed end and a dead process are told apart, and soon."""
    with pytest.raises(TimeoutError):
        talk()
    with pytest.raises(TimeoutError):
        talk(framed(pack((1, None)))[:-1])
    with pytest.raises(EOFError):
        talk(closes=True)
    with pytest.raises(EOFError):
        talk(is_alive=False)
    for content in (framed(pack((1, None))), framed(pack(())), framed(b""), b"x" * 99):
        with pytest.raises(ProtocolError):
            talk(content, closes=True)


def test_nobody_has_to_read_the_question():
    """A large question to someone who does not read ends in time, and to someone who is gone at once."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        conversation = Conversation(ours, lambda: True)
        with pytest.raises(TimeoutError):
            conversation.ask("call", np.zeros(10**6), seconds=0.2)
        theirs.close()
        with pytest.raises(EOFError):
            conversation.ask("call", np.zeros(10**6), seconds=0.2)


def test_a_greeting_is_expected():
    """What does not begin as the worker does is none."""
    for greeting in (("ready", 1), (np.ones(3), 0), ("ready", np.ones(3)), None):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(framed(pack(greeting)))
            with pytest.raises(ProtocolError):
                Conversation(ours, lambda: True).expect_ready(1.0)


def test_last_words_tell_the_line():
    """The innermost line of the file is found in a traceback, whatever its name, and nothing is made up."""
    path = "/tmp/\xe4 (1).py"
    words = 'Timeout (0:00:01)!\nThread 0x1 (most recent call first):\n  File "/tmp/other.py", line 3 in g\n'
    words += '  File "/tmp/\\xe4 (1).py", line 7 in f\n  File "/tmp/\\xe4 (1).py", line 9 in <module>\n'
    assert diagnosis.line_in(words, path) == "\xe4 (1).py line 7"
    assert diagnosis.line_in(words, "/tmp/answer.py") == ""
    assert diagnosis.of_time(0.5, words, path).message.endswith("see \xe4 (1).py line 7")
    assert diagnosis.of_time(0.5, "", path).message.endswith("see the loops in \xe4 (1).py")
    assert diagnosis.of_end(-signal.SIGXCPU, "", path).kind == "time"
    assert diagnosis.of_end(-40, "", path).message == "crashed with signal 40; see \xe4 (1).py"
    assert diagnosis.of_end(98, "", path).kind == "memory"


def test_a_function_that_is_gone_after_a_crash_is_a_failure(tmp_path: Path):
    """A file that has the function the first time only has itself to blame, and not who asks."""
    mark = tmp_path / "mark"
    file = tmp_path / "answer.py"
    file.write_text(
        f"import os\nif not os.path.exists({str(mark)!r}):\n    open({str(mark)!r}, 'w').close()\n"
        "    def grad_f(x): os._exit(1)\n"
    )
    with Answer(file, "grad_f") as answer:
        first, second = (answer.call({"x": 1.0}) for _ in range(2))
    assert isinstance(first, Failure)
    assert first.kind == "exited"
    assert isinstance(second, Failure)
    assert (second.kind, "no function" in second.message) == ("load", True)
