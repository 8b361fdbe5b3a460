"""The arguments of a function, from a JSON or npz file."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.errors import UserError, explain_os_errors
from regress_cli.text import printable, quoted

Inputs = dict[str, Any]

_LARGEST_FILE = 64 << 20


def read_inputs(path: Path) -> Inputs:
    """Return the arguments in a file, by name.

    In JSON, nested lists are arrays of float64, a list of whole numbers too; a single whole number stays
    one, and so does a list under a key that ends in ``:int``, such as ``"labels:int": [0, 2]``.

    Raises:
        UserError: the file can't be read, or holds something else than numbers by name.
    """
    with explain_os_errors(f"read {printable(path)}", "check the path"):
        if not path.is_file():
            raise UserError(f"{printable(path)} is no file; check the path")
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(f"{printable(path)} is larger than 64 MiB; give fewer rows")
        inputs = _read_npz(path) if path.suffix == ".npz" else _read_json(path)
    if not inputs:
        raise UserError(f'{printable(path)} holds no arguments; give an object such as {{"x": 2.0}}')
    return inputs


def _read_json(path: Path) -> Inputs:
    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is not a number of JSON")

    try:
        data = json.loads(
            path.read_bytes().decode("utf-8-sig"), parse_constant=refuse, object_pairs_hook=_without_repeats
        )
    except (ValueError, RecursionError) as error:
        raise UserError(f"{printable(path)} is not JSON ({printable(error, 120)}); correct it") from error
    if not isinstance(data, dict):
        raise UserError(f'{printable(path)} has to be an object with a value for each argument, {{"x": 2.0}}')
    try:
        return dict(_argument(path, name, value) for name, value in data.items())
    except RecursionError as error:
        raise UserError(f"{printable(path)} is nested too deeply; write it flatter") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name.removesuffix(":int") for name, _ in pairs]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{repeated[0]} is there twice")
    return dict(pairs)


def _argument(path: Path, name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return name, value
    array = None if _has_text(value) else _as_array(value)
    if array is not None and not np.isfinite(array).all():
        raise UserError(f"{printable(path)}: {quoted(name)} holds a number that is too large; correct it")
    if array is None:
        raise UserError(
            f"{printable(path)}: {quoted(name)} has to be a number, or nested lists of numbers of equal "
            "lengths; correct it"
        )
    if not name.endswith(":int"):
        return name, array
    if not np.array_equal(array, np.trunc(array)):
        raise UserError(f"{printable(path)}: {quoted(name)} has to hold whole numbers; correct it")
    return name.removesuffix(":int"), array.astype(np.int64)


def _as_array(value: Any) -> np.ndarray | None:
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _has_text(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_text, value))
    return isinstance(value, str | bool) or value is None


def _read_npz(path: Path) -> Inputs:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            total = sum(info.file_size for info in file.zip.infolist())
            if total > _LARGEST_FILE:
                raise UserError(f"{printable(path)} unpacks to more than 64 MiB; give fewer rows")
            members = {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise UserError(
            f"{printable(path)} is not an npz file of plain arrays; write it with numpy.savez"
        ) from error
    except Exception as error:  # zipfile and zlib raise errors of their own for damaged files.
        if isinstance(error, UserError):
            raise
        raise UserError(f"{printable(path)} is damaged; write it anew with numpy.savez") from error
    return {name: _member(path, name, member) for name, member in members.items()}


def _member(path: Path, name: str, member: Any) -> np.ndarray:
    """Return a member of an npz file as an array; floats of any precision as float64."""
    place = f"{printable(path)}: {quoted(name)}"
    # NumPy gives the bytes of what does not begin as an array does.
    if not isinstance(member, np.ndarray):
        raise UserError(f"{place} is no array; write the file with numpy.savez")
    if member.dtype.kind not in "fiu":
        raise UserError(f"{place} holds {printable(member.dtype)}, not numbers; correct it")
    if member.dtype.kind != "f":
        return member
    with np.errstate(over="ignore"):
        array = member.astype(np.float64)
    if not np.isfinite(array).all():
        raise UserError(f"{place} holds a number that is not finite; correct it")
    return array
