"""``regress bench``."""

from typing import Annotated

import typer

from regress_cli.cli.options import ConfigArgument, JsonOption, OverridesArgument


def bench(
    config: ConfigArgument,
    overrides: OverridesArgument = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Turns of each engine.")] = 11,
    json: JsonOption = False,
) -> None:
    """Time a training step with each engine, on an experiment of your own.

    The engines run in turn, for a twentieth of a second each, and the median counts. A step is the
    gradient and the update; rows of metrics, files and plots are left out, and nothing is written.
    Exit code 3 says that the engines' parameters differ by more than rounding.

    Example: regress bench configs/mlp.yaml training.batch_size=32
    """
    from regress_cli.cli import view
    from regress_cli.config import load_config
    from regress_cli.errors import EXIT_CHECK
    from regress_cli.experiment.plan import make_plan
    from regress_cli.training.benchmark import compare_engines

    result = compare_engines(make_plan(load_config(config, overrides or [])).problem, rounds)
    view.show_benchmark(result, as_json=json)
    if not result.agrees:
        raise typer.Exit(EXIT_CHECK)
