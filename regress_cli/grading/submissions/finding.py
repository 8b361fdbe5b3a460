"""From files and folders to submissions: whose each is."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.grading.submissions.reading import why_unreadable
from regress_cli.text import printable

# No file has a longer name, so that of two students none is cut to the other's.
LONGEST_STUDENT = 255


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: Whose it is, as it can be shown.
        place: Where it lies.
    """

    student: str
    place: Path

    @property
    def shown_place(self) -> str:
        """Where it lies, as it can be shown."""
        return printable(self.place, 1000)


def find_submissions(places: Sequence[Path], file_name: str) -> list[Submission]:
    """Return the submissions in files and folders, in the order of the students' names.

    A Python file is a submission, and so is a folder that holds ``file_name``. Any other folder holds
    submissions: each file and folder in it is one, for each gets a mark. Names that begin with a dot are
    left out.

    Raises:
        UserError: a place is not there, holds nothing, or two submissions are the same student's.
    """
    found: dict[str, Submission] = {}
    for place in places:
        for submission in _submissions_at(place, file_name):
            other = found.setdefault(submission.student, submission)
            if other.place.absolute() != submission.place.absolute():
                raise UserError(
                    f"two submissions are {submission.student}'s: {printable(other.place)} and "
                    f"{printable(submission.place)}; rename one, or take it out"
                )
    return [found[student] for student in sorted(found)]


def _submissions_at(place: Path, file_name: str) -> Iterator[Submission]:
    try:
        # What the teacher names may well be a link; what lies in a folder of submissions may not.
        is_folder = stat.S_ISDIR(place.stat().st_mode)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{why_unreadable(printable(place), error)}; name a file or folder of submissions"
        ) from error
    if not is_folder:
        yield Submission(_student_of_file(place, file_name), place)
    elif os.path.lexists(place / file_name):
        yield Submission(_shown(place.resolve().name), place)
    else:
        entries = sorted(entry for entry in place.iterdir() if not entry.name.startswith("."))
        if not entries:
            raise UserError(f"{printable(place)} holds no submission; name a folder that does")
        for entry in entries:
            yield Submission(_shown(entry.stem if entry.suffix == ".py" else entry.name), entry)


def _student_of_file(place: Path, file_name: str) -> str:
    """Return whose a file is: it is called after the student, or lies in a folder that is."""
    whole = place.resolve()
    return _shown(whole.parent.name if place.name == file_name and whole.parent.name else place.stem)


def _shown(name: str) -> str:
    return printable(name, LONGEST_STUDENT)
