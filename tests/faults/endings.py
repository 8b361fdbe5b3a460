"""How a run may be ended: by which signals, and at which moment."""

import random
import signal
from dataclasses import dataclass

from door import CALLS
from ended import PICTURE

KILL, TERM, INT, HUP = signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP
SIGNALS = [(KILL,), (TERM,), (INT,), (HUP,), (INT, INT), (TERM, KILL)]


@dataclass(frozen=True)
class Ending:
    """One way to end a run.

    Attributes:
        signals: Sent one after another.
        seconds: When the first is sent, from the start of the process; 0 where a call says when.
        call: The call at which they are sent; empty where the time says when.
        number: Which of the calls of that name.
    """

    signals: tuple[signal.Signals, ...]
    seconds: float = 0.0
    call: str = ""
    number: int = 0

    @property
    def kind(self) -> str:
        """What is the same of many endings, in words."""
        words = " ".join(number.name.removeprefix("SIG") for number in self.signals)
        return f"{words} at {self.call or 'any time'}"


def draw_ending(number: int, rng: random.Random, seconds: float, counts: dict[str, int]) -> Ending:
    """Return the ending of an attempt: all kinds in turn, their moments by chance.

    Args:
        number: Which attempt it is.
        rng: Draws the moment.
        seconds: How long a run takes that nothing ends.
        counts: How often it makes each call.
    """
    signals = SIGNALS[number // 2 % len(SIGNALS)]
    if number % 2:
        return Ending(signals, seconds=rng.uniform(0.0, seconds))
    calls = [PICTURE, *(name for name in CALLS if counts.get(name))]
    # As many renames as all other calls together: there a run changes hands.
    call = rng.choice([*calls, *["rename"] * len(calls)])
    return Ending(signals, call=call, number=rng.randint(1, counts[call]))
