"""How a solver arrived at a minimum, or why it did not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Convergence:
    """What is known of the end of a fit.

    Attributes:
        method: What led there, such as ``trf`` or ``lm, then Gauss-Newton``.
        has_converged: Whether it is a minimum, to the last digits that rounding leaves.
        reason: Which criterion is met, or what is in the way; a part of a sentence.
        evaluations: Of the model, over all starts and methods.
        iterations: Steps of the way that led to the result.
        relative_offset: How far the residuals are from being orthogonal to the model's tangent plane,
            in units of what is left of them; the estimates are off by about so many standard errors
            (Bates and Watts 1981, https://doi.org/10.1080/00401706.1981.10486267). None where there is none.
        condition_number: Of the Jacobian with columns of length 1; None where there is none.
        starts: How many starting points were tried.
        starts_that_led_here: How many of them led to this minimum.
        undetermined: The names of the parameters that the data leave open.
        at_bounds: The names of the parameters that end at a bound.
        notes: What else a reader should know.
    """

    method: str
    has_converged: bool
    reason: str
    evaluations: int
    iterations: int
    relative_offset: float | None = None
    condition_number: float | None = None
    starts: int = 1
    starts_that_led_here: int = 1
    undetermined: tuple[str, ...] = ()
    at_bounds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
