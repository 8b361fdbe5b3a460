"""Runs for reports to be about: made once, then copied and edited, and some that mean harm to a browser."""

import csv
import random
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from folder_damage import edit_record, make_run
from hostile import NAMES

from regress_cli import Run, load_config, open_run, run
from regress_cli.reports.entry import Entry
from regress_cli.runs.sweep_folder import SweepFolder

# Each would run, or load, or end something, if it were taken for markup.
HARM = [
    "</svg><script>window.__pwned = 1</script>",
    '"><img src=x onerror="window.__pwned = 2">',
    "</style></title></pre></textarea><iframe src='javascript:parent.__pwned=3'>",
    "<svg onload=window.__pwned=4><style>*{display:none}</style>",
    "' onmouseover='window.__pwned=5' x='",
    "--><!--<a href=//example.org>",
    "&lt;b&gt;&#60;script&#62;",
]


def make_kinds(folder: Path) -> Path:
    """Make a run of each kind, and return the folder of all."""
    for kind in ("steps", "exact", "diverged"):
        make_run(folder, kind)
    return folder / "outputs"


def some_entries(base: Run, count: int, edit: Callable[[int, dict[str, Any]], None]) -> list[Entry]:
    """Return entries that share a folder; each record is edited, with the number of its entry."""
    entries = []
    for number in range(count):
        record = deepcopy(base.record)
        edit(number, record)
        name = f"made-{number:012x}"
        reason = None if record["status"] == "finished" else "it diverged at step 7: the loss is not finite"
        entries.append(Entry(name, record["status"], Run(base.folder, record), reason))
    return entries


def many_entries(base: Run, count: int) -> list[Entry]:
    """Return so many runs with different seeds, penalties and errors."""
    draw = random.Random(0)

    def edit(number: int, record: dict[str, Any]) -> None:
        record["seed"] = record["config"]["seed"] = number
        record["config"]["loss"]["l2"] = draw.choice([0.0, 0.01, 0.1])
        for metrics in record["metrics"].values():
            metrics["rmse"] *= draw.lognormvariate(0, 0.5)

    return some_entries(base, count, edit)


def make_harmful(folder: Path) -> Path:
    """Make runs and a sweep in which every text that may be anything means harm; return the folder of all."""
    outputs = folder / "outputs"
    draw = random.Random(1)
    feature, target, *others = HARM
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([feature, target, *others, *NAMES])
        for _ in range(30):
            rows.writerow([f"{draw.random():.3f}" for _ in range(len(HARM) + len(NAMES))])
    config = {
        "name": "harm",
        "data": {"kind": "table", "path": str(folder / "t.csv"), "target": target, "features": [feature]},
        "model": {"kind": "linear"},
        "optimizer": {"kind": "exact"},
        "plots": {"pictures": []},
    }
    one = run(load_config(config), outputs).folder
    many = {**config, "data": {**config["data"], "features": [feature, *others, *NAMES]}}
    run(load_config(many), outputs)
    renamed = outputs / f"{HARM[1].replace('/', '')}-0123456789ab"
    shutil.copytree(one, renamed)
    edit_record(renamed, _harm)
    names = [f"{text.replace('/', '').lstrip('.')}" for text in HARM]
    SweepFolder(outputs, "harm", "0123456789ab").write_results(
        {
            "point": range(len(HARM)),
            "run": names,
            "status": ["failed", *HARM[1:]],
            HARM[0]: HARM,
            "reason": HARM,
        }
    )
    return outputs


def _harm(record: dict[str, Any]) -> None:
    """Put harm wherever a record's shape allows for a text."""
    record["name"] = HARM[2]
    record["notes"] = list(HARM)
    record["engine"] = HARM[3]
    record["environment"] = {text: text for text in HARM}
    record["config"]["data"][HARM[0]] = {HARM[1]: HARM[2], "list": list(HARM)}
    record["config"]["model"]["kind"] = HARM[5]
    record["parameters"] = dict.fromkeys(HARM, 1.0)
    record["optimum"] = record["true_parameters"] = record["inference"] = None
    record["stop_reason"] = "steps"


def opened(outputs: Path, status: str = "finished", optimizer: str = "sgd") -> Run:
    """Return the run with a status and an optimizer."""
    runs = [open_run(path.parent) for path in sorted(outputs.glob("*/run.json"))]
    return next(
        one for one in runs if one.status == status and one.record["config"]["optimizer"]["kind"] == optimizer
    )
