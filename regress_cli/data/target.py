"""The target: a column of the table, or arithmetic in columns, such as ``log(y)``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.data.columns import missing_cells
from regress_cli.data.constant import refuse_column_pi
from regress_cli.data.table import Table
from regress_cli.data.table_file import TableFile
from regress_cli.errors import DataError, UserError
from regress_cli.expression import Expression, Name
from regress_cli.text import did_you_mean, printable, quoted


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        text: As the config has it; it is the target's name.
        expression: What is computed from columns; None where the text is a column's name.
    """

    text: str
    expression: Expression | None = None

    @classmethod
    def of(cls, text: str, file: TableFile, available: Sequence[str]) -> "Target":
        """Return the target that a config's text names, in a file with these columns.

        Raises:
            DataError: it is neither a column nor arithmetic in columns.
        """
        if text in available:
            return cls(text)
        expression = _parsed(text)
        if expression is None:
            hint = file.separator_hint(available[0]) if len(available) == 1 else None
            hint = hint or did_you_mean(text, available)
            raise DataError(f"{file.origin}: there is no column {quoted(text)} (data.target); {hint}")
        for name in expression.names:
            if name not in available:
                raise DataError(
                    f"{file.origin}: there is no column {quoted(name)} (data.target: {printable(text)}); "
                    f"{did_you_mean(name, available)}"
                )
        refuse_column_pi(expression, available, f"data.target: {printable(text)}")
        return cls(text, expression)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is made from."""
        return (self.text,) if self.expression is None else self.expression.names

    def refuse_texts(self, table: Table) -> None:
        """Refuse a column of texts."""
        for name in self.columns:
            values = table.values[name]
            if values.dtype == object:
                row = int(missing_cells(values).argmin())
                place = table.file.cell(row, name)
                raise DataError(f"{place}: {quoted(values[row])} can't be a target; name a column of numbers")

    def refuse_undefined(self, table: Table) -> None:
        """Refuse a cell from which the target can't be computed, such as a negative one for log."""
        if self.expression is None:
            return
        columns = {name: table.values[name] for name in self.columns}
        is_whole = ~np.logical_or.reduce([missing_cells(column) for column in columns.values()])
        undefined = is_whole & ~np.isfinite(self.compute(columns))
        if undefined.any():
            row = int(undefined.argmax())
            value = float(self.compute(columns)[row])
            at = ", ".join(f"{name} = {column[row]:.6g}" for name, column in columns.items())
            raise DataError(
                f"{table.file.cell(row, self.columns[0])}: {printable(self.text)} is {value} at {at}; "
                "correct the cell, leave the row out, or choose another data.target"
            )

    def compute(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the target of each row, shape (n,)."""
        if self.expression is None:
            return values[self.text]
        with np.errstate(all="ignore"):
            return np.array(self.expression.evaluate(values), dtype=np.float64)

    @property
    def note(self) -> str | None:
        """What a reader must know of predictions, if they are not of a column itself."""
        if self.expression is None:
            return None
        return (
            f"the target is {printable(self.text)}: predictions, errors and residuals are of that, not of "
            + (", ".join(self.columns))
        )


def _parsed(text: str) -> Expression | None:
    """Return arithmetic in at least one column; None for anything else, a plain name included."""
    try:
        expression = Expression.parse(text)
    except UserError:
        return None
    return None if isinstance(expression.tree, Name) or not expression.names else expression
