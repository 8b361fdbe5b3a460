"""The pictures: what they show, that it can be read, and that nothing of the user's changes it."""

import subprocess
import sys
import threading
import time
from itertools import product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from conftest import Regress, selected
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from shell import houses_config, small_config

from regress_cli import load_config, plots, run

X = np.linspace(0, 1, 30)
POINTS = {"train": (X[:10], X[:10] ** 2), "validation": (X[10:20], X[10:20]), "test": (X[20:], X[20:])}
LEVELS = {"baseline (mean)": 3.0, "exact optimum": 0.5}
NASTY = "_price in $ ({1_000}) \\frac & $x_{$"


def all_figures(points=POINTS, name: str = "x", title: str = "title") -> dict[str, Figure]:
    """Return one figure of each kind."""
    line = next(iter(points.values()))
    return {
        "fit": plots.fit_figure(points, line, line, name, name, title),
        "parity": plots.parity_figure(points, name, title),
        "loss": plots.loss_figure([0, 1], {"train": [9.0, 1.0], "validation": [9, 2]}, LEVELS, name, title),
        "residuals": plots.residual_figure(points, name, title),
    }


KINDS = sorted(all_figures())


def texts(figure: Figure) -> list[Text]:
    """Return every text that can be seen."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def shown(figure: Figure) -> str:
    """Return all that can be read in a figure, each text in one line."""
    return "\n".join(text.get_text().replace("\n", " ") for text in texts(figure))


@pytest.mark.parametrize("kind", KINDS)
def test_axes_are_labelled_and_parts_told_apart(kind: str):
    """Each picture has a title, a name on both axes, and a legend of its parts."""
    figure = all_figures(name="height", title="a title")[kind]
    [ax] = figure.axes
    assert ax.get_title(loc="left") == "a title"
    assert ax.get_xlabel()
    assert "height" in ax.get_ylabel()
    [legend] = figure.legends
    parts = {text.get_text() for text in legend.get_texts()}
    assert {"train", "validation"} <= parts


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_shown_literally(kind: str):
    """Dollars, underscores and backslashes in a name are drawn as they are, not read as mathematics."""
    figure = all_figures(name=NASTY, title=NASTY)[kind]
    assert NASTY in figure.axes[0].get_ylabel().replace("\n", " ")
    named = [text for text in texts(figure) if "$" in text.get_text()]
    assert len(named) >= 2
    assert not any(text.get_parse_math() for text in named)
    assert plots.render(figure, "png").startswith(b"\x89PNG")


def test_control_characters_are_shown_escaped():
    """What could move a cursor in a terminal is shown in its escaped form."""
    assert "\\x1b[31m" in shown(plots.parity_figure(POINTS, "a\x1b[31mb", "t"))


def lies_inside(figure: Figure) -> bool:
    """Return whether all that is drawn, every text too, lies inside the figure."""
    figure.draw_without_rendering()
    # For matplotlib before 3.11 the label of an axis has no length in the figure's own box.
    labels = [axis.label.get_window_extent() for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    to_inches = figure.dpi_scale_trans.inverted()
    drawn = Bbox.union([figure.get_tightbbox(), *(label.transformed(to_inches) for label in labels)])
    width, height = figure.get_size_inches()
    return drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= width and drawn.y1 <= height


LABELS = ["x", "W" * 200, "many words " * 20, "a_b-" * 16]


@pytest.mark.parametrize(("kind", "name"), selected(product(KINDS, LABELS), 3))
def test_no_text_is_cut_off(kind: str, name: str):
    """However long the names are, every text lies inside the picture and keeps a size to read."""
    many = {part: (np.arange(6000.0), np.arange(6000.0)) for part in POINTS}
    figure = all_figures(many, name, name[:64] + ": test rmse 1.235e-10, R² 0.9876")[kind]
    assert lies_inside(figure)
    assert min(text.get_fontsize() for text in texts(figure)) > 4


@pytest.mark.parametrize(
    ("name", "kind"), selected(product(["W" * 200, "many words " * 20], ["fit", "parity", "residuals"]), 2)
)
def test_the_power_of_ten_of_an_axis_is_free(kind: str, name: str):
    """The name below an axis does not reach to the 1e7 at its end, and says at its own end what is shown."""
    far = {part: (1e7 * x + 1e7, 1e7 * y + 1e7) for part, (x, y) in POINTS.items()}
    figure = all_figures(far, name)[kind]
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    assert "1e7" in axis.get_offset_text().get_text()
    assert not axis.label.get_window_extent().overlaps(axis.get_offset_text().get_window_extent())
    if kind != "fit":
        assert figure.axes[0].get_ylabel().endswith("prediction)")


def test_the_check_for_cut_off_texts_can_fail():
    """A text that does reach over the edge is found."""
    for label in ("x", "y"):
        figure = all_figures()["fit"]
        figure.axes[0].set(**{f"{label}label": "W" * 200})
        assert not lies_inside(figure)


def test_the_score_in_a_long_title_is_kept():
    """A long title goes on in a second line; its end, where the score is, is not dropped."""
    title = "n" * 64 + ": test rmse 1.235e-10, R² 0.9876"
    assert "R² 0.9876" in shown(plots.parity_figure(POINTS, "y", title))


@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_hides_no_data(kind: str):
    """The legend lies below the axes, with none of its parts over them."""
    figure = all_figures()[kind]
    figure.draw_without_rendering()
    [legend] = figure.legends
    [ax] = figure.axes
    assert legend.get_window_extent().y1 <= ax.get_tightbbox().y0 + 0.5


def test_parts_differ_in_colour_and_marker():
    """Train, validation and test have three colours of different lightness, and three markers."""
    assert len(set(plots._MARKERS.values())) == 3
    red, green, blue = 0.2126, 0.7152, 0.0722
    lightness = [np.dot(to_rgb(color), (red, green, blue)) for color in plots._COLORS.values()]
    assert min(abs(a - b) for a in lightness for b in lightness if a != b) > 0.05


@pytest.mark.parametrize(
    ("losses", "scale"),
    [([100.0, 1.0], "log"), ([2.0, 1.0], "linear"), ([100.0, 0.0], "linear"), ([np.nan, np.inf], "linear")],
)
def test_the_loss_is_on_a_log_scale_where_that_helps(losses: list[float], scale: str):
    """Over more than a factor of 10 the scale is logarithmic, unless a zero forbids it."""
    assert plots.loss_figure([0, 1], {"train": losses}, {}, "loss", "t").axes[0].get_yscale() == scale


def test_a_log_scale_has_ticks_to_read_values_from():
    """Over two decades there are labels between the powers of ten, as plain numbers."""
    figure = plots.loss_figure([0, 1], {"train": [300.0, 7.0]}, {}, "loss", "t")
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_ylim()
    ticks = [tick for tick in figure.axes[0].get_yticks() if low <= tick <= high]
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(ticks) >= 5
    assert {"10", "20", "50", "100", "200"} <= set(labels)


def test_steps_are_whole_numbers():
    """The axis of steps has no tick at half a step; a single step has a single tick."""
    for steps in ([0, 1, 2], [0]):
        ax = plots.loss_figure(steps, {"train": [1.0] * len(steps)}, {}, "loss", "t").axes[0]
        assert all(float(tick).is_integer() for tick in ax.get_xticks())
    assert list(ax.get_xticks()) == [0]


def test_a_million_points_are_thinned_and_said_so():
    """A million rows are drawn in a moment as 5,000 points, and the legend says so."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=1_000_000)
    started = time.perf_counter()
    figure = plots.residual_figure({"train": (x, x)}, "y", "t")
    content = plots.render(figure, "svg")
    assert time.perf_counter() - started < 10
    assert "train (5,000 of 1,000,000)" in shown(figure)
    assert len(content) < 2_000_000


