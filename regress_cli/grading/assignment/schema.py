"""The keys of an assignment file, with what each means."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    NonNegativeFloat,
    Tag,
    field_validator,
    model_validator,
)

from regress_cli.config.schema.base import SECTION_TAG, TEXT_TAG, Section, VariableName, problem
from regress_cli.config.schema.folder_name import FolderName
from regress_cli.grading.assignment.values import Values
from regress_cli.text import did_you_mean, printable, quoted

_LONGEST_NAME = 80
_MOST_CHECKS = 200
# In a minute a loop is known to be endless.
_MOST_SECONDS, _LEAST_MEMORY, _MOST_MEMORY = 600.0, 16, 1 << 20


def _shown_as_it_is(text: str) -> str:
    if printable(text, 1 << 20) != text or text != text.strip():
        raise problem(f"{quoted(text)} can't be shown as it is; take out what is invisible in it")
    return text


def _python_file(name: str) -> str:
    if "/" in name or "\\" in name or not name.endswith(".py") or name == ".py":
        raise problem(f"{quoted(name)} is no file name such as answer.py; give one without a folder")
    return name


ShownName = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME), AfterValidator(_shown_as_it_is)]
FunctionName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Seconds = Annotated[float, Field(gt=0, le=_MOST_SECONDS)]
MegaBytes = Annotated[int, Field(ge=_LEAST_MEMORY, le=_MOST_MEMORY)]


# Only what is meant is looked at: told of both, a mistake in a section would be that it is no text, too.
Inputs = Annotated[
    Annotated[dict[VariableName, Values], Tag(SECTION_TAG)] | Annotated[str, Tag(TEXT_TAG)],
    Discriminator(lambda inputs: TEXT_TAG if isinstance(inputs, str) else SECTION_TAG),
]


class CheckLimits(Section):
    """What one check may take."""

    seconds: Seconds = Field(
        default=10.0, description="of wall time: to load the file, and for all calls of a check together"
    )
    memory: MegaBytes = Field(default=1024, description="in MiB, beyond what Python and NumPy take")


class Check(Section):
    """One check: a function of the submission, and what it is held against."""

    name: ShownName = Field(description="what the check is called in every report")
    function: FunctionName = Field(description="the submission's function, or its list of stages")
    against: Annotated[str, Field(min_length=1)] = Field(
        description="what it should be the gradient of: a name of the library, or reference.py:function"
    )
    points: NonNegativeFloat = Field(default=1.0, description="what it is worth")
    visibility: Literal["visible", "hidden", "after_due_date", "after_published"] = Field(
        default="visible", description="of all but visible checks, feedback holds no number"
    )
    wrt: tuple[VariableName, ...] | None = Field(
        default=None, strict=False, min_length=1, description="the arguments to differentiate by"
    )
    inputs: Inputs | None = Field(
        default=None, description="each argument's values, fixed or drawn; or a .json or .npz file of them"
    )
    large_numbers: bool = Field(
        default=True,
        description="whether it is tried on large numbers too, where a formula that overflows is wrong",
    )
    per_student: bool = Field(
        default=False, description="whether each student has inputs of their own, by the course key"
    )
    tolerance: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="the relative error that is still right (default: as the verdict needs it)"
    )
    limits: CheckLimits | None = Field(default=None, description="in place of the assignment's")
    requires: tuple[ShownName, ...] = Field(
        default=(), strict=False, description="checks that have to be passed for this one to be run"
    )
    form: Literal["gradient", "forward", "stages"] | None = Field(
        default=None,
        description=(
            "what the answer has to be (default: any): gradient, a function that returns it; forward, one "
            "that returns (value, backward); stages, a list of these"
        ),
    )
    allow: Literal["autograd"] | None = Field(
        default=None, description="autograd: a program may differentiate, in this check"
    )

    @field_validator("inputs", mode="before")
    @classmethod
    def _check_inputs(cls, inputs: Any) -> Any:
        if isinstance(inputs, dict) and not inputs:
            raise problem("there is no argument; write one, such as x: {low: -3, high: 3}")
        if inputs is not None and not isinstance(inputs, dict | str):
            raise problem("give a value for each argument, such as x: 2.0, or the name of a file")
        return inputs

    @model_validator(mode="after")
    def _check_draws(self) -> Self:
        is_drawn = isinstance(self.inputs, dict) and any(one.is_drawn for one in self.inputs.values())
        if self.per_student and self.inputs is not None and not is_drawn:
            raise problem(
                "nothing is drawn in these inputs, so that they would be the same for all; "
                "draw one, such as x: {low: -3, high: 3}",
                "per_student",
            )
        return self


class AssignmentFile(Section):
    """What an assignment file says."""

    name: FolderName = Field(description="names the assignment, and its folder of records")
    submission: Annotated[str, AfterValidator(_python_file)] = Field(
        default="answer.py", description="the file that each student hands in"
    )
    solution: str | None = Field(default=None, description="the teacher's own, for `regress grade test`")
    seed: Annotated[int, Field(ge=0)] = Field(
        description="draws the inputs; keep it to yourself, for who knows it knows them"
    )
    key: str | None = Field(
        default=None, description="the file of the course key, where inputs are each student's own"
    )
    limits: CheckLimits = Field(default=CheckLimits(), description="what each check may take")
    checks: tuple[Check, ...] = Field(
        strict=False, min_length=1, max_length=_MOST_CHECKS, description="the checks, in their order"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        known: list[str] = []
        for number, check in enumerate(self.checks):
            if check.name in known:
                raise problem(
                    f"two checks are called {quoted(check.name)}; give each its own name",
                    *_place(number, "name"),
                )
            for required in check.requires:
                if required not in known:
                    hint = did_you_mean(required, known)
                    raise problem(
                        f"no check before this one is called {quoted(required)}; {hint}",
                        *_place(number, "requires"),
                    )
            known.append(check.name)
            if check.per_student and self.key is None:
                raise problem(
                    "inputs of each student's own need a course key; name its file, as in key: course.key, "
                    "and let `regress grade init` make one",
                    *_place(number, "per_student"),
                )
        return self


def _place(number: int, key: str) -> tuple[Any, ...]:
    return ("checks", number, key)
