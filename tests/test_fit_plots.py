"""The pictures of a fit: bands, error bars, residuals and normal quantiles."""

import numpy as np
import pytest
from conftest import CONFIGS
from scipy import stats
from test_plots import NASTY, lies_inside, shown, texts

from regress_cli import load_config, plots, run
from regress_cli.experiment.inferred import infer
from regress_cli.experiment.pictures import plan_pictures
from regress_cli.experiment.plan import make_plan
from regress_cli.experiment.quantiles import normal_quantiles
from regress_cli.training import assess, minimize

X = np.linspace(0.0, 4.0, 30)
CURVE = np.exp(-X)
POINTS = {"train": (X, CURVE)}
BANDS = {
    "95 % confidence of the curve": (X, CURVE - 0.1, CURVE + 0.1),
    "95 % prediction": (X, CURVE - 0.3, CURVE + 0.3),
}


def figure_of_fit(name: str = "x", points=POINTS, bands=BANDS):
    """Return a fit with bands and error bars."""
    errors = {part: np.full(len(x), 0.1) for part, (x, _) in points.items()}
    return plots.fit_figure(points, (X, CURVE), None, name, name, name[:64], bands, errors)


def figure_of_quantiles(residuals: np.ndarray, label: str = "residual"):
    """Return the picture of some residuals."""
    q = normal_quantiles(residuals, residuals.std())
    bands = {"95 % of normal samples": (q.normal, q.low, q.high)}
    return plots.quantile_figure(q.normal, q.residuals, label, label[:64], bands, q.count)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("{kind: exact}", ["fit", "residuals", "quantiles"]),
        ("{kind: levenberg_marquardt}", ["fit", "residuals", "quantiles"]),
        ("{kind: lbfgs}", ["fit", "loss", "residuals"]),
        ("{kind: sgd}", ["fit", "loss", "residuals"]),
    ],
)
def test_the_way_is_drawn_where_there_is_one_to_see(optimizer, expected):
    """A solution has quantiles in place of the loss, unless the config lists what to draw."""
    chosen = load_config(CONFIGS / "linear.yaml", [f"optimizer={optimizer}"])
    assert list(chosen.plots.pictures) == expected
    listed = load_config(CONFIGS / "linear.yaml", [f"optimizer={optimizer}", "plots.pictures=[loss]"])
    assert list(listed.plots.pictures) == ["loss"]


@pytest.mark.parametrize("optimizer", ["exact", "levenberg_marquardt"])
def test_the_loss_of_a_solution_is_drawn_where_it_is_listed(optimizer, tmp_path):
    """The few points that there are, one for the exact solution, make a picture, and no note."""
    choices = [f"optimizer={{kind: {optimizer}}}", "plots.pictures=[loss]"]
    finished = run(load_config(CONFIGS / "linear.yaml", choices), tmp_path)
    assert (finished.folder / "plots" / "loss.png").stat().st_size > 0
    assert finished.record["notes"] == []


def test_bands_lie_behind_the_data_and_are_named():
    """Both bands are in the legend, and neither covers a point, the curve or the other's edge."""
    figure = figure_of_fit()
    assert all(label in shown(figure) for label in BANDS)
    bands = [item for item in figure.axes[0].collections if item.get_label() in BANDS]
    assert len(bands) == 2
    others = [item for item in figure.axes[0].get_children() if item.get_label() in ("train", "fit")]
    assert max(band.get_zorder() for band in bands) < min(item.get_zorder() for item in others)
    assert bands[0].get_zorder() > bands[1].get_zorder()


@pytest.mark.parametrize("kind", ["fit", "quantiles"])
def test_the_legend_of_a_fit_hides_no_data(kind: str):
    """The legend lies below the axes."""
    figure = figure_of_fit() if kind == "fit" else figure_of_quantiles(X - X.mean())
    figure.draw_without_rendering()
    [legend] = figure.legends
    [ax] = figure.axes
    assert legend.get_window_extent().y1 <= ax.get_tightbbox().y0 + 0.5


@pytest.mark.parametrize("name", [NASTY, "W" * 200, "many words " * 20])
def test_names_are_literal_and_not_cut_off(name: str):
    """Dollars and backslashes are shown as they are, and the longest name lies inside the picture."""
    for figure in (figure_of_fit(name), figure_of_quantiles(X - X.mean(), name)):
        assert lies_inside(figure)
        assert not any(text.get_parse_math() for text in texts(figure) if "$" in text.get_text())


def test_many_points_have_no_error_bars():
    """Bars that would run into each other are left out; those of few points are there."""
    many = {"train": (np.linspace(0, 4, 1000), np.ones(1000))}
    assert len(figure_of_fit().axes[0].containers) == 1
    assert len(figure_of_fit(points=many).axes[0].containers) == 0


@pytest.mark.parametrize("edge", [np.nan, np.inf, 1e300])
def test_an_edge_that_cannot_be_drawn_is_a_gap(edge: float):
    """A band that is not known, or far too wide, costs no picture and no warning."""
    high = CURVE + 0.1
    high[3] = edge
    figure = figure_of_fit(bands={"band": (X, CURVE - 0.1, high)})
    assert plots.render(figure, "png")


def test_the_quantiles_are_those_of_scipy():
    """The normal quantiles are Blom's, as SciPy's formula has them, and the band is that of the beta law."""
    rng = np.random.default_rng(0)
    residuals = rng.normal(0, 2, 50)
    found = normal_quantiles(residuals, 2.0)
    ranks = np.arange(1, 51)
    assert found.normal == pytest.approx(stats.norm.ppf((ranks - 0.375) / 50.25))
    assert found.residuals == pytest.approx(np.sort(residuals) / 2)
    assert found.low == pytest.approx(stats.norm.ppf(stats.beta(ranks, 51 - ranks).ppf(0.025)))
    assert found.high == pytest.approx(stats.norm.ppf(stats.beta(ranks, 51 - ranks).ppf(0.975)))


