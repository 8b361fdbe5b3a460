"""``regress summary``: every number of a fit, in every format, from the folder alone."""

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fitted import decay_inference, run_with
from shell import call, small_config, strict_json

from regress_cli import load_config, open_run, run
from regress_cli.cli.words.inference import fit_line, parameter_rows

CONVERGENCE = {"criterion": "ftol", "evaluations": 12, "iterations": 9, "condition_number": 2.3, "starts": 1}
FORMATS = ("table", "csv", "markdown", "latex", "json")


def summary(folder: Path, *arguments: str) -> str:
    """Return what the command prints."""
    answer = call("summary", folder, *arguments)
    assert (answer.exit_code, answer.stderr) == (0, "")
    return answer.stdout


@pytest.fixture(scope="module")
def decay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run's folder with two parameters."""
    folder = tmp_path_factory.mktemp("decay")
    return run_with(folder, decay_inference(), convergence=CONVERGENCE)


def test_the_table_has_every_part(decay: Path) -> None:
    """Parameters with their intervals, the fit as a whole, correlations, convergence and notes are there."""
    text = summary(decay)
    for words in ("Parameters", "Goodness of fit", "Correlation", "Convergence", "Notes"):
        assert words in text
    assert re.search(r"a +5\.0000 +0\.07500 +66\.67 +8\.0e-28 +4\.8449 +5\.1551", text)
    assert re.search(r"degrees of freedom +23\n", text)
    assert "12" in text.partition("evaluations")[2].splitlines()[0]


def test_csv_has_all_digits_and_a_row_for_each_parameter(decay: Path) -> None:
    """Every number of the csv reads back as the very number of run.json."""
    rows = list(csv.DictReader(io.StringIO(summary(decay, "--format", "csv"))))
    expected = decay_inference().to_json()["parameters"]
    assert [row["parameter"] for row in rows] == ["a", "k"]
    for row, parameter in zip(rows, expected, strict=True):
        for key in ("estimate", "standard_error", "t", "p", "low", "high"):
            assert float(row[key]) == parameter[key]


def test_json_is_one_strict_document(decay: Path) -> None:
    """The JSON has the inference as run.json has it."""
    document = strict_json(summary(decay, "--format", "json"))
    assert document["inference"] == decay_inference().to_json()
    assert document["convergence"] == CONVERGENCE


NASTY = "x_1$%&#{}^~\\|*`[]<>"


def test_names_are_no_markup(tmp_path: Path) -> None:
    """In LaTeX and Markdown every special character of a name is escaped."""
    folder = run_with(tmp_path, decay_inference(("a", NASTY)))
    latex = summary(folder, "--format", "latex")
    escaped = (
        r"x\_1\$\%\&\#\{\}\textasciicircum{}\textasciitilde{}\textbackslash{}\textbar{}*`{[}{]}"
        r"\textless{}\textgreater{}"
    )
    assert escaped in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}")
    rows = [line for line in summary(folder, "--format", "markdown").splitlines() if r"x\_1" in line]
    assert rows
    for row in rows:
        # The bar in the name does not end the cell.
        assert r"\|" in row
        assert len(re.findall(r"(?<!\\)\|", row)) in (4, 8)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX on this machine")
