"""A report: one page about many runs, the same bytes for the same runs, and no text in it is markup."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from page_reader import TAGS, Page, assert_closed, plain_text
from reported import HARM, make_harmful, make_kinds, opened, some_entries
from shell import call, strict_json

from regress_cli import open_run
from regress_cli.reports.elements import to_html
from regress_cli.reports.entry import Entry, ranked
from regress_cli.reports.report import make_report, page_of
from regress_cli.reports.sections import head
from regress_cli.reports.selection import selected
from regress_cli.reports.table import table_of
from regress_cli.reports.vector import inline_svg
from regress_cli.runs import csv_columns
from regress_cli.runs.sweep_folder import SweepFolder
from regress_cli.runs.tables import predictions_of


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of each kind."""
    return make_kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def report(kinds: Path) -> bytes:
    """Return the page about these."""
    return make_report(kinds, []).content


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of runs whose names mean harm."""
    return make_harmful(tmp_path_factory.mktemp("harmful"))


# ------------------------------------------------------------------------------------ the command


def test_the_command_writes_a_page_and_says_where(kinds: Path, tmp_path: Path, report: bytes):
    """The path is the last line, all of --quiet, and a value of --json; the page is the same each time."""
    path = tmp_path / "page.html"
    told = call("report", "--out", kinds, "--to", path)
    assert told.exit_code == 0
    assert told.stdout.splitlines()[-1] == str(path)
    assert "3 runs (2 finished, 1 diverged)" in told.stdout
    assert path.read_bytes() == report
    assert call("report", "--out", tmp_path, "-q").stdout == f"{tmp_path / 'report.html'}\n"
    said = strict_json(call("report", "--out", tmp_path, "--json").stdout)
    assert said == {
        "report": str(tmp_path / "report.html"),
        "bytes": (tmp_path / "report.html").stat().st_size,
        "runs": [],
        "status": {},
    }


def test_the_same_runs_give_the_same_bytes(kinds: Path, tmp_path: Path, report: bytes):
    """Neither the order in which runs are named, nor where they lie, nor a link to one changes a byte."""
    moved = tmp_path / "elsewhere" / "runs"
    shutil.copytree(kinds, moved, ignore=shutil.ignore_patterns(".*", "*.html"))
    folders = sorted(str(path.parent) for path in moved.glob("*/run.json"))
    (tmp_path / "link").symlink_to(folders[0])
    named = [*reversed(folders[1:]), folders[1], str(tmp_path / "link")]
    assert make_report(tmp_path, named).content == report


def test_nothing_of_the_machine_is_in_a_page(kinds: Path, tmp_path: Path):
    """A page has no path of its machine, a damaged run's message included, and no time of its making."""
    outputs = tmp_path / "outputs"
    shutil.copytree(kinds, outputs)
    broken = next(outputs.glob("*/run.json"))
    broken.write_text("{")
    content = make_report(outputs, []).content.decode()
    assert str(tmp_path) not in content
    assert f"{broken.parent.name}" in content
    assert "the file is missing or damaged; repeat the run with --force" in content
    assert not re.search(r"20\d\d-\d\d-\d\d", content)


def test_names_that_mean_no_run_are_refused(kinds: Path, tmp_path: Path):
    """A name that no run begins with, a folder that is not there, and a file that is no page are told."""
    answers = {
        ("nothing-like-it",): "no run in",
        ("--out", tmp_path / "none"): "there is no such folder",
        ("--to", tmp_path / "report.pdf"): "end its name with .html",
        ("--to", tmp_path / "none" / "report.html"): "there is no folder",
    }
    for arguments, reason in answers.items():
        told = call("report", "--out", kinds, *arguments)
        assert told.exit_code == 2
        assert reason in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_beginning_means_all_runs_that_begin_so(kinds: Path):
    """The beginning of a name stands for several runs, a whole folder for one."""
    first = sorted(path.parent.name for path in kinds.glob("*/run.json"))[0]
    assert [entry.name for entry in selected(kinds, [first[:-3]])] == [first]
    assert len(selected(kinds, ["small", first])) == 3


def test_no_runs_make_a_page_that_says_what_to_do(tmp_path: Path):
    """An empty folder gives a readable page."""
    told = call("report", "--out", tmp_path)
    assert told.exit_code == 0
    text = plain_text((tmp_path / "report.html").read_bytes())
    assert "no runs here" in text
    assert "regress run CONFIG" in text