def test_most_normal_samples_lie_within_the_band():
    """At each rank, about 95 of 100 normal samples lie within."""
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(400):
        found = normal_quantiles(rng.normal(size=20), 1.0)
        inside.append((found.residuals > found.low) & (found.residuals < found.high))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)


def test_of_many_residuals_the_outermost_are_shown():
    """A million residuals are drawn as few points, the extremes among them, and the legend says so."""
    residuals = np.random.default_rng(2).normal(size=1_000_000)
    found = normal_quantiles(residuals, 1.0)
    assert found.residuals[0] == residuals.min()
    assert found.residuals[-1] == residuals.max()
    assert len(found.residuals) < 2500
    assert "of 1,000,000)" in shown(figure_of_quantiles(residuals))


@pytest.mark.parametrize("residuals", [[0.0], [0.0, 0.0], [1e300, -1e300], [1e-320, 0.0]])
def test_odd_residuals_are_drawn(residuals: list[float]):
    """One residual, none but zeros, and huge ones give a picture without a warning."""
    values = np.array(residuals)
    found = normal_quantiles(values, 1.0)
    figure = plots.quantile_figure(found.normal, found.residuals, "r", "t", {}, found.count)
    assert plots.render(figure, "png")


ROWS = 12
WEIGHTS = np.where(np.arange(ROWS) % 4 == 0, 0.0, 1.0 + np.arange(ROWS))
TARGET = 2.0 * np.arange(ROWS) + 1 + np.random.default_rng(4).normal(0, 0.3, ROWS)
TARGET[WEIGHTS == 0] += 50


def planned(folder, expression: str = "a*x + b", **initial: float):
    """Return the pictures of a weighted fit, of which every fourth row has no weight."""
    path = folder / "w.csv"
    rows = zip(range(ROWS), TARGET, WEIGHTS, strict=True)
    path.write_text("x,y,w\n" + "".join(f"{x},{float(y)!r},{float(w)!r}\n" for x, y, w in rows))
    model = {"kind": "formula", "expression": expression, "initial": initial or {"a": 1.0, "b": 1.0}}
    config = {
        "data": {"kind": "table", "path": str(path), "target": "y", "weights": "w"},
        "model": model,
        "optimizer": {"kind": "levenberg_marquardt"},
    }
    plan = make_plan(load_config(config))
    result = minimize(plan.problem, lambda progress: None)
    assessment = assess(plan.problem, plan.dataset, result)
    inference = infer(plan.problem, plan.dataset, result, assessment)
    pictures = plan_pictures(plan.problem, plan.dataset, result, assessment, inference)
    return {name: picture.arguments for name, picture in pictures.items()}


def test_rows_of_weight_zero_are_no_residuals(tmp_path):
    """Quantiles and residuals are those of the other rows alone: their number, ranks and band."""
    pictures = planned(tmp_path)
    rows = WEIGHTS > 0
    x = np.arange(ROWS)[rows]
    slope, constant = np.polyfit(x, TARGET[rows], 1, w=np.sqrt(WEIGHTS[rows]))
    residuals = (TARGET[rows] - slope * x - constant) * np.sqrt(WEIGHTS[rows])
    expected = normal_quantiles(residuals, np.sqrt(np.sum(residuals**2) / (rows.sum() - 2)))
    quantiles = pictures["quantiles.png"]
    assert quantiles["count"] == rows.sum()
    np.testing.assert_allclose(quantiles["quantiles"], expected.normal)
    np.testing.assert_allclose(quantiles["residuals"], expected.residuals, rtol=1e-6)
    [(prediction, _)] = pictures["residuals.png"]["points"].values()
    np.testing.assert_allclose(prediction, slope * x + constant, rtol=1e-8)


def test_rows_of_weight_zero_are_rings(tmp_path):
    """The picture of the fit shows them, but not as data of the fit, and its title speaks of the others."""
    fit = planned(tmp_path)["fit.png"]
    rows = WEIGHTS > 0
    np.testing.assert_array_equal(fit["points"]["train"][0], np.arange(ROWS)[rows])
    np.testing.assert_array_equal(fit["left_out"][1], TARGET[~rows])
    x, y, w = np.arange(ROWS)[rows], TARGET[rows], WEIGHTS[rows]
    line = np.polyval(np.polyfit(x, y, 1, w=np.sqrt(w)), x)
    r2 = 1 - np.sum(w * (y - line) ** 2) / np.sum(w * (y - np.average(y, weights=w)) ** 2)
    assert f"weighted R² {r2:.4f}" in fit["title"]
    figure = plots.fit_figure(**fit)
    assert "weight 0" in shown(figure)


def test_the_picture_of_a_fit_without_a_result_says_so(tmp_path):
    """Whoever sees the curve alone reads in its title, and beside it, that it is no fit."""
    pictures = planned(tmp_path, "a*b*x", a=1.0, b=2.0)
    assert all("did not converge" in picture["title"] for picture in pictures.values())
    assert "where it stopped (did not converge)" in shown(plots.fit_figure(**pictures["fit.png"]))


def test_the_same_fit_gives_the_same_bytes():
    """Bands and quantiles are drawn to the same bytes each time."""
    for make in (figure_of_fit, lambda: figure_of_quantiles(X - X.mean())):
        for file_format in ("png", "svg"):
            assert plots.render(make(), file_format) == plots.render(make(), file_format)