@pytest.mark.parametrize("name", [NASTY, "θ_1, µm² and é", "[a]", '"quoted" -- `so\'', "\\end{document}"])
def test_latex_takes_it(name: str, tmp_path: Path) -> None:
    """A plain document with the summary in its body compiles, whatever a parameter is called."""
    folder = run_with(tmp_path, decay_inference(("a", name)), convergence=CONVERGENCE)
    body = summary(folder, "--format", "latex")
    document = f"\\documentclass{{article}}\n\\begin{{document}}\n{body}\\end{{document}}\n"
    (tmp_path / "summary.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "summary.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log
    # Only a name of its own size makes a table wider than the page.
    assert name == NASTY or "Overfull" not in log
    assert (tmp_path / "summary.pdf").exists()


def test_greek_letters_are_mathematics(tmp_path: Path) -> None:
    """LaTeX's usual fonts have them there only."""
    folder = run_with(tmp_path, decay_inference(("a", "θ_1")))
    assert r"$\theta$\_1 & " in summary(folder, "--format", "latex")


def test_numbers_end_at_the_right_and_words_begin_at_the_left(decay: Path) -> None:
    """Facts of many kinds are words; columns of numbers are those of numbers alone, in every format."""
    text = summary(decay)
    assert "\n target       t\n" in text
    assert "\n rows         25\n" in text
    assert "\n degrees of freedom                  23\n" in text
    assert "\n residual standard deviation     0.1208\n" in text
    assert r"\begin{tabular}{@{}ll@{}}" in summary(decay, "--format", "latex")
    assert r"\begin{tabular}{@{}lrrrrrr@{}}" in summary(decay, "--format", "latex")
    assert "| --- | --- |\n| run |" in summary(decay, "--format", "markdown")


def test_numbers_are_mathematics_in_latex(decay: Path) -> None:
    """A minus is a minus, and a power of ten is one."""
    latex = summary(decay, "--format", "latex")
    assert r"$8.0 \times 10^{-28}$" in latex
    assert "$-32.8212$" in latex


def test_no_csv_cell_is_a_formula(tmp_path: Path) -> None:
    """What a spreadsheet would compute stands behind a quote, so that it is a text."""
    folder = run_with(tmp_path, decay_inference(("=1+1", "k")))
    first = next(csv.DictReader(io.StringIO(summary(folder, "--format", "csv"))))
    assert first["parameter"] == "'=1+1"


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_is_not_known_is_not_printed_as_a_number(tmp_path: Path, file_format: str) -> None:
    """Without degrees of freedom there are estimates, and no errors; no format says nan or None."""
    inference = decay_inference()
    parameters = tuple(
        replace(one, standard_error=None, t=None, p=None, low=None, high=None) for one in inference.parameters
    )
    bare = replace(
        inference,
        parameters=parameters,
        residual_standard_deviation=None,
        adjusted_r2=None,
        r2=None,
        aic=None,
        bic=None,
        log_likelihood=None,
        covariance=inference.covariance * float("nan"),
        correlation=inference.correlation * float("nan"),
    )
    text = summary(run_with(tmp_path, bare), "--format", file_format)
    assert re.search(r"\b5\b", text)
    assert "nan" not in text.lower()
    assert "None" not in text


def test_a_parameter_that_is_left_open_is_said_to_be(tmp_path: Path) -> None:
    """An estimate that the data leave open has no number."""
    inference = decay_inference()
    lost = replace(
        inference.parameters[1], **dict.fromkeys(("estimate", "standard_error", "t", "p", "low", "high"))
    )
    folder = run_with(tmp_path, replace(inference, parameters=(inference.parameters[0], lost)))
    assert re.search(r"k +not determined", summary(folder))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["model={kind: mlp, hidden: [2]}"], "mlp"),
        (["loss.kind=mae"], "least squares, not of mae"),
        (["loss.l2=0.1", "optimizer={kind: exact}"], "set loss.l2 to 0"),
        (["training.steps=2"], "before the minimum"),
        (["optimizer.step_size=1e9"], "did not reach its minimum"),
    ],
)
def test_a_run_without_inference_says_why(tmp_path: Path, overrides: list[str], words: str) -> None:
    """Where standard errors have no meaning, the command says why and what to do, with exit code 2."""
    config = load_config(small_config(tmp_path), [*overrides, "plots.pictures=[fit]"])
    answer = call("summary", run(config, tmp_path).folder)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert "no standard errors" in answer.stderr
    assert words in answer.stderr


def test_a_run_of_an_earlier_regress_is_to_be_repeated(tmp_path: Path) -> None:
    """Where a record says nothing of inference, the run can be made again."""
    answer = call("summary", run_with(tmp_path, None, no_inference=None))
    assert answer.exit_code == 2
    assert "--force" in answer.stderr


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """A folder of something else is refused with what to name."""
    answer = call("summary", tmp_path)
    assert answer.exit_code == 2
    assert "not a whole run" in answer.stderr


def test_weights_are_spoken_of_where_there_are_some(decay: Path, tmp_path: Path) -> None:
    """The note on the noise names the weights of weighted rows, and of no others."""
    assert "- standard errors assume noise that is alike in all rows\n" in summary(decay)
    config = open_run(decay).record["config"]
    weighted = {**config, "data": {**config["data"], "weights": "w"}}
    text = summary(run_with(tmp_path, decay_inference(), config=weighted))
    assert "- standard errors assume noise that is alike in all rows, but for the weights\n" in text


def test_known_deviations_are_said_to_be(tmp_path: Path) -> None:
    """With sigma the ratio is a z, the spread is the reduced chi-squared, and a note says so."""
    inference = decay_inference(weights=np.full(25, 100.0), is_sigma_known=True)
    header, *_ = parameter_rows(inference.to_json())
    assert header[3] == "z"
    assert fit_line(inference.to_json()).startswith("reduced chi-squared 1.4")
    assert "not rescaled" in summary(run_with(tmp_path, inference))


def test_an_estimate_has_the_digits_that_its_error_leaves() -> None:
    """An estimate is shown to three digits of its error: not fewer, not fifteen."""
    inference = decay_inference()
    for error, shown in ((0.075, "5.0000"), (1e-9, "5.00000000000"), (12.0, "5.0")):
        one = replace(inference.parameters[0], standard_error=error)
        rows = parameter_rows(replace(inference, parameters=(one,)).to_json())
        assert rows[1][1] == shown


def test_a_name_is_no_markup_of_the_terminal(tmp_path: Path) -> None:
    """Brackets in a name stand in the table of correlations as they are, in its header too."""
    folder = run_with(tmp_path, decay_inference(("[/a]", "[red]k[/red]")))
    table = summary(folder)
    assert table.count("[/a]") >= 3
    assert table.count("[red]k[/red]") >= 3
