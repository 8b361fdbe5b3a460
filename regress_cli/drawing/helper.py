"""The first process's side: start a second one, hand pictures to it, and draw what it does not."""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import regress_cli
from regress_cli.drawing.messages import receive, send
from regress_cli.drawing.picture import Picture, draw

# No picture takes nearly as long; a process that does is stuck. So is one that does not leave in time.
_LONGEST_SECONDS = 20.0
_LEAVING_SECONDS = 0.2
_ENDING_SECONDS = 0.05
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from regress_cli.drawing.worker import main; main()"


class Helper:
    """Draws pictures in a second process, or where that one fails, in this one: the bytes are the same.

    Leaving the ``with`` block ends the second process. So does the end of its pipe, so that it ends
    with this process in whatever way this one ends.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Helper":
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def start(self) -> None:
        """Start the second process, if it is worthwhile and not done yet."""
        if self._process is None and _is_worthwhile():
            self._process = _start()

    def begin(self, pictures: Sequence[Picture]) -> None:
        """Hand the pictures over, and return at once."""
        if self._process is None:
            return
        self._thread = threading.Thread(target=_exchange, args=(self._process, pictures, self._answers))
        self._thread.daemon = True
        try:
            self._thread.start()
        except (RuntimeError, MemoryError):
            self._thread = None
            self._end()

    def content(self, picture: Picture) -> bytes:
        """Return the content of the picture's file; ask for the pictures in the order of `begin`."""
        return self._answer() or draw(picture)

    def _answer(self) -> bytes | None:
        if self._process is None or self._thread is None:
            return None
        try:
            answer = self._answers.get(timeout=_LONGEST_SECONDS)
        except queue.Empty:
            answer = None
        if answer is None:
            # What one picture is refused for, another one may wait for.
            self._end()
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # Leaving a Popen closes its pipes and waits, so that neither a file nor a zombie is left.
        with process:
            if self._thread is not None:
                # It has queued the last answer a moment before it ends.
                self._thread.join(_ENDING_SECONDS)
            if self._thread is None or not self._thread.is_alive():
                # It can tidy up: nobody uses its pipe, whose end it hears.
                cast(BinaryIO, process.stdin).close()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LEAVING_SECONDS)
            with suppress(ProcessLookupError, PermissionError):  # It has left by itself.
                os.killpg(process.pid, signal.SIGKILL)
            if self._thread is not None:
                # It ends at once, for its pipes lead nowhere any more.
                self._thread.join()


def _is_worthwhile() -> bool:
    """Whether there is a core to spare, a Python to start, and no matplotlib at hand already.

    Who makes many runs in one process imports matplotlib once, by the second one; helpers would
    import it for each.
    """
    is_first = "matplotlib" not in sys.modules and not _started
    return is_first and os.name == "posix" and _is_python(sys.executable) and _cores() >= 2


# Holds something once a helper was started.
_started: list[int] = []


def _is_python(executable: str | None) -> bool:
    """Whether this is Python, and not a program in which Python is embedded or frozen."""
    is_frozen = getattr(sys, "frozen", False)
    return not is_frozen and Path(executable or "").name.startswith(("python", "pypy"))


def _cores() -> int:
    """Return how many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> "subprocess.Popen[bytes] | None":
    """Start Python on the worker, with this process's own search path and no other setting."""
    # Without site-packages' own start-up files, which cost time and do nothing for matplotlib.
    flags = ["-I", "-S", *_bytecode_flags()]
    home = str(Path(regress_cli.__file__).parent.parent)
    # What is relative leads elsewhere once this process has changed its folder.
    path = [*(entry for entry in sys.path if isinstance(entry, str) and Path(entry).is_absolute()), home]
    try:
        process = subprocess.Popen(  # noqa: S603 - it is this very Python, on this very package.
            [sys.executable, *flags, "-c", _CODE, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # What a buffer holds back would be written, in vain, when the pipe is closed.
            bufsize=0,
            # A group of its own can be ended as a whole, and hears no Ctrl-C: this process does.
            process_group=0,
            # A single thread draws; starting others takes time.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"},
        )
    except (OSError, ValueError, MemoryError, subprocess.SubprocessError):
        return None
    _started.append(process.pid)
    return process


def _bytecode_flags() -> list[str]:
    """Let compiled modules be written where this process writes them, or nowhere."""
    prefix = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [*(["-B"] if sys.dont_write_bytecode else []), *["-O"] * sys.flags.optimize, *prefix]


def _exchange(
    process: "subprocess.Popen[bytes]",
    pictures: Sequence[Picture],
    answers: "queue.SimpleQueue[bytes | None]",
) -> None:
    """Send the pictures and queue each answer; None where there is none, and none follows."""
    # The main thread is the one to hear signals; and no broken pipe may end the process.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        send(cast(BinaryIO, process.stdin), pickle.dumps(pictures))
        for _ in pictures:
            answers.put(receive(cast(BinaryIO, process.stdout)))
    except Exception:  # noqa: BLE001 - whatever it is, the pictures are drawn here.
        answers.put(None)
