"""``regress run`` with several seeds."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regress_cli.config.load import ConfigSource


def run_seeds(
    source: "ConfigSource",
    seeds: tuple[int, ...],
    out: Path,
    *,
    plots: bool,
    dry_run: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Run an experiment with each seed, show what all runs say together, and return the exit code."""
    from regress_cli.cli import view
    from regress_cli.cli.seeds_watch import SeedsProgress
    from regress_cli.cli.words import seeds as words
    from regress_cli.errors import EXIT_DONE
    from regress_cli.sweeps.seeds import run_seeds as story
    from regress_cli.workers.cores import cores

    sweep = story.sweep_of_seeds(source, seeds)
    if dry_run:
        plan = story.plan_seeds(sweep, out, with_pictures=plots)
        if json:
            view.show_json(words.plan_document(sweep, plan))
        else:
            view.show_report(*words.plan_parts(sweep, plan, quiet=quiet))
        return EXIT_DONE
    with SeedsProgress(quiet=quiet) as watch:
        results, folder = story.run_seeds(sweep, out, cores(), with_pictures=plots, watch=watch)
    if json:
        view.show_json({"folder": str(folder.path), **words.document(results)})
    else:
        if not quiet:
            view.show_report(*words.parts(results))
        view.show_path(folder.path)
    failures = words.failures(results)
    if failures:
        view.show_error(*failures)
    return story.exit_code(results)
