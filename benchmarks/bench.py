"""Measures what regress claims about its speed.

Usage: python benchmarks/bench.py
           [startup|run|peers|processes|gradcheck|fitting|growth|table|checkpoints|seeds|sweeps|grading ...]
           [--rounds N] [--submissions N] [--peers-python PATH] [--write]
"""

import argparse
import sys
from pathlib import Path

import checkpoints
import fitting
import gradcheck
import grading
import growth
import peers_steps
import processes
import report
import run
import seeds
import startup
import sweeps
import table
from comparison import Comparison
from machine import describe_machine
from places import PEERS_PYTHON
from settings import Settings

BENCHMARKS = {
    "startup": startup,
    "run": run,
    "peers": peers_steps,
    "processes": processes,
    "gradcheck": gradcheck,
    "fitting": fitting,
    "growth": growth,
    "table": table,
    "checkpoints": checkpoints,
    "seeds": seeds,
    "sweeps": sweeps,
    "grading": grading,
}
NEED_PEERS = {"fitting", "gradcheck", "peers", "processes"}


def main() -> None:
    """Run the chosen benchmarks and print their tables; end with 1 if a bar is missed."""
    options = parse_options()
    figures: list[report.Figure] = []
    for name in options.names:
        benchmark = BENCHMARKS[name]
        rounds = options.rounds or benchmark.ROUNDS
        print(f"{name}: {rounds} rounds ...", file=sys.stderr, flush=True)
        figures += benchmark.measure(Settings(rounds, options.peers_python, options.submissions))
    print(report.plain_text(figures))
    if options.write:
        readme = report.write_readme(figures, describe_machine(options.peers_python))
        print(f"written to {readme.name}", file=sys.stderr)
    sys.exit(any(isinstance(figure, Comparison) and figure.verdict == "MISSED" for figure in figures))


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Measures what regress claims about its speed.")
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, help="rounds of each benchmark, instead of its own number")
    parser.add_argument(
        "--peers-python",
        type=Path,
        default=PEERS_PYTHON,
        metavar="PATH",
        help="the interpreter that has the other libraries (default: .venv-peers/bin/python)",
    )
    parser.add_argument(
        "--submissions",
        type=int,
        default=500,
        metavar="N",
        help="the size of the class of grading (default: 500)",
    )
    parser.add_argument("--write", action="store_true", help="write the figures to benchmarks/README.md")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}; give one of: {', '.join(BENCHMARKS)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds: give at least 1")
    if options.submissions < 1:
        parser.error("--submissions: give at least 1")
    if options.write and options.names:
        parser.error("--write: the figures are written all together; leave the names out")
    options.names = options.names or list(BENCHMARKS)
    # Programs start in other folders; a virtual environment's link must stay a link.
    options.peers_python = options.peers_python.absolute()
    if NEED_PEERS.intersection(options.names) and not options.peers_python.is_file():
        parser.error(
            "the interpreter of the peers' libraries is not there; make bench sets up .venv-peers from "
            "benchmarks/requirements-peers.txt, or give another by --peers-python PATH"
        )
    return options


if __name__ == "__main__":
    main()
