"""A finished run on its way from another machine: its files as bytes, and its folder made of them again."""

from collections.abc import Callable, Mapping
from pathlib import Path

from regress_cli.errors import RunFolderError
from regress_cli.runs.claim import claim
from regress_cli.runs.record_file import differing_files, read_record
from regress_cli.runs.run import Run
from regress_cli.text import printable


def carried_files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file of a finished run, by its name in the folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files_of(folder)}


def carried_bytes(folder: Path) -> int:
    """Return how many bytes the files of a finished run have."""
    return sum(path.stat().st_size for path in _files_of(folder))


def keep_carried(
    outputs: Path, folder_name: str, files: Mapping[str, bytes], tell: Callable[[str], None]
) -> Run:
    """Publish a run that was made elsewhere, or return the one that was finished here meanwhile.

    Args:
        outputs: The folder of all runs; made if it is missing.
        folder_name: The run's final name.
        files: What `carried_files` returned there.
        tell: Hears that another process works on the run.

    Raises:
        RunFolderError: these are not the files of that run; nothing is left of them.
        LimitReached: there is no room for them on the disk, or the disk failed.
    """
    with claim(outputs, folder_name, force=False, fresh=False, tell=tell) as place:
        if isinstance(place, Run):
            return place
        place.write_carried(files)
        record = read_record(place.folder)
        is_other = f"{record['name']}-{record['digest']}" != folder_name
        if is_other or any(differing_files(place.folder, record)):
            raise RunFolderError(
                f"{printable(folder_name)}: another run came back in its place; start the workers again"
            )
        return place.publish()


def _files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
