"""How the parameters move."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt

from regress_cli.config.schema.base import Section, kind_or
from regress_cli.config.schema.data import Fraction


class Constant(Section):
    """The step size stays."""

    kind: Literal["constant"] = Field(default="constant", description="constant: the step size stays")


class Cosine(Section):
    """The step size falls along half a cosine."""

    kind: Literal["cosine"] = Field(description="cosine: from step_size to final * step_size over all steps")
    final: Annotated[float, Field(ge=0, le=1)] = Field(default=0.0, description="what fraction is left")


class StepDecay(Section):
    """The step size falls by a factor every few steps."""

    kind: Literal["step"] = Field(description="step: multiply by factor after every so many steps")
    every: PositiveInt = Field(description="number of steps between two falls")
    factor: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="what the step size is multiplied by"
    )


Schedule = Annotated[
    Constant | Cosine | StepDecay, Field(discriminator="kind"), BeforeValidator(kind_or("constant"))
]
_SCHEDULE = Field(default=Constant(), description="how the step size changes")


class SGD(Section):
    """Gradient descent with momentum."""

    kind: Literal["sgd"] = Field(
        default="sgd", description="sgd: v <- mass v - (1 - mass) g, then p <- p + step_size v"
    )
    step_size: PositiveFloat = Field(default=0.01, description="how far a step goes")
    mass: Fraction = Field(default=0.9, description="momentum: 0 for none")
    nesterov: bool = Field(default=False, description="look ahead along the velocity")
    schedule: Schedule = _SCHEDULE


class Adam(Section):
    """Steps scaled by running moments of the gradient."""

    kind: Literal["adam"] = Field(description="adam: steps scaled by running moments of the gradient")
    step_size: PositiveFloat = Field(default=0.001, description="how far a step goes")
    b1: Fraction = Field(default=0.9, description="memory of the mean")
    b2: Fraction = Field(default=0.999, description="memory of the mean square")
    eps: PositiveFloat = Field(default=1e-8, description="keeps the division from zero")
    schedule: Schedule = _SCHEDULE


class RMSProp(Section):
    """Steps scaled by the running mean square of the gradient."""

    kind: Literal["rmsprop"] = Field(description="rmsprop: steps scaled by the running mean square")
    step_size: PositiveFloat = Field(default=0.1, description="how far a step goes")
    gamma: Fraction = Field(default=0.9, description="memory of the mean square")
    eps: PositiveFloat = Field(default=1e-8, description="keeps the division from zero")
    schedule: Schedule = _SCHEDULE


class Exact(Section):
    """The least-squares solution at once, for models that are linear in their parameters."""

    kind: Literal["exact"] = Field(description="exact: the least-squares solution at once")


class LevenbergMarquardt(Section):
    """Nonlinear least squares: damped Gauss-Newton steps, for any model and a squared loss."""

    kind: Literal["levenberg_marquardt"] = Field(
        description="levenberg_marquardt: nonlinear least squares, to the last digits"
    )
    max_evaluations: PositiveInt = Field(
        default=10_000, description="evaluations of the model after which a start is given up"
    )
    tolerance: Annotated[float, Field(ge=1e-15, lt=1)] = Field(
        default=1e-14, description="the relative change of the parameters or of the loss at which it stops"
    )


class LBFGS(Section):
    """A quasi-Newton method for any differentiable loss, on all rows at once."""

    kind: Literal["lbfgs"] = Field(description="lbfgs: quasi-Newton steps, for any smooth loss")
    max_iterations: PositiveInt = Field(default=10_000, description="steps after which it is given up")
    tolerance: Annotated[float, Field(ge=1e-12, lt=1)] = Field(
        default=1e-6, description="the gradient, in relation to the loss, at which a minimum is reached"
    )


Optimizer = Annotated[
    SGD | Adam | RMSProp | Exact | LevenbergMarquardt | LBFGS,
    Field(discriminator="kind"),
    BeforeValidator(kind_or("sgd")),
]
