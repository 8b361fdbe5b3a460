"""Runs that a person means: by how their names begin, by what they are, and in which order."""

import fnmatch
import math
from collections.abc import Sequence
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.runs.conditions import condition
from regress_cli.runs.facts import FACTS, NUMBERS, TEXTS
from regress_cli.runs.listing import ListedRun, list_runs, looks_like_a_run
from regress_cli.runs.sweep_folder import runs_of_many
from regress_cli.text import did_you_mean, printable, quoted


def chosen(outputs: Path, names: Sequence[str], conditions: Sequence[str], order: str) -> list[ListedRun]:
    """Return the runs of a folder that fulfil every condition, in an order.

    Args:
        outputs: The folder of all runs.
        names: How the names of runs begin, or patterns such as ``mlp*``; all, if there are none.
        conditions: Such as ``status=finished`` or ``rmse<4``.
        order: What is known of a run, such as ``rmse``; a minus before it turns the order round. A run of
            which it is not known stands at the end.

    Raises:
        UserError: a condition or the order is not one that there is; or as `list_runs` says.
    """
    tests = [condition(text) for text in conditions]
    key = order.removeprefix("-")
    if key not in FACTS:
        raise UserError(f"--sort {quoted(order)}: there is no such order; {did_you_mean(key, FACTS)}")
    wanted = [_name_of(name) for name in names]
    listed = [
        run
        for run in list_runs(outputs)
        if _is_named(run.folder.name, wanted) and all(test(run) for test in tests)
    ]
    is_reversed = order.startswith("-")
    if key in TEXTS:
        return sorted(listed, key=TEXTS[key], reverse=is_reversed)
    facts = [(NUMBERS[key](run), run) for run in listed]
    known = sorted((one for one in facts if not math.isnan(one[0])), key=_first, reverse=is_reversed)
    return [run for _, run in known] + [run for fact, run in facts if math.isnan(fact)]


def meant(outputs: Path, names: Sequence[str]) -> list[Path]:
    """Return the folder that each name means: a path, or the only run whose name begins so.

    Raises:
        UserError: none is named, or a name means none or several.
    """
    if not names:
        raise UserError("no run is named; give the folder of one, or how its name begins")
    known = (
        [run.folder for run in list_runs(outputs)] if any(not Path(name).is_dir() for name in names) else []
    )
    return [_meant(outputs, name, known) for name in names]


def meant_with_sweeps(outputs: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders that names mean, each once; a sweep's folder stands for all of its runs.

    Raises:
        UserError, RunFolderError: as `meant` and `runs_of_many` say.
    """
    found: dict[Path, None] = {}
    for folder in meant(outputs, names):
        found.update(dict.fromkeys(runs_of_many(folder) or [folder]))
    return list(found)


def _meant(outputs: Path, name: str, known: Sequence[Path]) -> Path:
    if Path(name).is_dir():
        return Path(name)
    found = [folder for folder in known if folder.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    which = f"{len(found):,} runs" if found else "no run"
    raise UserError(
        f"{quoted(name)}: {which} in {printable(outputs)} {'begin' if found else 'begins'} so; "
        "`regress runs` lists them"
    )


def _first(fact: tuple[float, ListedRun]) -> float:
    return fact[0]


def _name_of(name: str) -> str:
    """Return the name of a run of which the path is given; anything else as it is."""
    path = Path(name)
    if not path.is_dir():
        return name
    if not looks_like_a_run(path):
        raise UserError(f"{printable(name)} is no run; to see the runs in it, give --out {printable(name)}")
    return path.name


def _is_named(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(name.startswith(one) or fnmatch.fnmatchcase(name, one) for one in wanted)
