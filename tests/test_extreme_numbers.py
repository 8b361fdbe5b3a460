"""Numbers at the ends of the range of floats: right by an oracle, or refused; never a silent wrong result."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import call, strict_json

from regress_cli.config.schema import MAE, MSE, HalfMSE, Huber
from regress_cli.float_errors import hearing, quiet
from regress_cli.training.geometry import column_lengths
from regress_cli.training.metrics import compute_metrics, is_no_better, mean_of

CONFIG = """\
name: scaled
data:
  kind: synthetic
  n: 20
  inputs: {x: {low: 0, high: 3}}
  target: x
model: {kind: linear}
optimizer: {kind: exact}
training: {steps: 30}
plots: {pictures: []}
"""
OPTIMIZERS = {
    "exact": "{kind: exact}",
    "levenberg_marquardt": "{kind: levenberg_marquardt, max_evaluations: 300}",
    "lbfgs": "{kind: lbfgs}",
    "sgd": "{kind: sgd, step_size: 0.1, mass: 0}",
}
# Squares of the errors are floats with all their digits, or at least floats, for targets of these scales.
PLAIN, SMALL, LARGE = ("1e-150", "1e150"), ("1e-200", "1e-300"), ("1e160", "1e300")


def made(folder: Path, *overrides: str) -> tuple[int, dict, str]:
    """Return the exit code of a run, its record and what it said on stderr; the record is strict JSON."""
    path = folder / "scaled.yaml"
    path.write_text(CONFIG)
    answer = call("run", path, *overrides, "--json", "--out", folder / "outputs")
    return answer.exit_code, strict_json(answer.stdout) if answer.stdout else {}, answer.stderr


def target(scale: str) -> str:
    """Return a curve that no line goes through, of some scale."""
    return f"data.target={scale}*(4*x + 10 + sin(5*x))"


@pytest.fixture(scope="module", params=OPTIMIZERS)
def ordinary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Return an optimizer, and its record for a target of ordinary size: the oracle of all others."""
    code, record, _ = made(
        tmp_path_factory.mktemp("ordinary"), target("1"), f"optimizer={OPTIMIZERS[request.param]}"
    )
    assert code == 0
    return OPTIMIZERS[request.param], record


@pytest.mark.parametrize("scale", PLAIN + SMALL)
def test_a_scaled_target_has_the_scaled_fit(scale: str, ordinary, tmp_path: Path):
    """Parameters and errors are as many times those of the ordinary target, and R squared is the same."""
    optimizer, expected = ordinary
    code, record, _ = made(tmp_path, target(scale), f"optimizer={optimizer}")
    assert (code, record["status"]) == (0, "finished")
    for name, value in expected["parameters"].items():
        assert record["parameters"][name] == pytest.approx(float(scale) * value, rel=1e-9, abs=0)
    for part in ("metrics", "baseline"):
        got, ours = record[part]["train"], expected[part]["train"]
        for metric in ("rmse", "mae"):
            assert got[metric] == pytest.approx(float(scale) * ours[metric], rel=1e-9, abs=0)
        assert got["r2"] == pytest.approx(ours["r2"], abs=1e-9)
    is_told = any("too small for a floating-point number" in note for note in record["notes"])
    assert is_told == (scale in SMALL)
    assert not any("no better" in note for note in record["notes"])


@pytest.mark.parametrize("scale", ["1e-300", "1e160", "1e300"])
def test_losses_of_any_scale_are_drawn(scale: str, tmp_path: Path):
    """The picture of the loss is there, whether its numbers are none, tiny or beyond all floats."""
    _, record, _ = made(tmp_path, target(scale), f"optimizer={OPTIMIZERS['sgd']}", "plots.pictures=[loss]")
    assert (tmp_path / "outputs" / f"scaled-{record['digest']}" / "plots" / "loss.png").exists()
    assert not any("could not be drawn" in note for note in record["notes"])


@pytest.mark.parametrize("scale", LARGE)
def test_a_loss_that_no_float_can_hold_is_no_finished_fit(scale: str, ordinary, tmp_path: Path):
    """The run ends with 4, or is refused with 2; what can be told of its end is right."""
    optimizer, expected = ordinary
    code, record, said = made(tmp_path, target(scale), f"optimizer={optimizer}")
    assert "other units" in said or "standardize" in said
    if code == 2:
        assert (optimizer, scale) == (OPTIMIZERS["exact"], "1e300")
        return
    assert code == 4
    assert record["status"] in ("diverged", "not_converged")
    assert record["metrics"]["train"]["loss"] is None
    assert record["inference"] is None
    assert any("beyond the range of floating-point numbers" in note for note in record["notes"])
    if record["optimum"]:
        got, ours = record["metrics"]["train"], expected["metrics"]["train"]
        assert got["r2"] <= ours["r2"] + 1e-9
    baseline = expected["baseline"]["train"]["rmse"]
    assert record["baseline"]["train"]["rmse"] == pytest.approx(float(scale) * baseline, rel=1e-9)


