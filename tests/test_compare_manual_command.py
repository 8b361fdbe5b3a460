"""`regress compare-manual`: the library's stages, a learner's file, what is said of it, exit codes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import Regress
from shell import call, strict_json

from regress_cli.gradients.library import LIBRARY

ANSWERS = '''\
import numpy as np

print("the file talks")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def grad_sigmoid(x):
    print("it talks at every call")
    s = sigmoid(x)
    return s * (1 - s)


def wrong_sign(x):
    return -grad_sigmoid(x)


def with_backward(x):
    s = sigmoid(x)
    return s, lambda g: g * s * (1 - s)


def a(x):
    """a = -x"""
    return -x, lambda g: -g


def b(a):
    """b = e^a"""
    power = np.exp(a)
    return power, lambda g: -g * power


def c(b):
    """c = 1 + b"""
    return 1 + b, lambda g: g


def s(c):
    """s = 1 / c"""
    return 1 / c, lambda g: -g / c**2


stages = [a, b, c, s]


def numeric(x):
    h = 1e-6
    return (sigmoid(x + h) - sigmoid(x - h)) / (2 * h)


def by_autograd(x):
    import autograd
    import autograd.numpy as anp

    return autograd.elementwise_grad(lambda t: 1 / (1 + anp.exp(-t)))(x)


def none(x):
    s = sigmoid(x)
    s * (1 - s)


def text(x):
    return "0.1"


def complex_numbers(x):
    return grad_sigmoid(x) + 0j


def not_a_number(x):
    return x * np.nan


def raises(x):
    raise RuntimeError("oh no")


def exits(x):
    raise SystemExit(0)


def hangs(x):
    while True:
        pass


def hungry(x):
    return np.ones(10**10)


def line(w, b, X, y):
    r = X @ w + b - y
    return {"w": X.T @ r / len(y), "b": r.mean()}


def line_without_b(w, b, X, y):
    return {"w": line(w, b, X, y)["w"]}


def mean_square(w, b, X, y):
    r = X @ w + b - y
    return 2 * X.T @ r / len(y), 2 * r.mean()
'''

REFERENCE = """\
import autograd.numpy as np

print("the reference talks")


def loss(w, b, X, y):
    return np.mean((np.dot(X, w) + b - y) ** 2)


def wave(x):
    return np.sin(x)
