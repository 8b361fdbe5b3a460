"""How much each row counts, from a column of weights or of standard deviations."""

import numpy as np

from regress_cli.config.schema import TableData
from regress_cli.data.columns import missing_cells
from regress_cli.data.table import Table
from regress_cli.errors import DataError
from regress_cli.text import quoted


def refuse_unusable_weights(config: TableData, table: Table) -> None:
    """Refuse the first cell that is no weight, or no standard deviation; a missing cell is not judged here.

    Raises:
        DataError: the message names the cell.
    """
    name = config.weight_column
    if name is None:
        return
    values = table.values[name]
    if values.dtype == object:
        row = int(missing_cells(values).argmin())
        place = table.file.cell(row, name)
        raise DataError(f"{place}: {quoted(values[row])} stands where a number is wanted; correct the column")
    with np.errstate(all="ignore"):
        if config.sigma is not None:
            wrong, rule = values <= 0, "a standard deviation is above 0; correct it, or leave the row out"
            extreme = ~np.isfinite(1 / values**2) | (1 / values**2 == 0)
        else:
            wrong, rule = values < 0, "a weight is 0 or more; correct it"
            extreme = np.isinf(values)
    wrong |= extreme & ~np.isnan(values)
    if wrong.any():
        row = int(wrong.argmax())
        if extreme[row] and values[row] > 0:
            rule = "its weight is beyond the range of numbers; give the column in another unit"
        raise DataError(f"{table.file.cell(row, name)}: {values[row]:g}: {rule}")


def weights_of(config: TableData, values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Return the weight of each row, shape (n,): the column's own, or 1/sigma**2.

    Args:
        config: Says which of the two the column holds.
        values: The column's, shape (n,).
        train: Those of the training part.

    Raises:
        DataError: no row of the training part counts.
    """
    if config.sigma is not None:
        return 1 / values**2
    if not train.any():
        raise DataError(
            f"data.weights: every weight of the training part is 0 in column {quoted(config.weights)}; "
            "give some rows a weight"
        )
    return values
