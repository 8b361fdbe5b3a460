"""Texts in csv files that no spreadsheet computes.

A spreadsheet takes a cell such as ``=HYPERLINK(...)`` for a formula, wherever the text came from. So a
text that could be one is written with a single quote before it, and is read without that quote. One that
begins with quotes already gets one more, so that whatever is written is read back as it was.
"""

import re

# What begins a formula, after blanks: the signs (the wide ones do where Japanese is written), and what a
# spreadsheet may drop from before them, which is tabs, line breaks and the mark of a file's beginning.
_BEGIN = r"[ \f\v\u00a0\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\ufeff]"
_FORMULA = re.compile(rf"'*{_BEGIN}")
# For Python's and for Rust's regular expressions alike.
GUARDED = rf"^'('*{_BEGIN})"
_GUARDED = re.compile(GUARDED)


def guarded(text: str) -> str:
    """Return a text as it stands in a csv file.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("b1"), guarded("'t is")
    ("'=1+1", "''=1+1", 'b1', "'t is")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return what a text of a csv file says.

    >>> unguarded("'=1+1"), unguarded("=1+1"), unguarded("'t is")
    ('=1+1', '=1+1', "'t is")
    """
    return _GUARDED.sub(r"\1", text)
