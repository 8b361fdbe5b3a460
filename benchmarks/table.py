"""A table of a million rows: read, split, standardise and fit exactly, against polars and numpy by hand."""

import tempfile
from pathlib import Path

from comparison import Comparison
from places import HERE, PYTHON, REGRESS
from settings import Settings
from timing import Sample, interleave, run_once

ROUNDS = 7
ROWS, COLUMNS = 1_000_000, 11
TABLE_MEGABYTES = ROWS * COLUMNS * 8 / 1e6

CONFIG = """\
name: table
data:
  kind: table
  path: table.csv
  target: y
  split: {validation: 0.1, test: 0.2}
  standardize: {features: true, target: true}
model: {kind: linear}
optimizer: {kind: exact}
"""


def measure(settings: Settings) -> list[Comparison]:
    """Time the fit alone and the whole run; hold peak memory against the table's size in float64."""
    with tempfile.TemporaryDirectory() as folder:
        table, config = Path(folder, "table.csv"), Path(folder, "table.yaml")
        run_once([PYTHON, str(HERE / "table_make.py"), str(table), str(ROWS)])
        config.write_text(CONFIG, encoding="utf-8")
        by_library = [PYTHON, str(HERE / "table_by_library.py")]
        by_hand = [PYTHON, str(HERE / "table_by_hand.py")]
        samples = interleave(
            {
                "library": [*by_library, str(config)],
                "hand": [*by_hand, str(table)],
                "run": [REGRESS, "run", "--quiet", str(config)],
                "library_imports": by_library,
                "hand_imports": by_hand,
            },
            settings.rounds,
        )
    return _compare(**samples)


def _compare(
    library: list[Sample],
    hand: list[Sample],
    run: list[Sample],
    library_imports: list[Sample],
    hand_imports: list[Sample],
) -> list[Comparison]:
    size = [TABLE_MEGABYTES] * len(library)
    return [
        Comparison("table", "table: load to exact fit / by hand", "s", _work(library), _work(hand), most=4),
        Comparison("table", "the same, whole processes", "s", _wall(library), _wall(hand), most=4),
        Comparison("table", "its memory / table", "MB", _extra(library, library_imports), size, most=6),
        Comparison("table", "by hand: memory / table", "MB", _extra(hand, hand_imports), size),
        Comparison("table", "table: `regress run` / by hand", "s", _wall(run), _wall(hand)),
        Comparison("table", "its memory / table", "MB", _extra(run, library_imports), size),
    ]


def _work(samples: list[Sample]) -> list[float]:
    """Return the seconds after the imports, which the programs print."""
    return [float(sample.stdout) for sample in samples]


def _wall(samples: list[Sample]) -> list[float]:
    return [sample.seconds for sample in samples]


def _extra(samples: list[Sample], imports: list[Sample]) -> list[float]:
    """Return the peak memory beyond that of a process that only imports the library."""
    return [
        (sample.peak_bytes - empty.peak_bytes) / 1e6 for sample, empty in zip(samples, imports, strict=True)
    ]
