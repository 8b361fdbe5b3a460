"""`regress gradcheck`: every kind of target, what it prints, and its exit codes."""

import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from conftest import CONFIGS, Regress
from shell import call, houses_config, small_config, strict_json

from regress_cli import primitives
from regress_cli.experiment import config_gradient
from regress_cli.gradients.library import LIBRARY
from regress_cli.gradients.suite.autograd_functions import FUNCTIONS
from regress_cli.gradients.suite.primitives import PRIMITIVES
from regress_cli.training.losses import LOSSES

FUNCTIONS_FILE = '''\
"""Functions of a user."""
import autograd.numpy as np
from autograd.extend import defvjp, primitive

print("this file talks")


def wave(x):
    print("it talks again")
    return np.sin(x) * x**2


def loss(w, b, X, y):
    return np.mean((np.dot(X, w) + b - y) ** 2)


@primitive
def cube(x):
    return x**3


defvjp(cube, lambda ans, x: lambda g: g * 3.003 * x**2)


def off(x):
    return np.sum(cube(x))


def broken(x):
    return undefined_name + x


def leaves(x):
    raise SystemExit(0)


def picked(scores, labels):
    """What it is given as labels has to be whole numbers, for it counts entries by them."""
    return np.sum(scores[labels] ** 2)


def logarithm(x):
    return np.log(x)


def kinked(x):
    return np.abs(x)


def random(x):
    return x * np.random.normal()


def with_default(x=1.0):
    return x**2
'''


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """Return a file with functions of a user's own."""
    path = tmp_path / "functions.py"
    path.write_text(FUNCTIONS_FILE)
    return path


@pytest.fixture(scope="module")
def everything():
    """Return what `regress gradcheck` says of all that is shipped."""
    return call("gradcheck", "--json")


def checks(document) -> dict[str, dict]:
    """Return every check of a document by its title."""
    return {f"{c['check']}, {c['mode']}": c for target in document["targets"] for c in target["checks"]}


# ------------------------------------------------------------------------------------------ everything


def test_everything_that_is_shipped_is_right(everything) -> None:
    """Without a target every shipped gradient is checked, and all are RIGHT."""
    assert everything.exit_code == 0
    document = strict_json(everything.stdout)
    assert document["outcome"] == "RIGHT"
    assert {check["outcome"] for check in checks(document).values()} == {"RIGHT"}


def test_nothing_that_is_shipped_is_left_out(everything) -> None:
    """Each primitive, loss, model, entry and function of autograd is checked, in both modes and orders."""
    found = checks(strict_json(everything.stdout))
    names = [*LIBRARY, *(example.label for examples in PRIMITIVES.values() for example in examples)]
    names += [f"{loss} of {m}" for loss in LOSSES for m in ("linear", "polynomial", "mlp relu", "mlp tanh")]
    for name in names:
        for mode in ("reverse", "forward", "order 2, reverse", "order 2, forward"):
            assert f"{name}, {mode}" in found
    for name in FUNCTIONS:
        assert f"{name}, order 1" in found


def test_every_primitive_has_an_example() -> None:
    """A primitive can't be added without inputs to check it on."""
    defined = {name for name, value in vars(primitives).items() if getattr(value, "fun", None)}
    assert defined == {*PRIMITIVES}


def test_only_what_is_named_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """To check one primitive no other one is called; each way in which it is tried is there."""

    def fail(rng: np.random.Generator) -> NoReturn:
        raise AssertionError("another primitive is run")

    for name, examples in PRIMITIVES.items():
        if name != "affine":
            monkeypatch.setitem(PRIMITIVES, name, [replace(example, draw=fail) for example in examples])
    answer = call("gradcheck", "affine", "--json")
    assert answer.exit_code == 0
    found = {check["check"] for check in strict_json(answer.stdout)["targets"][0]["checks"]}
    assert found == {"affine", "affine, one output"}


