"""What lies at a path: nothing, or what the system says of it, or the system does not tell."""

import errno
import os
from pathlib import Path

# The last one is a link that leads to itself.
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def status_of(path: Path) -> os.stat_result | None:
    """Return the kind and size of what a path leads to; None where there is nothing.

    Path.is_file() and its like take what may not be looked at for nothing, from Python 3.14 on.

    Raises:
        OSError: the system does not tell.
    """
    try:
        return os.stat(path)  # noqa: PTH116 - see above.
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        return None
