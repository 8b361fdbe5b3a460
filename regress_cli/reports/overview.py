"""The pictures of all runs together: which is how good, and how the best of them look over one another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.drawing.picture import INLINE, Picture
from regress_cli.errors import RegressError
from regress_cli.reports.entry import Entry, common_part, ranked
from regress_cli.reports.labels import labels_of
from regress_cli.reports.pictures import curve_of, input_of, losses_of, over
from regress_cli.runs import Run
from regress_cli.runs.result import TELLING_PARTS
from regress_cli.runs.tables import predictions_of

# More curves than these hide one another.
MOST_CURVES = 6


def overview_pictures(entries: list[Entry]) -> dict[str, Picture | str]:
    """Return the pictures of several results by what they show, or the reason why there is none."""
    best = ranked(entries)
    if len(best) < 2:
        return {}
    labels = labels_of(best)
    few = {label: entry.run for label, entry in zip(labels, best[:MOST_CURVES], strict=False) if entry.run}
    which = "all" if len(few) == len(best) else f"the best {len(few)}"
    makers: dict[str, Callable[[], Picture | None]] = {
        f"Error of each run, by its rank on the {common_part(entries)} part": lambda: _ranking(best, labels),
        f"Losses of {which} while training": lambda: _losses(few),
        f"Fits of {which}": lambda: _fits(few),
    }
    pictures = {name: _picture(make) for name, make in makers.items()}
    return {name: picture for name, picture in pictures.items() if picture is not None}


def _picture(make: Callable[[], Picture | None]) -> Picture | str | None:
    try:
        with np.errstate(all="ignore"):
            return make()
    except RegressError as error:
        return "; ".join(error.messages)
    except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are shown.
        return f"{type(error).__name__}: {error}"


def _ranking(best: Sequence[Entry], labels: Sequence[str]) -> Picture:
    errors = {
        part: np.array([entry.metric(part, "rmse") for entry in best], dtype=float)
        for part in reversed(TELLING_PARTS)
    }
    arguments = {
        "labels": labels,
        "errors": {part: values for part, values in errors.items() if np.isfinite(values).any()},
        "y_label": "rmse",
        "title": "",
    }
    return Picture(INLINE, "ranking_figure", arguments)


def _losses(runs: Mapping[str, Run]) -> Picture | None:
    lines = {label: losses_of(run) for label, run in runs.items()}
    losses = {label: line for label, line in lines.items() if len(line[0]) > 1}
    return _compared({"losses": losses}) if len(losses) > 1 else None


def _fits(runs: Mapping[str, Run]) -> Picture | None:
    """Return the curves over the only input that all runs have in common; None where there is none."""
    names = {input_of(run) for run in runs.values()}
    targets = {run.record["data"]["target"] for run in runs.values()}
    if None in names or len(names) != 1 or len(targets) != 1:
        return None
    [name], [target] = names, targets
    tables = [predictions_of(run) for run in runs.values()]
    x = over(np.concatenate([table.inputs[str(name)] for table in tables]))
    first = tables[0]
    has_same = all(
        np.array_equal(table.target, first.target)
        and np.array_equal(table.inputs[str(name)], first.inputs[str(name)])
        for table in tables
    )
    return _compared(
        {
            "points": (first.inputs[str(name)], first.target) if has_same else None,
            "fits": {label: (x, curve_of(run, x)) for label, run in runs.items()},
            "x_name": name,
            "y_name": target,
        }
    )


def _compared(given: dict[str, Any]) -> Picture:
    nothing = {"points": None, "fits": {}, "losses": {}, "bands": {}, "x_name": "", "y_name": "", "title": ""}
    return Picture(INLINE, "compare_figure", nothing | given)
