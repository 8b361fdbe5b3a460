"""``regress fit``: from a formula and a table to parameters with errors, without a config."""

import csv
import hashlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from conftest import Regress
from scipy.optimize import curve_fit
from shell import call, strict_json
from typer.testing import CliRunner

from regress_cli import run
from regress_cli.cli.app import app
from regress_cli.config import load_config
from regress_cli.errors import UserError
from regress_cli.experiment.formula_text import read_formula, read_ranges, read_values

FORMULA = "a*exp(-k*t) + c"
START = ("--start", "a=10,k=0.5,c=1")
T = np.arange(0.0, 8.0, 0.25)
SIGNAL = (10 * np.exp(-0.5 * T) + 1 + np.random.default_rng(5).normal(0, 0.3, T.size)).round(4)
SIGMA = 0.1 + 0.05 * T


@pytest.fixture(autouse=True)
def _few_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put bytes in place of pictures, which would take most of the time, but where a test looks at them."""
    if "pictures" not in request.fixturenames:
        monkeypatch.setattr("regress_cli.experiment.runner.drawn", _not_drawn)


def _not_drawn(pictures: Mapping[str, object], helper: object) -> Iterator[tuple[str, bytes]]:
    return ((name, b"a picture") for name in pictures)


@pytest.fixture
def pictures() -> None:
    """Let pictures be drawn."""


def curve(t, a, k, c):
    """Return the decay."""
    return a * np.exp(-k * t) + c


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a table of a decay, in the working folder."""
    monkeypatch.chdir(tmp_path)
    rows = zip(T.tolist(), SIGNAL.tolist(), strict=True)
    path = tmp_path / "decay.csv"
    path.write_text("t,signal\n" + "".join(f"{t},{signal}\n" for t, signal in rows))
    return path


@pytest.fixture
def with_sigma(table: Path) -> Path:
    """Return the same with a column of standard deviations, which is not the last one."""
    rows = zip(T.tolist(), SIGMA.tolist(), SIGNAL.tolist(), strict=True)
    path = table.with_name("sigma.csv")
    path.write_text("t,s,signal\n" + "".join(f"{t},{s!r},{signal}\n" for t, s, signal in rows))
    return path


def document(*arguments: object) -> dict:
    """Return the JSON that the command prints."""
    answer = call("fit", *arguments, "--json", "plots.pictures=[fit]")
    assert answer.exit_code == 0, answer.stderr
    return strict_json(answer.stdout)


def numbers(found: dict) -> tuple[list[float], list[float]]:
    """Return estimates and standard errors."""
    parameters = found["inference"]["parameters"]
    return [one["estimate"] for one in parameters], [one["standard_error"] for one in parameters]


def test_estimates_and_errors_are_those_of_scipy(table: Path):
    """A fit without weights agrees with curve_fit in estimates and in standard errors."""
    estimates, errors = numbers(document(FORMULA, table, *START))
    expected, covariance = curve_fit(curve, T, SIGNAL, p0=[10, 0.5, 1])
    assert estimates == pytest.approx(expected, rel=1e-6)
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)


def test_sigma_is_absolute_and_weights_are_relative(with_sigma: Path):
    """Known standard deviations give unscaled errors; the same as weights, scaled ones."""
    expected, covariance = curve_fit(curve, T, SIGNAL, p0=[10, 0.5, 1], sigma=SIGMA, absolute_sigma=True)
    estimates, errors = numbers(document(FORMULA, with_sigma, *START, "--sigma", "s"))
    assert estimates == pytest.approx(expected, rel=1e-6)
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)

    text = "t,w,signal\n" + "".join(
        f"{t},{1 / s**2!r},{y}\n" for t, s, y in zip(T.tolist(), SIGMA.tolist(), SIGNAL.tolist(), strict=True)
    )
    weighted = with_sigma.with_name("weights.csv")
    weighted.write_text(text)
    _, covariance = curve_fit(curve, T, SIGNAL, p0=[10, 0.5, 1], sigma=SIGMA, absolute_sigma=False)
    estimates, errors = numbers(document(FORMULA, weighted, *START, "--weights", "w"))
    assert estimates == pytest.approx(expected, rel=1e-6)
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-4)