def test_the_exact_fit_of_a_huge_target_is_told_but_not_as_finished(tmp_path: Path):
    """Its rmse and R squared are right though its loss is none; nothing false is said of the mean."""
    _, expected, _ = made(tmp_path, target("1"))
    code, record, said = made(tmp_path, target("1e200"))
    assert (code, record["status"]) == (4, "not_converged")
    got, ours = record["metrics"]["train"], expected["metrics"]["train"]
    assert got["rmse"] == pytest.approx(1e200 * ours["rmse"], rel=1e-9)
    assert got["r2"] == pytest.approx(ours["r2"], abs=1e-9)
    assert "no better" not in said
    assert any("overflows in the metrics" in note for note in record["notes"])


@pytest.mark.parametrize(
    "kind", ["{kind: adam, step_size: 0.1}", "{kind: sgd, step_size: 0.1}", "{kind: lbfgs}"]
)
def test_standardizing_does_not_hide_a_loss_beyond_range(kind: str, tmp_path: Path):
    """Training itself is sound in its own units, but the loss in the target's is no number."""
    code, record, _ = made(
        tmp_path, target("1e200"), f"optimizer={kind}", "data.standardize={features: true, target: true}"
    )
    assert (code, record["status"]) == (4, "not_converged")
    assert record["metrics"]["train"]["r2"] is not None


@pytest.mark.parametrize("loss", ["huber", "mae"])
def test_losses_that_grow_with_the_errors_stay_in_range(loss: str, tmp_path: Path):
    """Their values at 1e200 are floats, so a run is finished."""
    optimizer = "optimizer={kind: adam, step_size: 0.1}"
    code, record, _ = made(
        tmp_path, target("1e200"), f"loss.kind={loss}", optimizer, "data.standardize.target=true"
    )
    assert (code, record["status"]) == (0, "finished")
    metrics = record["metrics"]["train"]
    assert metrics["loss"] == pytest.approx(metrics["mae"], rel=1e-9)


def test_a_solver_whose_loss_has_vanished_has_not_converged(tmp_path: Path):
    """Differences of a loss that is 0 to floats lead nowhere, and no minimum is claimed."""
    code, record, said = made(tmp_path, target("1e-200"), "optimizer={kind: lbfgs}", "loss.kind=huber")
    assert (code, record["status"]) == (4, "not_converged")
    assert "too small for a floating-point number" in said


@pytest.mark.parametrize("optimizer", ["levenberg_marquardt", "lbfgs", "exact"])
@pytest.mark.parametrize("scale", ["1e16", "1e18", "1e30", "1e100"])
def test_parameters_that_start_at_zero_may_have_to_become_large(optimizer: str, scale: str, tmp_path: Path):
    """A start at 0 far below the target's size is no minimum."""
    code, record, _ = made(tmp_path, target(scale), f"optimizer={OPTIMIZERS[optimizer]}")
    _, exact, _ = made(tmp_path, target("1"))
    assert code == 0
    assert record["metrics"]["train"]["r2"] == pytest.approx(exact["metrics"]["train"]["r2"], abs=1e-9)


# ---------------------------------------------------------------------------------------- columns


def write_table(folder: Path, unit: float) -> str:
    """Write a table whose column is in some unit; return the override that reads it."""
    rng = np.random.default_rng(0)
    whole = rng.integers(1, 2000, 30).astype(float)
    y = 3 + whole / 500 + 0.1 * rng.standard_normal(30)
    rows = (f"{x!r},{t!r}" for x, t in zip((whole * unit).tolist(), y.tolist(), strict=True))
    path = folder / "table.csv"
    path.write_text("x,y\n" + "\n".join(rows) + "\n")
    return f"data={{kind: table, path: {path}, target: y}}"


