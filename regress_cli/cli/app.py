"""The command line: its commands, and the one boundary at which an error becomes an exit code."""

import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from regress_cli.cli import commands
from regress_cli.errors import EXIT_BUG, EXIT_LIMIT, EXIT_USER, RegressError, is_no_room, limit_remedy
from regress_cli.text import printable
from regress_cli.version import __version__

if TYPE_CHECKING:
    from regress_cli.drawing.helper import Helper


# typer has no public name for what all its refusals are.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
_LONGEST_MESSAGE = 500


class _Boundary(TyperGroup):
    """Turns every exception of a command, and of the reading of its options, into an exit code."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _errors_as_exit_codes():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _errors_as_exit_codes():
            return super().invoke(ctx)


@contextmanager
def _errors_as_exit_codes() -> Iterator[None]:
    try:
        yield
    except RegressError as error:
        _refuse(error.exit_code, *error.messages)
    except KeyboardInterrupt:
        _refuse(128 + signal.SIGINT, "interrupted")
    except MemoryError:
        _refuse(EXIT_LIMIT, "there is not enough memory; make the data or the model smaller")
    except ImportError as error:
        remedy = "install regress again, or give it more memory"
        _refuse(EXIT_LIMIT, f"a library can't be loaded ({error}); {remedy}")
    except BrokenPipeError:
        from regress_cli.cli import view

        view.discard_stdout()
        raise typer.Exit(0) from None
    except _USAGE_ERROR as error:
        # It would show what was typed as it was typed.
        vars(error)["message"] = printable(vars(error)["message"] or "", _LONGEST_MESSAGE)
        raise
    except OSError as error:
        remedy = limit_remedy(error) if is_no_room(error) else "check the path"
        exit_code = EXIT_LIMIT if is_no_room(error) else EXIT_USER
        _refuse(exit_code, f"the system refused ({error.strerror or error}); {remedy}")


def _refuse(exit_code: int, *messages: str) -> NoReturn:
    from regress_cli.cli import view

    view.show_error(*messages)
    raise typer.Exit(exit_code)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"regress {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_Boundary,
    name="regress",
    help="One YAML file in, one finished regression experiment out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _keep_matplotlib_quiet() -> None:
    """Let no setting for windows, which a run never opens, keep matplotlib from drawing, or be told."""
    os.environ["MPLBACKEND"] = "agg"
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def main(helper: "Helper | None" = None) -> None:
    """Run the command line; every way out is an exit code of the table in docs/cli.md.

    Args:
        helper: What draws pictures, if it was started ahead.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's character set lacks is shown escaped.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _keep_matplotlib_quiet()
    try:
        app(obj=helper)
    except Exception:  # noqa: BLE001 - no other way out may end with the code of a bug.
        import traceback

        traceback.print_exc()
        sys.stderr.write(f"regress {__version__}: this is a bug in regress; please report the lines above\n")
        sys.exit(EXIT_BUG)


commands.register(app)
