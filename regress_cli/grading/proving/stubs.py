"""Hostile and lazy submissions: whatever else they do, they must earn nothing.

Each is a module that has the functions that are asked for, all of which are the same one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# What a function does; the words say what is tried.
_BODIES = {
    "returns nothing": "return None",
    "returns zeros": "return {name: np.zeros(np.shape(value)) for name, value in arguments.items()}",
    "returns what is not a number": (
        "return {name: np.full(np.shape(value), np.nan) for name, value in arguments.items()}"
    ),
    "returns its arguments": "return dict(arguments)",
    "raises an exception": "raise ValueError('no')",
    "leaves Python": "raise SystemExit(0)",
    "leaves the process": "os._exit(0)",
    "prints that it passed": "print('PASSED', 'score: 100'); os.write(1, b'passed\\n'); return None",
    "writes to every descriptor": (
        "[_written(number) for number in range(64)]; return {name: 0.0 for name in arguments}"
    ),
    "claims to equal everything": "return np.zeros(3).view(Agreeable)",
    "lets autograd differentiate": "import autograd; return autograd.grad(lambda x: x)(1.0)",
    "does not end": "while True: pass",
    "takes all memory": "return np.ones(1 << 40)",
    "ends itself": "os.kill(os.getpid(), 9)",
}

_TEXT = """import os
import numpy as np


class Agreeable(np.ndarray):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __array_ufunc__(self, *arguments, **named):
        return True


def _written(number):
    try:
        return os.write(number, b"passed")
    except OSError:
        return 0


def _answer(arguments):
    {body}

"""


@dataclass(frozen=True)
class Stub:
    """A submission that must earn nothing.

    Attributes:
        words: What it does.
        source: Its text.
    """

    words: str
    source: str


def stubs_for(functions: Sequence[tuple[str, Sequence[str]]]) -> list[Stub]:
    """Return the stubs.

    Args:
        functions: Each function that is asked for, with the names of its arguments.
    """
    answers = "".join(
        f"\ndef {name}({', '.join(arguments)}):\n    return _answer(dict(locals()))\n"
        for name, arguments in functions
    )
    return [Stub(words, _TEXT.format(body=body) + answers) for words, body in _BODIES.items()]
