"""The tape made visible: what autograd computes forward and backward, step by step and with names.

A recorded tape, the values of one run of it and a name for each value make an `Explanation`, which is
plain data. Each format is a function from an explanation to text.
"""

from regress_cli.gradients.explain.explanation import Explanation, Local, Node, Total
from regress_cli.gradients.explain.formats import FORMATS
from regress_cli.gradients.explain.from_expression import explain_expression
from regress_cli.gradients.explain.from_library import explain_library_function
from regress_cli.gradients.explain.from_tape import Subject, explain_loss
from regress_cli.gradients.explain.plain import as_plain_data
from regress_cli.gradients.explain.target import explain_target

__all__ = [
    "FORMATS",
    "Explanation",
    "Local",
    "Node",
    "Subject",
    "Total",
    "as_plain_data",
    "explain_expression",
    "explain_library_function",
    "explain_loss",
    "explain_target",
]
