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
from regress_cli.errors import UserError


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
    seeds: Annotated[
        str | None,
        typer.Option("--seeds", metavar="SEEDS", help="Several seeds, a run for each: 0..31, or 0,3,7."),
    ] = None,
    plots: Annotated[
        bool, typer.Option("--plots", help="With several seeds: draw the pictures of each run, too.")
    ] = False,
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

    With several seeds, by --seeds or the config's key seeds, each is an ordinary run. They are trained
    together as one stack of arrays where that is possible; the mean, the standard deviation and a 95 %
    interval of every metric are printed, and written to OUT/seeds/NAME-DIGEST with the pictures. The
    exit code is the largest of the runs' own. --seed takes one of them.

    Examples: regress run configs/mlp.yaml model.activation=tanh --seed 3

    regress run configs/mlp.yaml --seeds 0..31
    """
    from regress_cli.cli import view
    from regress_cli.cli.live import RunWatch
    from regress_cli.config.load import read_config

    _refuse_both(seed, seeds)
    chosen = {"seed": seed, "seeds": seeds, "training.engine": engine}
    options = [f"{key}={value}" for key, value in chosen.items() if value is not None]
    source = read_config(config, [*(overrides or []), *options])
    experiment = source.experiment()
    if plots and experiment.seeds is None:
        raise UserError(
            "--plots is for several seeds; a single run draws what its config says, as plots.pictures: take "
            "--plots out"
        )
    if experiment.seeds is not None:
        from regress_cli.cli.run_seeds import run_seeds

        _refuse_anew(force=force, fresh=fresh)
        shown = {"plots": plots, "dry_run": dry_run, "json": json, "quiet": quiet}
        raise typer.Exit(run_seeds(source, experiment.seeds, out, **shown))
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


def _refuse_both(seed: int | None, seeds: str | None) -> None:
    if seeds is None:
        return
    if seed is not None:
        raise UserError("give either --seed or --seeds, not both")
    from regress_cli.config.seeds import seeds_of

    # Here, for YAML might read another value from what was typed, or none.
    seeds_of(seeds)


def _refuse_anew(*, force: bool, fresh: bool) -> None:
    """Refuse what is meant for a single run."""
    if force or fresh:
        option = "--force" if force else "--fresh"
        raise UserError(
            f"{option} is for a single run; give it with --seed, or remove the runs first, by regress runs "
            "remove"
        )