"""

INPUTS = {"w": [0.5, -1], "b": 0.3, "X": [[1, 2], [3, 4], [5, 7]], "y": [1, 2, 4]}


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Return a file with a learner's answers."""
    path = tmp_path / "answers.py"
    path.write_text(ANSWERS)
    return path


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Return a file with functions written with autograd.numpy."""
    path = tmp_path / "reference.py"
    path.write_text(REFERENCE)
    return path


def compared(answers: Path, name: str, *arguments: object):
    """Compare an answer with the logistic function."""
    return call("compare-manual", f"{answers}:{name}", "--against", "sigmoid", *arguments)


# ----------------------------------------------------------------------------------------- the library


def test_the_stages_of_sigmoid_are_the_tutorials() -> None:
    """At x = 2 each stage has its value, its local derivative and the running product, to the last digit."""
    answer = call("compare-manual", "sigmoid", "--at", "2")
    assert answer.exit_code == 0
    for line in (
        "a = -x -2",
        "b = e^a 0.1353352832366127",
        "c = 1 + b 1.1353352832366128",
        "s = 1 / c 0.8807970779778823",
        "s ds/dc = -1 / c^2 -0.7758034925743758 ds/dc = -0.7758034925743758",
        "b db/da = e^a = b 0.1353352832366127 ds/da = -0.1049935854035065",
        "a da/dx = -1 -1 ds/dx = 0.1049935854035065",
        "x = 2 x 0.1049935854035065 0.1049935854035065",
    ):
        assert line in re.sub(r"[ \n]+", " ", answer.stdout)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_entry_agrees_with_autograd(name: str) -> None:
    """Each entry of the library is RIGHT on all its inputs, and its JSON is strict."""
    answer = call("compare-manual", name, "--json")
    document = strict_json(answer.stdout)
    assert (answer.exit_code, document["outcome"]) == (0, "RIGHT")
    assert document["first_wrong_stage"] is None
    assert len(document["stages"]) == len(LIBRARY[name].stages)


def test_a_grid_has_a_row_for_each_point() -> None:
    """start:stop:count and lists of points are tried one by one."""
    document = strict_json(call("compare-manual", "tanh", "--at=-2:2:5", "--at", "0.5,pi/2", "--json").stdout)
    assert [case["inputs"]["x"] for case in document["cases"]] == [-2, -1, 0, 1, 2, 0.5, np.pi / 2]


def test_relu_at_zero_states_its_convention() -> None:
    """At exactly 0 the verdict is KINK, the exit code 0, and the convention is said."""
    answer = call("compare-manual", "relu", "--at", "0")
    assert answer.exit_code == 0
    assert "KINK" in answer.stdout
    assert "autograd's own maximum(x, 0) gives 1/2 there" in answer.stdout


# ------------------------------------------------------------------------------------ a learner's file


@pytest.mark.parametrize("name", ["grad_sigmoid", "with_backward"])
def test_a_right_answer(answers: Path, name: str) -> None:
    """A gradient function, and one that returns (y, backward), are RIGHT, with exit code 0."""
    answer = compared(answers, name)
    assert answer.exit_code == 0
    assert "RIGHT: it agrees with autograd, and with differences, on all 7 inputs; on 1 more" in answer.stdout


def test_what_it_prints_does_not_reach_stdout(answers: Path, reference: Path, regress: Regress) -> None:
    """Neither the answer nor the reference can spoil the JSON."""
    (answers.parent / "in.json").write_text(json.dumps(INPUTS))
    done = regress(
        "compare-manual",
        "answers.py:mean_square",
        "--against",
        "reference.py:loss",
        "--inputs",
        "in.json",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert strict_json(done.stdout)["outcome"] == "RIGHT"


def test_a_wrong_answer_is_told_with_its_cause(answers: Path) -> None:
    """The reason has both numbers, the cause is named, the exit code is 3."""
    answer = compared(answers, "wrong_sign")
    assert answer.exit_code == 3
    assert "-0.1049935854 is claimed, 0.1049935854 is right" in answer.stdout
    assert "likely cause: x: the sign is wrong" in answer.stdout


def test_the_first_wrong_stage_is_named(answers: Path) -> None:
    """In a staged answer the stage whose own derivative is wrong is named, with its cause."""
    answer = compared(answers, "stages", "--json")
    document = strict_json(answer.stdout)
    assert (answer.exit_code, document["first_wrong_stage"]) == (3, "b")
    assert [stage["cause"] for stage in document["wrong_stages"]] == ["the sign is wrong"]


@pytest.mark.parametrize(
    ("name", "words"), [("numeric", "is a finite difference"), ("by_autograd", "calls autograd")]
)
def test_a_program_that_differentiates_is_noticed(answers: Path, name: str, words: str) -> None:
    """Finite differences and autograd are no manual gradient, unless they are allowed."""
    answer = compared(answers, name, "--at", "2")
    assert answer.exit_code == 3
    assert words in answer.stdout
    allowed = compared(answers, name, "--at", "2", "--allow", "autograd", "--rtol", "1e-5")
    assert allowed.exit_code == 0


FAILURES = {
    "none": (3, "returned None"),
    "text": (3, "returned a text"),
    "complex_numbers": (3, "complex"),
    "not_a_number": (3, "nan is claimed"),
    "raises": (3, "RuntimeError: oh no"),
    "exits": (3, "leaves Python"),
    "hangs": (5, "takes longer than"),
    "hungry": (5, "more memory"),
}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_each_failure_has_its_message(answers: Path, name: str) -> None:
    """What is no gradient, a crash and a limit each have their own words and exit code, in text and JSON."""
    exit_code, words = FAILURES[name]
    answer = compared(answers, name, "--at", "2", "--timeout", "1", "--json")
    document = strict_json(answer.stdout)
    assert answer.exit_code == exit_code
    assert document["outcome"] == "WRONG"
    assert words in document["cases"][0]["reason"]


def test_a_file_that_does_not_run_is_told(tmp_path: Path) -> None:
    """A syntax error is the answer's fault, with its line."""
    path = tmp_path / "broken.py"
    path.write_text("def f(x):\n    return (\n")
    answer = compared(path, "f")
    assert answer.exit_code == 3
    assert "SyntaxError" in answer.stdout
    assert "line 2" in answer.stdout


def test_quiet_prints_the_verdict_alone(answers: Path) -> None:
    """With --quiet the verdict is the only word."""
    assert compared(answers, "wrong_sign", "-q").stdout == "WRONG\n"
    assert compared(answers, "grad_sigmoid", "-q").stdout == "RIGHT\n"


# --------------------------------------------------------------------------- several arguments, inputs


def test_a_dict_has_to_hold_every_gradient(answers: Path) -> None:
    """A missing name is WRONG, and said."""
    right = call("compare-manual", f"{answers}:line", "--against", "half_mse_linear")
    answer = call("compare-manual", f"{answers}:line_without_b", "--against", "half_mse_linear")
    assert (right.exit_code, answer.exit_code) == (0, 3)
    assert "there is no gradient by b" in answer.stdout


