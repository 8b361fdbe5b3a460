"""All that is shown. stdout is the result, stderr is notes; what changes in place is in `live`.

Rich draws tables for people. JSON, csv and messages never go through it, so that it can
neither wrap nor colour them, nor take a name for markup.
"""

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regress_cli.cli.words import benchmark as benchmark_words
from regress_cli.cli.words import run as run_words
from regress_cli.cli.words.alignment import ends_at_right
from regress_cli.cli.words.long_table import long_table
from regress_cli.text import printable

if TYPE_CHECKING:
    from regress_cli.cli.words.summary import Block
    from regress_cli.experiment.plan import Plan
    from regress_cli.runs import Run
    from regress_cli.training.benchmark import Benchmark

_NARROWEST, _WIDEST = 80, 500
# A table of more rows is written without rich.
_LONG = 500


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
    with _reader_may_leave():
        sys.stdout.write(text)
        # What can't be written has to be known here, not after the exit code is settled.
        sys.stdout.flush()


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Let nothing come of it when nobody reads stdout any more."""
    try:
        yield
    except OSError as error:
        if not _has_left(error):
            raise
        discard_stdout()


@contextmanager
def stdout_kept_clean() -> Iterator[None]:
    """Send what a user's own code prints in the block to stderr: stdout is the result."""
    with redirect_stdout(sys.stderr or io.StringIO()):
        yield


def show_json(data: Any) -> None:
    """Write one JSON document to stdout."""
    from regress_cli.runs.strict_json import dumps

    # Plain ASCII, for any terminal and pipe.
    show_text(dumps(data, ascii_only=True))


def show_path(path: Path) -> None:
    """Write a path on a line of its own."""
    _show_verbatim(f"{path}\n")


def show_columns(columns: Mapping[str, Any], *, out: Path | None, as_json: bool) -> None:
    """Write columns as csv, or as a JSON list of rows, to stdout or to a file."""
    from regress_cli.errors import explain_os_errors
    from regress_cli.runs.csv_text import csv_text
    from regress_cli.runs.durable import write_file
    from regress_cli.runs.strict_json import dumps, finite

    if as_json:
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        content = dumps(finite([dict(zip(columns, row, strict=True)) for row in rows])[0], ascii_only=True)
    else:
        content = csv_text(columns)
    if out is None:
        _show_verbatim(content)
        return
    with explain_os_errors(f"write {printable(out)}", "name another file with --out"):
        write_file(out, content.encode("utf-8", errors="surrogateescape"))


def show_run(run: "Run", *, as_json: bool, quiet: bool) -> None:
    """Write a finished run: its folder, its record, or a summary with the folder in the last line."""
    if as_json:
        show_json({"folder": str(run.folder), **run.record})
        return
    if not quiet and sys.stdout is not None:
        _show_summary(run.record)
    show_path(run.folder)


def show_stop(run: "Run") -> None:
    """Say on stderr why a run ended before its time, if it did."""
    from regress_cli.cli.words.stop import why_stopped

    reason = why_stopped(run.record)
    if reason is not None:
        show_error(reason)


def show_plan(plan: "Plan", *, as_json: bool, quiet: bool) -> None:
    """Write what a run would be: its config, its folder, its size."""
    from regress_cli.config import resolved, to_yaml

    facts = plan.facts()
    if quiet:
        show_path(plan.folder)
    elif as_json:
        show_json({**facts, "config": resolved(plan.experiment, Path())})
    else:
        lines = (f"{name.replace('_', ' ') + ':':<18}{_fact(value)}\n" for name, value in facts.items())
        _show_verbatim(to_yaml(plan.experiment, Path()) + "\n" + "".join(lines))


def show_report(*parts: str | list[list[str]]) -> None:
    """Write a result to stdout: texts as they are, and tables, whose first row is their header."""
    _show_drawn(*(part if isinstance(part, str) else _drawable(part[0], part[1:]) for part in parts))


