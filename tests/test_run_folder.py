"""The files of a run folder: what is written is read back exactly, and damage is noticed."""

import csv
import io
import json
import math
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shell import houses_config, small_config, strict_json

from regress_cli import Run, load_config, open_run, run
from regress_cli.errors import RunFolderError, UserError
from regress_cli.experiment.plan import make_plan
from regress_cli.experiment.prediction import predict
from regress_cli.runs import csv_text, workplace
from regress_cli.runs.strict_json import checksum, dumps, finite


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on a table, with scaling and categories; read only."""
    folder = tmp_path_factory.mktemp("finished")
    return run(load_config(houses_config(folder)), folder / "outputs")


def test_a_record_that_nobody_would_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A record larger than readers take is refused while the run is made, and leaves nothing."""
    monkeypatch.setattr(workplace, "LARGEST_RECORD", 1 << 10)
    with pytest.raises(UserError, match="use fewer of them"):
        run(load_config(small_config(tmp_path)), tmp_path / "outputs")
    assert not (tmp_path / "outputs").exists()


@pytest.fixture
def copied(finished: Run, tmp_path: Path) -> Path:
    """Return a copy of the finished folder to damage."""
    return Path(shutil.copytree(finished.folder, tmp_path / finished.folder.name))


def columns_of(path: Path) -> dict[str, list[str]]:
    """Return the cells of a csv file by column."""
    header, *rows = csv.reader(path.read_text().splitlines())
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def test_the_record_is_strict_json(finished: Run):
    """run.json holds no NaN, says its format version, and equals what the run returned."""
    record = strict_json((finished.folder / "run.json").read_text())
    assert record["format_version"] == 1
    assert record["nonfinite"] == []
    seal = record.pop("checksum")
    assert seal == checksum(record)
    assert record == open_run(finished.folder).record == finished.record


def two_inputs(*names: str) -> str:
    """Return the digest of an experiment with these inputs, in this order."""
    inputs = {name: {"low": 0, "high": 1, "spacing": "uniform"} for name in names}
    data = {"kind": "synthetic", "n": 9, "inputs": inputs, "target": "x - z"}
    return make_plan(load_config({"data": data, "model": {"kind": "linear"}})).digest


def test_the_order_of_inputs_is_part_of_the_digest():
    """Inputs are drawn in the order in which they are written, so another order is another run."""
    assert two_inputs("x", "z") != two_inputs("z", "x")


def test_the_ending_of_a_table_is_part_of_the_digest(tmp_path: Path):
    """The same bytes read as csv and as tsv are two runs."""
    digests = set()
    for ending in ("csv", "tsv"):
        (tmp_path / f"t.{ending}").write_text("T,a\tT\tb,c\n1,2\t3\t4,5\n")
        data = {"kind": "table", "path": str(tmp_path / f"t.{ending}"), "target": "T"}
        digests.add(make_plan(load_config({"data": data, "model": {"kind": "linear"}})).digest)
    assert len(digests) == 2


def test_what_is_not_finite_is_null_and_listed():
    """Infinite and undefined numbers, NumPy's too, become null, each with its dotted place."""
    data, places = finite({"a": math.nan, "b": [1, np.float64("inf")], "c": {"d": np.array([-np.inf, 2])}})
    assert data == {"a": None, "b": [1, None], "c": {"d": [None, 2.0]}}
    assert places == ["a", "b[1]", "c.d[0]"]
    assert strict_json(dumps(data)) == data


