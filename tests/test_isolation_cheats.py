"""What is noticed of a shortcut, and that honest answers in many styles are not."""

import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answers import DATA, HONEST, SHORTCUTS

from regress_cli.isolation import Answer, Failure, Reply
from regress_cli.isolation.cheats import look_at
from regress_cli.isolation.frames import unpack
from regress_cli.isolation.steps import StepLook
from regress_cli.isolation.worker import Worker


@pytest.fixture(autouse=True)
def _python_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what a worker changes in the Python that it runs in."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setitem(sys.modules, "answer", sys)


def source(text: str) -> str:
    """Return the text of a file in which NumPy is imported on the first line."""
    return "import numpy as np\n" + textwrap.dedent(text).strip() + "\n"


def ask(worker: Worker, *request: Any) -> Any:
    """Return the body of a worker's answer."""
    return unpack(worker.answer(request))[1]


def noticed_here(text: str) -> list[str]:
    """Return what a worker in this process notices of an answer, by its text and in a call."""
    worker = Worker()
    content, path = (np.frombuffer(part, np.uint8) for part in (source(text).encode(), b"/tmp/answer.py"))
    _, by_text = ask(worker, "scan", 1, content, path, "grad_f")
    kind, names, by_import = ask(worker, "load", 1)
    assert kind == "loaded"
    inputs = {name: np.asarray(DATA[name]) for name in names}
    with warnings.catch_warnings():
        # A process of its own has no one to warn.
        warnings.simplefilter("ignore")
        assert ask(worker, "call", 2, inputs)[0] == "reply"
        return [*by_text, *by_import, *ask(worker, "look", 3, inputs)[1]]


def noticed_by_process(folder: Path, text: str, inputs: dict[str, Any]) -> tuple[str, ...]:
    """Return what is noticed of an answer that is called once in a process of its own."""
    file = folder / "answer.py"
    file.write_text(source(text))
    with Answer(file, "grad_f") as answer:
        reply = answer.call(inputs)
    assert isinstance(reply, Reply)
    return reply.noticed


@pytest.mark.parametrize("style", HONEST)
def test_honest_answers_are_not_noticed(style: str):
    """An analytic gradient in this style gives no reason for a notice."""
    assert noticed_here(HONEST[style]) == []


@pytest.mark.parametrize("way", SHORTCUTS)
def test_shortcuts_are_noticed(way: str):
    """A gradient that is taken this way is noticed, by its text or in a call."""
    text, expected = SHORTCUTS[way]
    assert expected in "\n".join(noticed_here(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import scipy.optimize as so\ndef grad_f(x): return so.approx_fprime(x, f)", "scipy.optimize."),
        ("from scipy import optimize\ndef grad_f(x): return optimize.check_grad(f, g, x)", "check_grad"),
        ("import scipy\ndef grad_f(x): return scipy.differentiate.derivative(f, x)", "scipy.differentiate."),
        ("import autograd.numpy as anp\ndef grad_f(x): return anp.gradient(x)", "numpy.gradient"),
    ],
)
def test_functions_that_take_differences_are_noticed(text: str, expected: str):
    """A call of a library's finite differences is noticed under whatever name it is imported."""
    [notice] = look_at(source(text), "/tmp/answer.py", "grad_f").notices
    assert notice.startswith("answer.py line 3: ")
    assert expected in notice


def test_a_method_called_gradient_is_not_numpys():
    """A name alone is no reason for a notice."""
    text = "class Model:\n    def gradient(self, x): return x\ndef grad_f(x): return Model().gradient(x)"
    assert look_at(source(text), "/tmp/answer.py", "grad_f").notices == ()


