"""From a finished run to its pictures for a page: fit, loss, residuals."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from regress_cli.drawing.picture import INLINE, Picture
from regress_cli.errors import RegressError
from regress_cli.experiment.prediction import predict_rows
from regress_cli.expression import Expression
from regress_cli.runs import Run
from regress_cli.runs.tables import Predictions, predictions_of
from regress_cli.text import printable

_CURVE_POINTS = 200
# More points and steps than these can't be told apart in a picture of this size.
_MOST_POINTS, _MOST_STEPS = 400, 400

# The function of `regress_cli.plots` that draws a picture, and what it takes.
Figure = tuple[str, dict[str, Any]]


def pictures_of(run: Run) -> dict[str, Picture | str]:
    """Return the pictures of a run by what they show, or the reason why there is none."""
    seen = cache(lambda: predictions_of(run))
    makers: dict[str, Callable[[], Figure]] = {
        "fit": lambda: _fit(run, seen()),
        "loss": lambda: _loss(run),
        "residuals": lambda: _residuals(run, seen()),
    }
    if not _has_course(run):
        del makers["loss"]
    return {name: _picture(run, make) for name, make in makers.items()}


def input_of(run: Run) -> str | None:
    """Return the name of a run's only input, if that is a number; None for any others."""
    columns = run.record["data"]["columns"]
    return columns[0]["name"] if [column["kind"] for column in columns] == ["numeric"] else None


def losses_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return steps and training losses, thinned to what can be told apart; none for what took no steps."""
    if not _has_course(run):
        return np.zeros(0), np.zeros(0)
    steps = _thinned(run.training_table())
    return steps["step"], steps["train_loss"]


def curve_of(run: Run, x: np.ndarray) -> np.ndarray:
    """Return a run's predictions over its only input, shape (n,) like ``x``."""
    return predict_rows(run, x[:, None])


def over(values: np.ndarray) -> np.ndarray:
    """Return the values of an input at which a curve is drawn; as many as the data have ends for."""
    known = values[np.isfinite(values)]
    return np.linspace(known.min(), known.max(), _CURVE_POINTS) if len(known) else known


def _picture(run: Run, make: Callable[[], Figure]) -> Picture | str:
    try:
        with np.errstate(all="ignore"):
            return Picture(INLINE, *make())
    except RegressError as error:
        # Where the run lies is another place on another machine.
        return "; ".join(error.messages).replace(f"{printable(run.folder)}/", "")
    except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are shown.
        return f"{type(error).__name__}: {error}"


def _has_course(run: Run) -> bool:
    return run.record["stop_reason"] != "exact" and run.record["steps"]["taken"] > 0


def _fit(run: Run, seen: Predictions) -> Figure:
    target, name = run.record["data"]["target"], input_of(run)
    if name is None:
        points = _by_part(seen, seen.target, seen.prediction)
        return "parity_figure", {**points, "y_name": target, "title": ""}
    x = over(seen.inputs[name])
    return "fit_figure", {
        **_by_part(seen, seen.inputs[name], seen.target),
        "fit": (x, curve_of(run, x)),
        "fit_label": "where it stopped" if run.status == "not_converged" else "fit",
        "truth": _truth(run.record["config"]["data"], name, x),
        "x_name": name,
        "y_name": target,
        "title": "",
    }


def _truth(data: Mapping[str, Any], name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the curve from which synthetic data were made."""
    if data.get("kind") != "synthetic":
        return None
    values = Expression.parse(str(data["target"])).evaluate({name: x})
    return x, np.broadcast_to(values, x.shape)


def _loss(run: Run) -> Figure:
    record, steps = run.record, _thinned(run.training_table())
    losses = {"train": steps["train_loss"]}
    if np.isfinite(steps["validation_loss"]).any():
        losses["validation"] = steps["validation_loss"]
    kept, taken = record["steps"]["kept"], record["steps"]["taken"]
    return "loss_figure", {
        "steps": [int(step) for step in steps["step"]],
        "losses": losses,
        "levels": {label: value for label, value in _levels(record).items() if value is not None},
        "y_name": f"loss ({record['config']['loss']['kind']})",
        "title": "",
        "kept_step": kept if kept != taken else None,
    }


def _levels(record: Mapping[str, Any]) -> dict[str, float | None]:
    """Return what to hold a loss against."""
    levels = {"baseline (mean)": record["baseline"]["train"]["loss"]}
    if record["noise_floor"] is not None and record["noise_floor"]["train"]["loss"]:
        levels["noise floor"] = record["noise_floor"]["train"]["loss"]
    elif record["optimum"] is not None and not record["config"]["loss"].get("l2"):
        levels["exact optimum"] = record["optimum"]["objective"]
    return levels


def _residuals(run: Run, seen: Predictions) -> Figure:
    points = _by_part(seen, seen.prediction, seen.target - seen.prediction)
    return "residual_figure", {**points, "y_name": run.record["data"]["target"], "title": ""}


def _by_part(seen: Predictions, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return some of the points of each part, evenly spread over its rows, and how many there are."""
    rows = {part: np.flatnonzero(seen.parts == part) for part in ("train", "validation", "test")}
    rows = {part: places for part, places in rows.items() if len(places)}
    some = {part: places[:: -(-len(places) // _MOST_POINTS)] for part, places in rows.items()}
    return {
        "points": {part: (x[places], y[places]) for part, places in some.items()},
        "counts": {part: len(places) for part, places in rows.items()},
    }


def _thinned(steps: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return some of the rows, evenly spread, with the last."""
    count = len(steps["step"])
    rows = np.unique(np.append(np.arange(0, count, -(-count // _MOST_STEPS) or 1), max(count - 1, 0)))
    return {name: values[rows] if count else values for name, values in steps.items()}