def test_the_report_is_the_parameters_with_their_errors(table: Path):
    """The table is on stdout, the fit as a whole, and the folder last; stderr says how to repeat it."""
    answer = call("fit", f"signal ~ {FORMULA}", table, *START)
    assert answer.exit_code == 0
    lines = answer.stdout.splitlines()
    assert re.match(r"decay: converged after [\d,]+ evaluations", lines[0])
    assert any(re.search(r"parameter +estimate +std. error +t +p +95 % from +to", line) for line in lines)
    assert re.match(r"residual standard deviation 0\.\d+, 29 degrees of freedom, R squared 0\.9", lines[-2])
    assert (Path(lines[-1]) / "run.json").exists()
    assert answer.stderr == f"note: to repeat it: regress run {lines[-1]}/config.yaml\n"


def test_the_run_can_be_repeated_from_its_folder(table: Path):
    """The folder's own config is found finished: it is the very same experiment."""
    folder = call("fit", FORMULA, table, *START, "-q").stdout.strip()
    answer = call("run", f"{folder}/config.yaml", "-q")
    assert answer.stdout.strip() == folder
    assert call("fit", FORMULA, table, *START, "-q").stdout.strip() == folder


def test_a_table_from_stdin_is_kept(table: Path):
    """What came through a pipe is written beside the runs, so that the fit can be repeated without it."""
    for content in (table.read_bytes(), table.read_bytes().replace(b",", b"\t")):
        answer = CliRunner().invoke(app, ["fit", FORMULA, "-", *START, "-q"], input=content)
        assert answer.exit_code == 0, answer.stderr
        folder = Path(answer.stdout.strip())
        config = load_config(folder / "config.yaml")
        assert Path(config.data.path).read_bytes() == content
        assert call("run", folder / "config.yaml", "-q").stdout.strip() == str(folder)


def test_nothing_on_stdin_is_refused(table: Path):
    """An empty pipe is no table."""
    answer = CliRunner().invoke(app, ["fit", FORMULA, "-"], input="")
    assert answer.exit_code == 2
    assert "there is no table" in answer.stderr


@pytest.mark.parametrize("arguments", [("a*nothing", "-"), ("signal ~ a*t", "-", "sed=1"), ("a*v", "-")])
def test_a_table_from_stdin_that_is_refused_is_not_kept(table: Path, arguments: tuple[str, ...]):
    """Nothing is left of it; a table that was kept before stays."""
    content = table.read_bytes() if arguments[0] != "a*v" else b"v,y\n1,2\n2,x\n3,4\n"
    answer = CliRunner().invoke(app, ["fit", *arguments], input=content)
    assert answer.exit_code == 2
    assert not Path("outputs").exists()
    kept = Path("outputs") / f"stdin-{hashlib.sha256(content).hexdigest()[:12]}.csv"
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert CliRunner().invoke(app, ["fit", *arguments], input=content).exit_code == 2
    assert kept.exists()


def test_a_formula_after_two_dashes_may_begin_with_a_minus(table: Path):
    """What the refusal advises works, in both ways."""
    after = call("fit", "-q", "--", "-a*t", table, "plots.pictures=[fit]")
    assert after.exit_code == 0, after.stderr
    assert call("fit", "(-a*t)", table, "-q", "plots.pictures=[fit]").exit_code == 0


@pytest.mark.parametrize("formula", ["y ~ a*my x + b", "y ~ a*Temp (C)", "y ~ a*x-ray 1"])
def test_a_column_that_is_no_plain_name_is_to_be_renamed(table: Path, formula: str):
    """The message speaks of the column, not of arithmetic."""
    table.write_text("my x,Temp (C),x-ray 1,y\n1,3,1,4\n2,3,1,5\n3,6.9,3,8\n")
    answer = call("fit", formula, table)
    assert answer.exit_code == 2
    assert "can't stand in a formula" in answer.stderr
    assert "rename it in the header, such as" in answer.stderr


def test_a_missing_target_cell_is_not_to_be_filled_with_a_mean(table: Path):
    """A mean is advised only where it would help: not for the target."""
    table.write_text("x,y\n1,3\n2,\n3,7\n4,9\n")
    answer = call("fit", "y ~ a*x", table)
    assert answer.exit_code == 2
    assert answer.stderr.rstrip().endswith("fill it in, or set data.missing to drop")
    table.write_text("x,y\n1,3\n,5\n3,7\n4,9\n")
    assert call("fit", "y ~ a*x", table).stderr.rstrip().endswith("data.missing to drop or mean")
    for kind in ("drop", "mean"):
        assert call("fit", "y ~ a*x", table, "-q", f"data.missing={kind}").exit_code == 0


