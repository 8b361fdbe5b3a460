"""The ``regress`` command without a start-up: a server that has all imported forks for each call of it.

Documents show many commands one after another. Each still is a process of its own, with the arguments, the
folder, the pipes and the exit code that a shell gives it and takes from it; only what is imported is shared.
The pictures of a config, or of a formula, are drawn the first time alone, and where a plot is asked for.

Usage: python warm_command.py SOCKET
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

# What a command would import, one or the other.
_IMPORTED = (
    "regress_cli.cli.app",
    "regress_cli.experiment.runner",
    "rich.progress",
    "rich.table",
    "matplotlib.backends.backend_agg",
    "scipy.optimize",
    "scipy.stats",
)
# What the command is instead: it hands over all that it was given, and waits.
_CLIENT = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [json.dumps([os.getcwd(), sys.argv[2:]]).encode()], [0, 1, 2])
    sys.exit(int(server.recv(16)))
"""
_MOST_BYTES = 1 << 16


@contextmanager
def warm_command(command: Path) -> Iterator[None]:
    """Put a command in a file's place that is answered by a server for as long as the block lasts."""
    # The path of a socket has to be short.
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        arguments = shlex.join([sys.executable, "-IS", "-c", _CLIENT, path])
        with subprocess.Popen([sys.executable, __file__, path], stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == b"ready\n"
                command.write_text(f'#!/bin/sh\nexec {arguments} "$@"\n')
                command.chmod(0o755)
                yield
            finally:
                server.terminate()


def main() -> None:
    """Import what commands need, and answer until this process is ended."""
    for name in _IMPORTED:
        import_module(name)
    _draw_once()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(sys.argv[1])
        server.listen()
        os.write(1, b"ready\n")
        drawn: set[tuple[str, ...]] = set()
        while True:
            connection, _ = server.accept()
            message, descriptors, _, _ = socket.recv_fds(connection, _MOST_BYTES, 3)
            folder, arguments = json.loads(message)
            draws = tuple(arguments[:2]) not in drawn or "--plot" in arguments
            child = os.fork()
            if not child:
                _become(folder, arguments, descriptors, draws=draws)
                return
            drawn.add(tuple(arguments[:2]))
            for descriptor in descriptors:
                os.close(descriptor)
            _, status = os.waitpid(child, 0)
            connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            connection.close()


def _draw_once() -> None:
    """Let matplotlib look for its fonts, which it keeps."""
    import numpy as np

    from regress_cli.drawing.picture import Picture, draw

    x = np.arange(3.0)
    draw(Picture("png", "residual_figure", {"points": {"train": (x, x)}, "y_name": "y", "title": "t"}))


def _become(folder: str, arguments: list[str], descriptors: list[int], *, draws: bool) -> None:
    """Be the command; it ends this process."""
    from regress_cli.__main__ import main as regress
    from regress_cli.drawing import helper

    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in enumerate(("r", "w", "w"))
    )
    if not draws:
        helper.draw = lambda picture: b"a picture"
    os.chdir(folder)
    sys.argv = ["regress", *arguments]
    regress()


if __name__ == "__main__":
    main()
