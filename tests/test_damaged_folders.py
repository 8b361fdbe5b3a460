"""A damaged run folder is named as such by every command that reads it, at once; the others are still listed.

Each damage is done to a copy of a small run. Where its checksums could be made to fit, they are.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from errno import EACCES, EIO, EMFILE
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from folder_damage import (
    KINDS,
    STRANGE,
    drop,
    edit_record,
    make_run,
    places,
    put,
    read_as_commands_do,
    replace_arrays,
    saved,
    sealed,
)
from plain import is_one_plain_line, refusal_of
from shell import call, small_config, strict_json

from regress_cli.errors import LimitReached, RunFolderError, UserError
from regress_cli.runs import open_run

_MOST_SECONDS, _MOST_BYTES = 1.0, 1 << 30
ROWS = "x\n1\n2\n"

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run; read only."""
    return make_run(tmp_path_factory.mktemp("finished"), "steps")


@pytest.fixture
def outputs(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two runs: one to damage, under its own name, and a whole one."""
    monkeypatch.chdir(tmp_path)
    small_config(tmp_path)
    Path("new.csv").write_text(ROWS)
    shutil.copytree(finished, Path("outputs", finished.name))
    shutil.copytree(finished, Path("outputs", "whole-0123456789ab"))
    return Path("outputs")


def write(name: str, content: bytes) -> Damage:
    """Return the damage that puts other bytes into a file."""
    return lambda folder: (folder / name).write_bytes(content)


def edit(change: Callable[[dict], object]) -> Damage:
    """Return the damage that changes the record and seals it again."""
    return lambda folder: edit_record(folder, change)


def arrays(content: bytes) -> Damage:
    """Return the damage that replaces params.npz, with a record that fits."""
    return lambda folder: replace_arrays(folder, content)


def cut(name: str) -> Damage:
    """Return the damage that leaves half of a file."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200])


def flipped(name: str) -> Damage:
    """Return the damage that flips the bits of a byte in a file, and leaves its length."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 0xFF
        (folder / name).write_bytes(content)

    return damage


def instead(name: str, make: Callable[[Path], object]) -> Damage:
    """Return the damage that puts something that is no file in a file's place."""

    def damage(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return damage


def sparse(name: str) -> Damage:
    """Return the damage that makes a file 10 GB long, which takes no room on the disk."""

    def damage(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.truncate(10 << 30)

    return damage


@cache
def bomb() -> bytes:
    """Return an archive of 200 kB that unpacks to 200 MB of zeros."""
    header, content = io.BytesIO(), io.BytesIO()
    shape = {"descr": "<f8", "fortran_order": False, "shape": (25_000_000,)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("w.npy", "w") as file:
        file.write(header.getvalue())
        for _ in range(200):
            file.write(bytes(1_000_000))
    return content.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    """Return an archive whose array claims a shape and has no numbers."""
    header, content = io.BytesIO(), io.BytesIO()
    described = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, described)
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("w.npy", header.getvalue())
    return content.getvalue()


class Touching:
    """Makes a file when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


PICKLE = saved(w=np.array([Touching()], dtype=object))
GOOD = {"w": np.ones(1), "b": np.zeros(())}
LARGE = b'{"format_version": 1, "a": [' + b"[]," * 300_000 + b"[]]}"
DEEP = '{"format_version": 1, "a": ' + "[" * 900 + "]" * 900 + "}"

# What open_run itself sees, so that every command names it.
OF_THE_FOLDER: dict[str, Damage] = {
    "a cut record": cut("run.json"),
    "an empty record": write("run.json", b""),
    "a record that is no object": write("run.json", b"[1, 2]"),
    "a record of other bytes": write("run.json", b"\xff\xfe\x00"),
    "a record of many lists": write("run.json", LARGE),
    "lists deep in a record": edit(lambda record: record.update(more=json.loads("[" * 50 + "]" * 50))),
    "a deep record": write("run.json", DEEP.encode()),
    "a record of 10 GB": sparse("run.json"),
    "a format of the future": edit(lambda record: record.update(format_version=99)),
    "an edited record": lambda folder: (folder / "run.json").write_text(
        (folder / "run.json").read_text().replace('"seed": 0', '"seed": 1')
    ),
    "a record that is a pipe": instead("run.json", os.mkfifo),
    "a record that is a folder": instead("run.json", Path.mkdir),
    "a record that is a link to nothing": instead("run.json", lambda path: path.symlink_to("nothing")),
    "a record that is a link to itself": instead("run.json", lambda path: path.symlink_to("run.json")),
    "no record": lambda folder: (folder / "run.json").unlink(),
    "no parameters": lambda folder: (folder / "params.npz").unlink(),
    "no config": lambda folder: (folder / "config.yaml").unlink(),
    "parameters that are a pipe": instead("params.npz", os.mkfifo),
    "parameters that are cut": cut("params.npz"),
    "predictions of 10 GB": sparse("predictions.csv"),
    "no metrics": edit(lambda record: record.pop("metrics")),
    "files that are a list": edit(lambda record: record.update(files=[])),
    "facts of a file that are a number": edit(lambda record: record.update(files={"x": 3})),
    "a file of somewhere else": edit(
        lambda record: record["files"].update({"../new.csv": {"bytes": len(ROWS), "sha256": ""}})
    ),
    "data that are a list": edit(lambda record: record.update(data=[])),
    "an unknown end": edit(lambda record: record.update(stop_reason="zzz")),
    "columns of no kind": edit(lambda record: record["data"].update(columns=[{}])),
    "no columns": edit(lambda record: record["data"].update(columns=[])),
    "half an inference": edit(lambda record: record.update(inference={"parameters": [{}]})),
    "a number that is a text": edit(lambda record: record["metrics"]["train"].update(rmse="x")),
    "a number that is no JSON": edit(lambda record: record["metrics"]["train"].update(rmse=float("inf"))),
    "a seed that is a text": edit(lambda record: record.update(seed="x")),
    "no seed in the config": edit(lambda record: record["config"].pop("seed")),
    "no timings": edit(lambda record: record.pop("timings")),
    "timings that are texts": edit(lambda record: record.update(timings={"training": "long"})),
    "no environment": edit(lambda record: record.pop("environment")),
    "an environment that is a list": edit(lambda record: record.update(environment=[])),
    "a divergence that is not there": edit(lambda record: record.update(status="diverged")),
}
# What shows when the arrays are read.
OF_THE_ARRAYS: dict[str, Damage] = {
    "a pickle": arrays(PICKLE),
    "half an archive": arrays(saved(**GOOD)[:300]),
    "no archive": arrays(b"hello"),
    "an empty archive": arrays(saved()),
    "a bomb": lambda folder: arrays(bomb())(folder),
    "an array that claims 8 TB": arrays(claiming((10**12,))),
    "an empty array of endless size": arrays(claiming((0, 10**17, 10**17))),
    "whole numbers": arrays(saved(w=np.ones(1, int), b=np.zeros(()))),
    "complex numbers": arrays(saved(w=np.ones(1, complex), b=np.zeros(()))),
    "a parameter of another shape": arrays(saved(w=np.ones(7), b=np.zeros(()))),
    "a parameter of more dimensions": arrays(saved(w=np.ones((1, 3)), b=np.zeros(()))),
    "a parameter that is missing": arrays(saved(w=np.ones(1))),
    "scaling of another shape": arrays(
        saved(**GOOD, **{f"standardized.{name}": value for name, value in GOOD.items()})
    ),
}
COMMANDS = {
    "summary": ["summary", "{run}"],
    "predict": ["predict", "{run}", "new.csv"],
    "run": ["run", "small.yaml"],
    "run --json": ["run", "small.yaml", "--json"],
    "run --dry-run": ["run", "small.yaml", "--dry-run"],
}


def damaged_run(outputs: Path, finished: Path, damage: Damage) -> Path:
    """Damage the run in ``outputs`` and return its folder."""
    folder = outputs / finished.name
    damage(folder)
    return folder


def answer(command: str, folder: Path):
    """Give a command its damaged folder; it must answer within a second of processor time."""
    started = time.process_time()
    result = call(*(str(argument).format(run=folder) for argument in COMMANDS[command]))
    assert time.process_time() - started < _MOST_SECONDS
    return result


# What makes a run, and only asks what would be made, looks for the run as `run` does: two damages show it.
_LIKE_RUN = {"run --json", "run --dry-run"}
_FOR_ALL = {"a cut record", "predictions of 10 GB"}


@pytest.mark.parametrize("damage", OF_THE_FOLDER)
def test_every_command_names_a_damaged_folder(outputs: Path, finished: Path, damage: str):
    """Each command that reads a run refuses a damaged one with exit code 2 and a line that names it."""
    folder = damaged_run(outputs, finished, OF_THE_FOLDER[damage])
    for command in (name for name in COMMANDS if damage in _FOR_ALL or name not in _LIKE_RUN):
        result = answer(command, folder)
        assert (result.exit_code, result.stdout) == (2, ""), command
        (line,) = result.stderr.splitlines()
        assert is_one_plain_line(line)
        assert folder.name in line
        assert ";" in line


@pytest.mark.parametrize("damage", OF_THE_ARRAYS)
def test_predict_names_damaged_arrays(outputs: Path, finished: Path, damage: str):
    """Arrays that no run writes are refused before they are unpacked, and no code in them runs."""
    folder = damaged_run(outputs, finished, OF_THE_ARRAYS[damage])
    result = answer("predict", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert folder.name in line
    assert line.endswith("damaged; repeat the run with --force")
    assert not Path("exploded").exists()


@pytest.mark.parametrize("damage", ["a cut record", "no parameters", "parameters of other bytes"])
def test_the_remedy_helps(outputs: Path, finished: Path, damage: str):
    """Who repeats the run as the refusal says gets the answer that was refused."""
    other_bytes = {"parameters of other bytes": flipped("params.npz")}
    folder = damaged_run(outputs, finished, {**OF_THE_FOLDER, **other_bytes}[damage])
    assert answer("predict", folder).stderr.endswith("; repeat the run with --force\n")
    again = call("run", "small.yaml", "--force", "--quiet")
    assert (again.exit_code, Path(again.stdout.strip())) == (0, folder)
    assert answer("predict", folder).exit_code == 0


@pytest.mark.parametrize("damage", OF_THE_FOLDER)
def test_a_damaged_folder_is_listed_beside_the_others(outputs: Path, finished: Path, damage: str):
    """The listing ends with 0, says of the damaged run what is wrong, and shows the whole one as ever."""
    folder = damaged_run(outputs, finished, OF_THE_FOLDER[damage])
    result = call("runs", "--json")
    assert result.exit_code == 0
    first, second = strict_json(result.stdout)
    assert (first["folder"], first["status"]) == (str(folder), "damaged")
    assert folder.name in first["problem"]
    assert (second["status"], second["problem"]) == ("finished", None)
    assert second["metrics"]["train"]["n"] == 20


def test_any_value_may_be_any_other(outputs: Path, finished: Path):
    """Whatever stands at a place of a sealed record, or is missing, reading answers or refuses."""
    folder = outputs / finished.name
    text = (folder / "run.json").read_text()
    refusals: list[str] = []
    for number, place in enumerate(places(json.loads(text))):
        one, other = STRANGE[number % len(STRANGE)], STRANGE[(7 * number + 3) % len(STRANGE)]
        for change in (partial(put, value=one), partial(put, value=other), drop):
            record = json.loads(text)
            change(record, place=place)
            (folder / "run.json").write_text(sealed(record))
            refusals += refusal_of(read_as_commands_do, folder)
    assert len(refusals) > 150
    assert all(map(is_one_plain_line, refusals))


@pytest.mark.parametrize("damage", ["a bomb", "a record of many lists", "predictions of 10 GB"])
def test_little_memory_is_needed(outputs: Path, finished: Path, damage: str):
    """A whole process that meets a bomb, or a file of 10 GB, needs less than 1 GB and ends with 2."""
    folder = damaged_run(outputs, finished, {**OF_THE_FOLDER, **OF_THE_ARRAYS}[damage])
    command = [sys.executable, "-m", "regress_cli", "predict", str(folder), "new.csv"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert folder.name in process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 2
    assert usage.ru_maxrss * 1024 < _MOST_BYTES


@pytest.mark.parametrize("name", ["run.json", "params.npz"])
@pytest.mark.parametrize(
    ("number", "kind"), [(EMFILE, LimitReached), (EIO, LimitReached), (EACCES, UserError)]
)
def test_what_can_not_be_read_is_not_called_damaged(
    outputs: Path, finished: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, kind: type
):
    """Where the system does not let a file be read, the run may be a good one: nobody says to remove it."""
    opened, original = open_run(outputs / finished.name), Path.open

    def refuse(path: Path, *arguments, **keywords):
        if path.name == name:
            raise OSError(number, os.strerror(number))
        return original(path, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(kind, match=os.strerror(number)) as caught:
        open_run(opened.folder).arrays()
    assert not isinstance(caught.value, RunFolderError)
    result = call("run", "small.yaml") if name == "run.json" else call("predict", opened.folder, "new.csv")
    assert result.exit_code == (2 if number == EACCES else 5)
    assert "remove" not in result.stderr
    assert "damaged" not in result.stderr


def test_what_may_not_be_looked_at_is_not_called_damaged(
    outputs: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where the system does not say what is there, the run may be a good one, in every version of Python."""

    def refuse(path: Path, *arguments, **keywords):
        raise PermissionError(EACCES, os.strerror(EACCES))

    # From Python 3.14 on, they say no of what may not be looked at.
    for name, look in (("is_file", os.path.isfile), ("is_dir", os.path.isdir), ("exists", os.path.exists)):
        monkeypatch.setattr(Path, name, look)
    monkeypatch.setattr("regress_cli.runs.status.os.stat", refuse)
    with pytest.raises(UserError, match="Permission denied; check its permissions") as caught:
        open_run(outputs / finished.name)
    assert not isinstance(caught.value, RunFolderError)


def test_a_folder_of_many_kinds_of_runs_is_whole(tmp_path: Path):
    """Runs of every kind, as they were written, are read by all that the commands show of them."""
    for kind in KINDS:
        read_as_commands_do(make_run(tmp_path, kind))
