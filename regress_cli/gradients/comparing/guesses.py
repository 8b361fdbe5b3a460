"""Inputs for a function of one argument, where nobody said if it is a number, a vector or a matrix."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.library.entry import elementwise_cases
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.isolation import Failure
from regress_cli.text import printable

_FORMS = ("a number", "a vector", "a matrix")


@dataclass(frozen=True)
class Guess:
    """Inputs of the forms that function and answer take.

    Attributes:
        cases: The inputs, by what they are; the reference allows the first.
        left_out: The forms that only one of the two takes, each with the reason.
    """

    cases: Mapping[str, Inputs]
    left_out: Mapping[str, str]


def guess_inputs(reference: Reference, ask: Ask, name: str) -> Guess:
    """Return inputs of the forms that the function takes, and the answer, if it takes any of them.

    Args:
        reference: The function.
        ask: Returns the answer's gradient.
        name: The function's argument.

    Raises:
        UserError: the function takes none of them.
    """
    cases = {
        label.replace("x = ", f"{name} = "): {name: case["x"]} for label, case in elementwise_cases().items()
    }
    refused = {label: _refusal(reference, case, name) for label, case in cases.items()}
    # What holds no number is allowed by much, and tells nothing.
    allowed = [label for label, case in cases.items() if not refused[label] and np.size(case[name])]
    if not allowed:
        first, reason = next(iter(refused.items()))
        raise UserError(
            f"{reference.name} takes neither a number nor a vector nor a matrix of numbers (at {first}: "
            f"{printable(reason, 200)}); give inputs that it takes with --inputs FILE.json"
        )
    failures = _failures(ask, cases, allowed, name)
    first = next(label for label in allowed if np.ndim(cases[label][name]) not in failures)
    kept = [first, *(label for label in cases if label != first)]
    return Guess(
        {label: cases[label] for label in kept if np.ndim(cases[label][name]) not in failures},
        {f"{name} as {_FORMS[form]}": message for form, message in failures.items()},
    )


def _refusal(reference: Reference, case: Inputs, name: str) -> str:
    try:
        reference.gradient(case, [name])
    except NoReference as reason:
        return str(reason)
    return ""


def _failures(ask: Ask, cases: Mapping[str, Inputs], allowed: list[str], name: str) -> dict[int, str]:
    """Return why the answer does not take a form, by its dimensions, if it takes another one."""
    failures: dict[int, str] = {}
    forms: dict[int, Inputs] = {}
    for label in allowed:
        forms.setdefault(np.ndim(cases[label][name]), cases[label])
    for form, case in forms.items():
        reply = ask(case)
        if isinstance(reply, Failure):
            if reply.is_limit:
                return {}
            failures[form] = f"the answer does not take it ({reply.message}); if it should, give --inputs"
    return failures if len(failures) < len(forms) else {}