def test_quotes_in_a_header_are_part_of_a_name(table: Path):
    """A target, a sigma and a feature whose names hold quotes are read as Python's csv reads them."""
    table.write_text('"v""q","s""q",x,"z"\n1,1,2,1\n2,2,3,1\n4,1,5,1\n5,1,5,1\n')
    found = document("a*x", table, "--target", 'v"q', "--sigma", 's"q')
    x, y, s = np.array([2, 3, 5, 5]), np.array([1, 2, 4, 5]), np.array([1, 2, 1, 1])
    assert numbers(found)[0] == pytest.approx([np.sum(x * y / s**2) / np.sum(x**2 / s**2)], rel=1e-9)
    config = {"data": {"kind": "table", "path": str(table), "target": "x"}, "model": {"kind": "linear"}}
    made = run(load_config(config | {"optimizer": {"kind": "exact"}}, ["data.features=['v\"q']"]))
    assert made.record["parameters"]["w"] == pytest.approx(np.polyfit(y, x, 1)[0], rel=1e-9)


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_plot_is_written(table: Path, ending: str):
    """The picture of the fit is in the file, in the format of its ending."""
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    file = table.with_name(f"picture.{ending}")
    answer = call("fit", FORMULA, table, *START, "--plot", file, "plots.pictures=[fit]")
    assert answer.exit_code == 0
    assert file.read_bytes().startswith(starts[ending])


def test_another_ending_is_refused_before_anything_is_done(table: Path):
    """A picture that can't be drawn is refused first, and no run is left."""
    answer = call("fit", FORMULA, table, "--plot", "fit.jpg")
    assert answer.exit_code == 2
    assert ".png, .svg or .pdf" in answer.stderr
    assert not Path("outputs").exists()


def test_the_config_is_saved_and_gives_the_same_run(table: Path):
    """The saved config leads to the same folder; a file that says something else is not replaced."""
    arguments = ("fit", FORMULA, table, *START, "-q", "--save-config", "mine.yaml")
    folder = call(*arguments).stdout.strip()
    assert call("run", "mine.yaml", "-q").stdout.strip() == folder
    assert call(*arguments).exit_code == 0
    Path("mine.yaml").write_text("name: other\n")
    answer = call(*arguments)
    assert answer.exit_code == 2
    assert "mine.yaml" in answer.stderr
    assert Path("mine.yaml").read_text() == "name: other\n"


def test_without_a_start_it_is_one_and_said(table: Path):
    """Parameters without a start begin at 1, and a note names them."""
    answer = call("fit", FORMULA, table, "--start", "a=10")
    assert answer.exit_code == 0
    assert "note: k, c: the fit starts at 1" in answer.stderr


def test_what_is_fitted_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The column y is fitted, or the only one that is left; among several, the user has to say."""
    monkeypatch.chdir(tmp_path)
    for header, expected in (("y,x,z", "y"), ("v,x", "v"), ("x,v", "v")):
        width = header.count(",") + 1
        rows = "".join(",".join(str(n * (k + 1) + (n == k)) for k in range(width)) + "\n" for n in range(6))
        Path("t.csv").write_text(f"{header}\n{rows}")
        answer = call("fit", "a*x + b", "t.csv", "--json", "plots.pictures=[fit]")
        assert strict_json(answer.stdout)["data"]["target"] == expected
    Path("t.csv").write_text("u,v,x\n1,2,3\n2,3,5\n4,1,6\n")
    answer = call("fit", "a*x", "t.csv")
    assert answer.exit_code == 2
    assert "several columns could be what is fitted (u, v)" in answer.stderr
    assert "--target" in answer.stderr
    assert call("fit", "a*x", "t.csv", "--target", "u", "-q").exit_code == 0


def test_a_logarithm_can_be_fitted(table: Path):
    """The left side may be arithmetic in a column."""
    answer = call("fit", "log(signal) ~ a + b*t", table, "--json", "plots.pictures=[fit]")
    slope, intercept = np.polyfit(T, np.log(SIGNAL), 1)
    estimates, _ = numbers(strict_json(answer.stdout))
    assert estimates == pytest.approx([intercept, slope], rel=1e-9)


def test_bounds_hold(table: Path):
    """A parameter does not leave its bounds."""
    found = document(FORMULA, table, "--start", "a=10,k=0.5,c=2", "--bounds", "c=1.5:,a=0:20")
    assert found["parameters"]["c"] >= 1.5


def test_a_run_that_is_found_says_its_caveats_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What a reader must know is told each time, and --force makes the run anew."""
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("x,y\n1,2\n2,3\n")
    arguments = ("fit", "y ~ a*x + b", "s.csv", "--start", "a=1,b=1", "plots.pictures=[fit]")
    first, again, forced = call(*arguments), call(*arguments), call(*arguments, "--force")
    for answer in (first, again, forced):
        assert answer.exit_code == 0
        assert answer.stderr.count("leave no degree of freedom") == 1
    assert "was made before" in again.stderr
    assert "was made before" not in forced.stderr


