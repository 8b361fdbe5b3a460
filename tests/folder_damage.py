"""Ways to damage a finished run so that its checksums fit, and to read it as every command does.

A record's checksum has no key: whoever edits a record can make it fit again. So can chance's worst friend,
a tool that rewrites JSON; only damage that is sealed again shows whether readers trust more than they check.
"""

import atexit
import hashlib
import io
import json
import math
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
from shell import small_config

from regress_cli import load_config, run
from regress_cli.cli import view
from regress_cli.cli.words import run as run_words
from regress_cli.cli.words import summary as summary_words
from regress_cli.experiment.prediction import predict
from regress_cli.reports.details import details
from regress_cli.reports.elements import to_html
from regress_cli.reports.entry import Entry
from regress_cli.reports.groups import groups_of
from regress_cli.reports.pictures import pictures_of
from regress_cli.reports.table import table_of
from regress_cli.runs import open_run
from regress_cli.runs.facts import NUMBERS
from regress_cli.runs.index import summary_of
from regress_cli.runs.listing import ListedRun
from regress_cli.runs.record_shape import is_summary
from regress_cli.runs.strict_json import checksum, dumps
from regress_cli.sweeps.outcome import outcome_of

# The places of a record: keys, and positions in lists.
Place = tuple[str | int, ...]

# What may stand where something else is expected.
STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    10**305,
    1e308,
    5e-324,
    0.5,
    "",
    "text",
    "=1+1",
    "[/x]\x1b[31m",
    "\ud800",
    "a" * 3000,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"train": None},
    [1, 2, 3],
]


def sealed(record: dict[str, Any]) -> str:
    """Return a record as text, with a checksum that fits."""
    unsealed = {key: value for key, value in record.items() if key != "checksum"}
    return json.dumps({**unsealed, "checksum": checksum(unsealed)})


def edit_record(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Change a run's record in place, and seal it again."""
    path = folder / "run.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(sealed(record))


def replace_arrays(folder: Path, content: bytes) -> None:
    """Put other bytes into params.npz, and let the record say that they are the run's own."""
    (folder / "params.npz").write_bytes(content)
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit_record(folder, lambda record: record["files"].update({"params.npz": facts}))


def places(value: Any, place: Place = ()) -> list[Place]:
    """Return every place in plain data, from the outside in."""
    found = [place] if place else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*place, key))
    return found


def put(record: dict[str, Any], place: Place, value: Any) -> None:
    """Put a value at a place."""
    *outer, last = place
    node: Any = record
    for key in outer:
        node = node[key]
    node[last] = value


def drop(record: dict[str, Any], place: Place) -> None:
    """Take out what is at a place."""
    *outer, last = place
    node: Any = record
    for key in outer:
        node = node[key]
    del node[last]


def read_as_commands_do(folder: Path) -> None:
    """Open a run and make all that the commands show and compute of it; raises what they would."""
    opened = open_run(folder)
    record = opened.record
    with redirect_stderr(io.StringIO()):
        view.show_stop(opened)
    assert repr(opened)
    dumps({"folder": str(folder), **record}, ascii_only=True)
    run_words.title(record)
    run_words.metrics_rows(record)
    run_words.parameter_parts(record)
    run_words.inference_parts(record)
    if record.get("inference") is None:
        summary_words.why_none(record)
    else:
        summary_words.blocks(record)
        summary_words.columns(record)
        summary_words.document(record, "")
    entry = Entry(folder.name, opened.status, opened, outcome_of(0, opened).reason)
    table = table_of([entry, entry])
    to_html(details(entry, "run-1", "", table.different, frozenset(), []))
    pictures_of(opened)
    groups_of([opened, opened])
    assert sum(record["timings"].values()) >= 0
    summary = summary_of(record)
    assert is_summary(summary)
    listed = ListedRun(folder, summary)
    assert all(fact(listed) < math.inf or math.isnan(fact(listed)) for fact in NUMBERS.values())
    rows = {"x": [0.0, 1.5]}
    assert predict(opened, rows).shape == (2,)


