"""The forms in which a comparison or a summary is printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regress_cli.cli.words.summary import Block


class Format(StrEnum):
    """The formats there are."""

    TABLE = "table"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"
    JSON = "json"


@dataclass(frozen=True)
class Shown:
    """What is printed, in each of its forms; only the one that is asked for is made.

    Attributes:
        title: What stands above the tables.
        blocks: Makes titled tables and sentences, for a terminal, Markdown or LaTeX.
        columns: Makes the columns of a csv file.
        document: Makes plain data.
    """

    title: str
    blocks: "Callable[[], Sequence[Block]]"
    columns: Callable[[], Mapping[str, Any]]
    document: Callable[[], dict[str, Any]]

    def show(self, file_format: Format) -> None:
        """Print it to stdout."""
        from regress_cli.cli import view
        from regress_cli.cli.words import markup

        match file_format:
            case Format.JSON:
                view.show_json(self.document())
            case Format.CSV:
                view.show_columns(self.columns(), out=None, as_json=False)
            case Format.MARKDOWN:
                view.show_text(markup.markdown(self.title, self.blocks()))
            case Format.LATEX:
                view.show_text(markup.latex(self.title, self.blocks()))
            case Format.TABLE:
                view.show_blocks(self.title, self.blocks())
