"""Tables and sentences in Markdown and LaTeX, in which no name is taken for markup."""

import re
from collections.abc import Sequence

from regress_cli.cli.words.alignment import ends_at_right
from regress_cli.cli.words.summary import Block
from regress_cli.latex import GREEK_LETTERS, escaped

_NUMBER = re.compile(r"(-?)(\d[\d,]*\.?\d*)(?:e([+-]\d+))?")
# A cell of more letters is broken into lines, or it would leave the page.
_LONGEST_LINE = 50
_PARAGRAPH = r"p{0.6\linewidth}"
# Small and close, for LaTeX's usual page is hardly wider than the table of the parameters; and with room
# below the lines for powers of ten.
_BEFORE_TABLE = r"\begin{flushleft}\small\setlength{\tabcolsep}{4pt}\renewcommand{\arraystretch}{1.2}"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&])")


def markdown(title: str, blocks: Sequence[Block]) -> str:
    """Return a Markdown document with a table for each block."""
    parts = [f"# {_markdown_text(title)}"]
    for block in blocks:
        parts.append(f"## {block.title}")
        if block.rows:
            parts.append(_markdown_table(block.rows))
        if block.sentences:
            parts.append("\n".join(f"- {_markdown_text(sentence)}" for sentence in block.sentences))
    return "\n\n".join(parts) + "\n"


def latex(title: str, blocks: Sequence[Block]) -> str:
    """Return LaTeX for the body of a document, with a table for each block; it needs no package."""
    parts = [rf"\section*{{{_latex_text(title)}}}"]
    for block in blocks:
        parts.append(rf"\subsection*{{{_latex_text(block.title)}}}")
        if block.rows:
            parts.append(_latex_table(block.rows))
        if block.sentences:
            items = "\n".join(rf"\item {_latex_text(sentence)}" for sentence in block.sentences)
            parts.append(f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}")
    return "\n\n".join(parts) + "\n"


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    header, *others = rows
    ends = ["---:" if is_right else "---" for is_right in ends_at_right(rows)]
    lines = [[_markdown_text(cell) for cell in header], ends]
    lines += [[_markdown_text(cell) for cell in row] for row in others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_text(text: str) -> str:
    # A number has nothing to escape, and reads better so.
    return text if _NUMBER.fullmatch(text) else _MARKDOWN.sub(r"\\\1", text)


def _latex_table(rows: Sequence[Sequence[str]]) -> str:
    header, *others = rows
    lines = [
        _BEFORE_TABLE,
        rf"\begin{{tabular}}{{@{{}}{_latex_columns(rows)}@{{}}}}",
        r"\hline",
    ]
    if any(header):
        lines += [_latex_row(header), r"\hline"]
    lines += [_latex_row(row) for row in others]
    return "\n".join([*lines, r"\hline", r"\end{tabular}", r"\end{flushleft}"])


def _latex_columns(rows: Sequence[Sequence[str]]) -> str:
    """Return how the columns are set: numbers at the right, words at the left, and long ones in lines."""
    columns = zip(ends_at_right(rows), zip(*rows, strict=True), strict=True)
    return "".join(
        "r" if is_right else _PARAGRAPH if max(map(len, cells)) > _LONGEST_LINE else "l"
        for is_right, cells in columns
    )


def _latex_row(row: Sequence[str]) -> str:
    return " & ".join(_latex_cell(cell) for cell in row) + r" \\"


def _latex_cell(text: str) -> str:
    """Return a number as mathematics, for its minus and its power of ten, and all else as text."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return _latex_text(text)
    sign, digits, power = found.groups()
    digits = digits.replace(",", "{,}")
    return f"${sign}{digits}$" if power is None else rf"${sign}{digits} \times 10^{{{int(power)}}}$"


def _latex_text(text: str) -> str:
    """Return text in which nothing is a command; after the end of a row, a bracket would be an argument."""
    safe = escaped(text).replace("[", "{[}").replace("]", "{]}")
    # Greek letters are mathematics in LaTeX's usual fonts.
    return "".join(rf"$\{GREEK_LETTERS[c]}$" if c in GREEK_LETTERS else c for c in safe)