def test_the_table_has_a_row_for_each_and_a_summary() -> None:
    """For people, each function is a row with its verdicts, and each group ends with a sentence."""
    answer = call("gradcheck", "logsumexp", "affine")
    assert answer.exit_code == 0
    assert "RIGHT: 8 of 8 derivatives are right" in answer.stdout
    last = answer.stdout.splitlines()[-1]
    assert re.fullmatch(r"all in all: RIGHT: (\d+) of \1 verdicts are RIGHT", last)
    assert "order 2, forward" in answer.stdout


def test_texts_begin_at_the_left_and_numbers_end_at_the_right() -> None:
    """A column of words stands below the beginning of its header, and one of numbers below its end."""
    lines = call("gradcheck", CONFIGS / "mlp.yaml").stdout.splitlines()
    header = next(line for line in lines if "worst entry" in line)
    rows = [line for line in lines if "complex step" in line]
    for name in ("worst entry", "oracle  ", "verdict"):
        place = header.index(name)
        assert {line[place - 1 : place] for line in rows if len(line) > place} == {" "}
        assert any(line[place : place + 1].isalpha() for line in rows)
    for name in ("gradient", "oracle's", "error", "checked"):
        end = header.index(name) + len(name)
        assert all(line[end - 1].isalnum() for line in rows)
        assert {line[end : end + 1] for line in rows} <= {" ", ""}


# --------------------------------------------------------------------------------------------- configs


@pytest.mark.parametrize("config", sorted(path.name for path in CONFIGS.glob("*.yaml")))
def test_the_loss_of_every_shipped_config_is_right(config: str) -> None:
    """A config's loss is checked at its initial point, at random points and after some steps."""
    answer = call("gradcheck", CONFIGS / config, "--json")
    assert answer.exit_code == 0
    points = [check["check"] for check in strict_json(answer.stdout)["targets"][0]["checks"]]
    assert points[:3] == ["the initial point", "random point 1", "random point 2"]
    assert len(points) == 4 or "exact" in (CONFIGS / config).read_text()


def test_every_parameter_has_a_row(tmp_path: Path) -> None:
    """The table names the worst entry of each parameter, both numbers, the error and the oracle."""
    answer = call("gradcheck", CONFIGS / "mlp.yaml")
    for block in ("W1[", "b1[", "W2[", "b2[", "W3[", "b3["):
        assert block in answer.stdout
    assert "complex step" in answer.stdout


def test_a_table_of_ones_own_is_checked(tmp_path: Path) -> None:
    """A config with a table and an exact solver is checked too; there are no steps to take."""
    answer = call("gradcheck", houses_config(tmp_path), "--json")
    assert answer.exit_code == 0
    assert len(strict_json(answer.stdout)["targets"][0]["checks"]) == 3


ROWS_NOTE = "checked on the first 2,000 of 2,001 rows, which show a wrong gradient as well"


@pytest.mark.parametrize(("rows", "notes"), [(2000, []), (2001, [ROWS_NOTE])])
def test_many_rows_are_cut_and_that_is_said(rows: int, notes: list[str], tmp_path: Path) -> None:
    """Of more than 2,000 rows the first 2,000 are checked, with a note; fewer are checked without one."""
    path = small_config(tmp_path)
    answer = call("gradcheck", path, f"data.n={rows}", "training.steps=1", "--json")
    assert answer.exit_code == 0
    assert strict_json(answer.stdout)["targets"][0]["notes"] == notes
    shown = call("gradcheck", path, f"data.n={rows}", "training.steps=1").stdout
    assert ("note: " + ROWS_NOTE in shown) == bool(notes)