EDGES = {
    "one point": ([1.0], [2.0]),
    "the same point twice": ([1.0, 1.0], [2.0, 2.0]),
    "constant": ([1e9 + 0.5] * 5, [1e-17] * 5),
    "tiny": ([5e-324, 1e-300], [-5e-324, 1e-310]),
    "large": ([-1e199, 1e199], [1e199, -1e199]),
    "undefined": ([np.nan, 1.0, 2.0], [1.0, np.inf, -np.inf]),
    "beyond drawing": ([-1.7e308, 1.7e308], [1.7e308, -1.7e308]),
}


FORMATS = ("png", "svg", "pdf")


@pytest.mark.parametrize(("file_format", "edge", "kind"), selected(product(FORMATS, sorted(EDGES), KINDS), 5))
def test_odd_values_are_drawn_without_a_warning(kind: str, edge: str, file_format: str):
    """A single point, constant, tiny, huge and undefined values give a picture in every format."""
    x, y = (np.array(values) for values in EDGES[edge])
    if kind == "loss":
        figure = plots.loss_figure(list(range(len(x))), {"train": y}, {"level": x[0]}, "loss", "t")
    else:
        figure = all_figures({"train": (x, y)})[kind]
    assert plots.render(figure, file_format)


def test_points_that_cannot_be_drawn_are_counted():
    """The legend says how many points a picture leaves out."""
    x = np.array([1.0, np.nan, 3.0, 1e308])
    assert "train (2 of 4)" in shown(plots.residual_figure({"train": (x, x)}, "y", "t"))


