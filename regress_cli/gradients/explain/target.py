"""What a target that is no file means: a function of the library, or an expression."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.from_expression import explain_expression
from regress_cli.gradients.explain.from_library import explain_library_function
from regress_cli.gradients.inputs import read_inputs
from regress_cli.gradients.library import Entry
from regress_cli.text import did_you_mean, quoted


def explain_target(
    target: str, library: Mapping[str, Entry], at: Sequence[str] = (), inputs: Path | None = None
) -> Explanation:
    """Return the explanation of a library function or of an expression.

    Args:
        target: The name of a function, or an expression.
        library: The functions that there are.
        at: Numbers for its arguments, such as ``x=2``.
        inputs: A file with arguments; for a library function only.

    Raises:
        UserError: it is neither, or can't be explained at the point.
    """
    name = target.strip()
    if name in library:
        return explain_library_function(library[name], at, None if inputs is None else read_inputs(inputs))
    # A name alone computes nothing, so it was meant for a function.
    if name.isidentifier():
        raise UserError(
            f"{quoted(name)} was taken for a function of the library, which has none of that name: "
            f"{did_you_mean(name, library)} (or give an expression such as x**2, or a config such as "
            "configs/mlp.yaml)"
        )
    if inputs is not None:
        raise UserError(
            "--inputs is for a function of the library; give the variables of an expression with --at"
        )
    return explain_expression(target, at)
