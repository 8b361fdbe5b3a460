"""What a caller may want to hear while a run is made."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regress_cli.training import Progress


class Watch:
    """Hears what happens; this one ignores it."""

    def note(self, text: str) -> None:
        """Take a note, such as a warning."""

    def progress(self, progress: "Progress") -> None:
        """Take the state of training, several times a second."""