def test_a_parameter_at_its_bound_has_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The error of the other is that of curve_fit with the bound's value given, and the table says why."""
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,y\n1,3\n2,5.1\n3,6.9\n4,9.1\n")
    x, y = np.arange(1.0, 5.0), np.array([3, 5.1, 6.9, 9.1])
    arguments = ("y ~ a*x + b", "t.csv", "--start", "a=1,b=1", "--bounds", "a=0:1.5")
    found = document(*arguments)
    expected, covariance = curve_fit(lambda x, b: 1.5 * x + b, x, y)
    slope, constant = found["inference"]["parameters"]
    assert constant["estimate"] == pytest.approx(expected[0], rel=1e-8)
    assert constant["standard_error"] == pytest.approx(covariance[0, 0] ** 0.5, rel=1e-6)
    assert (slope["estimate"], slope["standard_error"], slope["is_at_bound"]) == (1.5, None, True)
    answer = call("fit", *arguments, "plots.pictures=[fit]", "--force")
    assert answer.exit_code == 0, answer.stderr
    assert re.search(r" a +1\.5 +at its bound +- +- +- +-", answer.stdout)
    assert answer.stderr.count("ends at its bound") == 1


def test_the_report_says_what_is_a_column(table: Path):
    """Where a start was left out, columns and parameters are told apart, once."""
    answer = call("fit", FORMULA, table, "--start", "a=10", "plots.pictures=[fit]")
    assert answer.stderr.count("columns of the table: t; parameters: a, k, c") == 1
    assert "columns of the table" not in call("fit", FORMULA, table, *START, "plots.pictures=[fit]").stderr


WORDS = "x,temp,\u00b5,exp,pi,y\n1,2,4,1,3,2\n2,3,5,2,3,3\n3,5,7,1,3,4.5\n4,4,9,2,3,4\n"


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a table whose columns have names that could be something else."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "words.csv"
    path.write_text(WORDS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("y ~ a*x + Temp", "'Temp' is no column of the table, but nearly the column 'temp'; write temp, or"),
        ("y ~ a*x + tmp", "'tmp' is no column of the table, but nearly the column 'temp'"),
        ("y ~ a*X", "nearly the column 'x'"),
        ("y ~ a*\u03bc", "which looks the same; write"),
        ("y ~ a*x + pi", "'pi' is the number 3.14159..., and the table has a column of that name as well"),
        ("y ~ a*x*cos(2*pi*temp)", "rename the column in the header"),
        ("y/pi ~ a*x", "rename the column in the header"),
        ("y ~ a*x + nan", "'nan' has a meaning of its own"),
        ("y ~ a*x + inf", "'inf' has a meaning of its own"),
        ("y ~ a*x + sin", "'sin' has a meaning of its own"),
    ],
)
def test_a_name_that_may_be_another_is_refused(words: Path, formula: str, told: str):
    """A slip in a column's name would make it a parameter; a constant would stand in for a column."""
    answer = call("fit", formula, words)
    assert answer.exit_code == 2
    assert told in answer.stderr


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("y ~ a*x + Temp", ("--start", "Temp=1")),
        ("y ~ a*(x - x0) + b*temp", ()),
        ("y ~ a*temp + temp0", ()),
        ("y ~ a*exp + b", ()),
        ("y ~ a*\u00b5 + b", ()),
        ("pi ~ a*x + b", ()),
    ],
)
def test_a_name_that_is_meant_is_taken(words: Path, formula: str, options: tuple[str, ...]):
    """A parameter with a start, or with a number after a column's name, and columns of any letters."""
    answer = call("fit", formula, words, *options, "--save-config", "mine.yaml", "-q", "plots.pictures=[fit]")
    assert answer.exit_code in (0, 4), answer.stderr
    assert call("run", "mine.yaml", "-q").stdout == answer.stdout


