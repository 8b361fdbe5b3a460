"""A picture as plain data: which function draws it, and of what."""

from contextlib import nullcontext
from typing import Any, NamedTuple

# An svg that a page takes into itself.
INLINE = "inline"


# No dataclass: to import what makes one takes time, which the second process would start later by.
class Picture(NamedTuple):
    """All that a picture is drawn from, so that another process can draw it.

    Attributes:
        file_format: png, svg or pdf; or `INLINE`.
        function: The function of `regress_cli.plots` that makes the figure.
        arguments: What that function takes: texts, numbers and arrays.
    """

    file_format: str
    function: str
    arguments: dict[str, Any]


def draw(picture: Picture) -> bytes:
    """Return the content of the picture's file."""
    import numpy as np

    # Imported here, for a setting of the user's can keep matplotlib from being imported at all.
    from regress_cli import plots

    is_inline = picture.file_format == INLINE
    with np.errstate(all="ignore"), plots.page_look() if is_inline else nullcontext():
        figure = getattr(plots, picture.function)(**picture.arguments)
        return plots.render(figure, "svg" if is_inline else picture.file_format)
