"""Every command in every situation: the right exit code, every number, no traceback and no stray escape."""

import re
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest
from shell import call
from terminals import JOBS, SITUATIONS, arguments_of, prepare, tell
from typer.testing import Result

from regress_cli.cli.commands import COMMANDS

PAIRS = [(job, name) for name in SITUATIONS for job in JOBS]
# Every job and every situation is tried at least once whenever the suite runs, all pairs by `make faults`.
_FEW = set(zip_longest(JOBS, list(SITUATIONS)[: len(JOBS)])) | {
    (("explain", "summary", "runs", "predict")[position % 4], name)
    for position, name in enumerate(list(SITUATIONS)[len(JOBS) :])
}
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
# Commas stand in lists, bars in tables where no better lines can be drawn.
_BETWEEN = str.maketrans(",|", "  ")
_COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;[0-9]+)*m")


def marked(job: str, name: str):
    """Return a case, which waits for ``--full`` if it is not one of the few."""
    return pytest.param(job, name, marks=[] if (job, name) in _FEW else pytest.mark.full)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all that the jobs need."""
    folder = tmp_path_factory.mktemp("terminals")
    prepare(folder)
    return folder


@cache
def plainly(job: str, folder: Path) -> Result:
    """Do a job where nothing is special."""
    return call(*arguments_of(job, folder))


def numbers_in(text: str) -> list[float]:
    """Return the words that are numbers, in their order."""
    found = []
    for word in _ESCAPE.sub("", text).translate(_BETWEEN).split():
        try:
            found.append(float(word.strip("();:%")))
        except ValueError:
            continue
    return found


def test_no_command_is_left_out():
    """A new command gets a job here, and is tried in every situation."""
    assert {command.__name__ for command in COMMANDS} <= JOBS.keys()


def test_a_number_that_is_cut_is_seen():
    """What compares numbers tells a cut one from a whole one, and looks through bold print."""
    assert numbers_in("a \x1b[1m1.234\x1b[0m, 5 (6)") == [1.234, 5.0, 6.0] != numbers_in("a 1.2… 5 6")


@pytest.mark.parametrize(("job", "name"), [marked(*pair) for pair in PAIRS])
def test_every_command_in_every_situation(job: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever the terminal, locale, streams and home are, a command does its work and says all of it."""
    situation = SITUATIONS[name]
    monkeypatch.chdir(folder)
    plain, told = plainly(job, folder), tell(arguments_of(job, folder), situation, folder)
    assert (told.exit_code, told.stderr.count("Traceback")) == (plain.exit_code, 0)
    assert "Traceback" not in told.stdout
    shown = told.stdout + told.stderr
    assert "Warning" not in shown
    # Nothing is shown as the code of a character that the terminal lacks.
    assert not re.search(r"\\[xuU][0-9a-f]", shown)
    if not situation.may_draw:
        assert "\x1b" not in shown
    if "NO_COLOR" in situation.variables:
        assert not _COLOUR.search(shown)
    if situation.has_reader and job not in ("bench", "help"):
        left = iter(numbers_in(told.stdout))
        missing = [number for number in numbers_in(plain.stdout) if number not in left]
        assert missing == []
    if not situation.has_reader:
        assert told.stdout == ""