def show_blocks(title: str, blocks: "Sequence[Block]") -> None:
    """Write titled tables and sentences to stdout."""
    parts: list[str | list[list[str]]] = [title]
    for block in blocks:
        parts.append(f"\n{block.title}")
        parts += [block.rows] if block.rows else []
        parts += [f"- {sentence}" for sentence in block.sentences]
    show_report(*parts)


def show_fit(run: "Run", *, as_json: bool, quiet: bool) -> None:
    """Write what a formula's fit found: its parameters with their errors, and the run's folder.

    A fit that did not reach its minimum has no parameters to show.
    """
    if as_json or quiet or run.status != "finished":
        show_run(run, as_json=as_json, quiet=True)
        return
    show_report(run_words.title(run.record), *run_words.inference_parts(run.record))
    show_path(run.folder)


def show_benchmark(benchmark: "Benchmark", *, as_json: bool) -> None:
    """Write the engines side by side: their times, and whether they took the same steps."""
    if as_json:
        show_json(asdict(benchmark))
        return
    show_report(benchmark_words.rows(benchmark))
    for engine, reason in benchmark.missing.items():
        note(f"{engine}: {reason}")


def _show_verbatim(text: str) -> None:
    """Write text as it is for a program, and for any terminal, a dumb one too, so that it can do no harm."""
    if sys.stdout is not None and sys.stdout.isatty():
        text = "".join(f"{printable(line, len(line))}\n" for line in text.split("\n")).removesuffix("\n")
    show_text(text)


def _show_summary(record: Mapping[str, Any]) -> None:
    r2 = "R²" if _has_unicode(sys.stdout) else "R2"
    show_report(
        run_words.title(record),
        [["", "rows", "loss", "rmse", "mae", r2], *run_words.metrics_rows(record)],
        *run_words.parameter_parts(record),
    )


def _show_drawn(*parts: Any) -> None:
    """Write tables, and texts as they are, one below the other."""
    console = _console()
    # Captured, for rich would end the process with exit code 1 where the reader has left; it writes all
    # the same, though nothing.
    with _reader_may_leave():
        with console.capture() as capture:
            for part in parts:
                _draw(console, part)
        show_text("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def _draw(console: Any, part: Any) -> None:
    if isinstance(part, str):
        # A terminal's lines are broken between words; in a file, each sentence is a line.
        is_whole = not is_terminal(sys.stdout)
        console.print(part, markup=False, highlight=False, soft_wrap=is_whole)
        return
    # On a narrower terminal, lines that wrap are better than numbers that are cut.
    usual, console.width = console.width, _WIDEST
    console.width = max(usual, console.measure(part).maximum)
    console.print(part)
    console.width = usual


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
    console.width = max(console.width, _NARROWEST)
    return console


def _drawable(header: list[str], rows: list[list[str]]) -> Any:
    # Rich takes half a millisecond for a row.
    if len(rows) <= _LONG:
        return table(header, rows)
    return long_table(header, rows, "─" if _has_unicode(sys.stdout) else "-")


def table(header: list[str], rows: list[list[str]]) -> Any:
    """Return a table as rich draws it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(header))
    for column, is_right in zip(header, ends_at_right([header, *rows]), strict=True):
        # As text, here and below, for rich would take brackets in a name for markup.
        table.add_column(Text(column), justify="right" if is_right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def is_terminal(stream: Any) -> bool:
    """Return whether lines can be drawn and drawn again."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _to_stderr(line: str) -> None:
    if sys.stderr is None:
        return
    # A run goes on and finishes when nobody can be told any more.
    with suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def discard_stdout() -> None:
    """Send what is still to be written to stdout nowhere: whoever read it has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _has_left(error: OSError) -> bool:
    """Return whether nobody reads stdout any more: a pipe is broken, or a terminal was closed."""
    if isinstance(error, BrokenPipeError):
        return True
    # A disk that fails says the same of a file.
    return error.errno == errno.EIO and stat.S_ISCHR(os.fstat(sys.stdout.fileno()).st_mode)


def _has_unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().startswith("utf")
