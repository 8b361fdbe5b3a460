"""What is said about bad input: one clear message, exit code 2, no traceback, nothing left behind.

The texts stand in snapshots/errors.txt. After a message was changed on purpose, write them anew with
``UPDATE_SNAPSHOTS=1 python -m pytest tests/test_cli_errors.py`` and read the difference.
"""

import os
import re
import time
from pathlib import Path

import pytest
from conftest import Regress
from shell import HOUSES, SMALL, call, houses_config, names_in, small_config

SNAPSHOT = Path(__file__).parent / "snapshots" / "errors.txt"

# The content of config.yaml; those that are bytes are not text in UTF-8.
CONFIGS: dict[str, str | bytes] = {
    "unknown key": SMALL + "optimiser: {kind: sgd}\n",
    "unknown key in a section": SMALL.replace("noise:", "nosie:"),
    "unknown kind": SMALL.replace("kind: linear", "kind: liner"),
    "key of another kind": SMALL.replace("kind: linear", "kind: linear, degree: 3"),
    "missing key": SMALL.replace("  target: 4*x + 10\n", ""),
    "wrong type": SMALL.replace("n: 20", "n: twenty"),
    "number in quotes": SMALL.replace("0.1", "'1e-3'"),
    "truth value": SMALL.replace("n: 20", "n: true"),
    "several problems": SMALL.replace("n: 20", "n: -1").replace("steps: 30", "steps: 0"),
    "duplicate key": SMALL + "name: other\n",
    "no blank after a colon": SMALL.replace("name: small", "name:small"),
    "decimal comma in braces": SMALL + "loss: {l2: 0,5}\n",
    "hat in the target": SMALL.replace("4*x + 10", "4x^2 + 10"),
    "tab": "data:\n\tkind: synthetic\n",
    "not YAML": "data: {kind: [}\n",
    "not UTF-8": "name: caf\xe9\n".encode("latin-1"),
    "UTF-16": SMALL.encode("utf-16"),
    "NUL": SMALL.encode() + b"\x00",
    "empty file": "",
    "only a comment": "# nothing\n",
    "a list": "- data\n- model\n",
    "a word": "hello\n",
    "two documents": SMALL + "---\n" + SMALL,
    "alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "depth 10,000": "a: " + "[" * 10_000 + "\n",
    "tag": "name: !!python/object/apply:os.system ['true']\n",
    "call in the target": SMALL.replace("4*x + 10", "__import__('os')"),
    "power tower in the target": SMALL.replace("4*x + 10", "x**x**x**9"),
    "unknown name in the target": SMALL.replace("4*x + 10", "4*z + 10"),
    "attribute in the target": SMALL.replace("4*x + 10", "x.real"),
    "slash in the name": SMALL.replace("name: small", "name: a/b"),
    "dots for a name": SMALL.replace("name: small", "name: .."),
    "control character in the name": SMALL.replace("name: small", 'name: "a\\x1b[31mb"'),
    "markup in the name": SMALL.replace("name: small", "name: '[red]a[/]'"),
    "markup in a key": SMALL + "'[/nonsense]': 1\n",
    "control character in a key": SMALL + '"\\x1b]52;c;aGk=\\x07": 1\n',
}

OVERRIDES = {
    "a word for a section": ["model=mlp"],
    "a number for a list": ["model={kind: mlp, hidden: 4}"],
    "a number for a section": ["training.early_stopping=5"],
    "not a finite number": ["optimizer.step_size=inf"],
    "one of few words": ["model={kind: mlp, hidden: [4], activation: sigmoid}"],
    "no units": ["model={kind: mlp, hidden: []}"],
    "a layer of no units": ["model={kind: mlp, hidden: [0]}"],
    "negative step size": ["optimizer.step_size=-1"],
    "infinite step size": ["optimizer.step_size=.inf"],
    "no steps": ["training.steps=0"],
    "steps and epochs": ["training.epochs=3"],
    "a batch larger than the data": ["training.batch_size=21"],
    "early stopping without validation": ["training.early_stopping={patience: 3}"],
    "exact for a network": ["model={kind: mlp, hidden: [2]}", "optimizer={kind: exact}"],
    "not an override": ["steps"],
    "override below a value": ["seed.x=1"],
    "markup in an override": ["model.kind=[red]x[/]"],
    "control character in an override": ['model.kind="\\e[31mx"'],
    "seed out of range": ["--seed", "-1"],
}

# The content of houses.csv; the config wants the columns of HOUSES.
TABLES: dict[str, str | bytes] = {
    "no rows": HOUSES.splitlines()[0] + "\n",
    "empty table": "",
    "one row": "\n".join(HOUSES.splitlines()[:2]) + "\n",
    "text among numbers": HOUSES.replace("61,2", "big,2"),
    "text in the target": HOUSES.replace(",221", ",cheap"),
    "duplicate header": HOUSES.replace("rooms", "size"),
    "nameless header": HOUSES.replace("rooms", ""),
    "target is missing": HOUSES.replace("price", "prices"),
    "missing cell": HOUSES.replace("61,2", ",2"),
    "NaN": HOUSES.replace("61,2", "nan,2"),
    "infinity": HOUSES.replace("61,2", "inf,2"),
    "row too long": HOUSES.replace("61,2", "61,2,3"),
    "semicolons": HOUSES.replace(",", ";"),
    "not UTF-8 in a table": HOUSES.replace("north", "nörd").encode("latin-1"),
    "control character in a cell": HOUSES.replace("61,2", "\x1b[31mred,2"),
    "control character in a header": HOUSES.replace("size", "\x1b]0;t\x07").replace("61,2", ",2"),
}


def config_answer(content: str | bytes):
    """Run a config with this content, in the working folder."""
    path = Path("config.yaml")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return call("run", path)


def override_answer(overrides: list[str]):
    """Run a good config with overrides."""
    return call("run", small_config(Path()), *overrides)


def table_answer(content: str | bytes):
    """Run a good config on a table with this content."""
    config = houses_config(Path())
    Path("houses.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return call("run", config)


def path_answer(path: str):
    """Run what is not a file of config."""
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    with Path("large.yaml").open("wb") as file:
        file.truncate(100 << 20)
    return call("run", path)


PATHS = {
    "missing file": "nothing.yaml",
    "folder": "folder",
    "link to itself": "loop",
    "100 MB": "large.yaml",
    "device": "/dev/zero",
    "name too long": "x" * 300,
    "control character in a path": "\x1b[31mred\x07.yaml",
    "markup in a path": "[red]x[/red][/].yaml",
}

CASES = {
    **{name: (config_answer, content) for name, content in CONFIGS.items()},
    **{name: (override_answer, overrides) for name, overrides in OVERRIDES.items()},
    **{name: (table_answer, content) for name, content in TABLES.items()},
    **{name: (path_answer, path) for name, path in PATHS.items()},
}


def expected() -> dict[str, str]:
    """Return the text that belongs to each case."""
    parts = re.split(r"^== (.*) ==\n", SNAPSHOT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_the_expected_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each bad input gives its message on stderr alone, in a moment, with exit code 2 and no folder."""
    monkeypatch.chdir(tmp_path)
    ask, content = CASES[name]
    started = time.process_time()  # Other processes may keep the clock on the wall waiting.
    answer = ask(content)
    assert time.process_time() - started < 10
    if os.environ.get("UPDATE_SNAPSHOTS"):
        texts = {**(expected() if SNAPSHOT.exists() else {}), name: answer.stderr}
        ordered = [f"== {case} ==\n{texts[case]}" for case in CASES if case in texts]
        SNAPSHOT.write_text("".join(ordered), encoding="utf-8")
    assert answer.stderr == expected()[name]
    assert answer.stdout == ""
    assert answer.exit_code == 2
    assert "outputs" not in names_in(tmp_path)


def test_the_snapshot_has_every_case_and_no_other():
    """No message is kept for a case that is no longer tried."""
    assert list(expected()) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_message_is_readable(name: str):
    """Each line says it is an error and ends with what to do; it holds no control character."""
    for line in expected()[name].splitlines():
        assert line.isprintable()
        assert line.startswith("error: ")
        assert "; " in line
        assert "Traceback" not in line


@pytest.mark.parametrize("arguments", [["nonsense"], ["run"], ["run", "x", "--nonsense"], ["init", "x"], []])
def test_wrong_usage_exits_2(regress: Regress, arguments: list[str]):
    """A command, argument or option that does not exist ends with 2 and a hint, not with a traceback."""
    answer = regress(*arguments)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "Usage: " in answer.stdout + answer.stderr


def test_a_bug_is_told_apart(tmp_path: Path, regress: Regress):
    """What nobody foresaw ends with 1 and asks for a report; no user error does."""
    (tmp_path / "sitecustomize.py").write_text(
        "import regress_cli.config.load as load\n"
        "def fail(*arguments): raise ZeroDivisionError('unforeseen')\n"
        "load.read_file = fail\n"
    )
    answer = regress("run", small_config(tmp_path), PYTHONPATH=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stderr.endswith("this is a bug in regress; please report the lines above\n")
    assert "ZeroDivisionError: unforeseen" in answer.stderr