def test_json_refuses_what_is_not_finite():
    """A number that is not finite can't slip into a file."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"a": math.nan})


def test_parameters_are_stored_exactly_and_without_pickle(finished: Run):
    """params.npz opens without pickle, and holds the reported parameters to the last bit."""
    with np.load(finished.folder / "params.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    assert {"w", "b", "standardized.w", "standardized.b", "scaling.feature_mean"} <= set(arrays)
    assert all(array.dtype == np.float64 for array in arrays.values())
    reported = finished.record["parameters"]
    assert [*arrays["w"].tolist(), float(arrays["b"])] == list(reported.values())


def test_predictions_read_back_exactly(finished: Run):
    """predictions.csv holds each row's part, inputs, target and the model's prediction, bit by bit."""
    columns = columns_of(finished.folder / "predictions.csv")
    assert list(columns) == ["part", "size", "rooms", "district", "price", "prediction"]
    assert set(columns["part"]) == {"train"}
    assert columns["district"][:4] == ["north", "south", "north", "west"]
    assert [float(cell) for cell in columns["price"][:3]] == [208, 221, 251]
    expected = predict(finished, {name: columns[name] for name in ("size", "rooms", "district")})
    assert [float(cell) for cell in columns["prediction"]] == expected.tolist()


def test_metrics_read_back_exactly(tmp_path: Path):
    """metrics.csv ends at the reported loss; without a validation part its cells are empty."""
    small = run(load_config(small_config(tmp_path)), tmp_path)
    columns = columns_of(small.folder / "metrics.csv")
    assert [int(cell) for cell in columns["step"]] == list(range(31))
    assert float(columns["train_loss"][-1]) == small.metrics["train"]["loss"]
    assert set(columns["validation_loss"]) == {""}


def test_validation_losses_are_written(tmp_path: Path):
    """With a validation part, each row of metrics.csv has its loss."""
    small = run(load_config(small_config(tmp_path), ["data.split={validation: 0.3}"]), tmp_path)
    losses = columns_of(small.folder / "metrics.csv")["validation_loss"]
    assert float(losses[-1]) == small.metrics["validation"]["loss"]


def test_the_resolved_config_reads_as_the_same_experiment(finished: Run):
    """config.yaml holds every key, and reading it gives the same plan."""
    experiment = load_config(finished.config_path)
    assert make_plan(experiment, finished.folder.parent).folder == finished.folder
    assert experiment.data.standardize.features is True


TEXTS = ["plain", "a,b", 'say "yes"', "two\nlines", "carriage\rreturn", " spaces ", "ä$_{x}", None]
NUMBERS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 1e22, math.inf, math.nan]
COLUMNS = {
    'text, "quoted"': np.array(TEXTS, dtype=object),
    "number": np.array(NUMBERS),
    "list": [*NUMBERS[:-2], None, None],
    "count": list(range(8)),
}


@pytest.mark.parametrize("least_rows", [1, 1000])
def test_both_writers_of_csv_are_exact(least_rows: int, monkeypatch: pytest.MonkeyPatch):
    """Small and large tables are written by two libraries; the cells of either mean the same."""
    monkeypatch.setattr(csv_text, "_MANY_ROWS", least_rows)
    text = csv_text.csv_text(COLUMNS)
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == list(COLUMNS)
    texts, numbers, listed, counts = zip(*rows, strict=True)
    assert list(texts) == [cell or "" for cell in TEXTS]
    assert [repr(float(cell)) for cell in numbers] == [repr(number) for number in NUMBERS]
    assert [float(cell) for cell in listed[:-2]] == NUMBERS[:-2]
    assert listed[-2:] == ("", "")
    assert [int(cell) for cell in counts] == COLUMNS["count"]


def test_colliding_names_are_kept_apart(tmp_path: Path):
    """Columns of a table called part and prediction are still told from those that regress adds."""
    (tmp_path / "t.csv").write_text("part,prediction,y\n1,5,2\n2,3,4\n3,4,6\n")
    config = {
        "data": {"kind": "table", "path": str(tmp_path / "t.csv"), "target": "y"},
        "model": {"kind": "linear"},
        "optimizer": {"kind": "exact"},
    }
    made = run(load_config(config), tmp_path)
    columns = columns_of(made.folder / "predictions.csv")
    assert list(columns) == ["part", "part_", "prediction", "y", "prediction_"]
    assert columns["part"] == ["train"] * 3
    assert [float(cell) for cell in columns["part_"]] == [1, 2, 3]


def test_the_digest_is_of_the_tables_content(tmp_path: Path):
    """The same cells under another path give the same folder name; one other cell gives another."""
    config = load_config(houses_config(tmp_path))
    moved = shutil.move(tmp_path / "houses.csv", tmp_path / "moved.csv")
    name = make_plan(load_config(tmp_path / "houses.yaml", ["data.path=moved.csv"])).folder.name
    moved.write_text(moved.read_text().replace("425", "426"))
    other = make_plan(load_config(tmp_path / "houses.yaml", ["data.path=moved.csv"])).folder.name
    shutil.move(moved, tmp_path / "houses.csv")
    assert make_plan(config).folder.name == other != name


def test_how_often_to_keep_a_checkpoint_is_not_in_the_digest(tmp_path: Path):
    """What can't change a result does not change the folder."""
    config = small_config(tmp_path)
    assert (
        make_plan(load_config(config)).digest
        == make_plan(load_config(config, ["training.checkpoint_seconds=99"])).digest
    )


def test_a_run_shows_itself_in_one_line(finished: Run):
    """A Run's repr names folder, status and error."""
    rmse = finished.metrics["train"]["rmse"]
    assert repr(finished) == f"Run({str(finished.folder)!r}, finished, train rmse {rmse:.6g})"


