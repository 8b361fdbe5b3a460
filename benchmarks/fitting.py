"""Curve fits against SciPy's `curve_fit` and lmfit's `Model` on the same data: solves and whole processes."""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from comparison import Comparison
from places import PEERS, PYTHON, REGRESS
from settings import Settings
from timing import Command, interleave

ROUNDS = 7
CURVES = ("decay", "peak")
LIBRARIES = {"SciPy": "curve_scipy", "lmfit": "curve_lmfit"}
# What part of a library's time a solve may take, by the rows; evaluations may be as many as theirs.
MOST_TIME = {1_000: 1.0, 1_000_000: 0.5}
MOST_PROCESS = 1.2
# Standard errors that differ by more are not those of the same fit.
_SAME = 1e-3


def measure(settings: Settings) -> list[Comparison]:
    """Time a solve with its standard errors, warm, and a whole process; fits that differ are an error."""
    figures = []
    for curve in CURVES:
        for rows, most in MOST_TIME.items():
            print(f"  {curve}, {rows:,} rows ...", file=sys.stderr, flush=True)
            figures += _solves(settings, curve, rows, most)
    return [*figures, *_processes(settings)]


def _solves(settings: Settings, curve: str, rows: int, most: float) -> list[Comparison]:
    commands: dict[str, Command] = {"regress": [PYTHON, _file("curve_regress"), curve, str(rows)]}
    commands |= {
        name: [str(settings.peers_python), _file(stem), curve, str(rows)] for name, stem in LIBRARIES.items()
    }
    samples = interleave(commands, settings.rounds, warm_up=False)
    found = {name: [json.loads(sample.stdout) for sample in rounds] for name, rounds in samples.items()}
    ours, title = found["regress"], f"{curve}, {rows:,} rows"
    figures = []
    for name in LIBRARIES:
        theirs = found[name]
        _require_same(ours[0], theirs[0], f"{title}: {name}")
        figures.append(
            Comparison(
                "fitting",
                f"a fit of {title}, with standard errors / {name}",
                "ms",
                _column(ours, "milliseconds"),
                _column(theirs, "milliseconds"),
                most=most,
            )
        )
        figures.append(
            Comparison(
                "fitting",
                f"evaluations of {title} / {name}, numeric Jacobian",
                "evaluations",
                _column(ours, "evaluations"),
                _column(theirs, "evaluations"),
                most=1.0,
            )
        )
    return figures


def _processes(settings: Settings) -> list[Comparison]:
    """Time `regress fit` with its folder and a picture against a script that fits and saves one plot."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for curve in CURVES:
            print(f"  {curve}, whole processes ...", file=sys.stderr, flush=True)
            table = str(Path(folder) / f"{curve}.csv")
            maker = [str(settings.peers_python), str(PEERS / "curve_table.py"), curve, "1000", table]
            expression, start = json.loads(interleave({"make": maker}, 1, warm_up=False)["make"][0].stdout)
            plots = "plots.pictures=[fit]"
            commands: dict[str, Command] = {
                "ours": [REGRESS, "fit", expression, table, plots, "--start", start, "--quiet"],
                "SciPy": [str(settings.peers_python), _file("curve_scipy"), curve, table, "--process"],
            }
            samples = interleave(commands, settings.rounds)
            ours, theirs = ([sample.seconds for sample in rounds] for rounds in samples.values())
            title = f"`regress fit` of {curve}, 1,000 rows, with a plot / a SciPy script with one"
            figures.append(Comparison("fitting", title, "s", ours, theirs, most=MOST_PROCESS))
    return figures


def _require_same(ours: dict, theirs: dict, title: str) -> None:
    """Refuse a comparison of two fits that are not the same."""
    for value, other, error in zip(ours["estimates"], theirs["estimates"], theirs["errors"], strict=True):
        if abs(value - other) > _SAME * error:
            raise RuntimeError(f"{title}: {value} and {other} differ")
    for value, other in zip(ours["errors"], theirs["errors"], strict=True):
        if abs(value - other) > _SAME * other:
            raise RuntimeError(f"{title}: the standard errors {value} and {other} differ")


def _column(samples: Sequence[dict], key: str) -> list[float]:
    return [sample[key] for sample in samples]


def _file(stem: str) -> str:
    return str(PEERS / f"{stem}.py")
