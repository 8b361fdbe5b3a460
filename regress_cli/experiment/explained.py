"""An experiment's objective at its initial point, explained."""

from collections.abc import Sequence
from pathlib import Path

from regress_cli.config import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.gradients.explain import Explanation, Subject, explain_loss
from regress_cli.gradients.explain.names import numbers
from regress_cli.text import printable

# Enough for no step to be another than with more rows.
_FEW_ROWS = 3


def explain_config(path: Path, overrides: Sequence[str] = ()) -> Explanation:
    """Return the steps of an experiment's objective over all rows of its training part, and of its gradient.

    Args:
        path: The config.
        overrides: Texts such as ``seed=1``.

    Raises:
        ConfigError: the config can't be used.
        DataError: the data can't be used.
        UserError: the objective has no tape, or is not finite at the initial point.
    """
    problem = make_plan(load_config(path, list(overrides))).problem
    features, target = problem.train_arrays
    name = printable(path, 1000)
    rows = "1 row" if len(target) == 1 else f"{len(target):,} rows"
    return explain_loss(
        Subject(
            loss=problem.objective,
            params=problem.layout.unflatten(problem.start),
            data={"features": features, "target": target},
            target=str(path),
            kind="config",
            title=lambda result: f"{result} is the objective of {name} at its initial point, over {rows}",
            step_names=numbers,
            # In the memory layout that all rows have, for the steps depend on it.
            sample={"features": features[:_FEW_ROWS].copy("K"), "target": target[:_FEW_ROWS]},
            remedy="standardize the data, or start from smaller parameters with model.init",
        )
    )
