"""The strict YAML reader: good files are read as YAML 1.2 says, every other one is refused with its place."""

import math
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import is_one_plain_line, refusal_of

from regress_cli.config.reader import LARGEST_BYTES, parse, read_file, scalar
from regress_cli.errors import ConfigError


def read(tmp_path: Path, content: str | bytes) -> object:
    """Return what the reader makes of a file with this content."""
    path = tmp_path / "a.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path).data


def refusal(tmp_path: Path, content: str | bytes) -> str:
    """Return the message with which a file of this content is refused, without its folder."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    return str(caught.value).removeprefix(f"{tmp_path}{os.sep}")


# The examples of https://yaml.org/spec/1.2.2, sections 10.2.1 and 10.3.2, and what beginners write.
SCALARS = {
    "": None,
    "~": None,
    "null": None,
    "NULL": None,
    "true": True,
    "False": False,
    "0": 0,
    "-19": -19,
    "+12": 12,
    "0o7": 7,
    "0x3A": 58,
    "0.": 0.0,
    "-0.0": -0.0,
    ".5": 0.5,
    "+12e03": 12000.0,
    "-2E+05": -200000.0,
    "1e-3": 0.001,
    "1e3": 1000.0,
    "6.02e23": 6.02e23,
    ".inf": math.inf,
    "-.Inf": -math.inf,
    "no": "no",
    "yes": "yes",
    "on": "on",
    "nULL": "nULL",
    "1_000": "1_000",
    "12:30:45": "12:30:45",
    "2020-01-01": "2020-01-01",
    "0b1": "0b1",
    "-0x1": "-0x1",
    "1e": "1e",
    "e3": "e3",
    ".": ".",
    "inf": "inf",
    "nan": "nan",
    "\u0661": "\u0661",  # A digit, but none of YAML's.
}


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_read_by_the_core_schema(text):
    """An unquoted scalar has the value and the type that YAML 1.2 gives it."""
    value = parse(f"a: {text}", "a.yaml").data["a"]
    assert (type(value), repr(value)) == (type(SCALARS[text]), repr(SCALARS[text]))


def test_not_a_number_is_a_float():
    """The scalar .nan is the float that differs from itself."""
    value = scalar(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives(number):
    """A float is read back to the last bit, in Python's own notation and in scientific notation."""
    assert scalar(repr(number)) == number
    assert scalar(f"{number:.17e}") == number


@given(st.integers(-(10**399) + 1, 10**399 - 1))
def test_every_integer_survives(number):
    """A whole number is read back exactly, however large."""
    assert scalar(str(number)) == number


@given(st.sampled_from(sorted(SCALARS)), st.sampled_from(["'", '"']))
def test_quotes_make_a_text_of_everything(text, quote):
    """A quoted scalar is a text, whatever it looks like."""
    assert parse(f"a: {quote}{text}{quote}", "a.yaml").data == {"a": text}


