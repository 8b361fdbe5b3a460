"""An explanation as Markdown: tables, and a graph that GitHub draws."""

from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.mermaid import as_mermaid
from regress_cli.gradients.explain.tables import Rows, abbreviation, tables

_SPECIAL = frozenset("\\`*_{}[]<>#$~&!")


def as_markdown(explanation: Explanation) -> str:
    """Return a heading, the graph and the tables."""
    parts = [
        f"### {_escaped(explanation.title)}",
        f"```mermaid\n{as_mermaid(explanation)}```",
        *map(_table, tables(explanation)),
        _escaped(abbreviation(explanation)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(rows: Rows) -> str:
    header, *others = ([_escaped(cell) for cell in row] for row in rows)
    return "\n".join(map(_line, [header, ["---"] * len(header), *others]))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    r"""Return a text in which nothing is markup; in a table a bar ends a cell even after a backslash.

    >>> print(_escaped("a ** 3 | b"))
    a \*\* 3 &#124; b
    """
    characters = (f"\\{c}" if c in _SPECIAL else c for c in text)
    return "".join(characters).replace("|", "&#124;")