def test_a_large_model_is_checked_on_fewer_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows times parameters stay within bounds, but never fewer than 50 rows are looked at."""
    monkeypatch.setattr(config_gradient, "_MOST_WORK", 100)
    answer = call("gradcheck", small_config(tmp_path), "data.n=60", "--json")
    [note] = strict_json(answer.stdout)["targets"][0]["notes"]
    assert note.startswith("checked on the first 50 of 60 rows")


def test_training_in_single_precision_is_checked_in_double(tmp_path: Path) -> None:
    """A config in float32 is checked in float64, where a tolerance of 1e-7 means something, with a note."""
    answer = call("gradcheck", small_config(tmp_path), "training.dtype=float32", "--json")
    assert answer.exit_code == 0
    [note] = strict_json(answer.stdout)["targets"][0]["notes"]
    assert note == "checked in float64, though the config trains in float32: the code is the same"


def test_a_bad_config_is_refused(tmp_path: Path) -> None:
    """A config that can't be read is a usage error, as for run."""
    path = small_config(tmp_path)
    path.write_text(path.read_text() + "optimiser: {}\n")
    answer = call("gradcheck", path)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "optimiser" in answer.stderr


# ------------------------------------------------------------------------------------------- functions


def test_a_function_is_checked_at_points_of_its_domain(functions: Path) -> None:
    """Without points, they are drawn from the stated domain, the same for the same seed."""
    one = strict_json(call("gradcheck", f"{functions}:wave", "--json", "--domain", "1:2").stdout)
    two = strict_json(call("gradcheck", f"{functions}:wave", "--json", "--domain", "1:2").stdout)
    other = strict_json(
        call("gradcheck", f"{functions}:wave", "--json", "--domain", "1:2", "--seed", 1).stdout
    )
    assert one == two != other
    points = [float(c["check"].removeprefix("x = ")) for c in one["targets"][0]["checks"]]
    assert len(points) == 5
    assert all(1 <= point <= 2 for point in points)


def test_what_a_file_prints_does_not_reach_stdout(functions: Path, regress: Regress) -> None:
    """The file's own prints go to stderr, so that the JSON is one document."""
    done = regress("gradcheck", f"{functions}:wave", "--at", "2", "--json")
    assert done.returncode == 0
    assert strict_json(done.stdout)["outcome"] == "RIGHT"
    assert "this file talks" in done.stderr


def test_inputs_come_from_json_and_npz(functions: Path, tmp_path: Path) -> None:
    """Arrays of arguments are read from either kind of file; --wrt says by which."""
    arrays = {"w": np.array([0.5, -1.0]), "b": np.array(0.3), "X": np.ones((3, 2)), "y": np.arange(3.0)}
    np.savez(tmp_path / "in.npz", **arrays)
    (tmp_path / "in.json").write_text(
        '{"w": [0.5, -1], "b": 0.3, "X": [[1, 1], [1, 1], [1, 1]], "y": [0, 1, 2]}'
    )
    found = []
    for name in ("in.npz", "in.json"):
        answer = call("gradcheck", f"{functions}:loss", "--inputs", tmp_path / name, "--wrt", "w,b", "--json")
        assert answer.exit_code == 0
        found.append(strict_json(answer.stdout)["targets"][0]["checks"][0]["blocks"])
    assert found[0] == found[1]
    assert [block["name"] for block in found[0]] == ["w", "b"]


