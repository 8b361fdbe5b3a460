"""Lines on a terminal that change in place."""

import sys
from typing import Any

from regress_cli.text import printable


class LiveLines:
    """A few lines at the foot of the terminal, and notes above them."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._live: Any = Live(console=Console(file=sys.stderr), transient=True, auto_refresh=False)
        self._live.start()

    def update(self, lines: list[str]) -> None:
        """Replace the lines."""
        from rich.text import Text

        self._live.update(Text("\n".join(lines), overflow="ellipsis", no_wrap=True), refresh=True)

    def note(self, text: str) -> None:
        """Write a line above the others; it stays."""
        self._live.console.print(f"note: {printable(text, len(text))}", markup=False, highlight=False)

    def stop(self) -> None:
        """Take the lines away."""
        self._live.stop()
