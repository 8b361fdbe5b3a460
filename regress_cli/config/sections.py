"""Finding one's way in the schema: which sections may stand at a dotted key."""

from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from regress_cli.config.reader import KeyPath
from regress_cli.config.schema import Experiment


@dataclass(frozen=True)
class Spot:
    """A place in a document, and what a schema says of it.

    Attributes:
        keys: The names that lead there.
        data: The whole document.
        root: The schema of the whole document.
    """

    keys: KeyPath
    data: Any
    root: type[BaseModel]

    @property
    def above(self) -> "Spot":
        """The section that the last key stands in."""
        return replace(self, keys=self.keys[:-1])

    @property
    def sections(self) -> list[type[BaseModel]]:
        """Every section of the schema that may stand here."""
        return sections_at(self.keys, self.root)

    @property
    def kinds(self) -> list[str]:
        """The ``kind`` of each of them that has one."""
        return [kind_of(section) for section in self.sections if "kind" in section.model_fields]

    @property
    def section(self) -> type[BaseModel] | None:
        """The section of the ``kind`` that the document has here."""
        kind = kind_at(self.keys, self.data)
        sections = self.sections
        for section in sections:
            if "kind" in section.model_fields and kind_of(section) == kind:
                return section
        return sections[0] if sections else None

    @property
    def field(self) -> FieldInfo | None:
        """What the schema says of the last key, or of the list in which an item stands here."""
        if not self.keys:
            return None
        if isinstance(self.keys[-1], int):
            return self.above.field
        section = self.above.section
        return section.model_fields.get(str(self.keys[-1])) if section else None


def step_into(data: Any, key: str | int) -> Any:
    """Return what stands at ``key`` of a mapping or list, or None."""
    if isinstance(data, dict):
        return data.get(key)
    if isinstance(data, list | tuple) and isinstance(key, int) and key < len(data):
        return data[key]
    return None


def sections_at(keys: KeyPath, root: type[BaseModel] = Experiment) -> list[type[BaseModel]]:
    """Return every section of the schema that may stand at ``keys``."""
    annotations: list[Any] = [root]
    for key in keys:
        annotations = [inner for annotation in annotations for inner in _annotations_at(annotation, key)]
    return [section for annotation in annotations for section in sections_in(annotation)]


def _annotations_at(annotation: Any, key: str | int) -> list[Any]:
    """Return what the schema says of ``key`` in each section that ``annotation`` names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(key))
        return [] if field is None else [field.annotation]
    inner, origin = get_args(annotation), get_origin(annotation)
    if origin is dict:  # The names of inputs are free; what stands at them is not.
        return [inner[1]]
    if origin in (list, tuple):
        return [inner[0]] if isinstance(key, int) and inner else []
    return [found for one in inner for found in _annotations_at(one, key)]


def kind_at(keys: KeyPath, data: Any) -> Any:
    """Return the ``kind`` that ``data`` has at ``keys``, or None."""
    for key in keys:
        data = step_into(data, key)
    return step_into(data, "kind")


def kind_of(section: type[BaseModel]) -> str:
    """Return the ``kind`` that a section of the schema stands for."""
    return get_args(section.model_fields["kind"].annotation)[0]


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections that an annotation such as a union names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for inner in get_args(annotation) for section in sections_in(inner)]
