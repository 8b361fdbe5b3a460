"""The docs are true: generated ones are fresh, every command and link exists, the tour works."""

import doctest
import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from shell import call
from warm_command import warm_command

from regress_cli.cli.commands import COMMANDS

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def block(name: str) -> str:
    """Return the code between the comments that mark it in the README."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n<!-- /{name} -->", README, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder that looks like a fresh clone after `make demo`, with `regress` in its .venv."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "outputs").mkdir()
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    command = binaries / "regress"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m regress_cli "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a `regress` that needs no time to start."""
    command = tmp_path_factory.mktemp("warm") / "regress"
    with warm_command(command):
        yield command


@pytest.fixture
def warm_clone(clone: Path, warm: Path) -> Path:
    """Return the folder of a fresh clone with that `regress` in its .venv."""
    shutil.copy(warm, clone / ".venv" / "bin" / "regress")
    return clone


def test_generated_docs_are_fresh() -> None:
    """What `make docs` would write is what is there, with the versions that wrote it."""
    # The words of `--help` and the numbers of the schema are written in other ways by other versions.
    pins = (ROOT / "constraints" / "base.txt").read_text(encoding="utf-8")
    if any(f"\n{name}=={importlib.metadata.version(name)} " not in pins for name in ("pydantic", "typer")):
        pytest.skip("docs are made with the pinned versions")
    command = [sys.executable, ROOT / "docs" / "generate.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("command", [command.__name__.replace("_", "-") for command in COMMANDS])
def test_every_command_is_documented(command: str) -> None:
    """Each command has its help in docs/cli.md."""
    assert f"## `regress {command}`" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_what_the_reliability_page_names_is_there() -> None:
    """Every file, test, make target and command that stands behind a promise exists."""
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    commands = [words.split() for words in re.findall(r"`((?:make|pytest|python|regress) [^`]*)`", page)]
    assert len(commands) > 15
    assert [command for command in commands if not _is_there(command)] == []


@pytest.mark.parametrize(
    "command",
    [
        "make nothing",
        "pytest tests/test_nothing.py",
        "pytest tests/test_claim.py -k unheard",
        "regress run --nothing",
    ],
)
def test_what_is_not_there_is_found_out(command: str) -> None:
    """The test above would find a name that has changed."""
    assert not _is_there(command.split())


def _is_there(command: list[str]) -> bool:
    """Return whether a command's target, files, tests or options exist."""
    kind, *rest = command
    if kind == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return all(word in targets for word in rest if "=" not in word)
    if kind == "regress":
        help_texts = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split("## `regress ")
        [help_text] = [text for text in help_texts if text.startswith(f"{rest[0]}`")] or [""]
        return bool(help_text) and all(word in help_text for word in rest if word.startswith("--"))
    files = [ROOT / word for word in rest if "/" in word]
    if not files or not all(path.exists() for path in files):
        return False
    tests = " ".join(re.findall(r"def (test_\w+)", "".join(path.read_text() for path in files)))
    return "-k" not in rest or rest[rest.index("-k") + 1] in tests


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file of the repository."""
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_readme_shows_the_shipped_config() -> None:
    """The config in the README's first screen is configs/mlp.yaml, key by key."""
    shown = re.search(r"```yaml\n# configs/mlp.yaml\n(.*?)```", README, re.DOTALL)
    shipped = (ROOT / "configs" / "mlp.yaml").read_text(encoding="utf-8")
    assert shown is not None
    assert shipped.endswith(shown[1])


def test_tour_works_when_pasted(warm_clone: Path) -> None:
    """Every line of the README's tour exits 0, and the first words of its results are there."""
    done = subprocess.run(
        ["sh", "-e"],
        input=block("tour"),
        cwd=warm_clone,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "x,prediction\n1.0," in done.stdout
    assert (warm_clone / "outputs" / "linear.json").read_text().startswith("{")


def test_the_commands_of_the_fitting_guide_work_when_pasted(warm_clone: Path) -> None:
    """Every command of docs/fitting.md exits 0, and writes what it says; the first one prints what is shown.

    README and guide show the same command and its parameters with their errors.
    """
    text = (ROOT / "docs" / "fitting.md").read_text(encoding="utf-8")
    shown, in_the_readme = (_first_fit(page) for page in (text, README))
    assert shown == in_the_readme
    blocks = re.findall(r"<!-- commands -->\n```sh\n(.*?)```\n<!-- /commands -->", text, re.DOTALL)
    assert len(blocks) == 3
    assert blocks[0] == f"{shown[0]}\n"
    lines = 'PATH="$PWD/.venv/bin:$PATH"\n' + "".join(blocks)
    done = subprocess.run(
        ["sh", "-e"], input=lines, cwd=warm_clone, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(
        (warm_clone / "outputs" / f"decay.{ending}").stat().st_size
        for ending in ("png", "tex", "csv", "json")
    )
    printed = "\n".join(done.stdout.splitlines()[: len(shown[1].splitlines())])
    words, numbers = _words_and_numbers(printed)
    shown_words, shown_numbers = _words_and_numbers(shown[1])
    # p-values of many zeros are words here; the count of evaluations may differ by a few.
    assert [word for word in words if "e-" not in word] == [word for word in shown_words if "e-" not in word]
    assert numbers[1:] == pytest.approx(shown_numbers[1:], rel=1e-3)


def _first_fit(page: str) -> tuple[str, str]:
    """Return the first fit's command of a page, and what stands below it."""
    shown = re.search(r"```sh\n(regress fit .*?)\n```.*?```text\n(decay: .*?)```", page, re.DOTALL)
    assert shown is not None
    return shown[1], shown[2]


def test_the_config_of_the_fitting_guide_is_shipped() -> None:
    """The config in docs/fitting.md is configs/decay.yaml, key by key."""
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "fitting.md").read_text(), re.DOTALL)
    assert shown is not None
    assert (ROOT / "configs" / "decay.yaml").read_text().endswith(shown[1])


def test_the_command_in_the_shipped_config_gives_the_same_fit(clone: Path, monkeypatch) -> None:
    """The command that configs/decay.yaml names beside itself ends in the folder of the config."""
    monkeypatch.chdir(clone)
    named = re.search(r"^# regress (fit .*)$", (ROOT / "configs" / "decay.yaml").read_text(), re.MULTILINE)
    assert named is not None
    by_command = call(*shlex.split(named[1]), "--quiet")
    by_config = call("run", "configs/decay.yaml", "--dry-run", "--quiet")
    assert by_command.exit_code == 0, by_command.stderr
    assert by_command.stdout == by_config.stdout


def test_python_example_works(clone: Path) -> None:
    """The README's Python example runs as it stands."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block("python")],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 2


def test_the_readmes_wrong_answer_is_told_as_it_says(warm_clone: Path) -> None:
    """The README's wrong gradient has the verdict and the causes that stand below it, and exit code 3."""
    (warm_clone / "answer.py").write_text(block("answer"))
    shown = re.search(r"\$ regress (compare-manual .*?)\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    done = subprocess.run(
        [warm_clone / ".venv" / "bin" / "regress", *shown[1].split()],
        cwd=warm_clone,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    words = [line for line in shown[2].splitlines() if line.startswith(("WRONG", "likely cause"))]
    assert len(words) == 3
    assert set(words) <= set(done.stdout.splitlines())


def test_readme_summary_is_what_the_command_prints(warm_clone: Path) -> None:
    """The table in the README's first screen is the one that the command prints, to a few percent."""
    done = subprocess.run(
        [warm_clone / ".venv" / "bin" / "regress", "run", "configs/mlp.yaml"],
        cwd=warm_clone,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    shown = re.search(r"```text\n(mlp: .*?)```", README, re.DOTALL)
    assert shown is not None
    words, numbers = _words_and_numbers(done.stdout)
    shown_words, shown_numbers = _words_and_numbers(shown[1])
    assert words == shown_words
    # Another processor rounds otherwise, and 5000 steps make more of it.
    assert numbers == pytest.approx(shown_numbers, rel=0.05)


def _words_and_numbers(text: str) -> tuple[list[str], list[float]]:
    items = [item for item in text.replace(",", "").split() if not item.startswith("─")]
    is_number = [item.replace(".", "", 1).isdigit() for item in items]
    words = [item for item, number in zip(items, is_number, strict=True) if not number]
    return words, [float(item) for item, number in zip(items, is_number, strict=True) if number]


@pytest.mark.parametrize(("page", "fewest"), [("tape.md", 5), ("gradients.md", 3)])
def test_the_examples_of_a_guide_are_true(page: str, fewest: int):
    """What the Python examples of a guide print is what they do print."""
    found = doctest.testfile(str(ROOT / "docs" / page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert found.attempted >= fewest
    assert found.failed == 0
