"""The ways in which an explanation is written."""

from collections.abc import Callable

from regress_cli.gradients.explain.dot import as_dot
from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.latex import as_latex
from regress_cli.gradients.explain.markdown import as_markdown
from regress_cli.gradients.explain.mermaid import as_mermaid
from regress_cli.gradients.explain.plain_text import as_text

FORMATS: dict[str, Callable[[Explanation], str]] = {
    "text": as_text,
    "mermaid": as_mermaid,
    "dot": as_dot,
    "markdown": as_markdown,
    "latex": as_latex,
}
