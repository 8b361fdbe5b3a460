"""From a figure to the content of a file: the same bytes for the same figure."""

import io
import zlib

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from regress_cli.plots.style import PAGE, current_look, own_style

_PNG_DPI = 150
# The size of what is drawn for nobody, in inches.
_SMALL = (0.1, 0.1)
# What would differ from one drawing to the next.
_METADATA = {"svg": ["Date", "Creator"], "pdf": ["CreationDate", "Producer", "Creator"]}


def warm_up() -> None:
    """Draw a letter, so that what matplotlib loads when it first draws is there when a picture comes.

    To draw a picture would take six times as long and load no more.
    """
    with own_style():
        figure = Figure(figsize=_SMALL)
        figure.text(0, 0, "x")
    render(figure, "png")


def render(figure: Figure, file_format: str) -> bytes:
    """Return the picture as a file's content, the same bytes for the same figure."""
    buffer = io.BytesIO()
    with own_style():
        if file_format == "png":
            _write_png(figure, buffer)
        elif current_look() is PAGE:
            _write_svg(figure, buffer)
        else:
            figure.savefig(buffer, format=file_format, metadata=dict.fromkeys(_METADATA[file_format]))
    return buffer.getvalue()


def _write_svg(figure: Figure, buffer: io.BytesIO) -> None:
    """Draw at once, as for a png: a page has many pictures."""
    FigureCanvasSVG(figure).print_svg(buffer, metadata=dict.fromkeys(_METADATA["svg"]))


def _write_png(figure: Figure, buffer: io.BytesIO) -> None:
    """Draw at once, where `savefig` draws once for the layout and once more for the picture."""
    figure.set_dpi(_PNG_DPI)
    # Runs of equal pixels are most of a picture: looking for nothing else makes it a little larger, and
    # saves more time.
    FigureCanvasAgg(figure).print_png(
        buffer, metadata={"Software": None}, pil_kwargs={"compress_type": zlib.Z_RLE}
    )
