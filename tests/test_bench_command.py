"""``regress bench``: the engines side by side on a user's own experiment."""

from pathlib import Path

import numpy as np
import pytest
from conftest import CONFIGS
from problems import make_problem
from shell import call, names_in, small_config, strict_json

from regress_cli.training import benchmark, walk


@pytest.mark.parametrize(
    "overrides", [[], ["training.batch_size=6"], ["optimizer.kind=adam"], ["training.steps=1"]]
)
def test_every_engine_has_a_row(overrides: list[str], tmp_path: Path):
    """The table names each engine with its time, says that the numbers are the same, and writes nothing."""
    answer = call("bench", small_config(tmp_path), "--rounds", 1, *overrides)
    assert answer.exit_code == 0, answer.stderr
    lines = answer.stdout.splitlines()
    rows = [line.split() for line in lines if line.split()[:1] and line.split()[0] in walk.ENGINES]
    assert [row[0] for row in rows] == list(walk.ENGINES)
    assert rows[0][3] == "1.0"
    assert rows[1][-3:] == ["the", "same", "bits"]
    assert names_in(tmp_path) == ["small.yaml"]


def test_json_holds_every_turn():
    """The JSON document has the seconds of each turn, and what was compared."""
    answer = call("bench", CONFIGS / "linear.yaml", "--rounds", 3, "--json")
    document = strict_json(answer.stdout)
    assert {*document["engines"]} == {*walk.ENGINES}
    assert document["engines"]["tape"]["difference"] == 0
    assert document["engines"]["compiled"]["difference"] < 1e-9
    for engine in document["engines"].values():
        assert len(engine["seconds"]) == 3
        assert all(0 < seconds < 1 for seconds in engine["seconds"])
    assert document["agrees"] is True
    assert (document["steps"], document["compared_steps"]) == (1000, 100)


@pytest.mark.parametrize(
    ("config", "override", "words"),
    [
        ("anscombe.yaml", "seed=1", "the exact solver takes no steps"),
        ("mlp.yaml", "optimizer.step_size=1e9", "training diverges at step"),
    ],
)
def test_where_there_is_nothing_to_time(config: str, override: str, words: str):
    """An experiment without steps, or one that diverges at once, is refused with what to do."""
    answer = call("bench", CONFIGS / config, override)
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_engines_that_differ_are_told(monkeypatch: pytest.MonkeyPatch):
    """Where an engine takes other steps, the difference is measured and the exit code is 3."""

    class Biased(walk.EagerEngine):
        """An engine that goes a little too far."""

        def advance(self, start: int, stop: int) -> float:
            worst = super().advance(start, stop)
            self._params *= 1 + 1e-6
            return worst

    monkeypatch.setitem(walk.ENGINES, "tape", Biased)
    result = benchmark.compare_engines(make_problem(), rounds=1)
    assert 1e-6 < result.engines["tape"].difference < 1e-3
    assert not result.agrees
    answer = call("bench", CONFIGS / "linear.yaml", "--rounds", 1)
    assert answer.exit_code == 3
    assert "within" in answer.stdout


def test_a_turn_is_timed_by_its_steps():
    """The seconds of a step are those of the turn over the steps that were taken in it."""
    result = benchmark.compare_engines(make_problem("training.steps=100000"), rounds=2)
    for times in result.engines.values():
        assert len(times.seconds) == 2
        assert times.median == pytest.approx(np.median(times.seconds))
        assert times.median < benchmark._TURN_SECONDS


def test_an_engine_that_can_not_be_used_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Without a C compiler the other engines are timed, and a note says why one is missing."""
    monkeypatch.setenv("CC", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answer = call("bench", CONFIGS / "linear.yaml", "--rounds", 1)
    assert answer.exit_code == 0
    assert answer.stderr.startswith("note: compiled: ")
    assert "compiled" not in answer.stdout
