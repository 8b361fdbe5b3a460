"""A function of the user's own: autograd's gradient of it, at given points or at points of a domain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.findings import Finding, Report
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.point import shown_point
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.suite.modes import check_modes
from regress_cli.gradients.user_file import UNLIMITED, load_function, own_message
from regress_cli.text import printable, quoted

Points = Mapping[str, Inputs]

_SAMPLES = 5


def check_own_function(
    path: Path,
    name: str,
    points_of: Callable[[Reference], Points],
    wrt: Sequence[str] | None,
    *,
    rtol: float = RTOL,
    seed: int = 0,
) -> list[Report]:
    """Check autograd's gradient of a function in a file, and its other derivatives at the first point.

    Args:
        path: The file.
        name: The function, written with autograd.numpy; its result may have any shape.
        points_of: Returns the points, by what they are.
        wrt: The arguments to differentiate by; None for all that hold floats.
        rtol: The relative error up to which a gradient is right.
        seed: Draws directions.

    Raises:
        UserError: the file, the points or the function can't be used.
    """
    reference = Reference(f"{printable(path)}:{name}", load_function(path, name))
    reference.check_form()
    points = points_of(reference)
    findings, others, notes = [], [], []
    for position, (label, point) in enumerate(points.items()):
        reference.check_names(point)
        arguments = _arguments(reference, point, wrt)
        with _explained(path, name, label):
            modes = check_modes(label, reference.function, point, arguments, rtol=rtol, seed=seed)
            findings.append(next(modes))
        if position == 0:
            others, notes = _other_modes(modes, path)
    title = f"{reference.name} by {', '.join(arguments)}"
    reports = [Report(title, findings, notes=(UNLIMITED,))]
    if others or notes:
        first = next(iter(points))
        reports.append(Report(f"other derivatives at {first}", others, is_detailed=False, notes=tuple(notes)))
    return reports


def sampled_points(reference: Reference, low: float, high: float, seed: int) -> Points:
    """Return points whose arguments are single numbers, drawn evenly from a domain."""
    rng = np.random.default_rng(seed)
    points = [{name: float(rng.uniform(low, high)) for name in reference.required} for _ in range(_SAMPLES)]
    return {shown_point(point): point for point in points}


def _arguments(reference: Reference, point: Inputs, wrt: Sequence[str] | None) -> tuple[str, ...]:
    if wrt is not None:
        for name in wrt:
            if name not in point:
                there = printable(", ".join(point))
                raise UserError(
                    f"--wrt: {reference.name} has no argument {quoted(name)} here; it has {there}"
                )
        return tuple(wrt)
    floats = tuple(name for name, value in point.items() if np.asarray(value).dtype.kind == "f")
    if not floats:
        raise UserError(f"{reference.name}: no argument holds floats to differentiate by; write 2.0, not 2")
    return floats


def _other_modes(modes: Iterator[Finding], path: Path) -> tuple[list[Finding], list[str]]:
    """Return forward mode and second order, as far as the function has them."""
    findings: list[Finding] = []
    try:
        findings.extend(modes)
    except Exception as error:  # noqa: BLE001 - the function is the user's own.
        return findings, [f"what autograd has no rule for is left out ({own_message(error, path)})"]
    return findings, []


@contextmanager
def _explained(path: Path, name: str, label: str) -> Iterator[None]:
    """Turn an exception of the user's function into a refusal."""
    try:
        yield
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(
            f"{own_message(error, path)}; {printable(name)} can't be differentiated at {printable(label)}: "
            "write it with autograd.numpy, so that it gives numbers there (other points: --at, --inputs)"
        ) from error
