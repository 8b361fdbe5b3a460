r"""An explanation as two ``align*`` environments of LaTeX, for which amsmath and amssymb are enough."""

from regress_cli.gradients.explain import latex_math as math
from regress_cli.gradients.explain.explanation import Explanation, Local, Node, Total


def as_latex(explanation: Explanation) -> str:
    """Return the forward pass, then the local derivatives beside the gradients that they make."""
    mathematics = math.Mathematics(explanation.result)
    forward = [_node(node, mathematics) for node in explanation.forward]
    backward = [line for total in explanation.backward for line in _total(total, mathematics)]
    return _aligned(forward) + _aligned(backward)


def _node(node: Node, mathematics: math.Mathematics) -> str:
    left = math.symbol(node.name)
    if node.formula is not None:
        known = "" if node.value is None else f" &&= {math.value(node.value)}"
        return f"{left} &= {mathematics.formula(node.formula)}{known}"
    if node.value is not None:
        return f"{left} &= {math.value(node.value)}"
    shape = r" \times ".join(map(str, node.look.shape)) if node.look is not None else ""
    return rf"{left} &\in \mathbb{{R}}^{{{shape}}}"


def _total(total: Total, mathematics: math.Mathematics) -> list[str]:
    """Return a line for each use of a value; the last one has the gradient, as the sum of what they give."""
    whole, terms = mathematics.total(total.by), _terms(total, mathematics)
    known = f"{whole} &= {terms}{math.value(total.value)}" if total.value is not None else ""
    lines = [_local(total, local, mathematics) for local in total.locals]
    if not lines:
        return [known or f"{whole} &= \\text{{unknown}}"]
    return [*lines[:-1], f"{lines[-1]} & {known}" if known else lines[-1]]


def _terms(total: Total, mathematics: math.Mathematics) -> str:
    """Return the sum of products that a gradient is, as far as it is one and has more than one term."""
    if len(total.locals) < 2 or any(local.is_rule for local in total.locals):
        return ""
    products = (
        rf"{mathematics.total(local.result)} \cdot {math.partial(local.result, local.argument)}"
        for local in total.locals
    )
    return " + ".join(products) + " = "


def _local(total: Total, local: Local, mathematics: math.Mathematics) -> str:
    left = mathematics.total(total.by) if local.is_rule else math.partial(local.result, local.argument)
    if local.formula is None:
        return f"{left} &"
    # Where a value is used more than once, a rule gives one of the terms of its gradient.
    equals = r"\mathrel{+}=" if local.is_rule and len(total.locals) > 1 else "="
    return f"{left} &{equals} {mathematics.formula(local.formula)}"


def _aligned(lines: list[str]) -> str:
    body = " \\\\\n".join(f"  {line}" for line in lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}\n"
