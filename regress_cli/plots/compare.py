"""The figure of several runs: their fits above one another, and their losses."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from regress_cli.plots.axes import Bands, Line, draw_line, fit_text, put_panel_legend, raised, shown_name
from regress_cli.plots.style import COLORS, SERIES_COLORS, styled
from regress_cli.text import printable

_SIZE = (11.0, 5.4)
_LINES = ("-", "--", ":", "-.")


@styled
def compare_figure(
    points: Line | None,
    fits: Mapping[str, Line],
    losses: Mapping[str, Line],
    bands: Mapping[str, Bands],
    x_name: str,
    y_name: str,
    title: str,
) -> Figure:
    """Draw the fits of several runs over their common input, and the course of their losses beside it.

    Args:
        points: Input and target of the data, where all runs have the same.
        fits: Each run's predictions over its input, by its label; empty where there are several inputs.
        losses: Each run's steps and training losses, by its label; runs of a solver have none.
        bands: For ``fit`` and ``loss``, the band around a line that stands for several runs, by its label.
        x_name: Of the input.
        y_name: Of the target.
        title: Above the picture.
    """
    panels = [name for name, lines in (("fit", fits), ("loss", losses)) if lines]
    figure = Figure(figsize=(_SIZE[0] * max(len(panels), 1) / 2, _SIZE[1]), layout="constrained")
    width = figure.bbox.size[0]
    fit_text(figure.suptitle(printable(title, 150), x=0.01, ha="left", fontsize=11), 0.95 * width)
    labels = dict.fromkeys([*fits, *losses])
    styles = {label: _style(number) for number, label in enumerate(labels)}
    for position, panel in enumerate(panels, start=1):
        ax = figure.add_subplot(1, len(panels), position)
        lines = fits if panel == "fit" else losses
        if panel == "fit" and points is not None:
            x, y = points
            ax.scatter(x, y, s=9, alpha=0.35, color=COLORS["train"], linewidths=0, label="data", zorder=1)
        for label, (x, low, high) in bands.get(panel, {}).items():
            color = styles[label]["color"]
            ax.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0, zorder=2)
        for label, line in lines.items():
            draw_line(ax, line, label=raised(label), zorder=3, **styles[label])
        ax.set_xlabel(shown_name(x_name) if panel == "fit" else "step").set_parse_math(False)
        ax.set_ylabel(shown_name(y_name) if panel == "fit" else "training loss").set_parse_math(False)
        edges = [edge for _, *both in bands.get(panel, {}).values() for edge in both]
        values = np.concatenate([line[1] for line in lines.values()] + edges)
        if panel == "loss" and len(values) and (values > 0).all() and values.max() > 50 * values.min():
            ax.set_yscale("log")
        put_panel_legend(ax, 0.9 * width / len(panels))
    return figure


def _style(number: int) -> dict[str, object]:
    color = SERIES_COLORS[1:][number % (len(SERIES_COLORS) - 1)]
    return {
        "color": color,
        "linestyle": _LINES[number // (len(SERIES_COLORS) - 1) % len(_LINES)],
        "linewidth": 1.8,
    }
