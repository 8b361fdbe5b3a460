"""Tables and sentences in Markdown and LaTeX, in which no name is taken for markup."""

import re
from collections.abc import Sequence

from regress_cli.cli.words.summary import Block

_NUMBER = re.compile(r"(-?)(\d[\d,]*\.?\d*)(?:e([+-]\d+))?")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
    "|": r"\textbar{}",
    "[": "{[}",
    "]": "{]}",
}
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
    ends = ["---", *["---:"] * (len(header) - 1)]
    lines = [[_markdown_text(cell) for cell in header], ends]
    lines += [[_markdown_text(cell) for cell in row] for row in others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_text(text: str) -> str:
    # A number has nothing to escape, and reads better so.
    return text if _NUMBER.fullmatch(text) else _MARKDOWN.sub(r"\\\1", text)


def _latex_table(rows: Sequence[Sequence[str]]) -> str:
    header, *others = rows
    lines = [rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}", r"\hline"]
    if any(header):
        lines += [_latex_row(header), r"\hline"]
    lines += [_latex_row(row) for row in others]
    return "\n".join([*lines, r"\hline", r"\end{tabular}"])


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
    return "".join(_LATEX.get(character, character) for character in text)
