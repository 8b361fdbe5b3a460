"""What fuzzing starts from: good input of every kind, and what has been found before."""

import io
import struct
from pathlib import Path

import numpy as np
import polars as pl
from folder_damage import pristine_seeds

from regress_cli.isolation.channel import framed
from regress_cli.isolation.frames import pack

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent.parent / "configs"
CORPUS = HERE / "corpus"

_EXPRESSIONS = [
    "x**3 - 20*x + 10",
    "where(x < 0, -x, sqrt(x)) + pi",
    "a*exp(-k*t) + c",
    "2(x + 1)^2 - 4x",
    "((((x))))",
    "-+-x / 1e308",
    "tanh(abs(log(x))) * 0x1f",
    "x if y else z",
    "x\N{SUPERSCRIPT TWO} \N{MINUS SIGN} 3",
]
_TEXT_TABLES = ["x,y\n1,2\n3,4\n", 'a;"b;c";y\n1,5;north;2\n', "x\ty\n1.5\tNA\n\n", "x,y\r\n1,2,3\r\n"]
_STRUCTURES = [
    "a: [1, {b: 'c'}]\n",
    "? [1]\n: &x *x\n",
    '%YAML 1.2\n---\n"\\x41": !!str 010\n...\n',
    "<<: {a: .inf}\n",
]
_REPLY = ("reply", "gradient", {"w": np.arange(3.0)}, np.array(1.5), (), ("noticed",), ("a",))
_STAGE = ("s", ("a",), "s = a", "rule", {"a": np.ones(2)}, np.ones(2), np.ones(2), {"a": None}, None)
_STAGES = ("reply", "stages", (np.zeros(2),), None, (_STAGE,), (), ())


def seeds(target: str) -> list[bytes]:
    """Return the inputs that a target starts from."""
    return [*good_seeds(target), *found(target)]


def good_seeds(target: str) -> list[bytes]:
    """Return the good input of every kind."""
    return _SEEDS[target]()


def found(target: str) -> list[bytes]:
    """Return the inputs that were once answered wrongly; each has a file of its own."""
    folder = CORPUS / target
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []


def _configs() -> list[bytes]:
    shipped = [path.read_bytes() for path in sorted(CONFIGS.glob("*.yaml"))]
    return [*shipped, *(text.encode() for text in _STRUCTURES)]


def _expressions() -> list[bytes]:
    return [text.encode() for text in _EXPRESSIONS]


def _tables() -> list[bytes]:
    """Return tables behind the byte that says of which kind they are."""
    texts = [bytes([kind]) + text.encode() for kind in (0, 1, 2, 3, 130) for text in _TEXT_TABLES]
    file = io.BytesIO()
    pl.DataFrame({"x": [1.0, None], "t": ["a", "b"], "n": [1, 2]}).write_parquet(file)
    return [*texts, b"\x04" + file.getvalue(), b"\x81" + file.getvalue()]


def _frames() -> list[bytes]:
    values = [("failure", "raised", "message"), _REPLY, _STAGES, None, 2.5, -7]
    packed = [pack(value) for value in values]
    forged = [struct.pack("<cQ", b"t", 1) * 50 + b"N", struct.pack("<cBBQQ", b"a", 10, 2, 2**63, 2)]
    return [*packed, *map(framed, packed), *forged]


_SEEDS = {
    "config": _configs,
    "expression": _expressions,
    "table": _tables,
    "channel": _frames,
    "run_folder": pristine_seeds,
}
