"""`regress compare-manual`: wrong answers that look right, right ones that look wrong, odd inputs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from shell import call, strict_json

ANSWERS = """\
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slope(x):
    return sigmoid(x) * (1 - sigmoid(x))


def twice(x):
    return 2 * slope(x)


def seven_times(x):
    return 7 * slope(x)


def zero(x):
    return 0 * x


def one(x):
    return 1.0 + 0 * x


def cube(x):
    return 3 * x**2


def mean_square(x):
    return 2 * x / len(x)


def math_cube(x):
    import math
    return 3 * math.pow(x, 2)


def pick(w, k):
    out = np.zeros_like(w)
    out[k] = 2 * w[k]
    return out


def cross_entropy(w, X, y):
    return X.T @ (np.where(y == 1, sigmoid(X @ w) - 1, sigmoid(X @ w))) / len(y)


def a(x):
    return -x, lambda g: g


def b(a):
    power = np.exp(a)
    return power, lambda g: -g * power


def right_b(a):
    power = np.exp(a)
    return power, lambda g: g * power


def s(b):
    return 1 / (1 + b), lambda g: -g / (1 + b) ** 2


def s_without_g(b):
    return 1 / (1 + b), lambda g: -1 / (1 + b) ** 2


def right_a(x):
    return -x, lambda g: -g


right_a.__name__, right_b.__name__, s_without_g.__name__ = "a", "b", "s"
errors_cancel = [a, b, s]
ignores_g = [right_a, right_b, s_without_g]


def u(x):
    return 2 * x, lambda g: 4 * g


def v(u):
    return u**2, lambda g: g * u


def w_(v):
    return np.sum(v), lambda g: g * np.ones_like(v)


cancel_in_between = [u, v, w_]


def z(X, w):
    # By the data X nobody wants a gradient.
    return X @ w, lambda g: (0, X.T @ g)


def h(z):
    # autograd takes half of the slope on the kink.
    return np.maximum(z, 0), lambda g: g * (z >= 0)


def L(h):
    return np.sum(h + h**2), lambda g: g * (1 + 2 * h)


hinge = [z, h, L]


def forward(x):
    s = sigmoid(x)
    return s, lambda g: g * s * (1 - s)


def forward_without_g(x):
    s = sigmoid(x)
    return s, lambda g: s * (1 - s)


def forward_of_the_square(x):
    s = sigmoid(x)
    return s, lambda g: g**2 * s * (1 - s)


def tanh(x):
    return 1 - np.tanh(x) ** 2
"""

REFERENCE = """\
import autograd.numpy as np


def cube(x):
    return x**3


def mean_square(x):
    return np.sum(x**2) / len(x)


def pick(w, k):
    return w[k] ** 2


def hinge(X, w):
    h = np.maximum(np.dot(X, w), 0)
    return np.sum(h + h**2)


def four_squares(x):
    return np.sum((2 * x) ** 2)


def only_the_empty(x):
    if np.size(x):
        raise ValueError("not these")
    return np.sum(x)


def cross_entropy(w, X, y):
    p = 1 / (1 + np.exp(-np.dot(X, w)))
    return -np.mean(np.where(y == 1, np.log(p), np.log(1 - p)))


def determinant(x):
    return np.linalg.det(x)


def sawtooth(x):
    return x - np.floor(x)


def leaves(x):
    raise SystemExit("no more")


