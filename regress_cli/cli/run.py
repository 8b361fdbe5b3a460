"""``regress run``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import (
    ConfigArgument,
    ForceOption,
    FreshOption,
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    SeedOption,
)


class Engine(StrEnum):
    """The engines there are."""

    AUTO = "auto"
    TAPE = "tape"
    EAGER = "eager"
    COMPILED = "compiled"


def run(
    context: typer.Context,
    config: ConfigArgument,
    overrides: OverridesArgument = None,
    out: OutOption = Path("outputs"),
    seed: SeedOption = None,
    engine: Annotated[
        Engine | None,
        typer.Option(
            "--engine", help="How gradients are computed, in place of the config's training.engine."
        ),
    ] = None,
    force: ForceOption = False,
    fresh: FreshOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print config, folder and plan; do nothing.")
    ] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run an experiment, or find it finished.

    The run's folder is OUT/NAME-DIGEST; the digest covers the config and the data, so the same
    experiment always has the same folder. An interrupted run goes on where it stopped.

    Example: regress run configs/mlp.yaml model.activation=tanh --seed 3
    """
    from regress_cli.cli import view
    from regress_cli.cli.live import RunWatch
    from regress_cli.config import load_config

    chosen = {"seed": seed, "training.engine": engine}
    options = [f"{key}={value}" for key, value in chosen.items() if value is not None]
    experiment = load_config(config, [*(overrides or []), *options])
    if dry_run:
        from regress_cli.experiment.plan import make_plan

        view.show_plan(make_plan(experiment, out), as_json=json, quiet=quiet)
        return
    from regress_cli.experiment.runner import run as run_experiment

    with RunWatch(quiet=quiet) as watch:
        finished = run_experiment(experiment, out, force=force, fresh=fresh, watch=watch, helper=context.obj)
    view.show_run(finished, as_json=json, quiet=quiet)
    view.show_stop(finished)
    raise typer.Exit(finished.exit_code)
