"""``regress sweep``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption, QuietOption


class Method(StrEnum):
    """How points are taken from the values."""

    GRID = "grid"
    RANDOM = "random"


class Goal(StrEnum):
    """What makes a metric the best."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


def sweep(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="A YAML file: an experiment's, or a sweep's.")
    ],
    axes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUES]...", help="What to vary, such as model.activation=relu,tanh seed=0..9."
        ),
    ] = None,
    out: OutOption = Path("outputs"),
    name: Annotated[str | None, typer.Option("--name", help="Names the sweep's folder.")] = None,
    method: Annotated[
        Method | None, typer.Option("--method", help="Every combination, or points drawn at random.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Random points to draw.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Draws the random points.")] = None,
    metric: Annotated[
        str | None,
        typer.Option("--metric", help="Chooses the best run (default: rmse)."),
    ] = None,
    goal: Annotated[
        Goal | None,
        typer.Option("--goal", help="Whether less is better (default: yes; no for r2)."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Runs at a time (default: one for each core)."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="A Dask scheduler that runs the points (tcp://HOST:8786), or a queue: slurm, pbs ...",
        ),
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failure.")] = False,
    plots: Annotated[bool, typer.Option("--plots", help="Draw the pictures of each run, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print every point; run none.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run an experiment with many values, on all cores, and find the best of them.

    Each point is an ordinary run, so that what is finished is found again: the same command goes on after an
    interruption, and runs only what is missing. Its table, its best config and its pictures are in
    OUT/sweeps/NAME-DIGEST. Exit code 3 says that a point failed or diverged; the others are run all the same.

    Example: regress sweep configs/mlp.yaml model.activation=relu,tanh seed=0..9
    """
    from regress_cli.cli import view
    from regress_cli.cli.sweep_watch import SweepProgress
    from regress_cli.cli.words import sweep as words
    from regress_cli.errors import EXIT_CHECK
    from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
    from regress_cli.workers.cores import cores

    wishes = Wishes(name, method and method.value, count, seed, metric, goal and goal.value)
    asked = asked_sweep(config, axes or [], wishes)
    if dry_run:
        from regress_cli.sweeps.forecast import forecast
        from regress_cli.sweeps.points import points_of

        points = points_of(asked, out, with_pictures=plots)
        plan = forecast(points, jobs or cores())
        if json:
            view.show_json(words.plan_document(asked, plan))
        else:
            view.show_report(*words.plan_parts(asked, plan, quiet=quiet))
        return
    from regress_cli.cli.workers import chosen_workers
    from regress_cli.sweeps.run_sweep import run_sweep

    with (
        SweepProgress(asked, None if cluster else jobs or cores(), quiet=quiet) as watch,
        chosen_workers(cluster, jobs, watch.note) as workers,
    ):
        results, folder = run_sweep(
            asked, out, workers, fail_fast=fail_fast, with_pictures=plots, watch=watch
        )
    if json:
        view.show_json({"folder": str(folder.path), **words.document(results)})
    else:
        if not quiet:
            view.show_report(*words.parts(results))
        view.show_path(folder.path)
    words.refuse_missing_metric(results)
    failures = words.failures(results)
    if failures:
        view.show_error(*failures)
        raise typer.Exit(EXIT_CHECK)
