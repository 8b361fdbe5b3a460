"""A finished run, made again and held against what is in its folder."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.config import load_config
from regress_cli.errors import Interrupted, LimitReached, RunFolderError, UserError
from regress_cli.experiment.runner import run as make_run
from regress_cli.experiment.watch import Watch
from regress_cli.runs import Run, open_run
from regress_cli.runs.record_file import differing_files
from regress_cli.text import printable

EQUAL, WITHIN_TOLERANCE, DIFFERENT = "bitwise equal", "equal within the tolerance", "different"


@dataclass(frozen=True)
class Difference:
    """One number, or text, that is not as it was.

    Attributes:
        place: Where it stands, such as ``parameters.w``.
        before: What the run says.
        now: What the new run says.
        relative: How far they are apart, as a part of the larger one; infinite where they are no numbers.
    """

    place: str
    before: Any
    now: Any
    relative: float


@dataclass(frozen=True)
class Verification:
    """What came of making a run again.

    Attributes:
        verdict: ``bitwise equal``, ``equal within the tolerance`` or ``different``.
        rtol: The tolerance, relative to the largest number of each array.
        differences: The largest first.
        files: The names of the files that have other bytes.
        environment: What the machine and the versions were and are, where that is not the same.
    """

    verdict: str
    rtol: float
    differences: tuple[Difference, ...]
    files: tuple[str, ...]
    environment: dict[str, tuple[Any, Any]]


def verify(folder: Path, rtol: float = 1e-9, watch: Watch | None = None) -> Verification:
    """Make a run again, in a folder that is thrown away, and compare parameters, metrics and predictions.

    Args:
        folder: The run's.
        rtol: Numbers that differ by no more than this part of the largest one of their array are alike.
        watch: Hears how the new run goes on.

    Raises:
        RunFolderError: the folder is not a whole run, or its config gives another run today.
        UserError: its data can't be read any more, or the clock ended its training.
        LimitReached: the new run came to its time limit, and the run itself had not.
        Interrupted: a signal ended the new run, of which nothing is kept.
    """
    before = open_run(folder)
    if before.status == "time_limit":
        raise UserError(
            f"{printable(folder)}: its time limit ended it, after as many steps as the clock let it take, "
            "and no other run ends so; verify a run without training.time_limit, whose steps are counted"
        )
    damaged = [str(path.relative_to(folder)) for path in differing_files(folder, before.record)]
    if damaged:
        raise RunFolderError(
            f"{printable(folder)}: {printable(', '.join(damaged))} is not what the run wrote; there is "
            "nothing to hold a new run against: repeat it with --force"
        )
    experiment = load_config(before.config_path)
    with tempfile.TemporaryDirectory(prefix="regress-verify-") as place:
        try:
            now = make_run(experiment, place, watch=watch)
        except Interrupted as signal:
            raise Interrupted(
                signal.signal_number,
                "interrupted; of the new run nothing is kept, and the run itself is as it was: give the same "
                "command again to make it anew",
            ) from None
        if now.record["digest"] != before.record["digest"]:
            raise RunFolderError(
                f"{printable(folder)}: its config and data give the run {now.record['digest']} today; the "
                "data have changed, or the folder was moved without them"
            )
        if now.status == "time_limit":
            taken, planned = now.record["steps"]["taken"], now.record["steps"]["planned"]
            raise LimitReached(
                f"{printable(folder)}: made again, it came to its time limit after {taken:,} of {planned:,} "
                "steps, which the run itself did not; give the same command again on a less busy machine"
            )
        return _compared(before, now, rtol)


def _compared(before: Run, now: Run, rtol: float) -> Verification:
    differences = [
        *_of_arrays("params", before.arrays(), now.arrays()),
        *_of_data("", _result(before.record), _result(now.record)),
    ]
    differences += _of_arrays("metrics", before.training_table(), now.training_table())
    differences += _of_arrays("predictions", before.prediction_table(), now.prediction_table())
    differences.sort(key=lambda one: -one.relative)
    files = _different_files(before, now)
    if not differences and not files:
        verdict = EQUAL
    else:
        verdict = WITHIN_TOLERANCE if all(one.relative <= rtol for one in differences) else DIFFERENT
    return Verification(verdict, rtol, tuple(differences), files, _environment(before.record, now.record))


def _different_files(before: Run, now: Run) -> tuple[str, ...]:
    """Return the files with other bytes; the config is left out, in which the path of the data differs."""
    old, new = before.record["files"], now.record["files"]
    return tuple(
        name for name in sorted({*old, *new} - {before.config_path.name}) if old.get(name) != new.get(name)
    )


def _of_arrays(
    whole: str, before: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray]
) -> list[Difference]:
    found = []
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old is None or new is None or old.shape != new.shape:
            found.append(Difference(f"{whole}.{name}", _shape(old), _shape(new), float("inf")))
        elif not np.array_equal(old, new, equal_nan=True):
            found.append(largest_difference(f"{whole}.{name}", old, new))
    return found


def largest_difference(place: str, old: np.ndarray, new: np.ndarray) -> Difference:
    """Return the largest difference of two arrays of a shape, relative to their largest finite number.

    What is not finite is either the same on both sides, or as far from the other as can be.
    """
    is_same = (old == new) | (np.isnan(old) & np.isnan(new))
    is_measurable = np.isfinite(old) & np.isfinite(new)
    # What is infinite less itself is no number, and two finite numbers may be farther apart than any number.
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.where(is_same, 0.0, np.where(is_measurable, np.abs(old - new), np.inf))
    worst = np.unravel_index(int(np.argmax(apart)), old.shape)
    farthest = float(apart[worst])
    largest = max(
        float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0)) for values in (old, new)
    )
    # Where all that differs is infinite, there may be no number to compare with.
    relative = farthest / largest if 0 < farthest < np.inf else farthest
    return Difference(place, float(old[worst]), float(new[worst]), relative)


def _shape(array: np.ndarray | None) -> str:
    return "nothing" if array is None else f"shape {array.shape}"


def _result(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of the result."""
    kept = ("status", "stop_reason", "steps", "metrics", "baseline", "noise_floor", "divergence")
    return {key: record.get(key) for key in kept}


def _of_data(place: str, old: Any, new: Any) -> list[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            one
            for key in sorted({*old, *new})
            for one in _of_data(f"{place}.{key}".lstrip("."), old.get(key), new.get(key))
        ]
    if old == new:
        return []
    if isinstance(old, float) and isinstance(new, float):
        return [Difference(place, old, new, abs(old - new) / max(abs(old), abs(new)))]
    return [Difference(place, old, new, float("inf"))]


def _environment(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    old, new = before["environment"], now["environment"]
    return {key: (old.get(key), new.get(key)) for key in {**old, **new} if old.get(key) != new.get(key)}
