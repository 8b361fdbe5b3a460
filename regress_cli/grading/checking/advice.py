"""What to do about a file that fails while it is loaded: a sandbox lacks what a student's own machine has."""

import re

_BELOW = "take it out, or put it below if __name__ == '__main__':"
_ADVICE = {
    "ModuleNotFoundError": f"only NumPy, Python's own modules and what was handed in are there; {_BELOW}",
    "FileNotFoundError": f"no files but those that were handed in are there; {_BELOW}",
    "EOFError": f"nobody is there to type an answer; {_BELOW}",
    "PermissionError": f"what is graded may compute, and no more; {_BELOW}",
    "OSError": f"what is graded may compute, and no more; {_BELOW}",
    "URLError": f"there is no network; {_BELOW}",
}


def advised(message: str) -> str:
    """Return why a file could not be loaded, with what helps where the exception is one that sandboxes make.

    >>> advised("answer.py line 2: EOFError: EOF when reading a line").partition("; ")[2][:40]
    'nobody is there to type an answer; take '
    >>> advised("answer.py line 2: SyntaxError: invalid syntax")
    'answer.py line 2: SyntaxError: invalid syntax'
    """
    found = re.match(r".*? line \d+: (\w+)", message)
    advice = _ADVICE.get(found[1]) if found else None
    return f"{message}; {advice}" if advice else message