@pytest.mark.parametrize("optimizer", ["exact", "levenberg_marquardt", "lbfgs"])
@pytest.mark.parametrize("unit", [1e200, 1e300, 1e-200, 1e-300])
def test_the_unit_of_a_column_does_not_matter(optimizer: str, unit: float, tmp_path: Path):
    """The fit is that of the ordinary column, with the slope in the other unit; or it is refused."""
    config = f"optimizer={OPTIMIZERS[optimizer]}"
    _, expected, _ = made(tmp_path, write_table(tmp_path, 1.0), config)
    code, record, said = made(tmp_path, write_table(tmp_path, unit), config)
    if code == 2:
        assert (optimizer, unit) == ("exact", 1e300)
        assert "standardize" in said
        return
    assert code == 0
    assert record["metrics"]["train"]["r2"] == pytest.approx(expected["metrics"]["train"]["r2"], abs=1e-9)
    slope = expected["parameters"]["w"]
    assert record["parameters"]["w"] * unit == pytest.approx(slope, rel=1e-9)
    assert record["parameters"]["b"] == pytest.approx(expected["parameters"]["b"], rel=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("standardize", ["true", "false"])
def test_a_subnormal_column_is_said_to_determine_nothing(optimizer: str, standardize: str, tmp_path: Path):
    """Its slope would be beyond all floats: the fit is the mean's, and a note says what is open."""
    code, record, _ = made(
        tmp_path,
        write_table(tmp_path, 5e-324),
        f"optimizer={OPTIMIZERS[optimizer]}",
        f"data.standardize.features={standardize}",
    )
    assert code == 0
    assert any("the data do not determine w" in note for note in record["notes"])
    assert any("no better than predicting the mean" in note for note in record["notes"])
    assert not any("warning" in note for note in record["notes"])


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("column", ["x", "y"])
def test_cells_that_are_no_numbers_are_refused(cell: str, column: str, tmp_path: Path):
    """A table with such a cell is refused by its place."""
    row = f"{cell},1" if column == "x" else f"1,{cell}"
    (tmp_path / "cells.csv").write_text(f"x,y\n1,2\n{row}\n3,5\n")
    code, _, said = made(tmp_path, f"data={{kind: table, path: {tmp_path / 'cells.csv'}, target: y}}")
    assert code == 2
    assert f"row 2 (line 3), column '{column}'" in said


@pytest.mark.parametrize("start", ["10", "5", "3.5"])
@pytest.mark.parametrize("optimizer", ["levenberg_marquardt", "lbfgs", "sgd"])
def test_a_curve_that_overflows_is_fitted_or_refused(optimizer: str, start: str, tmp_path: Path):
    """From a start whose predictions are far beyond sense: the true rate, or an error, or a clear note."""
    code, record, said = made(
        tmp_path,
        "data={kind: synthetic, n: 50, inputs: {x: {low: 0, high: 100}}, target: exp(0.1*x), noise: 1}",
        f"model={{kind: formula, expression: exp(a*x), initial: {{a: {start}}}}}",
        f"optimizer={OPTIMIZERS[optimizer]}",
    )
    if code == 0 and "no better" not in said:
        assert record["parameters"]["a"] == pytest.approx(0.1, rel=1e-3)
    else:
        assert code in (2, 4) or (optimizer == "sgd" and code == 0)
        assert said


def test_predictions_beyond_range_are_counted(tmp_path: Path):
    """A run that predicts rows far away says how many of its predictions are no numbers."""
    path = tmp_path / "scaled.yaml"
    path.write_text(CONFIG)
    made_run = call("run", path, "data.target=4*x", "-q", "--out", tmp_path / "outputs")
    (tmp_path / "far.csv").write_text("x\n1\n1e308\n-1.5e308\n")
    answer = call("predict", made_run.stdout.strip(), tmp_path / "far.csv")
    assert answer.exit_code == 0
    assert "2 prediction(s) are beyond the range" in answer.stderr
    told = call("predict", made_run.stdout.strip(), tmp_path / "far.csv", "--json")
    strict_json(told.stdout)


# ---------------------------------------------------------------------------------------- metrics

numbers = st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda value: round(value, 6))
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30)


@settings(max_examples=150, deadline=None)
@given(values=pairs, power=st.integers(-900, 900))
def test_a_power_of_two_goes_through_the_metrics(values, power):
    """Targets and predictions times 2**k have k in rmse and mae to the last bit, and the same R squared."""
    prediction, y = np.array(values).T
    plain = compute_metrics(prediction, y, HalfMSE())
    scaled = compute_metrics(np.ldexp(prediction, power), np.ldexp(y, power), HalfMSE())
    assert scaled.rmse == math.ldexp(plain.rmse, power)
    assert scaled.mae == math.ldexp(plain.mae, power)
    assert scaled.r2 == plain.r2