def only_at_two(x):
    if float(getattr(x, "_value", x)) != 2:
        raise ValueError("nothing but 2")
    return np.sin(x)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with answers and references."""
    (tmp_path / "answers.py").write_text(ANSWERS)
    (tmp_path / "reference.py").write_text(REFERENCE)
    return tmp_path


def compared(folder: Path, name: str, against: str, *arguments: object, inputs: object = None):
    """Compare an answer of the file with a name, or with a function of the other file after a colon."""
    if inputs is not None:
        (folder / "in.json").write_text(json.dumps(inputs))
        arguments = (*arguments, "--inputs", folder / "in.json")
    reference = f"{folder}/reference{'.py' + against}" if against.startswith(":") else against
    return call("compare-manual", f"{folder}/answers.py:{name}", "--against", reference, *arguments)


def document(folder: Path, name: str, against: str, *arguments: object, inputs: object = None):
    """Return the same as plain data."""
    return strict_json(compared(folder, name, against, "--json", *arguments, inputs=inputs).stdout)


# -------------------------------------------------------------------------------------------- whole numbers


@pytest.mark.parametrize("inputs", [{"x": 2}, {"x:int": [1, 2]}, {"x": [1, 2]}])
@pytest.mark.parametrize("against", ["sigmoid", ":cube"])
def test_whole_numbers_become_floats_where_they_are_differentiated_by(
    folder: Path, inputs: dict, against: str
) -> None:
    """An argument of whole numbers is right as a float one is, and it is varied as one."""
    name = "slope" if against == "sigmoid" else "cube"
    found = document(folder, name, against, inputs=inputs)
    assert found["outcome"] == "RIGHT"
    points = [case["inputs"]["x"] for case in found["cases"]]
    assert len({str(point) for point in points}) == len(points) == 5


@pytest.mark.parametrize("inputs", ['{"x": 2}', '{"x:int": [1, 2]}'])
def test_the_librarys_own_gradient_takes_whole_numbers(tmp_path: Path, inputs: str) -> None:
    """A name of the library is shown at the given numbers alone, and is right there."""
    (tmp_path / "in.json").write_text(inputs)
    answer = call("compare-manual", "sigmoid", "--inputs", tmp_path / "in.json", "--json")
    found = strict_json(answer.stdout)
    assert (answer.exit_code, [case["input"] for case in found["cases"]]) == (0, ["the given inputs"])


def test_whole_numbers_stay_whole_where_they_are_data(folder: Path) -> None:
    """An index is one still, also where the names are known only after the first call."""
    found = document(folder, "pick", ":pick", "--wrt", "w", inputs={"w:int": [1, 2, 3], "k": 1})
    assert found["outcome"] == "RIGHT"
    assert {case["inputs"]["k"] for case in found["cases"]} == {1}
    assert found["cases"][0]["manual"]["w"] == [0, 4, 0]


def test_whole_data_is_not_varied(folder: Path) -> None:
    """Labels that are written as floats stay labels: nobody has to have a formula for others."""
    inputs = {"w": [0.1, -0.2], "X": [[0.5, 1], [2, -1], [0.3, 0]], "y": [0, 1, 1]}
    found = document(folder, "cross_entropy", ":cross_entropy", "--wrt", "w", inputs=inputs)
    assert found["outcome"] == "RIGHT"
    moved = next(case["inputs"] for case in found["cases"] if case["input"] == "other numbers, 1")
    assert moved["y"] == [0, 1, 1]
    assert moved["X"] != inputs["X"]
    assert moved["w"] != inputs["w"]


def test_labels_that_were_read_as_floats_are_explained(tmp_path: Path) -> None:
    """Whoever forgets :int is told where to write it."""
    (tmp_path / "in.json").write_text('{"logits": [[1, 2, 3]], "labels": [2]}')
    answer = call("compare-manual", "softmax_cross_entropy", "--inputs", tmp_path / "in.json")
    assert answer.exit_code == 2
    assert 'write its key as "labels:int"' in answer.stderr


# ------------------------------------------------------------------------------------------ forms of inputs


@pytest.mark.parametrize("inputs", ['{"p": 1.0, "y": 2.0, "delta": 1.0}', '{"p": 1, "y": 2}'])
def test_stages_that_take_arrays_say_so(tmp_path: Path, inputs: str) -> None:
    """Numbers for stages of arrays are refused with the form that they take."""
    (tmp_path / "in.json").write_text(inputs)
    answer = call("compare-manual", "huber", "--inputs", tmp_path / "in.json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "p of shape (4,), y of shape (4,), the number delta" in answer.stderr


def test_an_argument_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    """The stages of the library get the function's default."""
    (tmp_path / "in.json").write_text('{"p": [1.5, 0.5], "y": [0.25, 0.5]}')
    answer = call("compare-manual", "huber", "--inputs", tmp_path / "in.json", "--json")
    assert strict_json(answer.stdout)["cases"][0]["inputs"]["delta"] == 1


