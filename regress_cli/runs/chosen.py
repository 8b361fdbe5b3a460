"""Runs that a person means: by how their names begin, by what they are, and in which order."""

import fnmatch
import math
from collections.abc import Sequence
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.runs.conditions import condition
from regress_cli.runs.facts import FACTS, NUMBERS, TEXTS
from regress_cli.runs.listing import ListedRun, list_runs, looks_like_a_run
from regress_cli.runs.members import members_of, stands_for_many
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
        UserError: a name is that of no run, a condition or the order is not one that there is; or as
            `list_runs` says.
    """
    tests = [condition(text) for text in conditions]
    key = order.removeprefix("-")
    if key not in FACTS:
        raise UserError(f"--sort {quoted(order)}: there is no such order; {did_you_mean(key, FACTS)}")
    wanted = [_name_of(outputs, name) for name in names]
    named = [run for run in list_runs(outputs) if _is_named(run.folder.name, wanted)]
    for name in wanted:
        if not any(_is_named(run.folder.name, [name]) for run in named):
            raise UserError(
                f"{quoted(name)}: no run in {printable(outputs)} begins so; `regress runs` lists them"
            )
    listed = [run for run in named if all(test(run) for test in tests)]
    is_reversed = order.startswith("-")
    if key in TEXTS:
        return sorted(listed, key=TEXTS[key], reverse=is_reversed)
    facts = [(NUMBERS[key](run), run) for run in listed]
    known = sorted((one for one in facts if not math.isnan(one[0])), key=_first, reverse=is_reversed)
    return [run for _, run in known] + [run for fact, run in facts if math.isnan(fact)]


def meant(outputs: Path, names: Sequence[str]) -> list[Path]:
    """Return the run's folder that each name means, each once: a path, or the only run whose name begins so.

    Raises:
        UserError: none is named, or a name means none or several, or a sweep.
    """
    folders = _folders(outputs, names)
    for folder in folders:
        if stands_for_many(folder):
            raise UserError(
                f"{printable(folder)} is a sweep's, and no run's; name one of the runs in its results.csv"
            )
    return folders


def meant_with_sweeps(outputs: Path, names: Sequence[str]) -> list[Path]:
    """Return the runs' folders that names mean, each once; a sweep's stands for those that are there.

    Raises:
        UserError, RunFolderError: as `meant` and `members_of` say.
    """
    found: list[Path] = []
    for folder in _folders(outputs, names):
        is_many = stands_for_many(folder)
        found += [run for run, _ in members_of(folder) if run.is_dir()] if is_many else [folder]
    return _each_once(found)


def _folders(outputs: Path, names: Sequence[str]) -> list[Path]:
    if not names:
        raise UserError("no run is named; give the folder of one, or how its name begins")
    are_paths = all(Path(name).is_dir() for name in names)
    known = [] if are_paths else [run.folder for run in list_runs(outputs)]
    return _each_once([_meant(outputs, name, known) for name in names])


def _each_once(folders: Sequence[Path]) -> list[Path]:
    once: dict[Path, Path] = {}
    for folder in folders:
        once.setdefault(folder.resolve(), folder)
    return list(once.values())


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


def _name_of(outputs: Path, name: str) -> str:
    """Return the name of a run of which the path is given; anything else as it is."""
    path = Path(name)
    if not path.is_dir():
        return name
    if not looks_like_a_run(path):
        raise UserError(f"{printable(name)} is no run; to see the runs in it, give --out {printable(name)}")
    if path.resolve().parent != outputs.resolve():
        # A run of the same name may lie in both folders.
        raise UserError(
            f"{printable(name)} does not lie in {printable(outputs)}; give --out {printable(path.parent)}"
        )
    return path.resolve().name


def _is_named(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(name.startswith(one) or fnmatch.fnmatchcase(name, one) for one in wanted)
