"""The command line with an end in store: at the n-th call of a name the process signals itself.

Arguments: the call's name, its number, the signals' numbers with commas between them, and the command's.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from door import stand_before

from regress_cli.drawing.helper import Helper

# Not a call to the disk, but a moment of a run as well: one picture is about to be taken.
PICTURE = "picture"


class SignalAt:
    """Signals this process before the n-th call of a name; the calls are made all the same."""

    def __init__(self, name: str, number: int, signals: list[int]) -> None:
        self.name, self.left, self.signals = name, number, signals

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Count, signal if it is the one, and make the call."""
        self.left -= name == self.name
        if self.left == 0 and name == self.name:
            for number in self.signals:
                os.kill(os.getpid(), number)
        return call(*arguments)


def main() -> None:
    """Set the end up, and run the command line as ``regress`` does."""
    name, number, signals = sys.argv[1:4]
    signal_at = SignalAt(name, int(number), [int(signal) for signal in signals.split(",")])
    stand_before(signal_at)
    content = Helper.content
    Helper.content = lambda helper, picture: signal_at(PICTURE, content, helper, picture)
    sys.argv[1:] = sys.argv[4:]
    from regress_cli.__main__ import main as regress

    regress()


if __name__ == "__main__":
    main()
