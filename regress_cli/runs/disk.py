"""The one door through which a run changes anything on the disk.

Each method is one call to the system, so that a test can let any of them fail, or end the process at it.
"""

import os
import shutil
from pathlib import Path

# Windows alone tells bytes from text here.
_BYTES = getattr(os, "O_BINARY", 0)
# A link that somebody put there is not followed.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Disk:
    """The calls, under names of their own."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder; its parent is there."""
        folder.mkdir()

    def open_new(self, path: Path) -> int:
        """Return the descriptor of a file that was not there before."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BYTES, 0o666)

    def open_folder(self, folder: Path) -> int:
        """Return a descriptor of a folder, by which its names can be synced."""
        return os.open(folder, os.O_RDONLY)

    def open_place(self, folder: Path) -> int:
        """Return a descriptor of a folder to be locked; a link to one is refused."""
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK)

    def write(self, descriptor: int, content: memoryview) -> int:
        """Write what there is room for, and return how many bytes that was."""
        return os.write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        """Return once the system says that a file's content, or a folder's names, are on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder another name; a file that had it is replaced."""
        source.replace(target)

    def remove_file(self, path: Path) -> None:
        """Remove a file or a link, if it is there."""
        path.unlink(missing_ok=True)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder with all that is in it."""
        shutil.rmtree(folder)

    def remove_empty(self, folder: Path) -> None:
        """Remove a folder with nothing in it."""
        folder.rmdir()


disk = Disk()