@settings(max_examples=100, deadline=None)
@given(values=pairs, power=st.sampled_from([-1000, -600, -520, 0, 490, 600, 1000]))
def test_metrics_are_those_of_exact_arithmetic(values, power):
    """Against fractions, which neither overflow nor round; a loss that no float holds is infinite."""
    prediction, y = (np.ldexp(column, power) for column in np.array(values).T)
    p, t = [Fraction(v) for v in prediction.tolist()], [Fraction(v) for v in y.tolist()]
    # The residuals as floats are the data of the sums; their own rounding is not at issue.
    residuals = [Fraction(v) for v in (prediction - y).tolist()]
    square = sum(r * r for r in residuals) / len(p)
    metrics = compute_metrics(prediction, y, MSE(kind="mse"))
    assert metrics.loss == pytest.approx(_as_float(square), rel=1e-12, abs=1e-320)
    assert metrics.mae == pytest.approx(_as_float(sum(map(abs, residuals)) / len(p)), rel=1e-12, abs=0)
    unit = Fraction(2) ** (2 * power)
    assert metrics.rmse == pytest.approx(math.ldexp(math.sqrt(square / unit), power), rel=1e-12, abs=0)
    mean = sum(t) / len(t)
    spread = sum((v - mean) ** 2 for v in t) / len(t)
    # A spread of nothing but rounding is not at issue here.
    if spread > Fraction(1, 10**12) * max(v * v for v in t):
        assert metrics.r2 == pytest.approx(float(1 - square / spread), rel=1e-6, abs=1e-6)


def _as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def test_losses_are_right_where_their_sums_are_not():
    """The mean of squares may be a float where their sum is none; of tiny errors, where each is."""
    y = np.zeros(100)
    assert compute_metrics(np.full(100, 1.2e154), y, HalfMSE()).loss == pytest.approx(0.72e308)
    assert compute_metrics(np.full(100, 1e-160), y, MSE(kind="mse")).loss == pytest.approx(1e-320, rel=1e-3)
    assert compute_metrics(np.full(100, 1e-200), y, MAE(kind="mae")).loss == pytest.approx(1e-200)
    assert compute_metrics(np.full(100, 1e200), y, Huber(kind="huber", delta=1e-200)).loss == pytest.approx(
        1.0
    )
    assert compute_metrics(np.full(100, 1e-170), y, Huber(kind="huber")).loss == 0.0
    assert compute_metrics(y, y, HalfMSE()).loss == 0.0


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize(
    "loss", [HalfMSE(), MSE(kind="mse"), MAE(kind="mae"), Huber(kind="huber")], ids=lambda loss: loss.kind
)
def test_what_is_better_is_told_at_every_scale(scale: float, loss):
    """Predictions are held against others by their loss, even one that no float can hold."""
    y = scale * np.array([1.0, 2.0, 3.0])
    middle, near, far = np.full(3, 2 * scale), y + 0.1 * scale, y + 5 * scale
    assert not is_no_better(near, middle, y, loss)
    assert is_no_better(middle, middle, y, loss)
    assert is_no_better(far, middle, y, loss)
    assert not is_no_better(np.array([np.inf, 1, 1]), middle, y, loss)
    assert not is_no_better(np.array([np.nan, 1, 1]), middle, y, loss)
    assert not is_no_better(near, y, y, loss)


def test_a_mean_whose_sum_overflows_is_right():
    """The largest numbers have a mean too, weighted or not."""
    assert mean_of(np.full(7, 1.5e308)) == 1.5e308
    assert mean_of(np.array([1e308, 1.6e308]), np.array([1.0, 3.0])) == pytest.approx(1.45e308)


@pytest.mark.parametrize("power", [-1000, -600, 0, 600, 1000])
def test_lengths_of_columns_are_right_at_every_scale(power: int):
    """A power of two goes through, and a column of zeros has none."""
    matrix = np.random.default_rng(0).standard_normal((5, 3))
    matrix[:, 1] = 0
    got = column_lengths(np.ldexp(matrix, power))
    np.testing.assert_array_equal(got, np.ldexp(np.linalg.norm(matrix, axis=0), power))


# ---------------------------------------------------------------------------------------- warnings


def test_what_numpy_tells_is_counted_only_where_someone_hears():
    """Overflows, invalid values and divisions by zero count; underflow does not; nothing is warned of."""
    large = np.array([1e300])
    with quiet():
        _ = large * large
    with hearing() as heard, quiet():
        _ = large * large, large * large, np.log(-large), 1 / (0 * large), 1 / large / large
    assert heard.counts == {"overflow": 2, "invalid value": 1, "divide by zero": 1}
    with hearing() as other:
        np.mean(large)
    assert not other.counts
    assert not other.warnings


def test_a_warning_of_python_is_kept_and_does_not_get_out(recwarn: pytest.WarningsRecorder):
    """A library's warning becomes a text, once."""
    with hearing() as heard:
        for _ in range(2):
            np.mean(np.array([]))
    assert "Mean of empty slice" in heard.warnings[0]
    assert len(heard.warnings) == len(set(heard.warnings))
    assert not list(recwarn)
