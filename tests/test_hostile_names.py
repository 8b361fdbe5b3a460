"""Names that mean something to a terminal, to markup, to a spreadsheet or to a browser, wherever shown."""

import csv
import io
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hostile import NAMES, assert_harmless
from shell import call, strict_json
from terminals import SITUATIONS, tell

from regress_cli import Run, load_config, run
from regress_cli.spreadsheets import guarded

# As categories, with one that no column could be called.
CATEGORIES = [*NAMES[:-1], "y" * 10_000]
_ROWS = 60

FORMATS = ("table", "markdown", "latex")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run whose columns and categories all have hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    draw = random.Random(0)
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["kind", *NAMES, "y"])
        for number in range(_ROWS):
            numbers = [f"{draw.random():.3f}" for _ in range(len(NAMES) + 1)]
            rows.writerow([CATEGORIES[number % len(CATEGORIES)], *numbers])
    (folder / "c.yaml").write_text(
        "name: hostile\ndata: {kind: table, path: t.csv, target: y}\nmodel: {kind: linear}\n"
        "optimizer: {kind: exact}\nplots: {formats: [svg], pictures: [fit]}\n"
    )
    return run(load_config(folder / "c.yaml"), folder / "outputs")


def told(arguments: list[str], hostile: Run) -> str:
    """Return what a command says of the run."""
    places = {
        "{run}": str(hostile.folder),
        "{out}": str(hostile.folder.parent),
        "{config}": str(hostile.folder.parent.parent / "c.yaml"),
    }
    answer = call(*(places.get(argument, argument) for argument in arguments))
    assert answer.exit_code == 0
    assert_harmless(answer.stderr)
    return answer.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_a_summary_shows_names_as_text(form: str, hostile: Run):
    """No name moves the cursor or is markup, and every parameter has a line of its own."""
    text = told(["summary", "{run}", "--format", form], hostile)
    assert_harmless(text)
    backslash, bracket = {
        "table": ("\\", "["),
        "markdown": (r"\\", r"\["),
        "latex": (r"\textbackslash{}", "{[}"),
    }[form]
    assert f"{backslash}x1b{bracket}31mred" in text
    if form == "markdown":
        assert not re.search(r"(?<!\\)[<\[$]", text)
        tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
        bare = [[re.sub(r"\\.", "", line).count("|") for line in table.splitlines()] for table in tables]
        assert all(len(set(counts)) == 1 for counts in bare)
    if form == "latex":
        assert r"\frac" not in text
        assert r"\textbackslash{}frac\{\$" in text


@pytest.mark.parametrize("arguments", [["run", "{config}", "--out", "{out}"], ["runs", "--out", "{out}"]])
def test_a_run_and_the_list_of_runs_show_names_as_text(arguments: list[str], hostile: Run):
    """Neither a run's own summary nor the listing obeys a name."""
    assert_harmless(told(arguments, hostile))


@pytest.mark.parametrize(
    "arguments", [["summary", "{run}", "--format", "json"], ["run", "{config}", "--out", "{out}", "--json"]]
)
def test_json_has_names_as_they_are(arguments: list[str], hostile: Run):
    """JSON is plain ASCII, and gives back each name to the letter."""
    text = told(arguments, hostile)
    assert text.isascii()
    assert_harmless(text)
    names = [parameter["name"] for parameter in strict_json(text)["inference"]["parameters"]]
    assert {f"w[{name}]" for name in NAMES} <= set(names)


def test_csv_has_names_as_they_are(hostile: Run):
    """Into a file or a pipe, csv gives back each name to the letter but for formulas, which are guarded."""
    rows = list(
        csv.DictReader(io.StringIO(told(["summary", "{run}", "--format", "csv"], hostile), newline=""))
    )
    assert {f"w[{name}]" for name in NAMES} <= {row["parameter"] for row in rows}
    table = hostile.folder.parent.parent / "t.csv"
    header, *cells = csv.reader(io.StringIO(told(["predict", "{run}", str(table)], hostile), newline=""))
    assert header == ["kind", *map(guarded, NAMES), "prediction"]
    assert {row[0] for row in cells} == {*map(guarded, CATEGORIES)}


def test_csv_on_a_terminal_is_harmless(hostile: Run):
    """On a terminal the same csv is shown with its control characters escaped, on a dumb one too."""
    table = hostile.folder.parent.parent / "t.csv"
    arguments = ["predict", str(hostile.folder), str(table), "--quiet"]
    shown = tell(arguments, SITUATIONS["dumb terminal"], table.parent)
    assert shown.exit_code == 0
    assert_harmless(shown.stdout.replace("\r\n", "\n"))
    assert "\\x1b[31mred\\x1b[0m" in shown.stdout


def test_a_plan_on_a_terminal_is_harmless(hostile: Run):
    """A config that names such columns is shown escaped where it could turn the text around."""
    config = hostile.folder.parent.parent / "c.yaml"
    arguments = ["run", str(config), "data.features=['a\u202eb', '<script>alert(1)</script>']", "--dry-run"]
    shown = tell(arguments, SITUATIONS["dumb terminal"], config.parent)
    assert shown.exit_code == 0
    assert_harmless(shown.stdout.replace("\r\n", "\n"))
    assert "a\\u202eb" in shown.stdout


def test_pictures_are_whole_and_hold_no_markup(hostile: Run, tmp_path: Path):
    """An svg is well-formed and has no script, whatever is drawn into it, also of a single such column."""
    table = tmp_path / "one.csv"
    for name in NAMES[7:10]:
        pl.DataFrame({name: [1.0, 2.0, 3.0, 4.0], "</text>$y_{": [1.0, 2.5, 2.9, 4.2]}).write_csv(table)
        config = {
            "data": {"kind": "table", "path": str(table), "target": "</text>$y_{"},
            "model": {"kind": "linear"},
            "optimizer": {"kind": "exact"},
            "plots": {"formats": ["svg"], "pictures": ["fit"]},
        }
        made = run(load_config(config), tmp_path / "outputs", force=True)
        pictures = [path for folder in (made, hostile) for path in folder.plot_paths]
        assert pictures
        for path in pictures:
            tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()}
            assert "svg" in tags
            assert not tags & {"script", "foreignObject", "a", "image"}


def test_columns_that_are_ignored_are_named_as_text(hostile: Run, tmp_path: Path):
    """A note about a column that the run does not know shows its name escaped."""
    path = tmp_path / "new.csv"
    table = pl.read_csv(hostile.folder.parent.parent / "t.csv", infer_schema=False)
    table.with_columns(pl.lit("1").alias("\x1b[2Jextra")).write_csv(path)
    answer = call("predict", hostile.folder, path, "--out", tmp_path / "out.csv")
    assert answer.exit_code == 0
    assert_harmless(answer.stderr)
    assert "\\x1b[2Jextra" in answer.stderr
