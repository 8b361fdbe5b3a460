"""From an assignment file to an `Assignment`; every mistake in it is told before anything is graded."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from regress_cli.config.problems import problem_lines
from regress_cli.config.reader import Document, read_file
from regress_cli.errors import ConfigError, UserError
from regress_cli.gradients.comparing.by_which import check_arguments
from regress_cli.gradients.comparing.cases import as_floats
from regress_cli.gradients.comparing.known import KnownReference
from regress_cli.gradients.comparing.manual import find_reference
from regress_cli.gradients.inputs import read_inputs
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.gradients.user_file import split_target
from regress_cli.grading.assignment.assignment import Assignment, Question
from regress_cli.grading.assignment.neighbours import imported_beside
from regress_cli.grading.assignment.schema import AssignmentFile, Check
from regress_cli.grading.assignment.seeds import SHORTEST_KEY, fingerprint
from regress_cli.isolation import Limits
from regress_cli.isolation.source import read_source
from regress_cli.text import did_you_mean, printable, quoted
from regress_cli.version import __version__

# Whom the inputs are drawn for when the assignment itself is looked at.
NOBODY = ""
_LONGEST_KEY = 1 << 16


def read_assignment(path: Path) -> Assignment:
    """Return the assignment of a file; its other files are named relative to it.

    Raises:
        ConfigError: with one line for each problem.
    """
    file, document = read_assignment_file(path)
    key = _key(path, file)
    problems: list[str] = []
    questions: list[Question] = []
    for number, check in enumerate(file.checks):
        try:
            questions.append(_question(path.parent, file, check, key))
        except UserError as error:
            place = document.place(("checks", number, "against"))
            problems += [f"{place}: check {printable(check.name)}: {text}" for text in error.messages]
    if problems:
        raise ConfigError(*problems)
    # Only now, for to read the questions imports what references need.
    others = list(files_of(path, file))
    beside = imported_beside(others)
    return Assignment(
        file.name,
        file.submission,
        questions,
        _digest(file, others, beside, key),
        _own_files(path, file, [*others, *beside]),
    )


def read_assignment_file(path: Path) -> tuple[AssignmentFile, Document]:
    """Return what an assignment file says, checked by itself.

    Raises:
        ConfigError: with one line for each problem.
    """
    document = read_file(path, "regress grade init")
    try:
        return AssignmentFile.model_validate(document.data), document
    except ValidationError as error:
        raise ConfigError(*problem_lines(error, document, AssignmentFile)) from error


def files_of(path: Path, file: AssignmentFile) -> Iterator[Path]:
    """Yield the files beside the assignment's own that the verdicts depend on, each once."""
    found: dict[Path, None] = {}
    for check in file.checks:
        own = split_target(check.against)
        if own is not None:
            found[path.parent / own[0]] = None
        if isinstance(check.inputs, str):
            found[path.parent / check.inputs] = None
    yield from found


def _own_files(path: Path, file: AssignmentFile, others: Iterable[Path]) -> frozenset[Path]:
    """Return what a submission must not find, should it lie in the same folder."""
    named = [path.parent / one for one in (file.key, file.solution) if one is not None]
    return frozenset(place.resolve() for place in (path, *others, *named))


def _key(path: Path, file: AssignmentFile) -> bytes | None:
    """Return the course key, without what is white around it."""
    if file.key is None:
        return None
    place = path.parent / file.key
    make = f"make one with `head -c 32 /dev/urandom | base64 > {printable(place)}` and keep it to yourself"
    try:
        with place.open("rb") as stream:
            key = stream.read(_LONGEST_KEY).strip()
    except FileNotFoundError as error:
        raise ConfigError(f"{printable(place)}: the course key is not there; {make}") from error
    except OSError as error:
        reason = printable(error.strerror or error)
        raise ConfigError(f"{printable(place)}: the course key can't be read: {reason}; check it") from error
    if len(key) < SHORTEST_KEY:
        raise ConfigError(f"{printable(place)}: a course key has at least {SHORTEST_KEY} characters; {make}")
    return key


def _question(folder: Path, file: AssignmentFile, check: Check, key: bytes | None) -> Question:
    own = split_target(check.against)
    found = find_reference(f"{folder / own[0]}:{own[1]}" if own else check.against)
    # In reports it is called as the teacher calls it, and not by where it lies.
    reference = KnownReference.of(replace(found, name=check.against))
    limits = check.limits or file.limits
    question = Question(
        check=check,
        reference=reference,
        wrt=_arguments(check, reference),
        limits=Limits(seconds=limits.seconds, memory=limits.memory << 20),
        read=read_inputs(folder / check.inputs) if isinstance(check.inputs, str) else None,
        secret=key if check.per_student and key is not None else f"{file.name} {file.seed}".encode(),
    )
    _try_reference(question)
    return question


def _arguments(check: Check, reference: Reference) -> tuple[str, ...]:
    """Return what the gradient is by: an answer's form must not decide what it is asked for."""
    if check.wrt is not None:
        for name in check.wrt:
            if name not in reference.arguments:
                hint = did_you_mean(name, reference.arguments)
                raise UserError(
                    f"{reference.name} has no argument {quoted(name)} to differentiate by; {hint}"
                )
        return check.wrt
    if reference.entry is not None:
        return reference.entry.wrt
    if len(reference.required) == 1:
        return reference.required
    names = printable(", ".join(reference.required))
    raise UserError(
        f"{reference.name} takes several arguments ({names}); say which the gradient is by, such as "
        f"wrt: [{printable(reference.required[0])}]"
    )


def _try_reference(question: Question) -> None:
    """Refuse inputs at which the reference itself has no gradient.

    Raises:
        UserError: it has none, or the inputs do not fit.
    """
    reference, given = question.reference, question.inputs(NOBODY)
    if given is None:
        if reference.entry is None and len(reference.required) > 1:
            raise UserError(f"{reference.name} takes several arguments; give the check inputs")
        return
    inputs = {**(reference.defaults if reference.entry is not None else {}), **given}
    reference.check_names(inputs)
    check_arguments(question.wrt, inputs, reference)
    floats = as_floats(inputs, question.wrt)
    if not sum(np.size(floats[name]) for name in question.wrt):
        raise UserError("there is no number to differentiate by; give inputs that are not empty")
    try:
        reference.gradient(floats, question.wrt)
    except NoReference as reason:
        raise UserError(f"at the given inputs: {reason}; give others") from reason


def _digest(file: AssignmentFile, others: Iterable[Path], beside: Iterable[Path], key: bytes | None) -> str:
    """Return what changes whenever a verdict might: the file's meaning, its references, and regress."""
    digest = hashlib.sha256(f"{__version__}\n{file.model_dump_json()}\n".encode())
    for other in others:
        content = read_source(other) if other.suffix == ".py" else other.read_bytes()
        digest.update(fingerprint(content).encode())
    for neighbour in beside:
        digest.update(fingerprint(neighbour.read_bytes()).encode())
    digest.update(fingerprint(key or b"").encode())
    return digest.hexdigest()
