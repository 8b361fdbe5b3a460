"""``regress init`` and ``regress schema``, and completion in a shell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import call, names_in, strict_json

from regress_cli import load_config
from regress_cli.cli.commands import COMMANDS
from regress_cli.config.starter import STARTERS, starter_yaml

KINDS = ["formula", "linear", "mlp", "polynomial", "table"]


def test_every_starter_is_offered():
    """The command offers each starter that there is, and no other."""
    help_text = call("init", "--help").stdout
    assert sorted(STARTERS) == KINDS
    assert all(kind in help_text for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_runs_as_it_is(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Init prints what it wrote, each line explained; the config runs and fits better than the mean."""
    monkeypatch.chdir(tmp_path)
    answer = call("init", kind)
    assert answer.exit_code == 0
    assert sorted(answer.stdout.split()) == names_in(tmp_path)
    text = Path(f"{kind}.yaml").read_text()
    assert all("#" in line for line in text.splitlines() if line)
    record = strict_json(call("run", f"{kind}.yaml", "--json").stdout)
    assert record["metrics"]["train"]["r2"] > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_every_commented_key_is_valid(kind: str, tmp_path: Path):
    """Taking the # away from any default gives a config that is still valid."""
    path = tmp_path / f"{kind}.yaml"
    call("init", kind, "--out", path)
    lines = path.read_text().splitlines()
    checked = 0
    for number, line in enumerate(lines):
        indent, mark, rest = line.partition("# ")
        if not mark or indent.strip() or ": " not in rest or rest.startswith(("Run", "A key")):
            continue
        if "null" in rest.split("#")[0]:
            continue
        path.write_text("\n".join([*lines[:number], indent + rest, *lines[number + 1 :]]))
        load_config(path)
        checked += 1
    assert checked >= 3


COMMENTS = {
    "seed: 5": "of all random numbers: data, parameters, batches, splits",
    "activation: relu": "what each hidden unit applies: relu or tanh",
    "# early_stopping: null": "stop on the validation loss: {patience: 100}",
    "# schedule: {kind: constant}": "how the step size changes: constant, cosine or step",
    "model:": "the function that is fitted: linear, polynomial, mlp or formula",
    "# plots: {pictures: [fit, loss, residuals], formats: [png]}": "the pictures",
}


@pytest.mark.parametrize("start", COMMENTS)
def test_a_comment_names_the_words_to_choose_from(start: str):
    """A comment lists what may stand at its key, once, and shows the shape of a section that is left out."""
    lines = [line.strip() for line in starter_yaml("mlp", "mlp.yaml").splitlines()]
    (comment,) = [line.split("  # ")[1] for line in lines if line.split("  # ")[0].strip() == start]
    assert comment == COMMENTS[start]


def test_a_file_is_not_overwritten(tmp_path: Path):
    """A config that is there stays as it is, with exit code 2; --force writes over it."""
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    answer = call("init", "linear", "--out", path)
    assert answer.exit_code == 2
    assert answer.stderr.endswith("the file is there already; name another file with --out, or use --force\n")
    assert path.read_text() == "mine"
    assert call("init", "linear", "--out", path, "--force").exit_code == 0
    assert path.read_text() != "mine"


def test_a_table_is_not_overwritten(tmp_path: Path):
    """The example table is written only where there is none."""
    (tmp_path / "table.csv").write_text("mine")
    answer = call("init", "table", "--out", tmp_path / "t.yaml")
    assert answer.stdout == f"{tmp_path / 't.yaml'}\n"
    assert (tmp_path / "table.csv").read_text() == "mine"


def test_a_refused_table_starter_writes_nothing(tmp_path: Path):
    """Where the config is refused, the example table is not written either."""
    (tmp_path / "t.yaml").write_text("mine")
    assert call("init", "table", "--out", tmp_path / "t.yaml").exit_code == 2
    assert names_in(tmp_path) == ["t.yaml"]


def test_a_bad_path_is_refused(tmp_path: Path):
    """A folder that is not there, or a folder in place of a file, is one message with the remedy."""
    for path in (tmp_path / "no" / "x.yaml", tmp_path):
        answer = call("init", "linear", "--out", path)
        assert answer.exit_code == 2
        [line] = answer.stderr.splitlines()
        assert "name another file with --out" in line


def test_the_schema_is_json_schema():
    """The schema is one JSON document whose references all lead somewhere and whose keys are explained."""
    answer = call("schema")
    schema = strict_json(answer.stdout)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert {"data", "model", "optimizer", "training"} <= set(schema["properties"])
    references = [part.split('"')[1] for part in json.dumps(schema).split('"$ref": ')[1:]]
    assert references
    for reference in references:
        root, section, name = reference.split("/")
        assert (root, section) == ("#", "$defs")
        assert name in schema["$defs"]
    for definition in schema["$defs"].values():
        for key, field in definition["properties"].items():
            assert field.get("description") or "$ref" in field, key


def installed(*arguments: str, **variables: str) -> str:
    """Return what the installed command prints, the one that a shell completes."""
    command = shutil.which("regress", path=str(Path(sys.executable).parent))
    assert command is not None, "regress is not installed beside this Python"
    answer = subprocess.run(
        [command, *arguments], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    assert answer.stderr == ""
    return answer.stdout


def completions(line: str) -> list[str]:
    """Return what bash would offer at the end of ``line``."""
    position = str(len(line.split(" ")) - 1)
    return installed(_REGRESS_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=position).split()


def test_commands_are_completed():
    """After ``regress`` the shell offers the commands."""
    assert completions("regress ") == [command.__name__.replace("_", "-") for command in COMMANDS]
    assert completions("regress pr") == ["predict"]


def test_options_and_choices_are_completed():
    """Options of a command and the kinds of starters are offered too."""
    assert "--dry-run" in completions("regress run --d")
    assert completions("regress init po") == ["polynomial"]


def test_completion_can_be_installed():
    """The script that a shell needs is printed on request."""
    script = installed("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_REGRESS_COMPLETE=complete_bash" in script
