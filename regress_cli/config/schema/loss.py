"""What training makes small."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, NonNegativeFloat, PositiveFloat

from regress_cli.config.schema.base import Section, kind_or

_L2 = Field(
    default=0.0,
    description="adds l2/2 times the sum of squared weights (intercepts and biases stay out)",
)


class HalfMSE(Section):
    """1/(2N) sum (y - t)^2."""

    kind: Literal["half_mse"] = Field(default="half_mse", description="half_mse: 1/(2N) sum (y - t)^2")
    l2: NonNegativeFloat = _L2


class MSE(Section):
    """1/N sum (y - t)^2."""

    kind: Literal["mse"] = Field(description="mse: 1/N sum (y - t)^2")
    l2: NonNegativeFloat = _L2


class MAE(Section):
    """1/N sum |y - t|."""

    kind: Literal["mae"] = Field(description="mae: 1/N sum |y - t|")
    l2: NonNegativeFloat = _L2


class Huber(Section):
    """1/N sum of r^2/2 where |r| <= delta, and of delta (|r| - delta/2) beyond."""

    kind: Literal["huber"] = Field(description="huber: r^2/2 near zero, delta (|r| - delta/2) beyond delta")
    delta: PositiveFloat = Field(default=1.0, description="where the loss turns linear, in the target's unit")
    l2: NonNegativeFloat = _L2


Loss = Annotated[
    HalfMSE | MSE | MAE | Huber, Field(discriminator="kind"), BeforeValidator(kind_or("half_mse"))
]
