"""What all sections of the schema have in common."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

# Longer names would fill a run's record and every table that shows them.
LONGEST_COLUMN_NAME = 200

# What tells a section from a text where both may stand; pydantic puts it among the keys of an error's place.
SECTION_TAG, TEXT_TAG = "[section]", "[text]"

ColumnName = Annotated[str, Field(min_length=1, max_length=LONGEST_COLUMN_NAME)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Names = Annotated[tuple[ColumnName, ...], Field(strict=False)]


class Section(BaseModel):
    """What all sections have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def kind_or(default: str) -> Callable[[Any], Any]:
    """Return a validator that gives a section without a ``kind`` the default one."""

    def with_kind(data: Any) -> Any:
        return {"kind": default, **data} if isinstance(data, dict) else data

    return with_kind


def problem(message: str, *keys: str) -> PydanticCustomError:
    """Return an error for pydantic to collect; ``keys`` lead from the section to the culprit."""
    # Braces would be taken for a template of the message.
    return PydanticCustomError("regress", "{message}", {"message": message, "keys": keys})