def test_a_title_can_be_given(tmp_path: Path):
    """The title stands in the page's title and above it, as text."""
    call("report", "--out", tmp_path, "--to", tmp_path / "p.html", "--title", "Homework <3>")
    page = Page((tmp_path / "p.html").read_bytes())
    assert [page.text_in("title"), page.text_in("h1")] == ["Homework <3>"] * 2


# ------------------------------------------------------------------------------------ sweeps


def test_a_sweep_stands_for_its_points(kinds: Path, tmp_path: Path):
    """Its runs are taken from beside it; a point that failed is listed with its reason and its settings."""
    outputs = tmp_path / "outputs"
    shutil.copytree(kinds, outputs, ignore=shutil.ignore_patterns(".*", "*.html"))
    there = sorted(path.parent.name for path in outputs.glob("*/run.json"))[:2]
    folder = SweepFolder(outputs, "steps", "0123456789ab")
    folder.write_results(
        {
            "point": [0, 1, 2],
            "run": [*there, "small-ffffffffffff"],
            "status": ["finished", "finished", "failed"],
            "optimizer.step_size": [0.1, 0.2, 7.5],
            "train.rmse": [1.0, 2.0, None],
            "reason": ["", "", "failed: there is not enough memory"],
        }
    )
    made = make_report(tmp_path, [str(folder.path)])
    assert [entry.name for entry in made.entries] == [*there, "small-ffffffffffff"]
    assert made.entries[-1] == Entry(
        "small-ffffffffffff",
        "failed",
        None,
        "failed: there is not enough memory",
        {"optimizer.step_size": 7.5},
    )
    assert "there is not enough memory" in plain_text(made.content)


@pytest.mark.parametrize(
    "table", ["run\n../../etc\n", "run\n.hidden\n", "name\nx\n", "", "run,status\nx\n", "run\n\n"]
)
def test_a_damaged_table_of_a_sweep_is_refused(table: str, tmp_path: Path):
    """A table that names what can be no run leads to no other folder."""
    folder = tmp_path / "sweeps" / "x-0123456789ab"
    folder.mkdir(parents=True)
    (folder / "results.csv").write_text(table)
    told = call("report", folder, "--out", tmp_path)
    assert told.exit_code == 2
    assert "results.csv" in told.stderr


# ------------------------------------------------------------------------------------ the page


def test_a_page_asks_for_nothing_and_runs_nothing_else(report: bytes):
    """Its policy names the hashes of its only script and style; a reference leads to an id on the page."""
    assert_closed(report)
    assert not re.search(rb"(?:https?:)?//(?!\s)\w", report.replace(b"// Sorting", b""))


def test_each_config_on_the_page_is_that_of_its_run(kinds: Path, report: bytes):
    """What is shown as a config reads back to the values of the run's record."""
    shown = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", report.decode(), re.DOTALL)
    configs = [open_run(path.parent).record["config"] for path in sorted(kinds.glob("*/run.json"))]
    texts = [re.sub(r"</?mark>", "", text).replace("&lt;", "<").replace("&amp;", "&") for text in shown]
    assert [yaml.safe_load(text) for text in texts] == configs


def test_what_most_runs_do_not_have_is_marked(kinds: Path, report: bytes):
    """A value is marked where two thirds of the runs have another one in common, and not otherwise."""
    step_sizes = [0.1, 0.1, 0.1, 0.5]

    def edit(number, record):
        record["seed"] = record["config"]["seed"] = number
        record["config"]["optimizer"]["step_size"] = step_sizes[number]

    entries = some_entries(opened(kinds), 4, edit)
    marks = {
        column.label: [cell.is_different for cell in column.cells]
        for column in table_of(entries).columns
        if column.group == "config"
    }
    assert marks["optimizer.step_size"] == [False, False, False, True]
    assert marks["seed"] == [False] * 4
    step_sizes = [0.1, 0.1, 0.5, 0.5]
    even = next(
        column for column in table_of(some_entries(opened(kinds), 4, edit)).columns if "step" in column.label
    )
    assert not any(cell.is_different for cell in even.cells)
    assert "<mark>step_size: 1000.0</mark>" in report.decode()
    assert "<mark>intercept" not in report.decode()


def test_the_best_run_is_that_with_the_least_error(kinds: Path):
    """Runs are ranked by the rmse of a part that all results have; one that diverged is no result."""

    def edit(number, record):
        record["metrics"]["train"]["rmse"] = [3.0, 1.0, 0.5, None][number]
        record["status"] = ["finished", "finished", "diverged", "finished"][number]

    entries = some_entries(opened(kinds), 4, edit)
    assert [entry.name[-1] for entry in ranked(entries)] == ["1", "0"]
    entries[0].run.record["metrics"]["test"] = {**entries[0].run.metrics["train"], "rmse": 0.1}
    assert [entry.name[-1] for entry in ranked(entries)] == ["1", "0"]
    assert 'Best run: <a href="#run-2">' in to_html(head("t", entries))


