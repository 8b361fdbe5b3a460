"""What fuzzed input may lead to: a result, or a refusal whose lines are safe to show."""

import unicodedata
from collections.abc import Callable
from typing import Any

from regress_cli.errors import UserError


def refusal_of(function: Callable[..., Any], *arguments: Any) -> tuple[str, ...]:
    """Return the messages with which a call refuses its input: none if it takes it. All else is raised."""
    try:
        function(*arguments)
    except UserError as error:
        return error.messages
    return ()


def is_one_plain_line(text: str) -> bool:
    """Whether nothing in ``text`` can end the line, move the cursor or hide itself."""
    return bool(text) and not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text
    )