def test_a_reference_of_ones_own_with_inputs(answers: Path, reference: Path, tmp_path: Path) -> None:
    """A tuple against a user's function, on JSON and npz inputs; others of the same form are tried too."""
    (tmp_path / "in.json").write_text(json.dumps(INPUTS))
    np.savez(tmp_path / "in.npz", **{name: np.asarray(value, dtype=float) for name, value in INPUTS.items()})
    for name in ("in.json", "in.npz"):
        answer = call(
            "compare-manual",
            f"{answers}:mean_square",
            "--against",
            f"{reference}:loss",
            "--inputs",
            tmp_path / name,
            "--json",
        )
        document = strict_json(answer.stdout)
        assert (answer.exit_code, document["by"]) == (0, ["w", "b"])
        labels = [case["input"] for case in document["cases"]]
        assert labels == [
            "the given inputs",
            "other numbers, 1",
            "other numbers, 2",
            "zeros",
            "large",
            "a batch of one",
        ]
        assert list(document["not_tried"]) == ["an empty batch"]


def test_wrt_says_by_which(answers: Path, reference: Path, tmp_path: Path) -> None:
    """With --wrt only the named gradients are wanted; an unknown name is refused."""
    (tmp_path / "in.json").write_text(json.dumps(INPUTS))
    common = (
        "compare-manual",
        f"{answers}:line_without_b",
        "--against",
        "half_mse_linear",
        "--inputs",
        tmp_path / "in.json",
    )
    assert call(*common, "--wrt", "w").exit_code == 0
    refused = call(*common, "--wrt", "v")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "'v'" in refused.stderr


REFUSED = {
    "an unknown name": (["sigmod"], "did you mean 'sigmoid'?"),
    "no reference": (["{file}:grad_sigmoid"], "--against sigmoid"),
    "a reference for a name": (["sigmoid", "--against", "tanh"], "--against is for a file"),
    "no function": (["{file}:grad_sigmoi", "--against", "sigmoid"], "did you mean 'grad_sigmoid'?"),
    "no file": (["nowhere.py:f", "--against", "sigmoid"], "nowhere.py"),
    "several arguments without inputs": (["{file}:line", "--against", "{ref}:loss"], "--inputs FILE.json"),
    "a point of several arguments": (["half_mse_linear", "--at", "2"], "--inputs FILE.json"),
    "inputs that are none": (["sigmoid", "--inputs", "nowhere.json"], "is no file"),
    "a point that is none": (["sigmoid", "--at", "nan"], "is not a finite number"),
    "a gradient that is not there": (["half_mse_linear", "--wrt", "X"], "no hand-written gradient by 'X'"),
    "no name to differentiate by": (["sigmoid", "--wrt", ""], "leaves a name out"),
    "a name twice": (["sigmoid", "--wrt", "x, x"], "'x' is there twice"),
    "a bad limit": (["sigmoid", "--timeout", "0"], "0.1"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refusals(case: str, answers: Path, reference: Path) -> None:
    """Each mistake of a user is told in a line with what to do, and exit code 2."""
    arguments, words = REFUSED[case]
    filled = [text.replace("{file}", str(answers)).replace("{ref}", str(reference)) for text in arguments]
    answer = call("compare-manual", *filled)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_inputs_that_the_reference_does_not_allow_are_refused(tmp_path: Path) -> None:
    """Where the given inputs have no gradient, other ones do not stand in for them."""
    (tmp_path / "labels.json").write_text('{"logits": [[1, 2, 3]], "labels:int": [7]}')
    (tmp_path / "answer.py").write_text("def f(logits, labels):\n    return logits * 0.0\n")
    answer = call(
        "compare-manual",
        f"{tmp_path / 'answer.py'}:f",
        "--against",
        "softmax_cross_entropy",
        "--inputs",
        tmp_path / "labels.json",
    )
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "the given inputs" in answer.stderr


LIMITED = "the file ran in a process of its own with limits on time and memory, which is no sandbox"
UNLIMITED = "the file runs in this very process, without limits or a sandbox: try only files that you trust"


def test_how_a_file_is_run_is_said(tmp_path: Path) -> None:
    """Of a learner's file the report says that it has limits, of a reference that it has none."""
    (tmp_path / "answer.py").write_text("def grad(x):\n    return 2 * x\n")
    (tmp_path / "own.py").write_text("def square(x):\n    return x * x\n")
    files = (f"{tmp_path}/answer.py:grad", "--against", f"{tmp_path}/own.py:square", "--at", "2")
    notes = strict_json(call("compare-manual", *files, "--json").stdout)["notes"]
    assert notes == [f"{LIMITED}: try only files that you trust", f"--against: {UNLIMITED}"]
    shown = call("compare-manual", *files).stdout
    assert all(f"note: {note}\n" in shown for note in notes)
    assert "the file" not in call("compare-manual", "sigmoid", "--at", "2").stdout
    [note, *_] = strict_json(call("gradcheck", f"{tmp_path}/own.py:square", "--json").stdout)["targets"][0][
        "notes"
    ]
    assert note == UNLIMITED
