"""``regress compare-manual``."""

from enum import StrEnum
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


class Shortcut(StrEnum):
    """What a hand-written gradient may be allowed to use."""

    AUTOGRAD = "autograd"


def compare_manual(
    target: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py:FUNCTION", help="A name of the library, or your answer.")
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME|FILE.py:FUNCTION",
            help="What your answer is the gradient of; your own function is written with autograd.numpy.",
        ),
    ] = None,
    at: AtOption = None,
    inputs: InputsOption = None,
    wrt: WrtOption = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", min=0.1, metavar="SECONDS", help="The longest that a call of the answer may take."
        ),
    ] = 10.0,
    memory: Annotated[
        int, typer.Option("--memory", min=16, metavar="MIB", help="The most memory that the file may take.")
    ] = 1024,
    allow: Annotated[
        Shortcut | None, typer.Option("--allow", help="Let the answer use autograd or finite differences.")
    ] = None,
    rtol: RtolOption = None,
    seed: SampleSeedOption = 0,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Set a hand-written, staged gradient beside autograd's and a numeric one.

    A name of the library shows its stages: every formula, value, local derivative and running product.
    A file holds your answer: a function of the same arguments that returns the gradient, a function that
    returns (y, backward), or a list of stages. It runs in a process of its own. A wrong answer is told
    with its first wrong stage and the likely cause, and exit code 3; a limit with exit code 5.

    Example: regress compare-manual answer.py:grad_sigmoid --against sigmoid
    """
    from regress_cli.cli import view
    from regress_cli.cli.words import compare_manual as words
    from regress_cli.errors import EXIT_CHECK, EXIT_LIMIT
    from regress_cli.gradients.checking import RTOL
    from regress_cli.gradients.comparing.manual import compare_manual as compare
    from regress_cli.gradients.wrt import read_wrt
    from regress_cli.isolation import Limits

    with view.stdout_kept_clean():
        comparison = compare(
            target,
            against=against,
            at=at or (),
            inputs=inputs,
            wrt=read_wrt(wrt),
            limits=Limits(seconds=timeout, memory=memory << 20),
            rtol=RTOL if rtol is None else rtol,
            seed=seed,
            allow_shortcuts=allow is Shortcut.AUTOGRAD,
        )
    if quiet:
        view.show_text(f"{comparison.outcome}\n")
    elif json:
        view.show_json(words.document(comparison))
    else:
        view.show_report(*words.parts(comparison))
    if comparison.is_limit:
        raise typer.Exit(EXIT_LIMIT)
    if not comparison.outcome.is_acceptable:
        raise typer.Exit(EXIT_CHECK)
