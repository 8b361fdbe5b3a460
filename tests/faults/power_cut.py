"""A disk that forgets what was not synced: the calls of a run are played on it up to any one of them.

Two power cuts are the extremes of what a file system may do. In one, every name that was not synced is
lost. In the other, all names are kept and the content that was not synced is lost: files of no bytes.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class File:
    """A file's content, and what of it is on the disk."""

    content: bytes = b""
    durable: bytes = b""

    def sync(self) -> None:
        """Put the content on the disk."""
        self.durable = self.content


@dataclass
class Folder:
    """A folder's names, and those that are on the disk."""

    names: dict[str, "File | Folder"] = field(default_factory=dict)
    durable: dict[str, "File | Folder"] = field(default_factory=dict)

    def sync(self) -> None:
        """Put the names on the disk."""
        self.durable = dict(self.names)


class ForgetfulDisk:
    """What is below one folder."""

    def __init__(self, root: Path, before: Path) -> None:
        """Take over what is on the disk at first.

        Args:
            root: The folder that the calls' paths lie in.
            before: What was in it before the first call.
        """
        self.root = root
        self._top = _folder_from(before)
        self._open: dict[int, File | Folder] = {}

    def play(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        """Do what a call did that returned ``result``."""
        getattr(self, f"_{name}")(result, *arguments)

    def cut_power(self, target: Path, *, keeps_names: bool) -> None:
        """Put into a folder what is found on the disk after a power cut."""
        _write_out(self._top, target, keeps_names=keeps_names)

    def names_in(self, name: str) -> list[str]:
        """Return the names in a folder of the root, as a process sees them."""
        node = self._at(self.root / name)
        assert isinstance(node, Folder)
        return sorted(node.names)

    def kill(self, target: Path) -> "ForgetfulDisk":
        """Put into a folder what the next process finds; return the disk for that one's calls in there."""
        disk = deepcopy(self)
        disk.root, disk._open = target, {}
        _write_out(disk._top, target, keeps_names=True, is_killed=True)
        return disk

    def _make_folder(self, result: None, path: Path) -> None:
        self._parent(path).names[path.name] = Folder()

    def _open_new(self, result: int, path: Path) -> None:
        self._parent(path).names[path.name] = self._open[result] = File()

    def _open_folder(self, result: int, path: Path) -> None:
        self._open[result] = self._at(path)

    def _open_place(self, result: int, path: Path) -> None:
        self._open_folder(result, path)

    def _write(self, result: int, descriptor: int, content: bytes) -> None:
        file = self._open[descriptor]
        assert isinstance(file, File)
        file.content += content[:result]

    def _sync(self, result: None, descriptor: int) -> None:
        self._open[descriptor].sync()

    def _close(self, result: None, descriptor: int) -> None:
        del self._open[descriptor]

    def _rename(self, result: None, source: Path, target: Path) -> None:
        self._parent(target).names[target.name] = self._parent(source).names.pop(source.name)

    def _remove_file(self, result: None, path: Path) -> None:
        self._parent(path).names.pop(path.name, None)

    def _remove_tree(self, result: None, path: Path) -> None:
        # The system removes the names one by one, from the inside, and each may be on the disk at once.
        node = self._at(path)
        assert isinstance(node, Folder)
        _empty(node)
        del self._parent(path).names[path.name]

    def _remove_empty(self, result: None, path: Path) -> None:
        del self._parent(path).names[path.name]

    def _parent(self, path: Path) -> Folder:
        folder = self._at(path.parent)
        assert isinstance(folder, Folder)
        return folder

    def _at(self, path: Path) -> "File | Folder":
        node: File | Folder = self._top
        for part in path.relative_to(self.root).parts:
            assert isinstance(node, Folder)
            node = node.names[part]
        return node


def _folder_from(path: Path) -> Folder:
    folder = Folder()
    for entry in path.iterdir():
        content = b"" if entry.is_dir() else entry.read_bytes()
        folder.names[entry.name] = _folder_from(entry) if entry.is_dir() else File(content, content)
    folder.sync()
    return folder


def _empty(folder: Folder) -> None:
    for node in (*folder.names.values(), *folder.durable.values()):
        if isinstance(node, Folder):
            _empty(node)
    folder.names.clear()
    folder.durable.clear()


def _write_out(folder: Folder, target: Path, *, keeps_names: bool, is_killed: bool = False) -> None:
    target.mkdir()
    for name, node in (folder.names if keeps_names else folder.durable).items():
        if isinstance(node, Folder):
            _write_out(node, target / name, keeps_names=keeps_names, is_killed=is_killed)
        else:
            (target / name).write_bytes(node.content if is_killed else node.durable)
