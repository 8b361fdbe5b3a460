"""A sweep's results as the files of its folder."""

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from regress_cli.config import to_yaml
from regress_cli.config.dump import as_yaml
from regress_cli.config.value_text import are_numbers, value_text
from regress_cli.drawing.picture import Picture
from regress_cli.runs.sweep_folder import SweepFolder
from regress_cli.sweeps.drawn import Wanted, write_plots
from regress_cli.sweeps.results import Results
from regress_cli.text import printable

# Every pair of parameters has a picture, up to so many.
_MOST_PAIRS = 6


def write_results(folder: SweepFolder, results: Results) -> list[str]:
    """Write what the sweep is, a row for each point, the best config, and the pictures.

    Returns:
        A note for each picture that could not be drawn.
    """
    folder.write_sweep(as_yaml(results.sweep.written_for(folder.path)))
    folder.write_results(results.columns())
    best = results.best
    if best is not None:
        # As it would be run by itself, with the pictures that the base asks for.
        experiment = results.sweep.base.experiment(list(best.settings.items()))
        folder.write_best(to_yaml(experiment, folder.path))
    return write_plots(folder, pictures(results))


def pictures(results: Results) -> Iterator[Wanted]:
    """Yield what is drawn, by its file's name: the metric over each parameter, and each pair of them."""
    varied = [key for key in results.sweep.parameters if len(_values(results, key)) > 1]
    for key in varied:
        yield f"{_file_name(key)}.png", partial(_over_one, results, key)
    # Over the seeds there is a mean; they are an axis of their own where there is no other.
    but_seeds = [key for key in varied if key != "seed"]
    crossed = but_seeds if len(but_seeds) > 1 else varied
    for first, second in itertools.islice(itertools.combinations(crossed, 2), _MOST_PAIRS):
        name = f"{_file_name(first)}-{_file_name(second)}.png"
        yield name, partial(_over_two, results, first, second)


def _over_one(results: Results, key: str) -> Picture:
    values = _values(results, key)
    arguments = {
        "labels": [_label(value) for value in values],
        "positions": np.array(values, dtype=float) if are_numbers(values) else None,
        "places": _places(results, key, values),
        "metric": results.metrics(),
        "x_label": key,
        "y_label": results.sweep.metric,
        "title": f"{results.sweep.name}: {_count(results)}",
    }
    return Picture("png", "sweep_figure", arguments)


def _over_two(results: Results, first: str, second: str) -> Picture:
    columns, rows = _values(results, first), _values(results, second)
    x, y, metric = _places(results, first, columns), _places(results, second, rows), results.metrics()
    sums, counts = np.zeros((len(rows), len(columns))), np.zeros((len(rows), len(columns)))
    known = np.isfinite(metric)
    np.add.at(sums, (y[known], x[known]), metric[known])
    np.add.at(counts, (y[known], x[known]), 1)
    with np.errstate(invalid="ignore"):
        means = sums / counts
    arguments = {
        "columns": [_label(value) for value in columns],
        "rows": [_label(value) for value in rows],
        "values": means,
        "x_label": first,
        "y_label": second,
        "title": f"{results.sweep.name}: mean {results.sweep.metric}, {_count(results)}",
    }
    return Picture("png", "heat_figure", arguments)


def _values(results: Results, key: str) -> list[Any]:
    """Return the different values of a parameter: numbers in their order, others as they were given."""
    different = {repr(point.settings[key]): point.settings[key] for point in results.points}
    values = list(different.values())
    return sorted(values) if are_numbers(values) else values


def _places(results: Results, key: str, values: list[Any]) -> np.ndarray:
    place = {repr(value): number for number, value in enumerate(values)}
    return np.array([place[repr(point.settings[key])] for point in results.points], dtype=int)


def _label(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else printable(value_text(value))


def _count(results: Results) -> str:
    known = int(np.isfinite(results.metrics()).sum())
    return f"{known:,} of {len(results.points):,} runs"


def _file_name(key: str) -> str:
    """Return a key as part of a file's name: its last words, which say enough."""
    return "-".join(key.split(".")[-2:])
