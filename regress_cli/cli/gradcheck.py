"""``regress gradcheck``."""

from typing import Annotated

import typer

from regress_cli.cli.options import (
    AtOption,
    InputsOption,
    JsonOption,
    QuietOption,
    RtolOption,
    SampleSeedOption,
    WrtOption,
)


def gradcheck(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONFIG|NAME|FILE.py:FUNCTION]...",
            help="What to check; everything shipped by default. KEY=VALUE may follow a config.",
        ),
    ] = None,
    at: AtOption = None,
    inputs: InputsOption = None,
    domain: Annotated[
        str,
        typer.Option(
            "--domain", metavar="LOW:HIGH", help="Where points of a function are drawn, if none are given."
        ),
    ] = "-2:2",
    wrt: WrtOption = None,
    rtol: RtolOption = None,
    seed: SampleSeedOption = 0,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say whether gradients are right: a verdict, and the evidence for it.

    Each gradient is held against central differences over a sweep of steps, against the complex step where
    the code is analytic, and against the order of the Taylor remainder. A config's loss is checked at its
    initial point, at random points and after some steps; a function, written with autograd.numpy, at the
    points given. Exit code 0: right (what sits on a kink is excused), 3: wrong, 2: it can't be told.

    Example: regress gradcheck configs/mlp.yaml model.activation=tanh
    """
    from regress_cli.cli import view
    from regress_cli.cli.words import gradcheck as words
    from regress_cli.errors import EXIT_CHECK, EXIT_USER
    from regress_cli.experiment.gradcheck import Options
    from regress_cli.experiment.gradcheck import gradcheck as check
    from regress_cli.gradients.checking import RTOL, Outcome
    from regress_cli.gradients.point import read_domain
    from regress_cli.gradients.wrt import read_wrt

    options = Options(
        at=at or (),
        inputs=inputs,
        domain=read_domain(domain),
        wrt=read_wrt(wrt),
        rtol=RTOL if rtol is None else rtol,
        seed=seed,
    )
    with view.stdout_kept_clean():
        reports = check(targets or (), options)
    outcome = words.outcome(reports)
    if quiet:
        view.show_text(f"{outcome}\n")
    elif json:
        view.show_json(words.document(reports))
    else:
        view.show_report(*words.parts(reports))
    if outcome is Outcome.WRONG:
        raise typer.Exit(EXIT_CHECK)
    if outcome in (Outcome.NOISE, Outcome.UNVERIFIABLE):
        raise typer.Exit(EXIT_USER)
