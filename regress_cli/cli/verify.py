"""``regress verify``."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption, QuietOption


def verify(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="The folder of a finished run, or how its name begins.")
    ],
    out: OutOption = Path("outputs"),
    rtol: Annotated[
        float,
        typer.Option(
            "--rtol",
            min=0.0,
            max=1.0,
            help="How far numbers may be apart.",
        ),
    ] = 1e-9,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a finished run again, and say whether the same comes out.

    The new run is thrown away. The verdict is bitwise equal, equal within the tolerance, or different; what
    differs is named, and so is what differs in versions, machine and threads. Exit code 3 says different.

    Example: regress verify outputs/mlp-1845314aa1ed
    """
    from regress_cli.cli import view
    from regress_cli.cli.live import RunWatch
    from regress_cli.cli.words import verify as words
    from regress_cli.errors import EXIT_CHECK
    from regress_cli.experiment.verify import DIFFERENT
    from regress_cli.experiment.verify import verify as verify_run
    from regress_cli.runs.chosen import meant

    [folder] = meant(out, [name])
    with RunWatch(quiet=quiet) as watch:
        seen = verify_run(folder, rtol, watch)
    if json:
        view.show_json(words.document(folder, seen))
    elif quiet:
        view.show_report(seen.verdict)
    else:
        view.show_report(*words.parts(folder, seen))
    if seen.verdict == DIFFERENT:
        raise typer.Exit(EXIT_CHECK)
