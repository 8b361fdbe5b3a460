"""All that is shown. stdout is the result, stderr is progress and notes; only this file imports rich.

Rich draws tables and progress for people. JSON, csv and messages never go through it, so that it can
neither wrap nor colour them, nor take a name for markup.
"""

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regress_cli.experiment.watch import Watch
from regress_cli.text import four_digits, printable

if TYPE_CHECKING:
    from regress_cli.experiment.plan import Plan
    from regress_cli.runs import Run
    from regress_cli.training import Progress

# Longer lists of parameters stand in run.json and params.npz.
_MOST_PARAMETERS_SHOWN = 12
_NARROWEST = 80


def show_error(*messages: str) -> None:
    """Write each problem to stderr on a line of its own."""
    for message in messages:
        _to_stderr(f"error: {printable(message, 2000)}")


def note(text: str) -> None:
    """Write a note to stderr."""
    _to_stderr(f"note: {printable(text, 2000)}")


def show_text(text: str) -> None:
    """Write text to stdout as it is; a reader who has left, or was never there, misses nothing."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        # What can't be written has to be known here, not after the exit code is settled.
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)


def show_json(data: Any) -> None:
    """Write one JSON document to stdout."""
    from regress_cli.runs.strict_json import dumps

    # Plain ASCII, for any terminal and pipe.
    show_text(dumps(data, ascii_only=True))


def show_columns(columns: Mapping[str, Any], *, out: Path | None, as_json: bool) -> None:
    """Write columns as csv, or as a JSON list of rows, to stdout or to a file."""
    from regress_cli.errors import explain_os_errors
    from regress_cli.runs.csv_text import csv_text
    from regress_cli.runs.strict_json import dumps, finite

    if as_json:
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        content = dumps(finite([dict(zip(columns, row, strict=True)) for row in rows])[0], ascii_only=True)
    else:
        content = csv_text(columns)
    if out is None:
        show_text(content)
        return
    with explain_os_errors(f"write {printable(out)}", "name another file with --out"):
        out.write_text(content, encoding="utf-8")


def show_run(run: "Run", *, as_json: bool, quiet: bool) -> None:
    """Write a finished run: its folder, its record, or a summary with the folder in the last line."""
    if as_json:
        show_json({"folder": str(run.folder), **run.record})
        return
    if not quiet and sys.stdout is not None:
        _show_summary(run.record)
    show_text(f"{run.folder}\n")


def show_stop(run: "Run") -> None:
    """Say on stderr why a run ended before its time, if it did."""
    record = run.record
    taken, planned = record["steps"]["taken"], record["steps"]["planned"]
    if run.status == "time_limit":
        limit = record["config"]["training"]["time_limit"]
        show_error(
            f"the time limit of {limit:g} s ended training at step {taken:,} of {planned:,}; the run is kept "
            "as it is: raise training.time_limit to go further"
        )
    elif run.status == "diverged":
        seen = record["divergence"]
        show_error(
            f"training diverged at step {seen['step']:,}: {seen['quantity']} (the gradient is largest in "
            f"{seen['parameter']}); the parameters of step {taken:,} are kept: {_remedy(seen)}"
        )


def _remedy(divergence: Mapping[str, Any]) -> str:
    suggested = divergence["suggested_step_size"]
    if suggested is None:
        return "the start is too far off; standardize the data, or start from smaller parameters"
    return f"try optimizer.step_size={suggested:g}"


def show_plan(plan: "Plan", *, as_json: bool, quiet: bool) -> None:
    """Write what a run would be: its config, its folder, its size."""
    from regress_cli.config import resolved, to_yaml
    from regress_cli.runs import find_run

    if quiet:
        show_text(f"{plan.folder}\n")
        return
    problem, dataset = plan.problem, plan.dataset
    facts = {
        "folder": str(plan.folder),
        "finished": find_run(plan.outputs, plan.folder.name) is not None,
        "rows": {part: dataset.size(part) for part in dataset.parts},
        "features": list(dataset.feature_names),
        "parameters": sum(value.size for value in problem.initial.values()),
        "steps": 0 if plan.experiment.optimizer.kind == "exact" else problem.steps,
        "batch_size": problem.batch_size,
        "stable_step_size": plan.stable_step_size,
    }
    if as_json:
        show_json({**facts, "config": resolved(plan.experiment, Path())})
        return
    show_text(to_yaml(plan.experiment, Path()) + "\n")
    for name, value in facts.items():
        show_text(f"{name.replace('_', ' ') + ':':<18}{_fact(value)}\n")


class RunWatch(Watch):
    """Shows notes, and on a terminal a progress bar with loss and time left."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._started = time.perf_counter()

    def __enter__(self) -> "RunWatch":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def note(self, text: str) -> None:
        """Write a note above the bar."""
        if not self._quiet:
            note(text)

    def progress(self, progress: "Progress") -> None:
        """Move the bar."""
        if self._quiet or progress.steps == 0 or not _is_terminal(sys.stderr):
            return
        if self._bar is None:
            # What is done at once needs no bar.
            if time.perf_counter() - self._started < 0.2:
                return
            self._bar = _progress_bar()
            self._task = self._bar.add_task("training", total=progress.steps, loss="")
            self._bar.start()
        self._bar.update(self._task, completed=progress.step, loss=f"loss {four_digits(progress.loss)}")