@pytest.mark.parametrize("name", ["run.json", "config.yaml", "params.npz", "metrics.csv", "predictions.csv"])
def test_a_missing_file_is_named(copied: Path, name: str):
    """A folder that lacks a file is not a run, and the message says which file."""
    (copied / name).unlink()
    with pytest.raises(
        RunFolderError, match=f"not a whole run \\({name} is missing\\); repeat the run with --force"
    ):
        open_run(copied)


def test_what_is_no_folder_is_said(tmp_path: Path):
    """A path that is not there and a path of a file get messages of their own."""
    with pytest.raises(RunFolderError, match="there is no such run folder"):
        open_run(tmp_path / "nothing")
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="this is not a folder"):
        open_run(tmp_path / "file")


def edited(folder: Path, **changes: object) -> None:
    """Change keys of run.json; None removes one."""
    path = folder / "run.json"
    record = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in record.items() if value is not None}))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "[" * 100_000, '{"format_version": 1}', "\xff"])
def test_a_damaged_record_is_refused(copied: Path, content: str):
    """A run.json that is cut, nested without end or of another shape is one clear refusal."""
    (copied / "run.json").write_text(content, encoding="latin-1")
    with pytest.raises(RunFolderError, match="repeat the run with --force"):
        open_run(copied)


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": None},
        {"metrics": {}},
        {"data": []},
        {"data": {"columns": [{}]}},
        {"name": 3},
        {"config": 1},
    ],
)
def test_an_edited_record_is_refused(copied: Path, changes: dict):
    """A run.json that lost what its readers rely on is one clear refusal."""
    edited(copied, **changes)
    with pytest.raises(RunFolderError, match="damaged; repeat the run with --force"):
        open_run(copied)


def test_another_format_version_is_named(copied: Path):
    """A folder of a later format says both versions, even if nothing else in it is known."""
    (copied / "run.json").write_text('{"format_version": 99}')
    with pytest.raises(RunFolderError, match="its format is 99, this regress reads 1"):
        open_run(copied)


def damaged_in_a_config(copied: Path) -> None:
    """Give the record a model that is none."""
    edited(copied, config={"model": {"kind": "oracle"}})


def damaged_by_cutting(copied: Path) -> None:
    """Cut params.npz in half."""
    content = (copied / "params.npz").read_bytes()
    (copied / "params.npz").write_bytes(content[: len(content) // 2])


def damaged_by_emptying(copied: Path) -> None:
    """Leave nothing in params.npz."""
    (copied / "params.npz").write_bytes(b"")


def damaged_by_a_single_array(copied: Path) -> None:
    """Put a lone array where an archive belongs."""
    with (copied / "params.npz").open("wb") as file:
        np.save(file, np.ones(3))


def damaged_by_a_foreign_shape(copied: Path) -> None:
    """Give a parameter another shape."""
    with np.load(copied / "params.npz") as archive:
        arrays = dict(archive)
    np.savez(copied / "params.npz", **{**arrays, "standardized.w": np.ones(99)})


def damaged_by_a_missing_array(copied: Path) -> None:
    """Leave a parameter out."""
    with np.load(copied / "params.npz") as archive:
        arrays = dict(archive)
    del arrays["standardized.b"]
    np.savez(copied / "params.npz", **arrays)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def damaged_by_a_pickle(copied: Path) -> None:
    """Put an object that runs code into params.npz."""
    np.savez(copied / "params.npz", w=np.array([Bomb(copied / "exploded")], dtype=object))


@pytest.mark.parametrize(
    "damage",
    [
        damaged_in_a_config,
        damaged_by_cutting,
        damaged_by_emptying,
        damaged_by_a_single_array,
        damaged_by_a_foreign_shape,
        damaged_by_a_missing_array,
        damaged_by_a_pickle,
    ],
)
def test_damaged_parameters_are_refused(copied: Path, damage):
    """A damaged or hostile run folder gives a refusal when it is used, and none of its code runs."""
    damage(copied)
    with pytest.raises(RunFolderError, match="damaged; repeat the run with --force"):
        predict(copied, {"size": [50.0], "rooms": [2], "district": ["north"]})
    assert not (copied / "exploded").exists()


def test_no_flipped_bit_gives_a_traceback(copied: Path):
    """Wherever a bit of params.npz is flipped, reading it works or is refused; nothing else comes out."""
    path = copied / "params.npz"
    content = path.read_bytes()
    refused = 0
    for position in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            open_run(copied).trained()
        except RunFolderError:
            refused += 1
    assert refused > len(content) // 7 // 2


def test_polars_reads_the_predictions(finished: Run):
    """The csv of a run is one that a data frame library takes as it is."""
    frame = pl.read_csv(finished.folder / "predictions.csv")
    assert frame.shape == (12, 6)
    assert frame["prediction"].dtype == pl.Float64
