"""``regress diff``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regress_cli.cli.options import JsonOption, QuietOption

if TYPE_CHECKING:
    from regress_cli.expression import Expression
    from regress_cli.gradients.diff.derivatives import Derivatives


def diff(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help='A function, such as "exp(-x**2)*sin(3*x)".')
    ],
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="VALUE", help="Where: 2, pi/2, or x=2,y=1; every variable has a value."),
    ] = None,
    order: Annotated[int, typer.Option("--order", help="How often to differentiate, 1 to 6.")] = 1,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it: png, svg or pdf, by the file's ending."),
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Differentiate an expression in three ways: by symbols, by differences, and automatically.

    The symbolic way needs SymPy: pip install 'regress-cli[symbolic]'. In several variables, all partial
    derivatives of the order are taken. An expression that begins with a minus sign is put in
    parentheses: "(-x**2)". Exit code 3 says that the ways differ by more than rounding.

    Example: regress diff "1/(1 + exp(-x))" --at 2 --plot outputs/sigmoid.png
    """
    from regress_cli.cli import view
    from regress_cli.cli.picture_file import format_of
    from regress_cli.cli.words import diff as diff_words
    from regress_cli.errors import EXIT_CHECK, UserError
    from regress_cli.expression import Expression
    from regress_cli.gradients.diff.derivatives import differentiate
    from regress_cli.gradients.point import read_point
    from regress_cli.runs.strict_json import finite

    file_format = None if plot is None else format_of(plot)
    parsed = Expression.parse(expression)
    if not parsed.names:
        raise UserError("the expression has no variable to differentiate by; write one, such as x")
    result = differentiate(parsed, read_point(at or [], parsed.names), order)
    if plot is not None and file_format is not None:
        _draw(result, parsed, plot, file_format)
    if quiet:
        view.show_text(f"{result.derivatives[0].reverse!r}\n")
    elif json:
        data, nonfinite = finite(diff_words.document(result))
        view.show_json({**data, "nonfinite": nonfinite})
    else:
        view.show_report(*diff_words.parts(result))
    if result.no_formulas is not None and not quiet:
        view.note(result.no_formulas)
    if not result.agrees:
        raise typer.Exit(EXIT_CHECK)


def _draw(result: "Derivatives", expression: "Expression", path: Path, file_format: str) -> None:
    """Write the picture to a file, in place of one that is there."""
    from regress_cli.cli.picture_file import write_chosen
    from regress_cli.drawing.picture import Picture, draw
    from regress_cli.gradients.diff.picture import picture_of

    write_chosen(path, draw(Picture(file_format, "derivative_figure", picture_of(result, expression))))
