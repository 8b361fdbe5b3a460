"""The resolved config: written and read back it is the same experiment, whatever stands in it."""

import math
import os

import pytest
import yaml
from conftest import CONFIGS
from hypothesis import given, settings
from hypothesis import strategies as st

from regress_cli.config import Experiment, load_config, resolved, result_keys, to_yaml

# Texts that some reader of YAML takes for a number, a truth value, a date, nothing, or more than a text.
TRICKY = [
    "1e-3",
    "no",
    "010",
    "null",
    "~",
    "true",
    "1",
    "0x1F",
    "0o7",
    ".inf",
    ".nan",
    "1_000",
    "12:30",
    "=",
    "<<",
]
TRICKY += [
    "2020-01-01",
    "a: b",
    "a #b",
    "- a",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a",
    "'",
    '"',
    "\\",
    " a",
    "a ",
    "?",
]
TRICKY += [
    "a\nb",
    "a\tb",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x1b[31m",
    "\x7f",
    "é",
    "😀",
    "{a",
    "[a",
    ",",
    ":",
    "a:",
    "|",
]

NAMES = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
POSITIVE = st.floats(min_value=5e-324, allow_infinity=False, allow_nan=False)
FINITE = st.floats(-1e300, 1e300)
SPLITS = st.fixed_dictionaries({}, optional={"validation": st.floats(0, 0.4), "test": st.floats(0, 0.5)})
SCALES = st.fixed_dictionaries({}, optional={"features": st.booleans(), "target": st.booleans()})


@st.composite
def tables(draw):
    """Draw a section about a table, with columns of any name."""
    target, *features = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    section = {
        "kind": "table",
        "path": "table.csv",
        "target": target,
        "features": features,
        "categorical": features[:1],
        "missing": draw(st.sampled_from(["error", "drop", "mean"])),
        "standardize": draw(SCALES),
    }
    used = {target, *features}
    column = draw(st.none() | NAMES.filter(lambda name: name not in used))
    return {**section, "split": draw(SPLITS) if column is None else {"column": column}}


@st.composite
def synthetic(draw):
    """Draw a section about synthetic data."""
    low, high = sorted(draw(st.lists(FINITE, min_size=2, max_size=2, unique=True)))
    return {
        "kind": "synthetic",
        "n": draw(st.integers(2, 10**7)),
        "inputs": {"x": {"low": low, "high": high}, "no": {"low": low, "high": high, "spacing": "uniform"}},
        "target": draw(st.sampled_from(["x", "1e-3", "010.0", "1", ".5", "x - no", "2 * (x)"])),
        "noise": draw(st.floats(0, 1e300)),
        "split": draw(SPLITS),
    }


MODELS = st.one_of(
    st.just({"kind": "linear"}),
    st.fixed_dictionaries({"kind": st.just("polynomial"), "degree": st.integers(1, 50)}),
    st.fixed_dictionaries(
        {"kind": st.just("mlp"), "hidden": st.lists(st.integers(1, 99), min_size=1, max_size=3)}
    ),
)
SCHEDULES = st.one_of(
    st.just({"kind": "constant"}),
    st.fixed_dictionaries({"kind": st.just("cosine"), "final": st.floats(0, 1)}),
    st.fixed_dictionaries({"kind": st.just("step"), "every": st.integers(1, 10**9)}),
)
OPTIMIZERS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["sgd", "adam", "rmsprop"]), "step_size": POSITIVE, "schedule": SCHEDULES}
)
EXPERIMENTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "1e-3", "010", "no", "null", "0x1F", "1.5", "2020-01-01", "1", "7_0"]),
        "seed": st.integers(0, 2**63 - 1),
        "data": tables() | synthetic(),
        "model": MODELS,
        "optimizer": OPTIMIZERS,
    },
    optional={
        "loss": st.fixed_dictionaries({"kind": st.just("huber"), "delta": POSITIVE, "l2": POSITIVE}),
        "training": st.fixed_dictionaries({"epochs": st.integers(1), "batch_size": st.integers(1)})
        | st.fixed_dictionaries({"steps": st.integers(1), "time_limit": POSITIVE}),
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder for the written configs."""
    return tmp_path_factory.mktemp("round-trip")


def written_and_read(experiment: Experiment, folder) -> Experiment:
    """Return what is read from the file to which ``experiment`` was written."""
    path = folder / "config.yaml"
    path.write_text(to_yaml(experiment, folder), encoding="utf-8", newline="\n")
    return load_config(path)


def same_place(experiment: Experiment) -> dict:
    """Return the experiment as data, with the path of a table resolved."""
    data = experiment.model_dump()
    if "path" in data["data"]:
        data["data"]["path"] = os.path.realpath(data["data"]["path"])
    return data


@given(EXPERIMENTS)
@settings(deadline=None)
def test_a_written_experiment_is_read_back_equal(folder, data):
    """Every number to its last bit, every text and every name comes back as it was."""
    experiment = load_config(data)
    again = written_and_read(experiment, folder)
    assert same_place(again) == same_place(experiment)
    assert result_keys(again) == result_keys(experiment)


@given(EXPERIMENTS)
@settings(deadline=None)
def test_another_yaml_library_reads_the_same(folder, data):
    """The written file means the same to PyYAML's own loader, which follows YAML 1.1 for texts."""
    experiment = load_config(data)
    assert yaml.safe_load(to_yaml(experiment, folder)) == resolved(experiment, folder)


@given(EXPERIMENTS)
@settings(deadline=None)
def test_writing_twice_gives_the_same_text(folder, data):
    """The written config is a fixed point: written, read and written again it is the same text."""
    experiment = load_config(data)
    assert to_yaml(written_and_read(experiment, folder), folder) == to_yaml(experiment, folder)


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_column_names_survive(folder, text):
    """A column whose name looks like something else in YAML is still that column."""
    data = {"kind": "table", "path": "t.csv", "target": text}
    experiment = load_config({"name": "a", "data": data, "model": {"kind": "linear"}})
    assert written_and_read(experiment, folder).data.target == text


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_survive(folder, path):
    """A shipped config, resolved and written elsewhere, is the same experiment on the same table."""
    experiment = load_config(path)
    assert same_place(written_and_read(experiment, folder)) == same_place(experiment)


def test_defaults_are_written_out(folder):
    """The resolved config holds every default, so that it keeps its meaning when a default changes."""
    experiment = load_config(
        {
            "data": {"kind": "synthetic", "inputs": {"x": {"low": 0, "high": 1}}, "target": "x"},
            "model": {"kind": "linear"},
        }
    )
    data = resolved(experiment, folder)
    assert data["training"]["steps"] == 1000
    assert data["optimizer"] == {
        "kind": "sgd",
        "step_size": 0.01,
        "mass": 0.9,
        "nesterov": False,
        "schedule": {"kind": "constant"},
    }


def test_the_path_of_a_table_is_relative_to_the_file(tmp_path):
    """The written path leads from the written file to the table, so that a project may move as a whole."""
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs" / "a.yaml"
    path.write_text(
        "data: {kind: table, path: ../tables/t.csv, target: y}\nmodel: {kind: linear}\n", encoding="utf-8"
    )
    data = resolved(load_config(path), tmp_path / "outputs" / "a")
    assert data["data"]["path"] == os.path.join("..", "..", "tables", "t.csv")  # noqa: PTH118


def test_a_number_keeps_its_type(folder):
    """Whole-numbered floats are written as floats, and none as text."""
    experiment = load_config(CONFIGS / "linear.yaml", ["optimizer.step_size=1e-7", "data.noise=1e22"])
    data = yaml.safe_load(to_yaml(experiment, folder))
    assert math.isclose(float(data["optimizer"]["step_size"]), 1e-7)
    assert isinstance(data["data"]["noise"], float)
    assert isinstance(data["optimizer"]["step_size"], float)
