"""A strict YAML reader: what is ambiguous, repeated or hostile is an error with its line.

PyYAML's parser delivers events; this file builds plain dicts, lists and scalars from them and keeps
the line of every key. Scalars follow the YAML 1.2 core schema (https://yaml.org/spec/1.2.2, section
10.3.2): ``1e-3`` is a float, ``no`` is a string. The limits hold while the events arrive, so that a
hostile file is refused before anything is built from it.
"""

import math
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from regress_cli.errors import ConfigError, refuse_no_room
from regress_cli.text import printable, quoted

LARGEST_BYTES = 1 << 20
DEEPEST = 32
MOST_NODES = 20_000
MOST_DIGITS = 400

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: its data, where it came from, the line of every key, and what replaced it."""

    data: Any
    source: str
    lines: dict[KeyPath, int] = field(default_factory=dict)
    overridden: frozenset[KeyPath] = frozenset()

    def place(self, path: KeyPath) -> str:
        """Return where the innermost key on ``path`` is written: ``file:line``, or an override."""
        line = self.line(path)
        if line == math.inf:
            return "override"
        return f"{self.source}:{line}" if line else self.source

    def line(self, path: KeyPath) -> float:
        """Return the line of the innermost key on ``path``: infinity for an override, 0 for none."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.overridden:
                return math.inf
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0


def read_file(path: Path, starter: str = "regress init linear") -> Document:
    """Read the YAML file at ``path``, which must hold one mapping.

    Args:
        path: The file.
        starter: The command that writes such a file to start from.

    Raises:
        ConfigError: the file can't be read, is not strict YAML, or is not a mapping.
    """
    source = printable(path)
    document = parse(_decode(_read_bytes(path, source, starter), source), source)
    if document.data is None:
        raise ConfigError(f"{source}: the file is empty; `{starter}` writes one to start from")
    if not isinstance(document.data, dict):
        kind = "a list" if isinstance(document.data, list) else "a single value"
        raise ConfigError(f"{source}: the file holds {kind}; {_lines_hint(document.data)}")
    return document


def parse(text: str, source: str) -> Document:
    """Parse ``text`` strictly; ``source`` is how messages call it."""
    try:
        return _Builder(source).build(text)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_explain(error, source, text)) from error
    except yaml.reader.ReaderError as error:
        character = f"U+{error.character:04X}" if isinstance(error.character, int) else "a byte"
        raise ConfigError(f"{source}: the character {character} can't stand in YAML; remove it") from error
    except (ValueError, OverflowError) as error:
        # PyYAML converts the numbers of "\\UFFFFFFFF" and of "%YAML 1.999..." without a check.
        reason = printable(error)
        raise ConfigError(f"{source}: an escape or directive can't be read ({reason}); remove it") from error


