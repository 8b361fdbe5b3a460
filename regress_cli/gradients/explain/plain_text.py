"""An explanation as aligned columns of text."""

from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.tables import Rows, abbreviation, tables


def as_text(explanation: Explanation) -> str:
    """Return the title and the tables, with an empty line between them."""
    parts = [explanation.title, *map(_aligned, tables(explanation)), abbreviation(explanation)]
    return "\n\n".join(parts) + "\n"


def _aligned(rows: Rows) -> str:
    r"""Return rows with columns as wide as their widest cell.

    >>> _aligned([["a", "b"], ["long", "c"]])
    'a     b\nlong  c'
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