def damaged_copy(folder: Path, content: bytes) -> Path:
    """Return a finished run of a folder's own that is damaged as the bytes say.

    The first byte says what is damaged: the record's text, the archive, its arrays, or the record's values;
    the second, which run. The copy is made once, and damaged anew each time.
    """
    names = sorted(_pristine())
    kind, name = content[0] % 4, names[content[1] % len(names) if len(content) > 1 else 0]
    record, arrays = _pristine()[name]
    place = folder / name
    if not place.exists():
        shutil.copytree(_sources() / name, place)
    rest = content[2:]
    if kind == 0:
        (place / "run.json").write_bytes(rest)
        return place
    if kind == 1:
        (place / "run.json").write_text(sealed(json.loads(record)))
        replace_arrays(place, rest)
        return place
    if kind == 2:
        (place / "run.json").write_text(sealed(json.loads(record)))
        replace_arrays(place, _other_arrays(arrays, rest))
        return place
    (place / "params.npz").write_bytes(arrays)
    (place / "run.json").write_text(sealed(_edited(json.loads(record), rest)))
    return place


def _other_arrays(arrays: bytes, content: bytes) -> bytes:
    """Give arrays of an archive other shapes, types or names as the bytes say, or leave some out."""
    with np.load(io.BytesIO(arrays)) as archive:
        named = dict(archive)
    for name, choice in zip(list(named), content, strict=False):
        array = named.pop(name)
        others = [array, array.astype("f4"), array[None], np.zeros(choice % 5), np.zeros((2, 3)), array > 0]
        if choice % 7 < len(others):
            named[f"{name}_" if choice > 250 else name] = others[choice % 7]
    return saved(**named)


def _edited(record: dict[str, Any], content: bytes) -> dict[str, Any]:
    """Change a record as the bytes say: two for a place, one for what to put there, again and again."""
    for start in range(0, len(content) - 2, 3):
        found = places(record)
        if not found:
            break
        place = found[int.from_bytes(content[start : start + 2]) % len(found)]
        choice = content[start + 2]
        if choice >= 200:
            drop(record, place)
        else:
            put(record, place, deepcopy(STRANGE[choice % len(STRANGE)]))
    return record


FORMULA = ["model={kind: formula, expression: a*x + b, initial: {a: 1, b: 1}}"]
KINDS = {
    "steps": [],
    "exact": ["optimizer={kind: exact}", "data.standardize={features: true, target: true}"],
    "formula": [*FORMULA, "optimizer={kind: levenberg_marquardt}"],
    "network": ["model={kind: mlp, hidden: [2]}"],
    "diverged": ["optimizer.step_size=1e3"],
}


@cache
def _sources() -> Path:
    """Return a folder of finished runs, one of each kind."""
    folder = Path(mkdtemp(prefix="regress-runs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in KINDS:
        make_run(folder, name).rename(folder / name)
    return folder


def make_run(folder: Path, kind: str) -> Path:
    """Make a run of a kind in ``folder``, without plots, which would take most of the time."""
    experiment = load_config(small_config(folder), KINDS[kind])
    with patch("regress_cli.experiment.runner.plan_pictures", return_value={}):
        return run(experiment, folder / "outputs", helper=MagicMock()).folder


@cache
def _pristine() -> dict[str, tuple[str, bytes]]:
    """Return the record and the arrays of each kind of run."""
    folders = {name: _sources() / name for name in KINDS}
    return {
        name: ((folder / "run.json").read_text(), (folder / "params.npz").read_bytes())
        for name, folder in folders.items()
    }


def pristine_seeds() -> list[bytes]:
    """Return inputs of `damaged_copy` that leave each kind of run as it was."""
    seeds = []
    for position, name in enumerate(sorted(KINDS)):
        record, arrays = _pristine()[name]
        seeds += [bytes([0, position]) + record.encode(), bytes([1, position]) + arrays]
        seeds += [bytes([kind, position]) for kind in (2, 3)]
    return seeds


def saved(**arrays: np.ndarray) -> bytes:
    """Return the bytes of an archive, pickles included."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()
