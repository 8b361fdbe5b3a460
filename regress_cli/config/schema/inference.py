"""How sure the fit is of its parameters."""

from typing import Annotated, Literal

from pydantic import Field

from regress_cli.config.schema.base import Section


class InferenceOptions(Section):
    """How standard errors and confidence intervals of the parameters are worked out."""

    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.95, description="how often an interval covers the true value"
    )
    errors: Literal["classical", "hc3"] = Field(
        default="classical",
        description="classical: the noise is alike in every row; hc3: it may differ from row to row",
    )
