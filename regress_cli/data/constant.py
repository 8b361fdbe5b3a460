"""A column that has the name of a constant."""

from collections.abc import Collection

from regress_cli.errors import DataError
from regress_cli.expression import Expression


def refuse_column_pi(expression: Expression, columns: Collection[str], place: str) -> None:
    """Refuse an expression in which pi could be the number, or the table's column of that name.

    Args:
        expression: What is computed.
        columns: All of the table's.
        place: Where the expression stands, as the message begins.

    Raises:
        DataError: it could.
    """
    if "pi" in columns and expression.uses_pi:
        raise DataError(
            f"{place}: 'pi' is the number 3.14159..., and the table has a column of that name as well; "
            "rename the column in the header"
        )
