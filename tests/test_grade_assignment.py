"""An assignment file: what it may say, every mistake told at once, and the inputs that are drawn from it."""

import hashlib
import hmac
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regress_cli.errors import ConfigError
from regress_cli.grading.assignment.read import read_assignment
from regress_cli.grading.assignment.seeds import seed_of

REFERENCE = """\
import autograd.numpy as np


def loss(X, y, w, b):
    return 0.5 * np.mean((X @ w + b - y) ** 2)


def cube(x):
    return x**3


def undefined(x):
    return np.log(-np.abs(x))
"""

HEAD = "name: a1\nseed: 7\nkey: course.key\nchecks:\n"


def assignment(folder: Path, *checks: str, head: str = HEAD) -> Path:
    """Write an assignment with these checks, its reference and a key, and return its path."""
    (folder / "reference.py").write_text(REFERENCE)
    (folder / "course.key").write_text("0123456789abcdef0123456789abcdef\n")
    path = folder / "assignment.yaml"
    path.write_text(head + "".join(f"  - {check}\n" for check in checks))
    return path


def refusal(path: Path) -> str:
    """Return all that is said of an assignment that is refused."""
    with pytest.raises(ConfigError) as caught:
        read_assignment(path)
    return "\n".join(caught.value.messages)


CUBE = "{name: c, function: g, against: 'reference.py:cube'"