def test_vectors_are_tried_where_numbers_are_not_taken(folder: Path) -> None:
    """A function of a vector alone is compared on vectors; what is left out is said."""
    found = document(folder, "mean_square", ":mean_square")
    assert (found["outcome"], found["cases"][0]["input"]) == ("RIGHT", "a vector")
    assert "has no len()" in found["not_tried"]["x = 2"]


def test_an_answer_for_numbers_is_not_wrong_for_a_form_that_was_guessed(folder: Path) -> None:
    """Where nobody said that x is an array, an answer for numbers is tried on numbers, which is said."""
    found = document(folder, "math_cube", ":cube")
    assert found["outcome"] == "RIGHT"
    assert {np.ndim(case["inputs"]["x"]) for case in found["cases"]} == {0}
    assert "the answer does not take it (TypeError" in found["not_tried"]["x as a vector"]
    given = compared(folder, "math_cube", ":cube", inputs={"x": [1.0, 2.0]})
    assert given.exit_code == 3


@pytest.mark.parametrize("against", [":only_the_empty", ":determinant"])
def test_a_reference_that_takes_no_guess_is_told(folder: Path, against: str) -> None:
    """Where neither a number nor a vector nor a matrix will do, the user is asked for inputs."""
    answer = compared(folder, "cube", against)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "takes neither a number nor a vector nor a matrix" in answer.stderr


@pytest.mark.parametrize("against", ["sigmoid", ":cube", ":only_the_empty"])
def test_nothing_is_right_on_inputs_without_a_number(folder: Path, against: str) -> None:
    """An empty array tells nothing of a gradient, whatever that is."""
    answer = compared(folder, "twice", against, inputs={"x": []})
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "no number to differentiate by" in answer.stderr


# ------------------------------------------------------------------------------------- what is not looked at


def test_errors_that_cancel_are_seen(folder: Path) -> None:
    """Two wrong signs make a right gradient and two wrong stages."""
    answer = compared(folder, "errors_cancel", "sigmoid")
    assert answer.exit_code == 3
    assert "the stages a (by x) and b (by a) are wrong: their errors cancel" in answer.stdout
    assert re.search(r"first wrong stage: a, by x: .*: the sign is wrong", answer.stdout)
    found = document(folder, "errors_cancel", "sigmoid")
    assert {case["outcome"] for case in found["cases"]} == {"RIGHT"}
    assert (found["outcome"], found["first_wrong_stage"]) == ("WRONG", "a")
    assert "cancel" in found["reason"]


def test_factors_that_cancel_are_seen(folder: Path) -> None:
    """A factor 2 that is too much in one stage and missing in the next is two errors."""
    found = document(folder, "cancel_in_between", ":four_squares")
    assert [stage["stage"] for stage in found["wrong_stages"]] == ["u", "v"]
    causes = [stage["cause"] for stage in found["wrong_stages"]]
    assert "twice" in causes[0]
    assert "half" in causes[1]


def test_a_stage_that_ignores_what_comes_in_is_seen(folder: Path) -> None:
    """The last stage gets ones, and may not count on that."""
    found = document(folder, "ignores_g", "sigmoid")
    assert (found["outcome"], found["first_wrong_stage"]) == ("WRONG", "s")
    assert [stage["cause"] for stage in found["wrong_stages"]] == [
        "it gives the same whatever gradient comes in; multiply by that"
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [("forward_without_g", "the same whatever gradient g"), ("forward_of_the_square", "wrong for another g")],
)
def test_a_backward_that_is_right_for_ones_only_is_wrong(folder: Path, name: str, words: str) -> None:
    """A backward is asked with another gradient than ones too, and has to be linear in it."""
    for arguments in ((), ("--at", "2")):
        answer = compared(folder, name, "sigmoid", *arguments)
        assert answer.exit_code == 3
        assert words in " ".join(answer.stdout.split())
    assert compared(folder, "forward", "sigmoid").exit_code == 0


