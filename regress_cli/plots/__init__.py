"""The pictures. Each function of a figure takes arrays and returns a `matplotlib.figure.Figure`.

No pyplot: there is no global state, no window and no setting of the user's that could change a
picture. Names from configs and tables are shown literally, never read as mathematics.
"""

from regress_cli.plots.compare import compare_figure
from regress_cli.plots.derivative import derivative_figure
from regress_cli.plots.quantiles import quantile_figure
from regress_cli.plots.ranking import ranking_figure
from regress_cli.plots.render import render, warm_up
from regress_cli.plots.run import fit_figure, loss_figure, parity_figure, residual_figure
from regress_cli.plots.seeds import loss_band_figure
from regress_cli.plots.style import COLORS as _COLORS
from regress_cli.plots.style import MARKERS as _MARKERS
from regress_cli.plots.style import own_style, page_look
from regress_cli.plots.sweep import heat_figure, sweep_figure

__all__ = [
    "_COLORS",
    "_MARKERS",
    "compare_figure",
    "derivative_figure",
    "fit_figure",
    "heat_figure",
    "loss_band_figure",
    "loss_figure",
    "own_style",
    "page_look",
    "parity_figure",
    "quantile_figure",
    "ranking_figure",
    "render",
    "residual_figure",
    "sweep_figure",
    "warm_up",
]
