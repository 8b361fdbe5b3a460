"""A run is watched as long as there is a terminal; once that is closed, the run goes on unseen."""

from contextlib import suppress
from typing import TYPE_CHECKING

from regress_cli.cli import view
from regress_cli.experiment.watch import Watch

if TYPE_CHECKING:
    from regress_cli.training import Progress


class SteadyWatch(Watch):
    """Shows what `RunWatch` shows, until that can't be written any more.

    A run that a closed terminal should end is ended by the signal that comes with it, at a safe moment,
    and not by an error on the way there.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._watch = view.RunWatch(quiet=quiet)
        self._is_seen = True

    def __enter__(self) -> "SteadyWatch":
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(OSError):
            self._watch.__exit__(*exception)

    def note(self, text: str) -> None:
        """Write a note above the bar."""
        self._watch.note(text)

    def progress(self, progress: "Progress") -> None:
        """Move the bar."""
        if self._is_seen:
            try:
                self._watch.progress(progress)
            except OSError:
                self._is_seen = False
