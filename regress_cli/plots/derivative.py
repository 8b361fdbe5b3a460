"""The figure of a derivative: the function around a point, and the error of differences by their step."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from regress_cli.plots.axes import Line, fit_text, put_panel_legend, shown_name
from regress_cli.plots.curves import draw_curves
from regress_cli.plots.errors import draw_errors
from regress_cli.plots.style import styled
from regress_cli.text import printable

_SIZE = (10.5, 5.2)


@styled
def derivative_figure(
    title: str,
    x_name: str,
    at: float,
    curves: Mapping[str, Line],
    slopes: Sequence[float],
    errors: Mapping[str, Line],
    guides: Mapping[str, Line],
) -> Figure:
    """Draw a function with its derivatives and tangents, beside the error of numerical derivatives.

    Args:
        title: Of the whole figure.
        x_name: Of what the curves are drawn over.
        at: Where on that axis the point lies.
        curves: Each by its label, over x that are symmetrical around the point.
        slopes: The slope of each curve that may have a tangent at the point; nan where it has none.
        errors: Steps and errors of each derivative, by its label.
        guides: What theory says of the first one's error.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    left, right = figure.subplots(1, 2)
    width, height = figure.bbox.size
    fit_text(figure.suptitle(printable(title, 150), x=0.01, ha="left", fontsize=11), 0.95 * width)
    draw_curves(left, at, curves, slopes)
    draw_errors(right, errors, guides, {label: number for number, label in enumerate(curves)})
    fit_text(left.set_xlabel(shown_name(x_name)), 0.4 * width)
    left.set_ylabel("f" if len(slopes) == len(curves) else "f and its derivatives")
    fit_text(right.set_xlabel("step h, relative to the larger of 1 and |x|"), 0.4 * width)
    fit_text(right.set_ylabel("error of central differences"), 0.6 * height)
    for ax in (left, right):
        put_panel_legend(ax, 0.42 * width)
    return figure
