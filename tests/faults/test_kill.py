"""Runs that are ended at chosen calls; ``make faults`` ends two hundred at random moments."""

from pathlib import Path

import pytest
from attempt import attempt, check_end, undisturbed
from ended import PICTURE
from endings import HUP, INT, KILL, TERM, Ending

# How each ends, and what it leaves, where that does not hang on how many checkpoints the time allows.
ENDINGS = {
    Ending((KILL,), call=PICTURE, number=2): (-KILL, "a checkpoint"),
    Ending((INT, INT), call=PICTURE, number=1): (130, "a checkpoint"),
    Ending((TERM,), call=PICTURE, number=1): (143, "the run"),
    Ending((KILL,), call="open_folder", number=3): (-KILL, None),
    Ending((TERM, KILL), call="open_folder", number=4): (-KILL, None),
}


def test_a_run_that_is_ended_is_made_right(tmp_path: Path, pytestconfig: pytest.Config):
    """Ended at a picture or on the way to its name, it leaves what is whole; again, it has the same bytes."""
    _, expected = undisturbed(tmp_path)
    every = 1 if pytestconfig.getoption("--full") else 2
    for ending, (exit_code, state) in list(ENDINGS.items())[::every]:
        outcome = attempt(ending, expected)
        assert outcome.fault == ""
        assert outcome.exit_code == exit_code
        assert state in (None, outcome.state)


TRACEBACK = "Traceback (most recent call last):\nKeyboardInterrupt\n"


@pytest.mark.parametrize(
    ("signals", "exit_code", "stderr", "is_in_hand"),
    [
        ((KILL,), 1, "", True),
        ((TERM,), -TERM, "", True),
        ((HUP,), -HUP, "", True),
        ((INT,), -INT, TRACEBACK, True),
        ((INT,), 130, TRACEBACK, True),
        ((INT,), 1, "Fatal Python error: init_import_site", True),
        ((TERM,), 130, "", False),
        ((TERM,), -TERM, TRACEBACK, False),
    ],
)
def test_a_wrong_end_is_found(signals, exit_code: int, stderr: str, is_in_hand: bool):
    """Once regress has the signals in hand there is one exit code for each, and no traceback."""
    with pytest.raises(AssertionError, match=r"exit code|a traceback"):
        check_end(Ending(signals), exit_code, stderr, is_in_hand)
