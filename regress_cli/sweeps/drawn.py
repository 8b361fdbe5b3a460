"""The pictures of a sweep, or of several seeds, as files: one that can't be drawn costs no number."""

from collections.abc import Callable, Iterable

from regress_cli.drawing.picture import Picture, draw
from regress_cli.runs.sweep_folder import SweepFolder

# The name of a picture's file, and what makes the picture.
Wanted = tuple[str, Callable[[], Picture]]


def write_plots(folder: SweepFolder, wanted: Iterable[Wanted]) -> list[str]:
    """Draw pictures into a folder.

    Returns:
        A note for each that could not be drawn.

    Raises:
        RunFolderError, LimitReached: a file can't be written.
    """
    notes = []
    for name, make in wanted:
        try:
            content = draw(make())
        except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are kept.
            notes.append(f"plots/{name} could not be drawn: {type(error).__name__}: {error}")
        else:
            folder.write_plot(name, content)
    return notes
