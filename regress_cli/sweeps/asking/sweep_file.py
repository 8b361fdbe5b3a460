"""The YAML file of a sweep, with the keys that sweep files of Weights & Biases have."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, ValidationError, field_validator, model_validator

from regress_cli.config.problems import problem_lines
from regress_cli.config.reader import Document
from regress_cli.config.schema.base import Section, problem
from regress_cli.config.schema.folder_name import FolderName
from regress_cli.errors import ConfigError
from regress_cli.sweeps.asking.axes import MOST_POINTS
from regress_cli.sweeps.asking.parameter import Parameter


class MetricChoice(Section):
    """By which number the best run is chosen."""

    name: str = Field(
        default="rmse", description="such as validation.rmse; a part that is left out is the best there is"
    )
    goal: Literal["minimize", "maximize"] | None = Field(
        default=None, description="whether less is better (default: minimize, but maximize r2)"
    )


class SweepFile(Section):
    """What a sweep file says."""

    base: str | dict[str, Any] = Field(
        description="the config that is varied: its path, or the config itself"
    )
    name: FolderName | None = Field(
        default=None, description="names the sweep's folder (default: the base's name)"
    )
    method: Literal["grid", "random"] = Field(
        default="grid", description="every combination of the values, or points drawn at random"
    )
    metric: MetricChoice = Field(default=MetricChoice(), description="by which number the best run is chosen")
    parameters: dict[str, Parameter] = Field(
        min_length=1, description="each key of the config with its values"
    )
    run_cap: Annotated[PositiveInt, Field(le=MOST_POINTS)] | None = Field(
        default=None, description="of method random: the number of points"
    )
    seed: Annotated[int, Field(ge=0)] = Field(default=0, description="of the points that are drawn")

    @field_validator("base", mode="before")
    @classmethod
    def _check_base(cls, base: Any) -> Any:
        if not isinstance(base, str | dict):
            raise problem("write the path of a config, or the config itself")
        return base

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.method == "random" and self.run_cap is None:
            raise problem("method random needs the number of points; add run_cap: 20", "run_cap")
        if self.method == "grid":
            drawn = next((key for key, one in self.parameters.items() if one.values is None), None)
            if drawn is not None:
                raise problem(
                    "a grid needs values, not a distribution; set method: random", "parameters", drawn
                )
        return self


def read_sweep_file(document: Document) -> SweepFile:
    """Return what a document says, checked.

    Raises:
        ConfigError: with one line for each problem, all of them at once.
    """
    try:
        return SweepFile.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError(*problem_lines(error, document, SweepFile)) from error
