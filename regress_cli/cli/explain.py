"""``regress explain``."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regress_cli.cli.options import InputsOption, JsonOption, OverridesArgument
from regress_cli.errors import UserError
from regress_cli.text import quoted

if TYPE_CHECKING:
    from regress_cli.gradients.explain import Explanation


class Format(StrEnum):
    """The formats there are."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    MARKDOWN = "markdown"
    LATEX = "latex"


def explain(
    target: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|NAME|EXPRESSION",
            help="A YAML file, a function of the library such as sigmoid, or an expression.",
        ),
    ],
    overrides: OverridesArgument = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="POINT", help="Where: 2, or x=1,y=2; by default each variable is 1."),
    ] = None,
    inputs: InputsOption = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How it is written; text by default.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show every step of a computation and of its gradient, as autograd takes them.

    First the forward pass; then the backward pass of a textbook, with each local derivative and the
    gradients that they multiply to; then the steps that autograd itself takes back. An expression that
    begins with a minus goes in parentheses. A config is explained at its initial point.

    Example: regress explain "1/(1+exp(-x))" --at x=2
    """
    from regress_cli.cli import view
    from regress_cli.gradients.explain import FORMATS, as_plain_data

    if json and form is not None:
        raise UserError("--json is a format of its own; leave out --format, or --json")
    explanation = _explanation(target, overrides or [], at or [], inputs)
    for note in explanation.notes:
        view.note(note)
    if json:
        from regress_cli.runs.strict_json import finite

        data, nonfinite = finite(as_plain_data(explanation))
        view.show_json({**data, "nonfinite": nonfinite})
    else:
        view.show_text(FORMATS[form or Format.TEXT](explanation))


def _explanation(target: str, overrides: list[str], at: list[str], inputs: Path | None) -> "Explanation":
    """Return the explanation of a config, a library function or an expression, whichever the target is."""
    from regress_cli.gradients.explain import explain_target
    from regress_cli.gradients.library import LIBRARY

    if target not in LIBRARY and _is_path(target):
        if at or inputs is not None:
            raise UserError(
                f"{quoted(target)} was taken for a config, which is explained at its initial point; leave "
                "out --at and --inputs"
            )
        from regress_cli.experiment.explained import explain_config

        return explain_config(Path(target), overrides)
    if overrides:
        raise UserError(
            f"{quoted(overrides[0])}: only a config takes KEY=VALUE; give the point of a function with --at"
        )
    return explain_target(target, LIBRARY, at, inputs)


def _is_path(target: str) -> bool:
    try:
        return target.endswith((".yaml", ".yml")) or (target.strip() != "" and Path(target).exists())
    except OSError:  # Not even a name, such as a very long expression.
        return False
