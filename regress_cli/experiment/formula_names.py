"""The names of a formula, held against the columns of its table."""

from pathlib import Path

from regress_cli.config import Experiment
from regress_cli.errors import ConfigError
from regress_cli.text import did_you_mean, printable, quoted


def refuse_wrong_names(experiment: Experiment) -> None:
    """Refuse a name in a formula that is neither a parameter nor a column, or that is both.

    Raises:
        ConfigError: the message gives the nearest name.
        DataError: the table can't be read.
    """
    model, data = experiment.model, experiment.data
    if model.kind != "formula" or data.kind != "table":
        return
    # The reader is imported on use: a synthetic experiment has no need of polars.
    from regress_cli.data.table import column_names
    from regress_cli.data.table_file import TableFile

    available = column_names(TableFile(Path(data.path), data.separator, data.decimal))
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
