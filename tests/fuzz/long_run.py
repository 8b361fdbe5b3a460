"""The long run: coverage leads atheris (https://github.com/google/atheris) to ever other inputs.

``make fuzz`` runs every target; ``make fuzz RUNS=100000`` with so many inputs for each; for a single one:

    .venv-fuzz/bin/python tests/fuzz/long_run.py --target config --runs 100000 --seed 1

An exception that is no refusal, more than a second of processor time for an input, more than 1 GB, a crash
or a hang is a finding: its input is kept in --found, and belongs into tests/fuzz/corpus/ once it is answered.
The exit code is 0 if there is none, else 3.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
# The slow ones get fewer inputs; together they are a million.
RUNS = {"channel": 400_000, "expression": 400_000, "config": 120_000, "table": 60_000, "run_folder": 20_000}
_LONGEST = {"channel": 400, "expression": 300, "config": 2000, "table": 1500, "run_folder": 6000}
_MOST_SECONDS, _MOST_MEGABYTES = 1.0, 1024
# An input that never ends is ended by libFuzzer; a busy machine alone must not be taken for that.
_HANG_SECONDS = 20
_MOST_RESTARTS = 50


def main() -> None:
    """Fuzz every target, or one, and print a line of figures for each."""
    options = _options()
    if options.inside:
        _fuzz(options.target, options.found, options.rest)
        return
    count = 0
    for target in [options.target] if options.target else RUNS:
        count += _supervise(target, options.runs or RUNS[target], options.seed, options.found)
    sys.exit(3 if count else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--target", choices=list(RUNS), help="only this one")
    parser.add_argument("--runs", type=int, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, default=Path("build") / "fuzz")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options, options.rest = parser.parse_known_args()
    return options


def _supervise(target: str, runs: int, seed: int, found: Path) -> int:
    """Run a target in processes of its own until it has had its inputs; return how many findings there are.

    A crash ends the process and nothing else: the next one goes on with what inputs are left.
    """
    found = found / target
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    done, deaths, started = 0, 0, time.monotonic()
    with TemporaryDirectory() as corpus:
        while done < runs and deaths < _MOST_RESTARTS:
            flags = [f"-runs={runs - done}", f"-seed={seed + deaths}", f"-max_len={_LONGEST[target]}"]
            flags += [f"-timeout={_HANG_SECONDS}", f"-rss_limit_mb={_MOST_MEGABYTES}"]
            flags += [f"-artifact_prefix={found}/", corpus]
            command = [sys.executable, __file__, "--inside", "--target", target, "--found", str(found)]
            answer = subprocess.run([*command, *flags], capture_output=True, check=False)
            words = answer.stderr.decode(errors="replace")
            done += _inputs_of(words)
            sys.stdout.write("".join(f"{line}\n" for line in words.splitlines() if line.startswith("found")))
            if answer.returncode != 0:
                deaths += 1
                sys.stdout.write(words[-2000:])
    count = len(set(found.iterdir()) - before)
    seconds = time.monotonic() - started
    sys.stdout.write(f"{target}: {done:,} inputs, {seconds:,.0f} s, {count} findings, {deaths} crashes\n")
    sys.stdout.flush()
    return max(count, deaths)


def _inputs_of(words: str) -> int:
    """Return how many inputs a process had, by what libFuzzer says."""
    counts = re.findall(r"^(?:#|Done )(\d+)", words, re.MULTILINE)
    return max(1, *map(int, counts)) if counts else 1


def _fuzz(target: str, found: Path, flags: list[str]) -> None:
    """Fuzz in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["regress_cli", "yaml"]):
        sys.path[:0] = [str(HERE), str(HERE.parent)]
        import seeds
        import targets

    starts = found.parent / f"{target}-seeds"
    starts.mkdir(exist_ok=True)
    for content in seeds.seeds(target):
        (starts / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
    watched = _watched(targets.TARGETS[target], found)
    atheris.Setup([sys.argv[0], *flags, str(starts)], watched)
    atheris.Fuzz()


def _watched(function: Callable[[bytes], None], found: Path) -> Callable[[bytes], None]:
    """Return the function so that a failure is kept, once for each place in the code, and fuzzing goes on."""
    known: set[str] = set()

    def keep(content: bytes, trouble: str, name: str) -> None:
        if trouble not in known:
            known.add(trouble)
            (found / name).write_bytes(content)
            sys.stderr.write(f"found {name}: {trouble}\n")

    def watched(content: bytes) -> None:
        name = hashlib.sha256(content).hexdigest()[:16]
        started = time.process_time()
        try:
            function(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding.
            where = traceback.extract_tb(error.__traceback__)[-1]
            keep(content, f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}", name)
        if time.process_time() - started > _MOST_SECONDS:
            keep(content, "slow", f"slow-{name}")

    return watched


if __name__ == "__main__":
    main()