def _show_summary(record: Mapping[str, Any]) -> None:
    steps = record["steps"]
    ending = (
        "solved exactly"
        if record["stop_reason"] == "exact"
        else f"{steps['taken']:,} of {steps['planned']:,} steps"
    )
    reason = {
        "early_stopping": "stopped early, best of ",
        "diverged": "diverged, kept at ",
        "time_limit": "time limit, ",
    }
    title = f"{record['name']}: {reason.get(record['stop_reason'], '')}{ending}"
    console = _console()
    # Captured, for rich would end the process with exit code 1 where the reader has left.
    with console.capture() as capture:
        console.print(title, markup=False, highlight=False)
        console.print(_metrics_table(record))
        if 0 < record["parameter_count"] <= _MOST_PARAMETERS_SHOWN:
            console.print(_parameters_table(record))
    show_text(capture.get())


def _metrics_table(record: Mapping[str, Any]) -> Any:
    table = _table("", "rows", "loss", "rmse", "mae", "R²" if _has_unicode(sys.stdout) else "R2")
    for part, metrics in record["metrics"].items():
        _add_metrics(table, part, metrics)
    baseline = record["baseline"]["train"]
    _add_metrics(table, "baseline (mean)", baseline)
    if record["noise_floor"] is not None:
        _add_metrics(table, "noise floor (true function)", record["noise_floor"]["train"])
    optimum = record["optimum"]
    if optimum is not None and record["stop_reason"] != "exact":
        table.add_row("exact optimum", "", _number(optimum["objective"]))
        table.add_row("gap to it", "", _number(optimum["gap"]))
    return table


def _add_metrics(table: Any, label: str, metrics: Mapping[str, Any]) -> None:
    numbers = [_number(metrics[name]) for name in ("loss", "rmse", "mae")]
    r2 = "undefined" if metrics["r2"] is None else _number(metrics["r2"])
    table.add_row(label, f"{metrics['n']:,}", *numbers, r2)


def _parameters_table(record: Mapping[str, Any]) -> Any:
    learned, truth, optimum = record["parameters"], record["true_parameters"], record["optimum"]
    is_exact = record["stop_reason"] == "exact"
    digits = 6 if optimum is None else min(6, optimum["digits"])
    columns: dict[str, tuple[Mapping[str, Any], int]] = {"learned": (learned, digits if is_exact else 6)}
    if optimum is not None and not is_exact:
        columns["exact"] = (optimum["parameters"], digits)
    if truth is not None:
        columns["true"] = (truth, 6)
    table = _table("parameter", *columns)
    for name in learned:
        cells = (_parameter(values[name], shown) for values, shown in columns.values())
        table.add_row(_literal(name), *cells)
    return table


def _number(value: float | None) -> str:
    return "not finite" if value is None else four_digits(value)


def _parameter(value: float | None, digits: int) -> str:
    return "not determined" if value is None else f"{value:.{max(digits, 1)}g}"


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:,}" for name, number in value.items())
    if isinstance(value, list):
        return printable(", ".join(value), 1000)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not known beforehand"
    return printable(f"{value:,.6g}" if isinstance(value, float) else value, 1000)


def _console() -> Any:
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    # On a narrower terminal, lines that wrap are better than numbers that are cut.
    console.width = max(console.width, _NARROWEST)
    return console


def _table(*columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=position > 0)
    return table


def _literal(text: str) -> Any:
    from rich.text import Text

    return Text(printable(text, 60))


def _progress_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}", markup=False),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _to_stderr(line: str) -> None:
    if sys.stderr is None:
        return
    # A run goes on and finishes when nobody can be told any more.
    with suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _discard(stream: Any) -> None:
    """Send what is still to be written to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _has_unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().startswith("utf")