@pytest.mark.parametrize("text", ["def f(:", "\0", "(" * 5000, "f = " + "-" * 100_000 + "1"])
def test_a_text_that_is_not_python_shows_nothing(text: str):
    """What can't be parsed is left to Python itself to refuse."""
    assert look_at(text, "/tmp/answer.py", "f").notices == ()


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_data_of_few_decimals_are_no_steps(decimals: int):
    """A helper that is called for each of many close numbers is not taken for a finite difference."""
    rng = np.random.default_rng(decimals)
    code = compile("def helper(v): return v", "/tmp/answer.py", "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    for count in (5, 20, 60):
        look = StepLook("/tmp/answer.py", {})
        values = np.round(rng.normal(20, 0.5, count), decimals) - 1.2345
        sys.setprofile(look)
        try:
            for value in values:
                names["helper"](value)
        finally:
            sys.setprofile(None)
        assert look.notices() == ()


def test_a_slow_call_is_looked_at_in_part(monkeypatch: pytest.MonkeyPatch):
    """The look ends a call that takes too long, and tells what it has seen until then."""
    monkeypatch.setattr("regress_cli.isolation.steps.MOST_SECONDS", 0.1)
    text = """
        calls = []
        def g(v): return v ** 2
        def grad_f(x):
            calls.append(1)
            d = np.subtract(g(x + 1e-6), g(x)) / 1e-6
            while len(calls) == 2:
                g(1.0)
            return d
        """
    assert noticed_here(text) == [
        "answer.py line 6: calls g at points a tiny step apart, as a finite difference does"
    ]


GRADIENTS_OF_AUTOGRAD = {
    "imported first": """
        import autograd.numpy as np
        from autograd import grad
        f = lambda v: np.sin(v)
        grad_f = lambda x: grad(f)(x)
        """,
    "imported late": """
        def grad_f(x):
            import autograd, autograd.numpy as anp
            return autograd.grad(anp.sin)(x)
        """,
    "imported by a name that is put together": """
        import importlib
        def grad_f(x):
            a = importlib.import_module("auto" + "grad")
            return a.elementwise_grad(a.numpy.sin)(x)
        """,
    "in the backward of a stage": """
        from autograd import jacobian
        import autograd.numpy as np
        def b(x): return np.sin(x), lambda g: g * jacobian(np.sin)(x)
        grad_f = [b]
        """,
}


@pytest.mark.parametrize("way", GRADIENTS_OF_AUTOGRAD)
def test_gradients_of_autograd_are_noticed(tmp_path: Path, way: str):
    """A trace that autograd opens for the answer is noticed, however autograd was imported."""
    [notice] = noticed_by_process(tmp_path, GRADIENTS_OF_AUTOGRAD[way], {"x": 0.5})
    assert notice.startswith("answer.py line ")
    assert notice.endswith(": calls autograd (the gradient of a traced function)")


def test_what_autograd_does_for_the_worker_is_not_noticed(tmp_path: Path):
    """The worker itself traces the stages of a file, also of one that uses autograd's NumPy."""
    text = "import autograd.numpy as np\ndef b(x): return np.sin(x), lambda g: g * np.cos(x)\ngrad_f = [b]"
    assert noticed_by_process(tmp_path, text, {"x": np.ones(3)}) == ()


def test_a_check_at_import_is_not_noticed(tmp_path: Path):
    """Autograd may be used to check an answer when the file is loaded; only the call counts."""
    text = """
        import autograd
        import autograd.numpy as anp
        def grad_f(x): return np.cos(x)
        assert np.isclose(grad_f(0.5), autograd.grad(anp.sin)(0.5))
        """
    assert noticed_by_process(tmp_path, text, {"x": 0.5}) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import jax\ndef grad_f(x): return x", "answer.py line 2: imports jax"),
        ("def grad_f(x):\n    __import__('j' + 'ax')\n    return x", "imports jax"),
    ],
)
def test_libraries_that_differentiate_are_noticed(tmp_path: Path, text: str, expected: str):
    """An imported library that differentiates is noticed, with the line where that can be seen."""
    (tmp_path / "jax.py").write_text("")
    assert noticed_by_process(tmp_path, text, {"x": 1.0}) == (expected,)


def test_notices_stay(tmp_path: Path):
    """What was noticed is in every later reply; the look at a call is taken at the first that succeeds."""
    file = tmp_path / "answer.py"
    file.write_text(source("def g(v): return v ** 2\ndef grad_f(x):\n    return (g(x + 1e-6) - g(x)) * 1e6"))
    with Answer(file, "grad_f") as answer:
        assert isinstance(answer.call({"x": np.array([True])}), Reply)
        assert isinstance(answer.call({"y": 1.0}), Failure)
    with Answer(file, "grad_f") as answer:
        assert isinstance(answer.call({"y": 1.0}), Failure)
        first, second = answer.call({"x": 1.0}), answer.call({"x": np.ones(2)})
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert first.noticed == second.noticed
    assert first.noticed == (
        "answer.py line 4: calls g at points a tiny step apart, as a finite difference does",
    )


BESIDE = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def grad_f(x, h=1e-6):
    return (sigmoid(x + h) - sigmoid(x - h)) / (2 * h)

def slope(x, scale={"h": 1e-6}):
    there, here = (sigmoid(x + sign * scale["h"]) for sign in (1, -1))
    return (there - here) / (2 * scale["h"])
"""


@pytest.mark.parametrize(
    "text",
    [
        "from beside import grad_f",
        "import beside\ndef grad_f(x): return beside.grad_f(x)",
        "from package.inner import grad_f",
        "from package import inner as i\ndef grad_f(x): return i.grad_f(x)",
        "from through import *",
        "from package import grad_g as grad_f",
        "from beside import slope\ndef grad_f(x): return slope(x)",
        f"exec({BESIDE!r})\ngrad_f = slope",
    ],
)
def test_a_shortcut_in_a_file_beside_the_answer_is_noticed(tmp_path: Path, text: str):
    """What an answer takes from another file of its folder, or makes of a text, belongs to it."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__init__.py").write_text("from .inner import grad_f as grad_g")
    for name in ("beside.py", "package/inner.py"):
        (tmp_path / name).write_text(BESIDE)
    (tmp_path / "through.py").write_text("from beside import grad_f")
    assert noticed_by_process(tmp_path, text, {"x": np.array([0.5, 1.0, 2.0])})


def test_a_check_in_a_file_beside_the_answer_is_no_shortcut(tmp_path: Path):
    """Of another file only what the answer takes from it counts: it may hold the learner's own check."""
    (tmp_path / "beside.py").write_text(BESIDE)
    text = "from beside import sigmoid\ndef grad_f(x):\n    s = sigmoid(x)\n    return s * (1 - s)\n"
    text += "if __name__ == '__main__':\n    from beside import slope\n    slope(1.0)"
    assert noticed_by_process(tmp_path, text, {"x": np.array([0.5, 1.0, 2.0])}) == ()


def test_what_is_nested_deeply_hides_no_shortcut():
    """An expression that is too deep to be looked at is skipped, and what stands beside it is not."""
    deep = "*".join(["h"] * 1500)
    text = (
        "def f(x): return x ** 3\ndef grad_f(x, h=1e-6):\n"
        f"    unused = (f(x + h) - f(x - h)) / ({deep}) + f(x + 1j * {deep}).imag / ({deep})\n"
        "    other = f(x + 1j * h).imag / h\n"
        "    return (f(x + h) - f(x - h)) / (2 * h)\n"
    )
    notices = look_at(text, "answer.py", "grad_f").notices
    assert any("line 4" in notice and "complex step" in notice for notice in notices)
    assert any("line 5" in notice and "finite difference" in notice for notice in notices)
