"""``regress fit``."""

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from regress_cli.cli.options import ForceOption, FreshOption, JsonOption, OutOption, QuietOption

if TYPE_CHECKING:
    from regress_cli.config import Experiment
    from regress_cli.runs import Run


class FormulaCommand(TyperCommand):
    """Says of a formula that begins with a minus sign how it is given: it is taken for an option."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the arguments."""
        try:
            return super().make_context(*args, **kwargs)
        except Exception as error:
            option = getattr(error, "option_name", "")
            if option[:1] == "-" and option[1:2] not in ("-", ""):
                remedy = "a formula that begins with a minus sign stands in parentheses, or after --"
                error.message = f"{getattr(error, 'message', '')}; {remedy}"  # pyright: ignore[reportAttributeAccessIssue]
            raise


class Errors(StrEnum):
    """The kinds of standard errors there are."""

    CLASSICAL = "classical"
    HC3 = "hc3"


def fit(
    context: typer.Context,
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPRESSION", help='The curve, such as "a*exp(-b*x) + c", or "y ~ a*exp(-b*x) + c".'
        ),
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A csv, tsv or parquet file; - reads csv or tsv from stdin.")
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Further values of the config, such as name=decay."),
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--start", metavar="VALUES", help="Where to start, such as a=1,b=0.1 (default: 1 each)."
        ),
    ] = None,
    bounds: Annotated[
        list[str] | None,
        typer.Option("--bounds", metavar="RANGES", help="Limits, such as a=0:10,b=0: (an end may be open)."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", metavar="COLUMN", help="What is fitted (default: y, or the column left over)."
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option("--weights", metavar="COLUMN", help="How much each row counts, relatively.")
    ] = None,
    sigma: Annotated[
        str | None,
        typer.Option(
            "--sigma", metavar="COLUMN", help="The target's standard deviation, known for each row."
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", help="How often an interval covers the true value.")
    ] = 0.95,
    errors: Annotated[
        Errors, typer.Option("--errors", help="hc3: the noise may differ from row to row.")
    ] = Errors.CLASSICAL,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it: png, svg or pdf, by the file's ending."),
    ] = None,
    out: OutOption = Path("outputs"),
    save_config: Annotated[
        Path | None, typer.Option("--save-config", metavar="FILE", help="Write the config, to go on from it.")
    ] = None,
    force: ForceOption = False,
    fresh: FreshOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit a formula of your own to a table, and print its parameters with their standard errors.

    Names in the formula that are columns of the table are its inputs, all others are parameters. It is a
    run as any other: its folder holds the config, the pictures and the numbers. A formula that begins
    with a minus sign is put in parentheses. Exit code 4 says that the fit did not converge.

    Example: regress fit "y ~ a*exp(-k*t) + c" decay.csv --start a=10,k=0.5,c=1 --plot outputs/decay.png
    """
    from regress_cli.cli import view
    from regress_cli.cli.live import RunWatch
    from regress_cli.cli.picture_file import format_of, refuse_unwritable
    from regress_cli.experiment.formula_config import Wishes, formula_config
    from regress_cli.experiment.piped_table import kept_table

    file_format = None if plot is None else format_of(plot)
    if plot is not None:
        refuse_unwritable(plot)
    wishes = Wishes(
        tuple(start or ()),
        tuple(bounds or ()),
        target,
        weights,
        sigma,
        confidence,
        errors.value,
        file_format,
    )
    table = kept_table(_stdin(), out) if data == "-" else nullcontext(Path(data))
    with table as path, RunWatch(quiet=quiet) as watch:
        experiment, notes = formula_config(expression, path, wishes, overrides or [])
        if save_config is not None:
            _save(experiment, save_config)
        from regress_cli.experiment.runner import run as run_experiment

        for note in notes:
            watch.note(note)
        finished = run_experiment(experiment, out, force=force, fresh=fresh, watch=watch, helper=context.obj)
    view.show_fit(finished, as_json=json, quiet=quiet)
    if plot is not None:
        _copy_picture(finished, plot)
    if not quiet and finished.status == "finished":
        view.note(f"to repeat it: regress run {finished.config_path}")
    view.show_stop(finished)
    raise typer.Exit(finished.exit_code)


def _stdin() -> bytes:
    """Return all of stdin."""
    import sys

    return b"" if sys.stdin is None else sys.stdin.buffer.read()


def _save(experiment: "Experiment", path: Path) -> None:
    """Write the config; a file that says something else stays."""
    from regress_cli.config import to_yaml
    from regress_cli.errors import UserError, explain_os_errors
    from regress_cli.runs.durable import write_file
    from regress_cli.text import printable

    content = to_yaml(experiment, path.parent).encode()
    with explain_os_errors(f"write {printable(path)}", "name another file with --save-config"):
        if path.exists() and path.read_bytes() != content:
            raise UserError(
                f"{printable(path)}: the file is there already, with another content; "
                "name another file with --save-config, or remove it"
            )
        write_file(path, content)


def _copy_picture(run: "Run", path: Path) -> None:
    """Write the picture of the fit to a file, in place of one that is there."""
    from regress_cli.errors import UserError, explain_os_errors
    from regress_cli.runs.durable import write_file
    from regress_cli.text import printable

    name = f"fit{path.suffix.lower()}"
    drawn = next((picture for picture in run.plot_paths if picture.name == name), None)
    if drawn is None:
        raise UserError(
            f"the run drew no {name}, so there is nothing for --plot; its numbers are whole: "
            "put fit into plots.pictures"
        )
    with explain_os_errors(f"write {printable(path)}", "name another file with --plot"):
        write_file(path, drawn.read_bytes())
