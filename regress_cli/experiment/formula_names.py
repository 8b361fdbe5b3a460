"""The names of a formula, held against the columns of its table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from regress_cli.config import Experiment
from regress_cli.errors import ConfigError
from regress_cli.expression import Expression
from regress_cli.text import did_you_mean, printable, quoted

if TYPE_CHECKING:
    from regress_cli.data.table_file import TableFile


def refuse_wrong_names(experiment: Experiment) -> None:
    """Refuse a name in a formula that is neither a parameter nor a column, is both, or is what is fitted.

    Raises:
        ConfigError: the message gives the nearest name.
        DataError: the table can't be read.
    """
    model, data = experiment.model, experiment.data
    if model.kind != "formula" or data.kind != "table":
        return
    # The reader is imported on use: a synthetic experiment has no need of polars.
    from regress_cli.data.constant import refuse_column_pi
    from regress_cli.data.table import column_names
    from regress_cli.data.table_file import TableFile

    file = TableFile(Path(data.path), data.separator, data.decimal)
    available = column_names(file)
    origin = printable(Path(data.path).name)
    for name in model.initial:
        if name in available:
            raise ConfigError(
                f"model.initial: {quoted(name)} is a parameter and also a column of {origin}; "
                "name the parameter otherwise"
            )
    for name in model.column_names:
        if name not in available:
            raise ConfigError(
                f"model.expression: {quoted(name)} is neither a parameter in model.initial nor a column of "
                f"{origin}; {did_you_mean(name, [*model.initial, *available])}"
            )
    refuse_column_pi(Expression.parse(model.expression), available, "model.expression")
    refuse_fitted(model.column_names, data.target, file, available, "model.expression: ")


def refuse_fitted(
    used: Sequence[str], target: str, file: "TableFile", available: Sequence[str], place: str = ""
) -> None:
    """Refuse a formula that is to predict the target from the target itself, or from a part of it.

    Args:
        used: The columns that the formula uses.
        target: What is fitted: a column, or arithmetic in columns.
        file: The table.
        available: Its columns.
        place: Where the formula stands, as the message begins.

    Raises:
        ConfigError: it does.
        DataError: the target is neither a column nor arithmetic in columns.
    """
    from regress_cli.data.target import Target

    for name in Target.of(target, file, available).columns:
        if name in used:
            part = "" if name == target else f"part of {quoted(target)}, which is "
            raise ConfigError(
                f"{place}{quoted(name)} is {part}what is fitted, and can't be used to predict it; "
                "take it out of the formula, or fit something else"
            )
