"""What the command line does, from Python, without printing."""

import importlib
import threading
from pathlib import Path

import pytest
from shell import RUN_FILES, SMALL, houses_config, names_in, small_config

import regress_cli
from regress_cli import Experiment, RegressError, Run, load_config, open_run, predict, run
from regress_cli.config.reader import parse
from regress_cli.experiment.watch import Watch
from regress_cli.training import Progress


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """Loading, running (even a run with a warning) and predicting print nothing at all."""
    finished = run(load_config(small_config(tmp_path), ["optimizer.step_size=0.8"]), tmp_path / "outputs")
    predict(finished, {"x": [1.0, 2.0]})
    repr(finished)
    assert capfd.readouterr() == ("", "")


def test_a_run_in_python_is_the_run_of_the_command_line(tmp_path: Path):
    """A finished Run has folder, metrics, parameters and pictures; open_run gives it back."""
    config = load_config(small_config(tmp_path), ["plots.pictures=[loss]"])
    finished = run(config, tmp_path / "outputs")
    assert isinstance(finished, Run)
    assert names_in(finished.folder) == RUN_FILES
    assert (finished.name, finished.status, finished.exit_code) == ("small", "finished", 0)
    assert {name: value.item() for name, value in finished.params.items()} == finished.record["parameters"]
    assert [path.name for path in finished.plot_paths] == ["loss.png"]
    assert open_run(str(finished.folder)) == finished


def test_a_mapping_is_a_config(tmp_path: Path):
    """A config may be a mapping: the same content gives the same run as the file."""
    experiment = load_config(parse(SMALL, "text").data)
    assert isinstance(experiment, Experiment)
    assert experiment == load_config(small_config(tmp_path))


def test_the_working_folder_is_the_default_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without an argument, runs lie in outputs/ below the working folder."""
    config = load_config(small_config(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(config).folder.parent == Path("outputs")
    assert names_in(tmp_path) == ["outputs", "small.yaml"]


def test_a_finished_run_is_found_even_without_its_table(tmp_path: Path):
    """Predicting needs the run folder alone: the table it was trained on may be gone."""
    finished = run(load_config(houses_config(tmp_path)), tmp_path / "outputs")
    (tmp_path / "houses.csv").unlink()
    before = finished.record["parameters"]
    [price] = predict(finished, {"size": [100], "rooms": [3], "district": ["west"]})
    expected = before["b"] + 100 * before["w[size]"] + 3 * before["w[rooms]"] + before["w[district=west]"]
    assert price == pytest.approx(expected, rel=1e-12)


def test_run_works_in_a_thread(tmp_path: Path):
    """Outside the main thread, where no signal handler can be set, a run is made as well."""
    made = []
    thread = threading.Thread(target=lambda: made.append(run(load_config(small_config(tmp_path)), tmp_path)))
    thread.start()
    thread.join()
    assert made == [run(load_config(small_config(tmp_path)), tmp_path)]


def test_threads_on_one_run_train_it_once(tmp_path: Path):
    """Several threads that want the same run get the same one."""
    config = load_config(small_config(tmp_path))
    made = []
    threads = [threading.Thread(target=lambda: made.append(run(config, tmp_path / "o"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert made[0] == made[1] == made[2]
    assert names_in(tmp_path / "o") == [made[0].folder.name]


def test_a_watch_hears_notes_and_progress(tmp_path: Path):
    """Who passes a watch hears what the command line would show."""

    class Ear(Watch):
        def __init__(self) -> None:
            self.notes: list[str] = []
            self.steps: list[int] = []

        def note(self, text: str) -> None:
            self.notes.append(text)

        def progress(self, progress: Progress) -> None:
            self.steps.append(progress.step)

    ear = Ear()
    finished = run(load_config(small_config(tmp_path), ["optimizer.step_size=0.55"]), tmp_path, watch=ear)
    assert ear.notes == finished.record["notes"]
    assert "largest stable step size" in ear.notes[0]
    assert ear.steps[-1] == finished.record["steps"]["taken"] == 30


def test_errors_are_of_one_tree(tmp_path: Path):
    """Whatever is refused is a RegressError with a message; nothing exits the interpreter."""
    with pytest.raises(RegressError, match="there is no such file"):
        load_config(tmp_path / "missing.yaml")
    with pytest.raises(RegressError, match="there is no such run folder"):
        predict(tmp_path / "missing", {"x": [1.0]})


def test_no_open_file_is_left(tmp_path: Path):
    """After a run no descriptor stays open, neither of a file nor of the lock."""
    config = load_config(small_config(tmp_path))
    run(config, tmp_path / "first")
    before = len(list(Path("/dev/fd").iterdir()))
    run(config, tmp_path / "second")
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_public_names_are_sorted_and_importable():
    """__all__ is sorted, every name in it exists where it is said to be, and dir() lists it."""
    assert regress_cli.__all__ == sorted(regress_cli.__all__)
    assert set(regress_cli._HOMES) == set(regress_cli.__all__)
    for name in regress_cli.__all__:
        assert getattr(regress_cli, name) is getattr(importlib.import_module(regress_cli._HOMES[name]), name)
        assert name in dir(regress_cli)


def test_an_unknown_name_is_an_attribute_error():
    """A name that the package does not have is told in Python's own words."""
    with pytest.raises(AttributeError, match="module 'regress_cli' has no attribute 'nonsense'"):
        regress_cli.nonsense  # noqa: B018