def test_a_check_has_its_reference_its_arguments_and_its_limits(tmp_path: Path):
    """Arguments of the library's functions are known; limits are the check's own or the assignment's."""
    path = assignment(
        tmp_path,
        "{name: s, function: grad_sigmoid, against: sigmoid}",
        CUBE + ", limits: {seconds: 2, memory: 64}, points: 2.5}",
    )
    first, second = read_assignment(path).questions
    assert (first.reference.name, first.wrt, first.limits.seconds) == ("sigmoid", ("x",), 10.0)
    assert (second.reference.name, second.wrt) == ("reference.py:cube", ("x",))
    assert (second.limits.seconds, second.limits.memory, second.check.points) == (2.0, 64 << 20, 2.5)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{name: c, function: g, against: sigmiod}", "did you mean 'sigmoid'?"),
        ("{name: c, function: g, against: 'reference.py:cubes'}", "did you mean 'cube'?"),
        ("{name: c, function: g, against: 'gone.py:cube'}", "check the path"),
        ("{name: c, function: g, against: 'reference.py:loss'}", "wrt: [X]"),
        ("{name: c, function: g, against: 'reference.py:loss', wrt: [w]}", "give the check inputs"),
        (CUBE + ", inputs: {y: 1.0}}", "'y'"),
        (CUBE + ", inputs: {x: {low: 3, high: -3}}}", "high has to be more than low"),
        (CUBE + ", inputs: {x: {low: 3}}}", "low and high"),
        (CUBE + ", inputs: {x: [[1, 2], [3]]}}", "equal lengths"),
        (CUBE + ", inputs: {x: yes}}", "no number"),
        (CUBE + ", inputs: {x: []}}", "not empty"),
        (CUBE + ", inputs: {}}", "no argument"),
        (CUBE + ", inputs: {x: {low: 0.5, high: 2, integers: true}}}", "whole numbers"),
        (CUBE + ", inputs: {x: 2.0}, per_student: true}", "the same for all"),
        (CUBE + ", inputs: gone.json}", "check the path"),
        (CUBE + ", tolerance: 0}", "tolerance"),
        (CUBE + ", points: -1}", "points"),
        (CUBE + ", visibility: secret}", "after_due_date"),
        (CUBE + ", limits: {seconds: 0}}", "seconds"),
        (CUBE + ", requires: [d]}", "no check before this one"),
        (CUBE + ", allow: everything}", "autograd"),
        (CUBE + ", wrt: [z]}", "no argument 'z'"),
        ("{name: c, function: 'g h', against: sigmoid}", "function"),
        ("{name: c, function: g, against: 'reference.py:undefined', inputs: {x: 2.0}}", "not finite"),
        ("{name: c, functoin: g, against: sigmoid}", "function"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(tmp_path: Path, check: str, words: str):
    """Each mistake of a check is refused before anything is graded."""
    said = refusal(assignment(tmp_path, check))
    assert words in said
    assert "assignment.yaml:5" in said or "wrt" in said


def test_a_mistake_in_inputs_is_told_once_and_where_it_is(tmp_path: Path):
    """Inputs may be a section or a file's name, and a mistake in the one is none of the other."""
    said = refusal(assignment(tmp_path, CUBE + ", inputs: {x: {low: 3, high: -3}}}"))
    assert said == f"{tmp_path}/assignment.yaml:5: checks.0.inputs.x.high: high has to be more than low"


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    """A teacher corrects a file once."""
    said = refusal(
        assignment(
            tmp_path,
            "{name: a, function: g, against: sigmiod}",
            "{name: b, function: g, against: 'reference.py:cubes'}",
        )
    )
    assert "check a" in said
    assert "check b" in said


def test_two_checks_of_one_name_are_refused(tmp_path: Path):
    """Marks are told apart by their checks' names."""
    assert "own name" in refusal(assignment(tmp_path, CUBE + "}", CUBE + "}"))


def test_a_key_is_asked_for_and_has_to_be_long(tmp_path: Path):
    """Inputs of each student's own need a key that nobody guesses."""
    drawn = CUBE + ", inputs: {x: {low: 0, high: 1}}, per_student: true}"
    assert "course key" in refusal(assignment(tmp_path, drawn, head="name: a\nseed: 1\nchecks:\n"))
    path = assignment(tmp_path, drawn)
    (tmp_path / "course.key").write_text("short\n")
    assert "at least 16" in refusal(path)
    (tmp_path / "course.key").unlink()
    assert "not there; make one" in refusal(path)


def test_a_student_has_inputs_of_their_own_by_the_key(tmp_path: Path):
    """The same student has the same inputs again; another student, another check, another key have others."""
    checks = [
        f"{{name: {name}, function: g, against: 'reference.py:cube', inputs: {{x: {{low: 0, high: 1}}}}, "
        "per_student: true}"
        for name in ("c", "d")
    ]
    path = assignment(tmp_path, *checks)
    first, second = read_assignment(path).questions
    mine = first.inputs("ada")
    assert mine == read_assignment(path).questions[0].inputs("ada")
    assert mine != first.inputs("ben")
    assert mine != second.inputs("ada")
    (tmp_path / "course.key").write_text("another key, which is long enough\n")
    assert mine != read_assignment(path).questions[0].inputs("ada")


def test_what_is_the_same_for_all_is_drawn_from_the_seed(tmp_path: Path):
    """Without per_student no student's name matters, and another seed gives other numbers."""
    path = assignment(tmp_path, CUBE + ", inputs: {x: {low: 0, high: 1}}}")
    mine = read_assignment(path).questions[0].inputs("ada")
    assert mine == read_assignment(path).questions[0].inputs("ben")
    path.write_text(path.read_text().replace("seed: 7", "seed: 8"))
    assert mine != read_assignment(path).questions[0].inputs("ada")


def test_a_seed_is_the_hmac_of_its_purpose():
    """An independent HMAC-SHA256 of the lengths and parts gives the same number."""
    message = (3).to_bytes(8, "little") + b"ada" + (1).to_bytes(8, "little") + b"c"
    digest = hmac.new(b"key of the course", message, hashlib.sha256).digest()
    assert seed_of(b"key of the course", "ada", "c") == int.from_bytes(digest[:8], "little") >> 2


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_no_two_purposes_are_the_same(one: list[str], other: list[str]):
    """However a purpose is cut into parts, other parts give another seed."""
    assert (seed_of(b"k" * 16, *one) == seed_of(b"k" * 16, *other)) == (one == other)


def test_drawn_values_lie_between_their_ends(tmp_path: Path):
    """Floats lie in [low, high), whole numbers include both ends, and one more argument shifts no other."""
    body = "x: {low: -2, high: 3, shape: [500]}, k: {low: 0, high: 2, integers: true, shape: [200]}"
    (tmp_path / "reference.py").write_text("def f(x, k, z=0.0): return x**2 + 0 * k.sum() + z\n")
    path = tmp_path / "a.yaml"
    check = (
        "name: a\nseed: 1\nchecks:\n"
        "  - {name: c, function: g, against: 'reference.py:f', wrt: [x], inputs: {%s}}\n"
    )
    path.write_text(check % body)
    inputs = read_assignment(path).questions[0].inputs("")
    assert inputs is not None
    assert inputs["x"].min() >= -2
    assert inputs["x"].max() < 3
    assert inputs["x"].std() > 1
    assert set(inputs["k"]) == {0, 1, 2}
    assert inputs["k"].dtype == np.int64
    path.write_text(check % (body + ", z: {low: 0, high: 1}"))
    more = read_assignment(path).questions[0].inputs("")
    assert more is not None
    assert np.array_equal(more["x"], inputs["x"])


def test_the_digest_changes_with_all_that_a_verdict_depends_on(tmp_path: Path):
    """The assignment, a reference, a file of inputs or the key: a change of any makes marks stale."""
    path = assignment(tmp_path, CUBE + ", inputs: x.json}")
    (tmp_path / "x.json").write_text(json.dumps({"x": 2.0}))
    digests = {read_assignment(path).digest}
    for name, text in {
        "x.json": '{"x": 3.0}',
        "reference.py": REFERENCE + "\n# changed\n",
        "course.key": "another key, which is long enough",
        "assignment.yaml": path.read_text().replace("seed: 7", "seed: 8"),
    }.items():
        (tmp_path / name).write_text(text)
        digests.add(read_assignment(path).digest)
    assert len(digests) == 5


def test_the_digest_changes_with_what_a_reference_imports(tmp_path: Path):
    """A neighbour that the reference imports is a part of it, and any other is not."""
    (tmp_path / "formulas_beside.py").write_text(REFERENCE)
    path = assignment(tmp_path, CUBE + "}")
    (tmp_path / "reference.py").write_text("from formulas_beside import cube\n")
    before = read_assignment(path).digest
    (tmp_path / "ada.py").write_text("print('handed in')\n")
    assert read_assignment(path).digest == before
    (tmp_path / "formulas_beside.py").write_text(REFERENCE + "\n# changed\n")
    assert read_assignment(path).digest != before
