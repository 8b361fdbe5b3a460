"""Measures what regress claims about its speed.

Usage: python benchmarks/bench.py [startup|run|step|table] [--rounds N] [--write]
"""

import argparse
import sys

import report
import run
import startup
import step
import table

BENCHMARKS = {"startup": startup, "run": run, "step": step, "table": table}


def main() -> None:
    """Run the chosen benchmarks and print one table; end with 1 if a bar is missed."""
    options = parse_options()
    comparisons = []
    for name in options.names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        rounds = options.rounds or benchmark.ROUNDS
        print(f"{name}: {rounds} rounds ...", file=sys.stderr, flush=True)
        comparisons += benchmark.measure(rounds)
    print(report.plain_table(comparisons))
    if options.write:
        print(f"written to {report.write_readme(comparisons).name}", file=sys.stderr)
    sys.exit(any(comparison.verdict == "MISSED" for comparison in comparisons))


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Measures what regress claims about its speed.")
    parser.add_argument("names", nargs="*", metavar="startup|run|step|table")
    parser.add_argument("--rounds", type=int, help="rounds of each benchmark, instead of its own number")
    parser.add_argument("--write", action="store_true", help="write the figures to benchmarks/README.md")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}; give one of: {', '.join(BENCHMARKS)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds: give at least 1")
    if options.write and options.names:
        parser.error("--write: the figures are written all together; leave the names out")
    return options


if __name__ == "__main__":
    main()