@pytest.mark.parametrize(("file_format", "kind"), selected(product(FORMATS, KINDS), 3))
def test_the_same_figure_gives_the_same_bytes(kind: str, file_format: str):
    """Pictures carry no date and no random names: drawn again, they are equal byte by byte."""
    first, second = (plots.render(all_figures()[kind], file_format) for _ in range(2))
    assert first == second


def test_the_users_settings_come_back():
    """Drawing, in several threads at once too, leaves matplotlib's settings as the user had them."""
    with mpl.rc_context({"font.size": 33.0, "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        threads = [threading.Thread(target=all_figures) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert dict(mpl.rcParams) == before


def test_the_users_settings_do_not_matter():
    """A picture is the same whatever style the user has set in this process."""
    plain = plots.render(all_figures()["fit"], "png")
    with mpl.rc_context({"font.size": 33.0, "axes.facecolor": "red", "savefig.dpi": 20.0}):
        assert plots.render(all_figures()["fit"], "png") == plain


def test_pyplot_is_never_loaded():
    """Drawing needs no pyplot, whose global state belongs to the user."""
    code = "import sys; import regress_cli.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_outside_the_process_do_not_matter(regress: Regress, tmp_path: Path):
    """A matplotlibrc in the working folder, and a backend that does not exist, change and say nothing."""
    config = small_config(tmp_path)
    plain = run(load_config(config, ["plots.pictures=[loss]"]), tmp_path / "plain").folder
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 40\nnonsense: 3\n")
    answer = regress("run", config, "plots.pictures=[loss]", "-q", "--out", "styled", MPLBACKEND="nonsense")
    assert (answer.returncode, answer.stderr) == (0, "")
    styled = tmp_path / answer.stdout.strip()
    assert (styled / "plots" / "loss.png").read_bytes() == (plain / "plots" / "loss.png").read_bytes()


def test_all_formats_of_a_run_are_written(tmp_path: Path):
    """Each picture is there in each format of the config."""
    overrides = ["plots.pictures=[fit, residuals]", "plots.formats=[png, svg, pdf]"]
    made = run(load_config(small_config(tmp_path), overrides), tmp_path)
    names = [f"{kind}.{ending}" for kind in ("fit", "residuals") for ending in ("pdf", "png", "svg")]
    assert sorted(path.name for path in made.plot_paths) == names


def test_only_the_chosen_pictures_are_drawn(tmp_path: Path):
    """The config's choice of pictures is kept to; each choice has a folder of its own, as formats have."""
    config = small_config(tmp_path)
    chosen = run(load_config(config, ["plots.pictures=[residuals, fit]"]), tmp_path)
    assert [path.name for path in chosen.plot_paths] == ["fit.png", "residuals.png"]
    assert run(load_config(config, ["plots.pictures=[loss]"]), tmp_path).folder != chosen.folder


def test_a_long_name_is_never_taken_for_a_short_one():
    """A text is left unmeasured only if it would fit were each letter as wide as it is high."""
    for letters in ("x", "W", "%@", "Æ¾", "Ж", "Ǆ"):
        figure = plots.parity_figure(POINTS, letters * 30, "t")
        assert lies_inside(figure)


def test_several_inputs_are_drawn_as_parity(tmp_path: Path):
    """With several inputs, the fit is drawn as prediction against data."""
    houses = run(
        load_config(houses_config(tmp_path), ["plots.pictures=[fit]", "plots.formats=[svg]"]), tmp_path
    )
    svg = (houses.folder / "plots" / "fit.svg").read_text()
    assert "price (prediction)" in svg
    assert "prediction = data" in svg


def test_a_picture_that_fails_costs_no_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """If one picture can't be drawn, the run is whole without it, and its record says why."""

    def fail(*arguments: object, **options: object) -> Figure:
        raise RuntimeError("no ink")

    monkeypatch.setattr(plots, "loss_figure", fail)
    small = run(load_config(small_config(tmp_path), ["plots.pictures=[fit, loss]"]), tmp_path)
    assert [path.name for path in small.plot_paths] == ["fit.png"]
    assert small.record["notes"] == [
        "plots/loss.png could not be drawn: RuntimeError: no ink; the numbers are whole"
    ]


def test_the_kept_step_is_marked() -> None:
    """Where the kept parameters are not the last ones, a line says of which step they are."""
    losses = {"train": [3.0, 2.0, 1.0], "validation": [3.0, 2.0, 2.5]}
    figure = plots.loss_figure([0, 10, 20], losses, {}, "loss", "title", kept_step=10)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["train", "validation", "kept: step 10"]
    assert [10, 10] in [list(line.get_xdata()) for line in figure.axes[0].lines]
