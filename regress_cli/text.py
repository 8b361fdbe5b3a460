"""Text that came from outside, made safe to show; and the nearest of several names."""

import unicodedata
from collections.abc import Iterable

# Cc: control characters. Cf: invisible ones, which include those that turn text around.
# Cs: halves of surrogate pairs. Zl, Zp: line and paragraph separators.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


# From here on a name is near enough to another to be taken for a slip (the ratio of `difflib`).
SIMILAR = 0.6
_NO_LIMIT = 1 << 62


def printable(value: object, limit: int = 200) -> str:
    r"""Return ``value`` as one line in which nothing can move the cursor or hide itself.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _UNPRINTABLE
        else character
        for character in text
    )


def harmless(text: str, limit: int = _NO_LIMIT) -> str:
    r"""Return a text in which nothing is invisible or turns other text around; lines stay lines.

    >>> harmless("a\u202eb\n\x00")
    'a\\u202eb\n\\x00'
    >>> harmless("abcdef", limit=5)
    'ab...'
    """
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return "\n".join(printable(line, _NO_LIMIT) for line in text.split("\n"))


def quoted(value: object, limit: int = 60) -> str:
    """Return ``value`` as it is shown inside a message.

    >>> quoted("x y")
    "'x y'"
    """
    try:
        shown = repr(value)
    except ValueError:  # Python prints no integer of more than 4300 digits.
        shown = "a number of thousands of digits"
    return printable(shown, limit)


def four_digits(value: float) -> str:
    """Return a number with four significant digits, trailing zeros kept.

    >>> four_digits(4.0), four_digits(1234.0), four_digits(0.0)
    ('4.000', '1234', '0')
    """
    return f"{value:#.4g}".removesuffix(".") if value else "0"


def without_rounding(r2: float) -> float:
    """Return 0 for an R squared that is nothing but the rounding of a difference from 1.

    >>> without_rounding(-4.4e-16), without_rounding(0.25)
    (0.0, 0.25)
    """
    return 0.0 if abs(r2) < 1e-14 else r2


def all_digits(value: float) -> str:
    """Return a number in the shortest form that reads back exactly; a whole one without a point.

    >>> all_digits(2.0), all_digits(0.1)
    ('2', '0.1')
    """
    return repr(float(value)).removesuffix(".0")


def percent(fraction: float) -> str:
    """Return a fraction in percent.

    >>> percent(0.95), percent(0.999)
    ('95 %', '99.9 %')
    """
    return f"{round(100 * fraction, 10):g} %"


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """Return a hint that names the nearest valid name, or else all of them.

    >>> did_you_mean("hiden", ["hidden", "activation"])
    "did you mean 'hidden'?"
    >>> did_you_mean("qqq", ["hidden", "activation"])
    'use one of: activation, hidden'
    """
    choices = sorted(valid)
    # Only a slip needs it, and much that needs this file has to start fast.
    import difflib

    nearest = difflib.get_close_matches(name, choices, n=1, cutoff=SIMILAR)
    if nearest:
        return f"did you mean {quoted(nearest[0])}?"
    if not choices:
        return "remove it"
    return f"use one of: {printable(', '.join(choices), limit=400)}"