@pytest.mark.parametrize(
    "X", [[[0.5, -1.0], [2.0, 0.25]], [[0.0, 0.0], [1.0, 0.0]], [[1.0, -1.0], [2.0, -2.0]]]
)
def test_conventions_and_data_are_no_hidden_errors(folder: Path, X: list) -> None:
    """A rule that differs on a kink, and one by data that nobody asked for, are not held against stages."""
    found = document(folder, "hinge", ":hinge", "--wrt", "w", inputs={"X": X, "w": [1.0, 1.0]})
    assert found["outcome"] == "RIGHT", found["reason"]


# ------------------------------------------------------------------------------------------------ the causes


@pytest.mark.parametrize(
    ("name", "words"),
    [("twice", "it is twice"), ("seven_times", "it is 7 times"), ("zero", "it is zero at every input")],
)
def test_the_cause_is_named_at_a_single_point(folder: Path, name: str, words: str) -> None:
    """With --at 2 other numbers are tried behind the scenes, for a single one fits any factor."""
    found = document(folder, name, "sigmoid", "--at", "2")
    assert [case["input"] for case in found["cases"]] == ["x = 2"]
    assert len(found["causes"]) == 1
    assert words in found["causes"][0]


def test_no_cause_is_made_up_of_a_single_number(folder: Path) -> None:
    """Where the function allows no other number, nothing tells one factor from another mistake."""
    answer = compared(folder, "cube", ":only_at_two", "--at", "2")
    assert answer.exit_code == 3
    assert "likely cause" not in answer.stdout


# ---------------------------------------------------------------------------------------------- the words


def test_the_words_say_who_decided(folder: Path) -> None:
    """Where differences are too noisy, the conclusion does not claim that they agree."""
    answer = compared(folder, "tanh", "tanh", "--at", "14")
    assert answer.exit_code == 0
    assert "it agrees with autograd on the input, where the function's values are too noisy" in answer.stdout
    answer = compared(folder, "tanh", "tanh", "--at", "1,14")
    assert "it agrees with autograd, and with differences, on the input; on 1 more the" in answer.stdout


def test_a_point_on_a_kink_agrees_with_nobody(folder: Path) -> None:
    """A gradient that can be judged nowhere is said to be a convention."""
    answer = compared(folder, "zero", "relu", "--at", "0")
    assert answer.exit_code == 0
    assert "KINK: the point lies on a kink" in answer.stdout
    assert "it agrees" not in answer.stdout


def test_an_answer_for_arrays_is_told_that_it_got_a_number(folder: Path) -> None:
    """Where a number breaks an answer for arrays, how to give arrays is said."""
    answer = compared(folder, "mean_square", "sigmoid", "--at", "2")
    assert answer.exit_code == 3
    assert "give them with --inputs FILE.json" in answer.stdout


def test_a_jump_of_the_function_is_not_held_against_the_answer(folder: Path) -> None:
    """At a jump nothing can be right; elsewhere the answer is judged, and its own fault is what is told."""
    answer = compared(folder, "one", ":sawtooth")
    assert answer.exit_code == 0
    assert "on 3 more the function jumps" in " ".join(answer.stdout.split())
    wrong = compared(folder, "zero", ":sawtooth")
    assert wrong.exit_code == 3
    assert "WRONG: x = -1.25: 0 is claimed, 1 is right" in wrong.stdout
    nowhere = compared(folder, "one", ":sawtooth", "--at", "2")
    assert nowhere.exit_code == 3
    assert "UNVERIFIABLE: the function jumps at this point" in nowhere.stdout


def test_a_reference_that_leaves_python_is_told(folder: Path) -> None:
    """SystemExit in the user's function does not end the command without a word."""
    answer = compared(folder, "cube", ":leaves", "--at", "2")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "the reference raises SystemExit here (no more)" in answer.stderr