def scalar(text: str) -> Any:
    """Return the value of an unquoted scalar, by the YAML 1.2 core schema.

    >>> scalar("1e-3"), scalar("no"), scalar("0x10"), scalar("~")
    (0.001, 'no', 16, None)

    Raises:
        ValueError: a whole number has more digits than any use; Python itself can't print a longer one.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text) or _PREFIXED.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise ValueError(text)
        return int(text, base=0 if _PREFIXED.fullmatch(text) else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def blank_hint(text: Any) -> str | None:
    """Return what to do about a ``key:value`` without a blank, with which ``text`` begins, if it does.

    >>> blank_hint("seed:1")
    "put a blank after the colon: 'seed: 1'"
    """
    found = _WITHOUT_BLANK.match(text) if isinstance(text, str) else None
    return f"put a blank after the colon: {quoted(f'{found[1]}: {found[2]}')}" if found else None


def _lines_hint(data: Any) -> str:
    return blank_hint(data) or "write `key: value` lines"


def _read_bytes(path: Path, source: str, starter: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ConfigError(f"{source}: this is a folder; name a YAML file in it")
        if not stat.S_ISREG(mode):
            raise ConfigError(f"{source}: this is not a regular file; name a YAML file")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(
            f"{source}: there is no such file; check the path, or `{starter}` writes one"
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            refuse_no_room(f"read {source}", error)
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise ConfigError(f"{source}: it can't be read ({reason}); check the path") from error
    if len(content) > LARGEST_BYTES:
        raise ConfigError(f"{source}: the file is larger than 1 MiB; a config is a short text")
    return content


def _decode(content: bytes, source: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{source}: the file is UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{source}:{line}: the file is not UTF-8; save it as UTF-8") from error


class _Builder:
    """Builds one document from PyYAML's events, within the limits."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: dict[KeyPath, int] = {}
        self._nodes = 0

    def build(self, text: str) -> Document:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        data = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document starts here; keep one in a file")
                data = self._node(next(events), events, ())
        return Document(data, self._source, self._lines)

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        self._check(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _check(self, event: yaml.Event, path: KeyPath) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._refuse(event, f"the file holds more than {MOST_NODES} values; a config is a short text")
        if len(path) > DEEPEST:
            self._refuse(event, f"the file is nested deeper than {DEEPEST} levels; write it flatter")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors and aliases (& and *) are not read; write the value out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(event, f"the tag {quoted(tag)} is not read; remove it")

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        if not event.value.isascii() and _SURROGATE.search(event.value):
            self._refuse(event, "half a surrogate pair is no character; write the whole character")
        if event.style is not None:
            return event.value
        if _OCTAL_LOOKING.fullmatch(event.value):
            self._refuse(
                event,
                f"{quoted(event.value)} starts with 0, which some readers take for octal; "
                f"write {int(event.value[:MOST_DIGITS])}",
            )
        try:
            return scalar(event.value)
        except ValueError:
            self._refuse(event, "the number has too many digits; write a shorter one")

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            place = (*path, len(items))
            self._lines[place] = event.start_mark.line + 1
            items.append(self._node(event, events, place))
        return items

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in items:
                first = self._lines[(*path, key)]
                self._refuse(event, f"{quoted(key)} is given twice (first in line {first}); keep one")
            place = (*path, key)
            self._lines[place] = event.start_mark.line + 1
            items[key] = self._node(next(events), events, place)
        return items

    def _key(self, event: yaml.Event) -> str:
        self._check(event, ())
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "a key must be a plain word; write `key: value`")
        if event.value == "<<" and event.style is None:
            self._refuse(event, "merge keys (<<) are not read; write the keys out")
        return event.value

    def _refuse(self, event: yaml.Event, message: str) -> NoReturn:
        mark = event.start_mark
        raise ConfigError(f"{self._source}:{mark.line + 1}:{mark.column + 1}: {message}")


def _explain(error: yaml.MarkedYAMLError, source: str, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
    problem = printable(error.problem or "it can't be parsed")
    if "'\\t'" in problem:
        return f"{place}: a tab can't stand here; use spaces"
    if mark and (told := _missing_blank(error.context_mark or mark, text)):
        return f"{source}:{told}"
    context = f" {printable(error.context)}" if error.context else ""
    return f"{place}: this is not YAML:{context} {problem}; check the indentation, colons and brackets"


def _missing_blank(mark: yaml.Mark, text: str) -> str | None:
    """Tell of a ``key:value`` where the scanner stumbled, or in the line before: there it may begin."""
    lines = text.splitlines()
    for number in (mark.line + 1, mark.line):
        if hint := blank_hint("".join(lines[max(number - 1, 0) : number]).strip()):
            return f"{number}: this is no key with its value; {hint}"
    return None


_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], float("inf")),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], float("-inf")),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], float("nan")),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WITHOUT_BLANK = re.compile(r"([A-Za-z_]\w*):([^\s:/\\]\S*)")
_OCTAL_LOOKING = re.compile(r"[-+]?0[0-9]+")