def test_runs_that_all_failed_make_a_readable_page(kinds: Path):
    """Without a result there is no best run and no ranking, and each run says why."""
    entries = some_entries(
        opened(kinds, "diverged"), 2, lambda number, record: record["config"].update(seed=number)
    )
    entries += [Entry("gone-0123456789ab", "damaged", None, "this is not a whole run")]
    content = page_of(entries, "failed")
    text = plain_text(content)
    assert "No run has a result" in text
    assert "Overview" not in text
    reasons = re.findall('class="reason">([^<]*)<', content.decode())
    assert reasons == ["it diverged at step 7: the loss is not finite"] * 2 + ["this is not a whole run"]


def test_only_damaged_runs_make_a_page():
    """Where no run can be read, each is listed with what is wrong."""
    entries = [Entry(f"x-{number}", "damaged", None, f"reason {number}") for number in range(2)]
    assert "reason 1" in plain_text(page_of(entries, "damaged"))


def test_a_damaged_table_costs_its_pictures_alone(kinds: Path, tmp_path: Path):
    """A file of the right length with other bytes is told where its picture would be."""
    folder = tmp_path / "small-0123456789ab"
    shutil.copytree(opened(kinds).folder, folder)
    path = folder / "predictions.csv"
    path.write_bytes(b"x" * path.stat().st_size)
    text = plain_text(make_report(tmp_path, [str(folder)]).content)
    assert text.count("There is no picture: ") == 2
    assert "predictions.csv: the file is missing or damaged" in text
    assert str(tmp_path) not in text


def test_large_tables_are_read_as_small_ones(harmful: Path, monkeypatch: pytest.MonkeyPatch):
    """What reads large tables faster reads the same names and numbers."""
    [run] = [one for one in map(open_run, harmful.glob("harm-*")) if len(one.record["parameters"]) > 9]
    few = predictions_of(run)
    monkeypatch.setattr(csv_columns, "_LARGE", 0)
    many = predictions_of(run)
    assert list(many.inputs) == list(few.inputs)
    for one, other in zip(many.inputs.values(), few.inputs.values(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(many.prediction, few.prediction)
    np.testing.assert_array_equal(many.parts, few.parts)


# ------------------------------------------------------------------------------------ harm


def test_no_text_is_markup(harmful: Path):
    """Whatever runs and sweeps call themselves, a page has the elements of a page, in their order."""
    sweep = harmful / "sweeps" / "harm-0123456789ab"
    runs = [str(path.parent) for path in harmful.glob("*/run.json")]
    content = make_report(harmful, [*runs, str(sweep)], HARM[2]).content
    page = Page(content)
    assert {tag for tag, _ in page.elements} <= TAGS
    assert (page.count("script"), page.count("style"), page.count("title")) == (1, 1, 1)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f-\x9f]", content.decode())
    text = plain_text(content)
    for harm in HARM:
        assert harm in text


def test_of_a_drawing_only_shapes_and_texts_are_taken():
    """A style sheet, a script, a link, an image or a foreign element in a drawing does not reach the page."""
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    drawing = f"""<svg {spaces} viewBox="0 0 1 1" onload="x()">
        <defs><style>*{{}}</style><clipPath id="c"><rect width="1.23456"/></clipPath></defs>
        <script>x()</script>
        <a xlink:href="javascript:x()"><text>in</text></a>
        <image xlink:href="//e"/>
        <foreignObject/>
        <use xlink:href="http://e/#x"/>
        <path d="M 0.123456 1" clip-path="url(#c)" onclick="x()"
            style="fill: #0072b2; stroke: url(http://e); stroke-width: 2"/>
        <text>a &lt; b</text></svg>"""
    made = inline_svg(drawing.encode(), "p", "label")
    assert [node.tag for node in made.iter()] == ["svg", "defs", "clipPath", "rect", "use", "path", "text"]
    path = next(node for node in made.iter() if node.tag == "path")
    assert path.attrib == {
        "d": "M 0.12 1",
        "clip-path": "url(#p-1)",
        "class": "f-blue",
        "stroke-width": "2",
    }
    assert [node.attrib for node in made.iter() if node.tag == "use"] == [{}]