def test_the_column_of_a_constant_is_refused_in_a_config_too(words: Path):
    """What `regress fit` refuses, a config does not get past either."""
    model = {"kind": "formula", "expression": "a*x*pi", "initial": {"a": 1.0}}
    config = {"data": {"kind": "table", "path": str(words), "target": "y"}, "model": model}
    with pytest.raises(UserError, match="rename the column"):
        run(load_config(config | {"optimizer": {"kind": "levenberg_marquardt"}}))


def test_a_switch_point_alone_is_refused_without_a_warning(words: Path):
    """Its derivative is 0 everywhere, so that there is nothing to fit; autograd's own words are kept back."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = call("fit", "y ~ where(x < c, 2, 3)", words, "--start", "c=4")
    assert answer.exit_code == 2
    [line] = answer.stderr.splitlines()
    assert line.startswith("error: model.expression: ")


def test_an_option_given_twice_is_merged(table: Path):
    """Bounds and starts that are given one by one are those of one option, and all of them count."""
    once = document(FORMULA, table, *START, "--bounds", "k=0:1,c=0:")
    apart = document(
        FORMULA, table, *("--start", "a=10", "--start", "k=0.5,c=1", "--bounds", "k=0:1", "--bounds", "c=0:")
    )
    assert apart["folder"] == once["folder"]
    assert apart["config"]["model"]["bounds"] == {"k": [0.0, 1.0], "c": [0.0, None]}
    assert apart["config"]["model"]["initial"] == {"a": 10.0, "k": 0.5, "c": 1.0}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_bounds_are_refused_where_nothing_heeds_them(table: Path, optimizer: str):
    """An optimizer that takes steps knows no bounds, and says so in place of leaving them."""
    answer = call("fit", FORMULA, table, "--bounds", "k=0:1", f"optimizer.kind={optimizer}")
    assert answer.exit_code == 2
    assert f"{optimizer} takes no notice of model.bounds; use levenberg_marquardt or lbfgs" in answer.stderr
    starts = "model.starts=[{a: 1, k: 1, c: 1}]"
    answer = call("fit", FORMULA, table, starts, f"optimizer.kind={optimizer}")
    assert answer.exit_code == 2
    assert "takes no notice of model.starts" in answer.stderr


def test_hc3_and_confidence_are_passed_on(table: Path):
    """Other errors are other numbers, and a wider interval is wider."""
    plain, robust = (document(FORMULA, table, *START, *more) for more in ((), ("--errors", "hc3")))
    assert robust["inference"]["errors"] == "hc3"
    assert numbers(robust)[1] != pytest.approx(numbers(plain)[1], rel=1e-3)
    wide = document(FORMULA, table, *START, "--confidence", "0.99")["inference"]["parameters"][0]
    narrow = plain["inference"]["parameters"][0]
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_a_fit_that_does_not_converge_is_no_result(table: Path):
    """Exit code 4, a message that says what to try, and no table of numbers that mean nothing."""
    answer = call("fit", "signal ~ a*b*t", table, "optimizer.max_evaluations=50", "--plot", "fit.png")
    assert Path("fit.png").exists()
    assert answer.exit_code == 4
    assert "did not converge" in answer.stderr
    assert "to repeat it" not in answer.stderr
    assert "estimate" not in answer.stdout
    folder = answer.stdout.strip()
    predicted = call("predict", folder, table)
    assert predicted.exit_code == 0
    assert "note: the fit of this run did not converge" in predicted.stderr
    refused = call("summary", folder)
    assert refused.exit_code == 2
    assert "no standard errors" in refused.stderr


def test_the_summary_of_a_fit(table: Path):
    """The csv of its summary has the estimates of its JSON."""
    found = document(FORMULA, table, *START)
    rows = csv.DictReader(io.StringIO(call("summary", found["folder"], "--format", "csv").stdout))
    assert [float(row["estimate"]) for row in rows] == numbers(found)[0]


MISTAKES = {
    "no such file": ((FORMULA, "nothing.csv"), "nothing.csv: there is no such file; check the path"),
    "no formula": (("a*exp(-k*t", "decay.csv"), "not arithmetic"),
    "no right side": (("signal ~", "decay.csv"), "is no formula"),
    "no left side": (("~ a*t", "decay.csv"), "what is fitted"),
    "two sides too many": (("signal ~ a*t ~ b", "decay.csv"), "more than two sides"),
    "no parameter": (("signal ~ 2*t", "decay.csv"), "nothing is left to fit"),
    "no column": (("signal ~ a*x", "decay.csv"), "is a column of decay.csv"),
    "every column": (("a*t + signal", "decay.csv"), "uses every column"),
    "no number": (("a*t", "decay.csv", "--start", "a=ten"), "is no number"),
    "infinite": (("a*t", "decay.csv", "--start", "a=inf"), "is no number"),
    "no value": (("a*t", "decay.csv", "--start", "a"), "gives no name a value"),
    "twice": (("a*t", "decay.csv", "--start", "a=1,a=2"), "stands there twice"),
    "twice, apart": (("a*t", "decay.csv", "--start", "a=1", "--start", "a=2"), "stands there twice"),
    "two ranges": (("a*t", "decay.csv", "--bounds", "a=1:2", "--bounds", "a=2:"), "stands there twice"),
    "another name": (("a*t", "decay.csv", "--start", "aa=1"), "did you mean 'a'"),
    "a column with a start": (("a*t", "decay.csv", "--start", "t=1"), "name the parameter otherwise"),
    "no range": (("a*t", "decay.csv", "--bounds", "a=5"), "is no range"),
    "bounds the wrong way": (("a*t", "decay.csv", "--bounds", "a=5:2"), "below"),
    "no such weights": (("signal ~ a*t", "decay.csv", "--weights", "w"), "no column 'w'"),
    "weights and sigma": (("signal ~ a*t", "decay.csv", "--weights", "w", "--sigma", "s"), "not both"),
    "confidence": (("a*t", "decay.csv", "--confidence", "95"), "confidence"),
    "the target": (("signal ~ a*t + signal", "decay.csv"), "'signal' is what is fitted, and can't be used"),
    "a part of the target": (("log(signal) ~ a*signal", "decay.csv"), "'signal' is part of 'log(signal)'"),
    "weights in the formula": (
        ("signal ~ a*t", "decay.csv", "--weights", "t"),
        "the formula uses 't', which --weights gives another role; take it out of the formula",
    ),
    "two targets": (("signal ~ a*t", "decay.csv", "--target", "t"), "leave one"),
    "a minus sign first": (("-a*t", "decay.csv"), "in parentheses, or after --"),
    "too large a constant": (("a*t*10**400", "decay.csv"), "has no finite value, such as 10**400"),
    "an imaginary number": (("a*1j*t", "decay.csv"), "'1j' is an imaginary number"),
    "no folder for the plot": (
        ("a*t", "decay.csv", "--plot", "nowhere/fit.png"),
        "there is no folder nowhere",
    ),
    "a folder for the plot": (("a*t", "decay.csv", "--plot", "folder.png"), "that is a folder"),
    "a wrong key": (("a*t", "decay.csv", "optimizer.step=1"), "optimizer"),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_told_in_one_line(table: Path, mistake: str):
    """Each mistake ends with exit code 2 and a message that says what to do; no run is left."""
    arguments, words = MISTAKES[mistake]
    Path("folder.png").mkdir()
    answer = call("fit", *arguments)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not Path("outputs").exists() or not any(path.is_dir() for path in Path("outputs").iterdir())


def test_the_texts_are_read():
    """Formulas with a tilde, an equals sign and gnuplot's f(x), values, and ranges."""
    assert read_formula("y = where(x <= 2, a, b)").target == "y"
    assert read_formula("where(x <= 2, a, b)").target is None
    assert read_formula("log(y) = a*x").target == "log(y)"
    assert read_formula("f(x, y) = a*x").target is None
    assert read_values("a=1e-3, b=-2", "--start") == {"a": 0.001, "b": -2.0}
    assert read_ranges("a=-1:1", "--bounds") == {"a": [-1.0, 1.0]}


def test_semicolons_are_seen(table: Path):
    """A csv whose header has semicolons is read with them; decimal commas are said on the command line."""
    text = table.read_text().replace(",", ";").replace(".", ",")
    table.write_text(text)
    found = document(FORMULA, table, *START, "data.decimal=','")
    assert document(FORMULA, table, *START, "data.decimal=,")["folder"] == found["folder"]
    assert numbers(found)[0] == pytest.approx(curve_fit(curve, T, SIGNAL, p0=[10, 0.5, 1])[0], rel=1e-6)


def test_it_works_as_a_process_of_its_own(regress: Regress, table: Path):
    """The command, its picture and its exit code, as a shell sees them."""
    answer = regress("fit", FORMULA, table, *START, "--plot", "fit.png", "-q")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert (table.parent / "fit.png").exists()
    assert (table.parent / answer.stdout.strip() / "plots" / "quantiles.png").exists()
