"""What changes in place on a terminal: the progress of a training, and of a sweep."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from regress_cli.cli import view
from regress_cli.experiment.watch import Watch
from regress_cli.text import four_digits, printable

if TYPE_CHECKING:
    from regress_cli.training import Progress


class RunWatch(Watch):
    """Shows notes, and on a terminal a progress bar with loss and time left.

    A run that a closed terminal should end is ended by the signal that comes with it, at a safe moment,
    and not by an error on the way there: it goes on unseen.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._is_seen = True
        self._started = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            with suppress(OSError):
                self._bar.stop()

    def note(self, text: str) -> None:
        """Write a note above the bar."""
        if not self._quiet:
            view.note(text)

    def progress(self, progress: "Progress") -> None:
        """Move the bar, as long as it can be drawn."""
        if self._is_seen:
            try:
                self._draw(progress)
            except OSError:
                self._is_seen = False

    def _draw(self, progress: "Progress") -> None:
        if self._quiet or progress.steps == 0 or not view.is_terminal(sys.stderr):
            return
        if self._bar is None:
            # What is done at once needs no bar.
            if time.perf_counter() - self._started < 0.2:
                return
            self._bar = _progress_bar()
            self._task = self._bar.add_task("training", total=progress.steps, loss="")
            self._bar.start()
        self._bar.update(self._task, completed=progress.step, loss=f"loss {four_digits(progress.loss)}")


class LiveTable:
    """A table at the foot of the terminal, with a line below it; notes stand above."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live: Any = Live(console=Console(file=sys.stderr), transient=True, auto_refresh=False)
        self._live.start()

    def update(self, header: list[str], rows: list[list[str]], line: str) -> None:
        """Replace the table and the line."""
        from rich.console import Group
        from rich.text import Text

        below = Text(line, overflow="ellipsis", no_wrap=True)
        self._live.update(Group(view.table(header, rows), below), refresh=True)

    def note(self, text: str) -> None:
        """Write a note that stays."""
        self._live.console.print(f"note: {printable(text, 2000)}", markup=False, highlight=False)

    def stop(self) -> None:
        """Take the table away."""
        self._live.stop()


class TableWatch:
    """Tells how many jobs go on: in a table on a terminal, by notes elsewhere, or not at all.

    Args:
        quiet: Tell nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._table: LiveTable | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._table is not None:
            with suppress(OSError):
                self._table.stop()

    def note(self, text: str) -> None:
        """Tell what is worth a line of its own, above the table."""
        if not self._quiet:
            (view if self._table is None else self._table).note(text)


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
