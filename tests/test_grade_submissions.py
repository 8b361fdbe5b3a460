"""Submissions are found by their places and read without trusting any: each gets a row, no link is opened."""

import os
from pathlib import Path

import pytest

from regress_cli.errors import UserError
from regress_cli.grading.submissions.finding import find_submissions
from regress_cli.grading.submissions.reading import LARGEST_FILE, read_submission
from regress_cli.runs.grade_folder import GradeFolder

CODE = b"def g(x):\n    return x\n"


def students(*places: Path) -> list[str]:
    """Return whose submissions are found at these places."""
    return [submission.student for submission in find_submissions(places, "answer.py")]


def write(path: Path, content: bytes = CODE) -> Path:
    """Write a file with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_and_folders_are_told_apart(tmp_path: Path):
    """A file is its student's by its name, or by its folder's; a folder is one submission, or holds many."""
    write(tmp_path / "class/ada.py")
    write(tmp_path / "class/ben/answer.py")
    write(tmp_path / "class/eve/notes.txt")
    write(tmp_path / "class/.hidden.py")
    assert students(tmp_path / "class") == ["ada", "ben", "eve"]
    assert students(tmp_path / "class/ben") == ["ben"]
    assert students(tmp_path / "class/ben/answer.py", tmp_path / "class/ada.py") == ["ada", "ben"]


def test_long_names_are_told_apart(tmp_path: Path):
    """A platform puts whatever a file was called behind the student's name."""
    names = [f"doe_{'report_' * 30}{number}" for number in (1, 2)]
    for name in names:
        write(tmp_path / f"{name}.py")
    assert students(tmp_path) == names


def test_the_same_place_may_be_named_twice(tmp_path: Path):
    """A shell's pattern and a folder may overlap."""
    write(tmp_path / "ada.py")
    assert students(tmp_path, tmp_path / "ada.py") == ["ada"]


def test_two_submissions_of_one_student_are_refused(tmp_path: Path):
    """Nobody can say which of them counts."""
    write(tmp_path / "a/ada.py")
    write(tmp_path / "b/ada.py")
    with pytest.raises(UserError, match="two submissions are ada's"):
        students(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("place", ["gone", "empty", "a\0b"])
def test_a_place_without_a_submission_is_refused(tmp_path: Path, place: str):
    """What the teacher names has to be there."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="name a f"):
        students(tmp_path / place)


def test_every_entry_of_a_class_gets_a_row_and_is_read_or_refused(tmp_path: Path):
    """Links, pipes, folders called like files and strange names neither stop the batch nor are followed."""
    secret = write(tmp_path / "secret.py", b"SECRET = 1\n")
    folder = tmp_path / "class"
    write(folder / "good.py")
    (folder / "link.py").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    write(folder / "=1+1.py")
    write(folder / "-rf.py")
    write(folder / "new\nline.py")
    write(folder / "esc\x1b[2J.py")
    write(Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.py")))
    write(folder / "latin.py", "# é\n".encode("latin-1"))
    write(folder / "mark.py", b"\xef\xbb\xbf" + CODE)
    write(folder / "huge.py", b"#" * (LARGEST_FILE + 1))
    write(folder / "book.ipynb", b'{"cells": []}')
    write(folder / "packed.zip", b"PK\x03\x04\xff")
    (folder / "inside").mkdir()
    (folder / "inside/answer.py").symlink_to(secret)
    found = find_submissions([folder], "answer.py")
    assert len(found) == len(list(folder.iterdir()))
    assert all(submission.student.isprintable() for submission in found)
    files = {one.student: read_submission(one.place, "answer.py") for one in found}
    read = {student for student, one in files.items() if not one.refusal}
    assert read == {"good", "=1+1", "-rf", "new\\nline", "esc\\x1b[2J", "\\udcff\\udcfe", "mark"}
    assert files["mark"].contents["answer.py"] == CODE
    assert not any(b"SECRET" in content for one in files.values() for content in one.contents.values())
    reasons = {student: one.refusal for student, one in files.items() if one.refusal}
    assert "is a link" in reasons["link"]
    assert "is a link" in reasons["loop"]
    assert "is a link" in reasons["inside"]
    assert "no ordinary file" in reasons["pipe"]
    assert "there is no answer.py" in reasons["folder"]
    assert "not UTF-8 at byte 2" in reasons["latin"]
    assert "larger than 1 MiB" in reasons["huge"]
    assert reasons["book.ipynb"].startswith("book.ipynb is a notebook; export it")
    assert reasons["packed.zip"] == "packed.zip is no Python file; hand in answer.py"


def test_neighbours_come_along_and_hidden_files_do_not(tmp_path: Path):
    """A submission may import what was handed in with it, from its folders too."""
    write(tmp_path / "ada/answer.py")
    write(tmp_path / "ada/parts/more.py")
    write(tmp_path / "ada/.git/config")
    write(tmp_path / "ada/__pycache__/answer.pyc")
    assert set(read_submission(tmp_path / "ada", "answer.py").contents) == {"answer.py", "parts/more.py"}


def test_a_folder_of_too_much_is_refused(tmp_path: Path):
    """Code is small; what is not would fill the disk of whoever grades it."""
    write(tmp_path / "ada/answer.py")
    for number in range(101):
        write(tmp_path / f"ada/{number}.py")
    assert "more than 100 files" in read_submission(tmp_path / "ada", "answer.py").refusal


def test_no_two_students_share_a_folder_and_none_leaves_it(tmp_path: Path):
    """Whatever a student is called, the record lies in a folder of its own below the assignment's."""
    names = ["ada", "Ada", "a/b", "a_b", "..", ".", "", "a" * 300, "a" * 299, "nul\0", "é", "e\u0301", "-rf"]
    grades = GradeFolder(tmp_path, "hw")
    # Who knows how folders are called may hand in under the name of another one's.
    names += {grades.place_of(name, "record.json").parent.name for name in names} - set(names)
    places = [grades.write_of(name, "record.json", b"{}") for name in names]
    assert len({str(place).lower() for place in places}) == len(names)
    inside = (tmp_path / "grades/hw/submissions").resolve()
    assert all(place.resolve().parent.parent == inside for place in places)
