"""Where the records of a grading go, and the files that are drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.grading.formats import FORMATS, ClassFormat, OneFormat
from regress_cli.grading.records.record import Record
from regress_cli.grading.records.record_text import read_record, record_text
from regress_cli.runs.grade_folder import GradeFolder, write_at

_REMEDY = "name another file with --to"


@dataclass(frozen=True)
class Wanted:
    """A file that somebody wants.

    Attributes:
        format: A name of `FORMATS`.
        file: Where it goes; None for its place among the records.
    """

    format: str
    file: Path | None = None


@dataclass(frozen=True)
class Store:
    """The folder of an assignment's records.

    Attributes:
        outputs: The folder of all outputs.
        name: The assignment's.
        wanted: What is drawn from the records.
    """

    outputs: Path
    name: str
    wanted: tuple[Wanted, ...] = ()

    @property
    def folder(self) -> GradeFolder:
        """The folder."""
        return GradeFolder(self.outputs, self.name)

    @property
    def grades(self) -> Path:
        """The folder of the records of all assignments."""
        return self.folder.path.parent

    def found(self, student: str) -> Record | None:
        """Return the record that a student has; None if there is none that is whole."""
        content = self.folder.read_record(student)
        record = None if content is None else read_record(content)
        return record if record is not None and record.student == student else None

    def keep(self, record: Record) -> None:
        """Write a student's record anew, and the files about this student that are wanted."""
        self.folder.write_record(record.student, record_text(record), is_last=record.is_finished)
        self.draw(record)

    def draw(self, record: Record) -> None:
        """Write the files about one student that are wanted."""
        for wanted in self.wanted:
            one = FORMATS[wanted.format]
            if isinstance(one, OneFormat):
                self._write_of(record, wanted, one)

    def keep_class(self, records: Sequence[Record]) -> None:
        """Write the files about the whole class that are wanted."""
        for wanted in self.wanted:
            one = FORMATS[wanted.format]
            if not isinstance(one, ClassFormat):
                continue
            content = one.content(records)
            if wanted.file is None:
                self.folder.write(one.file_name, content)
            else:
                write_at(wanted.file, content, remedy=_REMEDY)

    @property
    def places(self) -> list[Path]:
        """Where the wanted files lie that do not lie with each student's record."""
        formats = [(wanted.file, FORMATS[wanted.format]) for wanted in self.wanted]
        return [
            file or self.folder.path / one.file_name
            for file, one in formats
            if file is not None or isinstance(one, ClassFormat)
        ]

    def _write_of(self, record: Record, wanted: Wanted, one: OneFormat) -> None:
        content = one.content(record)
        if wanted.file is None:
            self.folder.write_of(record.student, one.file_name, content, is_last=record.is_finished)
        else:
            write_at(wanted.file, content, is_durable=record.is_finished, remedy=_REMEDY)
