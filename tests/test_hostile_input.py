"""What is typed, what a learner's file holds, and what files are called: shown as text by every command."""

import os
from pathlib import Path

import pytest
from conftest import Regress
from hostile import EVIL, assert_harmless
from shell import call, houses_config

from regress_cli import load_config

LEARNER = f"""\
EVIL = {EVIL!r}


def boom(x):
    raise ValueError(EVIL)


def named(x):
    return {{EVIL: x}}


def a(x):
    return -x, lambda g: -g


def b(a):
    return 2 * a, lambda g: 3 * g


def f(x):
    return -2 * x


for function in (a, b, f):
    function.__doc__ = EVIL
stages = [a, b]
"""


@pytest.mark.parametrize("name", ["boom", "named", "stages", "f"])
def test_a_learner_s_file_says_nothing_to_the_terminal(name: str, tmp_path: Path):
    """Whatever docstrings, keys and exceptions hold, it is shown as text, and cut where it is too long."""
    path = tmp_path / "answer.py"
    path.write_text(LEARNER, encoding="utf-8")
    for option in ([], ["--json"]):
        answer = call("compare-manual", f"{path}:{name}", "--against", f"{path}:f", "--at", "2", *option)
        assert answer.exit_code == 3
        assert_harmless(answer.stdout + answer.stderr)
        assert option or len(answer.stdout) < 5000
    checked = call("gradcheck", f"{path}:{name}", "--at", "2")
    assert checked.exit_code == (0 if name == "f" else 2)
    assert_harmless(checked.stdout + checked.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["init", EVIL],
        ["run", EVIL],
        ["run", "{config}", EVIL],
        ["run", "{config}", f"data.target={EVIL}"],
        ["run", "{config}", f"name={EVIL}"],
        ["fit", f"price ~ {EVIL}*size", "{table}"],
        ["fit", "price ~ a*size", EVIL],
        ["fit", "price ~ a*size", "{table}", "--start", f"{EVIL}=1"],
        ["fit", "price ~ a*size", "{table}", "--target", EVIL],
        ["summary", EVIL],
        ["predict", EVIL, EVIL],
        ["gradcheck", EVIL],
        ["gradcheck", "{config}", f"{EVIL}=1"],
        ["compare-manual", EVIL],
        ["compare-manual", "sigmoid", "--at", EVIL],
        ["compare-manual", "sigmoid", "--wrt", EVIL],
        ["diff", EVIL],
        ["diff", "x", "--at", EVIL],
        ["diff", "x", "--at", "1", "--plot", EVIL],
        ["explain", EVIL],
        ["explain", "x", "--format", EVIL],
        ["bench", EVIL],
        ["schema", EVIL],
        [EVIL],
    ],
    ids=lambda arguments: " ".join(arguments)[:30].encode("unicode_escape").decode(),
)
def test_a_refusal_shows_what_was_typed_as_text(arguments: list[str], tmp_path: Path):
    """What was given is told back so that a terminal only prints it, in not too many words."""
    places = {"{config}": str(houses_config(tmp_path)), "{table}": str(tmp_path / "houses.csv")}
    answer = call(*(places.get(argument, argument) for argument in arguments))
    assert answer.exit_code in (2, 5)
    assert_harmless(answer.stdout + answer.stderr)
    assert len(answer.stderr) < 5000


def test_a_folder_with_a_hostile_name_is_listed_as_text(tmp_path: Path):
    """A folder that calls itself an escape sequence is named in the list, and not obeyed."""
    for name in ("\x1b[31mred", "[", "a\u202eb", "two\nlines", os.fsdecode(b"caf\xe9")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    for option in ([], ["--json"], ["--check"]):
        answer = call("runs", "--out", tmp_path, *option)
        assert_harmless(answer.stdout + answer.stderr)
        assert "1b[31mred" in answer.stdout
        assert "udce9" in answer.stdout


def test_file_names_that_are_no_text_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regress: Regress
):
    """A file may have any bytes for a name; where it can't stand in a config, that is said."""
    monkeypatch.chdir(tmp_path)
    config, table, answer = (os.fsdecode(b"caf\xe9" + ending) for ending in (b".yaml", b".csv", b".py"))
    assert regress("init", "linear", "--out", config).returncode == 0
    assert "regress run caf\\udce9.yaml" in Path(config).read_text()
    assert call("run", config, "training.steps=10", "plots.pictures=[loss]", "--out", "o").exit_code == 0
    [made] = Path("o").iterdir()
    Path(table).write_text("x\n1\n2\n")
    assert call("predict", made, table).exit_code == 0
    Path(answer).write_text("def f(x):\n    return x * x\n")
    assert call("gradcheck", f"{answer}:f").exit_code == 0
    refused = call("fit", "y ~ a*x", table)
    assert refused.exit_code == 2
    assert_harmless(refused.stderr)


def test_no_name_of_a_file_adds_a_line_to_a_config(tmp_path: Path):
    """A starter names its own file in a comment, from which a line break in the name does not get out."""
    path = tmp_path / "a\nseed: 7 #.yaml"
    assert call("init", "linear", "--out", path).exit_code == 0
    assert load_config(path).seed == 0