REFUSED = {
    "list": ("- 1\n- 2", "a.yaml: the file holds a list; write `key: value` lines"),
    "single value": ("hello", "a.yaml: the file holds a single value; write `key: value` lines"),
    "duplicate key": ("a: 1\nb: 2\na: 3", "a.yaml:3:1: 'a' is given twice (first in line 1); keep one"),
    "duplicate in braces": ("a: {b: 1, b: 2}", "a.yaml:1:11: 'b' is given twice (first in line 1); keep one"),
    "duplicate in quotes": ('a: 1\n"a": 2', "a.yaml:2:1: 'a' is given twice (first in line 1); keep one"),
    "tab": ("a:\n\tb: 1", "a.yaml:2:1: a tab can't stand here; use spaces"),
    "anchor": ("a: &x 1", "a.yaml:1:4: anchors and aliases (& and *) are not read; write the value out"),
    "alias": ("a: *x", "a.yaml:1:4: anchors and aliases (& and *) are not read; write the value out"),
    "merge key": ("a:\n  <<: {b: 1}", "a.yaml:2:3: merge keys (<<) are not read; write the keys out"),
    "tag": ("a: !!str 1", "a.yaml:1:4: the tag 'tag:yaml.org,2002:str' is not read; remove it"),
    "second document": ("a: 1\n---\nb: 2", "a.yaml:2:1: a second document starts here; keep one in a file"),
    "key that is a list": ("? [1]\n: 2", "a.yaml:1:3: a key must be a plain word; write `key: value`"),
    "octal": (
        "a: 010",
        "a.yaml:1:4: '010' starts with 0, which some readers take for octal; write 10",
    ),
    "negative octal": (
        "a: -007",
        "a.yaml:1:4: '-007' starts with 0, which some readers take for octal; write -7",
    ),
    "half a pair": (
        'a: "\\ud800"',
        "a.yaml:1:4: half a surrogate pair is no character; write the whole character",
    ),
    "control character": ("a: \x1b[31m", "a.yaml: the character U+001B can't stand in YAML; remove it"),
    "zero byte": ("a: \0", "a.yaml: the character U+0000 can't stand in YAML; remove it"),
    "not UTF-8": (b"a: 1\nb: \xe9", "a.yaml:2: the file is not UTF-8; save it as UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), "a.yaml: the file is UTF-16; save it as UTF-8"),
    "no blank after the first colon": (
        "seed:1\nname: a",
        "a.yaml:1: this is no key with its value; put a blank after the colon: 'seed: 1'",
    ),
    "no blank after a later colon": (
        "name: a\nb:\n  seed:1\n  c: 2",
        "a.yaml:3: this is no key with its value; put a blank after the colon: 'seed: 1'",
    ),
    "no blank after the last colon": (
        "name: a\nseed:1",
        "a.yaml:2: this is no key with its value; put a blank after the colon: 'seed: 1'",
    ),
    "no blank after the only colon": (
        "seed:1",
        "a.yaml: the file holds a single value; put a blank after the colon: 'seed: 1'",
    ),
    "colons": (
        "a: b: c",
        "a.yaml:1:5: this is not YAML: mapping values are not allowed here; "
        "check the indentation, colons and brackets",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_strict_is_refused_with_its_place(tmp_path, kind):
    """The message says file, line, what is wrong and what to do, and nothing else."""
    content, message = REFUSED[kind]
    assert refusal(tmp_path, content) == message


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file_is_refused(tmp_path, content):
    """A file without a value says so, and how to get one."""
    expected = "a.yaml: the file is empty; `regress init linear` writes one to start from"
    assert refusal(tmp_path, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        'a: "\\UFFFFFFFF"',
        'a: "\\U00110000"',
        f"%YAML 1.{'9' * 5000}\n---\na: 1",
        "a: [1, 2",
        "a: 'x",
        "a: @x",
    ],
)
def test_what_is_not_yaml_is_refused(tmp_path, content):
    """A text that YAML's grammar has no place for is refused, and never ends in a crash."""
    assert refusal(tmp_path, content).startswith("a.yaml:")


@pytest.mark.parametrize("digits", ["9" * 401, "9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000])
def test_a_number_of_absurd_length_is_refused(tmp_path, digits):
    """A whole number that is longer than any use is refused at its place."""
    expected = "a.yaml:1:4: the number has too many digits; write a shorter one"
    assert refusal(tmp_path, f"a: {digits}") == expected


GOOD = {
    "BOM": b"\xef\xbb\xbfa: 1",
    "CRLF": b"a: 1\r\n",
    "start and end": b"---\na: 1\n...\n",
    "comment": b"# first\na: 1  # second\n",
}


@pytest.mark.parametrize("kind", GOOD)
def test_harmless_differences_are_accepted(tmp_path, kind):
    """A byte order mark, Windows line ends, document marks and comments change nothing."""
    assert read(tmp_path, GOOD[kind]) == {"a": 1}


def test_a_quoted_merge_key_is_a_key(tmp_path):
    """The text << in quotes is a name like any other."""
    assert read(tmp_path, "'<<': 1") == {"<<": 1}


def test_keys_are_texts(tmp_path):
    """A key is what is written, also where it looks like a number or a truth value."""
    assert read(tmp_path, "1: a\n1.0: b\ntrue: c") == {"1": "a", "1.0": "b", "true": "c"}


def test_every_key_has_its_line():
    """The place of a key is the line in which it stands, and of an unknown key that of its section."""
    document = parse("a: 1\nb:\n  - 2\n  - c: 3\n", "f.yaml")
    assert document.place(("b", 1, "c")) == "f.yaml:4"
    assert document.place(("b", 0)) == "f.yaml:3"
    assert document.place(("b", "missing")) == "f.yaml:2"
    assert document.place(("missing",)) == "f.yaml"


BOMB = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(100))
HOSTILE = {
    "alias bomb": BOMB,
    "10,000 deep": "a: " + "[" * 10_000,
    "300,000 deep": "a: " + "[" * 300_000,
    "deep braces": "a: " + "{a: " * 200_000,
    "deep dashes": "- " * 300_000,
    "deep blocks": "\n".join(" " * depth + "a:" for depth in range(1000)),
    "500,000 items": "a: [" + "1," * 500_000 + "]",
    "60,000 keys": "".join(f"k{i}: 1\n" for i in range(60_000)),
    "300,000 anchors": "&a " * 300_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_at_once(tmp_path, kind):
    """A bomb is refused before it grows: with little work, however long the machine takes over it."""
    start = time.process_time()  # Other processes may keep the clock on the wall waiting.
    message = refusal(tmp_path, HOSTILE[kind])
    assert time.process_time() - start < 10
    assert any(word in message for word in ("deeper", "more than", "anchors"))


def test_thirty_two_levels_are_read_and_one_more_is_not(tmp_path):
    """The limit of depth lies where the message says."""
    read(tmp_path, "a: " + "[" * 32 + "]" * 32)
    assert "deeper than 32 levels" in refusal(tmp_path, "a: " + "[" * 33 + "]" * 33)


def test_a_file_of_100_mb_is_refused_unread(tmp_path):
    """A file beyond the limit is refused by its size, whatever is in it."""
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ConfigError, match="larger than 1 MiB; a config is a short text"):
        read_file(path)


def test_a_file_at_the_limit_is_read(tmp_path):
    """A file of exactly the largest size is read."""
    content = b"a: 1\n#"
    assert read(tmp_path, content + b"x" * (LARGEST_BYTES - len(content))) == {"a": 1}


def test_a_missing_file_is_said_so(tmp_path):
    """The message names the missing file and says how to get one."""
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such file; check the path, or `regress"):
        read_file(tmp_path / "none.yaml")


def test_a_folder_is_said_so(tmp_path):
    """A folder in place of a file is called one."""
    with pytest.raises(ConfigError, match="this is a folder; name a YAML file in it"):
        read_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_without_waiting(tmp_path):
    """A named pipe, which nobody writes to, is refused rather than waited for."""
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match="this is not a regular file; name a YAML file"):
        read_file(path)


@pytest.mark.parametrize("name", ["a" * 5000, "nul\0l", "file.yaml/inner.yaml"])
def test_a_path_that_can_not_be_is_refused(tmp_path, name):
    """A path that the system refuses is the user's to change, not a crash."""
    (tmp_path / "file.yaml").touch()
    with pytest.raises(ConfigError, match="check the path"):
        read_file(tmp_path / name)


def test_the_name_of_a_file_can_not_move_the_cursor(tmp_path):
    """Control characters in a file's name are shown as escapes."""
    with pytest.raises(ConfigError) as caught:
        read_file(tmp_path / "\x1b[2J\n.yaml")
    assert r"\x1b[2J\n.yaml" in str(caught.value)


YAML_PIECES = st.sampled_from(
    [
        *"[]{}&*!|>%@`'\"#:,-? \n\t",
        "a",
        "1",
        "<<",
        "---",
        "...",
        "0x",
        "\\u",
        ": ",
        "- ",
        "\ufeff",
        "\x85",
        "é",
    ]
)


@given(st.one_of(st.text(), st.lists(YAML_PIECES).map("".join)))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text):
    """Whatever the text, it is read, or refused in lines that name the file and are safe to show."""
    for message in refusal_of(parse, text, "a.yaml"):
        assert message.startswith("a.yaml")
        assert is_one_plain_line(message)


@given(st.binary())
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    """Whatever the bytes of a file, it is read, or refused in lines that are safe to show."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    assert all(map(is_one_plain_line, refusal_of(read_file, path)))
