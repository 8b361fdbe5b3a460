"""The error tree. Every refusal of regress is one of these; anything else that escapes is a bug.

    RegressError
    ├── UserError            exit 2   the input has to change
    │   ├── ConfigError               the YAML file or an override
    │   ├── DataError                 the table, or data that do not fit the model
    │   ├── TapeError                 a function that can't be replayed, where only a tape would do
    │   └── RunFolderError            a run folder that is damaged, foreign or not there
    ├── LimitReached         exit 5   time, memory or disk ran out
    └── Interrupted          exit 129, 130 or 143   a signal ended the run; its checkpoint is kept

A message says what is wrong, where, and ends with what to do.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_DONE = 0
EXIT_BUG = 1
EXIT_USER = 2
EXIT_CHECK = 3
EXIT_DIVERGED = 4
EXIT_LIMIT = 5

# What helps where the system has no room, or a disk fails.
_REMEDIES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room in the quota of the disk",
    errno.EFBIG: "raise the limit on the size of a file (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close other programs, for the whole system has too many open files",
    errno.ENOMEM: "close other programs, for there is no memory left",
    errno.EIO: "check the disk, which failed",
}


class RegressError(Exception):
    """A refusal that is told to the user; ``messages`` holds one line for each problem found."""

    exit_code: int = EXIT_BUG

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


class UserError(RegressError):
    """The input has to change before the command can work."""

    exit_code = EXIT_USER


class ConfigError(UserError):
    """The config file or an override can't be used."""


class DataError(UserError):
    """The data can't be used, or do not fit the rest of the experiment."""


class TapeError(UserError):
    """A function can't be recorded and replayed, and the user wants nothing else."""


class RunFolderError(UserError):
    """A folder under outputs/ is not a whole run, or can't be written."""


class LimitReached(RegressError):
    """Time, memory or disk ran out."""

    exit_code = EXIT_LIMIT


class Interrupted(RegressError):
    """A signal ended the run between two steps; the checkpoint is kept."""

    def __init__(self, signal_number: int, *messages: str) -> None:
        super().__init__(*messages)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


def is_no_room(error: OSError) -> bool:
    """Return whether the system has no room, or a disk fails, as opposed to a wrong path."""
    return error.errno in _REMEDIES


def limit_remedy(error: OSError) -> str:
    """Return what to do about an error that `is_no_room` says to be one of the system's limits."""
    return f"{_REMEDIES[error.errno or 0]}, and give the same command again"


def os_reason(error: OSError) -> str:
    """Return the system's own word for what happened."""
    return error.strerror or type(error).__name__


def refuse_no_room(action: str, error: OSError) -> None:
    """Raise the refusal of one of the system's limits, where that is what kept an action from being done.

    Args:
        action: What was tried, such as ``"read mlp.yaml"``; it follows the word "can't".
        error: What the system said.
    """
    if is_no_room(error):
        raise LimitReached(f"can't {action}: {os_reason(error)}; {limit_remedy(error)}") from error


@contextmanager
def explain_os_errors(action: str, remedy: str) -> Iterator[None]:
    """Turn an OSError in the block into a refusal: no room is a limit, all else a wrong path.

    Args:
        action: What was tried, such as ``"write outputs/mlp"``; it follows the word "can't".
        remedy: What the user can do about a wrong path.
    """
    try:
        yield
    except OSError as error:
        refuse_no_room(action, error)
        raise RunFolderError(f"can't {action}: {os_reason(error)}; {remedy}") from error