def test_whole_numbers_in_json_stay_whole(functions: Path, tmp_path: Path) -> None:
    """A key that ends in :int makes an array of whole numbers, which can be an index; others make floats."""
    (tmp_path / "in.json").write_text('{"scores": [3, 5, 7], "labels:int": [0, 2]}')
    arguments = ("gradcheck", f"{functions}:picked", "--inputs", tmp_path / "in.json")
    answer = call(*arguments, "--json")
    assert answer.exit_code == 0
    [block] = strict_json(answer.stdout)["targets"][0]["checks"][0]["blocks"]
    # By hand: the slope is 2 * 7 at the larger of the entries that are picked, and labels have none.
    assert (block["name"], block["scale"]) == ("scores", pytest.approx(14))
    (tmp_path / "in.json").write_text('{"scores": [3, 5, 7], "labels": [0, 2]}')
    answer = call(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "IndexError" in answer.stderr


def test_a_rule_that_is_off_by_a_thousandth_ends_with_3(functions: Path, tmp_path: Path) -> None:
    """A wrong rule of a user's own primitive is WRONG, with both numbers, and exit code 3."""
    (tmp_path / "in.json").write_text('{"x": [1.0, 2, 3]}')
    answer = call("gradcheck", f"{functions}:off", "--inputs", tmp_path / "in.json")
    assert answer.exit_code == 3
    assert "x[2]: 27.027 is claimed, 27 is right" in answer.stdout
    assert "JVP of cube" in answer.stdout


def test_a_larger_rtol_lets_it_pass(functions: Path, tmp_path: Path) -> None:
    """What is right is for the user to say: at 1 % the same rule is RIGHT."""
    (tmp_path / "in.json").write_text('{"x": [1.0, 2, 3]}')
    answer = call("gradcheck", f"{functions}:off", "--inputs", tmp_path / "in.json", "--rtol", "0.01", "-q")
    assert (answer.exit_code, answer.stdout) == (0, "RIGHT\n")


def test_a_kink_is_excused(functions: Path) -> None:
    """At a kink the verdict is KINK, and the exit code 0."""
    answer = call("gradcheck", f"{functions}:kinked", "--at", "0", "-q")
    assert (answer.exit_code, answer.stdout) == (0, "KINK\n")


def test_what_can_not_be_told_ends_with_2(functions: Path) -> None:
    """A function that draws numbers has no verdict, and that is no success."""
    answer = call("gradcheck", f"{functions}:random", "--at", "1")
    assert answer.exit_code == 2
    assert "UNVERIFIABLE" in answer.stdout


REFUSED = {
    "an unknown name": (["sigmod"], "did you mean 'sigmoid'?"),
    "no function": (["{file}"], "name the function too"),
    "an unknown function": (["{file}:los"], "did you mean 'loss'?"),
    "no file": (["nowhere.py:f"], "is no file"),
    "an exception": (["{file}:broken"], "functions.py line"),
    "leaving": (["{file}:leaves"], "SystemExit"),
    "both kinds of points": (["{file}:wave", "--at", "1", "--inputs", "x.json"], "exclude each other"),
    "a point that is none": (["{file}:wave", "--at", "one"], "is not a finite number"),
    "a point without names": (["{file}:loss", "--at", "1"], "write --at w=1,b=2,X=3,y=4"),
    "an unknown argument": (["{file}:wave", "--at", "z=1"], "is none of the variables"),
    "an unknown wrt": (["{file}:wave", "--at", "1", "--wrt", "z"], "no argument 'z'"),
    "a wrt twice": (["{file}:wave", "--at", "1", "--wrt", "x,x"], "name each argument once"),
    "a folder": ([str(CONFIGS)], "is a folder; name a config in it, or FILE.py:FUNCTION"),
    "a tolerance of nothing": (["sigmoid", "--rtol", "0"], "give more than 0 and at most 1, such as 1e-7"),
    "a tolerance below nothing": (["sigmoid", "--rtol", "-1"], "give more than 0 and at most 1"),
    "a tolerance that is none": (["sigmoid", "--rtol", "nan"], "give more than 0 and at most 1"),
    "a tolerance of all": (["sigmoid", "--rtol", "1.5"], "give more than 0 and at most 1"),
    "a domain that is none": (["{file}:wave", "--domain", "2:1"], "is no interval"),
    "no inputs": (["{file}:wave", "--inputs", "nowhere.json"], "is no file"),
    "a primitive itself": (["{file}:cube", "--at", "1"], "def f(x): return cube(x)"),
    "points for a config": ([str(CONFIGS / "mlp.yaml"), "--at", "1"], "are for functions"),
    "wrt for a name": (["sigmoid", "--wrt", "z"], "--wrt is for functions of your own"),
    "a value without a config": (["seed=1"], "follows the config"),
    "a domain too wide": (["{file}:wave", "--domain=-1e308:1e308"], "is no interval"),
    "points for everything": (["--at", "1"], "name it, as FILE.py:FUNCTION"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_refusals(case: str, functions: Path) -> None:
    """Each mistake of a user is one line that says what to do, and exit code 2."""
    arguments, words = REFUSED[case]
    answer = call("gradcheck", *(text.replace("{file}", str(functions)) for text in arguments))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert words in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in answer.stderr


def test_compare_manual_has_the_same_bounds_on_its_tolerance() -> None:
    """The two commands share the option, so a tolerance of nothing is refused by both."""
    answer = call("compare-manual", "sigmoid", "--rtol", "0")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "nothing could be right; give more than 0 and at most 1" in answer.stderr


def test_a_point_outside_the_domain_is_told(functions: Path) -> None:
    """Where the function is no number there is no verdict, and the reason says to move."""
    answer = call("gradcheck", f"{functions}:logarithm", "--at=-1")
    assert answer.exit_code == 2
    assert "choose a point where it is finite" in answer.stdout


def test_a_function_with_defaults_only_is_checked(functions: Path) -> None:
    """An argument that has a default can be given all the same."""
    answer = call("gradcheck", f"{functions}:with_default", "--at", "2", "-q")
    assert (answer.exit_code, answer.stdout) == (0, "RIGHT\n")


def test_a_file_with_dataclasses_and_neighbours_is_run(tmp_path: Path) -> None:
    """A file may hold dataclasses, and import its neighbour while a function runs."""
    (tmp_path / "neighbour_of_model.py").write_text("FACTOR = 3.0\n")
    (tmp_path / "model.py").write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n\n\n"
        "@dataclass\nclass Scale:\n    by: float\n\n\n"
        "def f(x):\n    from neighbour_of_model import FACTOR\n\n    return Scale(FACTOR).by * x**2\n"
    )
    answer = call("gradcheck", f"{tmp_path / 'model.py'}:f", "--at", "2", "-q")
    assert (answer.exit_code, answer.stdout) == (0, "RIGHT\n")


BAD_INPUTS = {
    "deep": "[" * 3000 + "]" * 3000,
    "nested in an object": '{"x": ' + "[" * 700 + "1" + "]" * 700 + "}",
    "not JSON": '{"x": [1,]}',
    "NaN": '{"x": NaN}',
    "text": '{"x": "1"}',
    "ragged": '{"x": [[1], [1, 2]]}',
    "too large": '{"x": [1e400]}',
    "twice": '{"x": 1.0, "x": 2.0}',
    "fraction for whole": '{"x:int": [1.5]}',
    "empty": "{}",
    "a list": "[1]",
}


@pytest.mark.parametrize("case", sorted(BAD_INPUTS))
def test_bad_inputs_are_refused(case: str, functions: Path, tmp_path: Path) -> None:
    """Inputs that are no numbers by name are told in one line, with exit code 2."""
    (tmp_path / "in.json").write_text(BAD_INPUTS[case])
    answer = call("gradcheck", f"{functions}:wave", "--inputs", tmp_path / "in.json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "in.json" in answer.stderr.splitlines()[-1]


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 damaged"])
def test_damaged_npz_files_are_refused(content: bytes, functions: Path, tmp_path: Path) -> None:
    """A damaged npz file is a usage error, as is one that holds objects."""
    (tmp_path / "in.npz").write_bytes(content)
    np.savez(tmp_path / "objects.npz", x=np.array([{}], dtype=object))
    for name in ("in.npz", "objects.npz"):
        answer = call("gradcheck", f"{functions}:wave", "--inputs", tmp_path / name)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert "numpy.savez" in answer.stderr
