"""Checks the gradients of a target: a config's loss, a name, a function in a file, or all that is shipped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.experiment.config_gradient import check_config
from regress_cli.experiment.shipped_objectives import check_objectives
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.findings import Finding, Report
from regress_cli.gradients.inputs import Inputs, read_inputs
from regress_cli.gradients.library import LIBRARY, Entry
from regress_cli.gradients.point import read_points, shown_point
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.gradients.suite.autograd_functions import check_autograd_functions
from regress_cli.gradients.suite.library import check_entry, check_library
from regress_cli.gradients.suite.own_function import check_own_function, sampled_points
from regress_cli.gradients.suite.primitives import PRIMITIVES, check_primitives
from regress_cli.gradients.user_file import split_target
from regress_cli.text import did_you_mean, quoted


@dataclass(frozen=True)
class Options:
    """How gradients are checked.

    Attributes:
        at: Points, as texts, for a function or a name.
        inputs: A file of arguments, for a function or a name.
        domain: From where to where points of a function are drawn, if none are given.
        wrt: The arguments to differentiate a function by; None for all that hold floats.
        rtol: The relative error up to which a gradient is right.
        seed: Draws points, directions and samples.
    """

    at: Sequence[str] = ()
    inputs: Path | None = None
    domain: tuple[float, float] = (-2.0, 2.0)
    wrt: Sequence[str] | None = None
    rtol: float = RTOL
    seed: int = 0

    def points(self, reference: Reference) -> dict[str, Inputs]:
        """Return the points of a function, by what they are."""
        if self.at and self.inputs is not None:
            raise UserError("--at and --inputs exclude each other; give one of them")
        if self.inputs is not None:
            return {"the given inputs": read_inputs(self.inputs)}
        if self.at:
            given = read_points(self.at, reference.required)
            return {shown_point(point): dict(point) for point in given}
        return dict(sampled_points(reference, *self.domain, self.seed))


def gradcheck(targets: Sequence[str], options: Options) -> list[Report]:
    """Return what was found out about each target, or about everything that is shipped.

    Raises:
        UserError: a target is none, or can't be differentiated.
    """
    if not targets:
        if options.at or options.inputs or options.wrt:
            raise UserError("--at, --inputs and --wrt are for a function; name it, as FILE.py:FUNCTION")
        return check_everything(options)
    reports: list[Report] = []
    for target, overrides in _with_overrides(targets):
        reports += _check_target(target, overrides, options)
    return reports


def check_everything(options: Options) -> list[Report]:
    """Check every gradient that is shipped."""
    groups: dict[str, Callable[[], Iterator[Finding]]] = {
        "primitives": lambda: check_primitives(PRIMITIVES, options.rtol, options.seed),
        "models and losses": lambda: check_objectives(options.rtol, options.seed),
        "library": lambda: check_library(options.rtol, options.seed),
        "autograd's functions": lambda: check_autograd_functions(options.rtol, options.seed),
    }
    return [Report(title, list(check()), is_detailed=False) for title, check in groups.items()]


def _with_overrides(targets: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return each target with the ``KEY=VALUE`` texts that follow it.

    >>> _with_overrides(["mlp.yaml", "seed=1", "sigmoid"])
    [('mlp.yaml', ['seed=1']), ('sigmoid', [])]
    """
    found: list[tuple[str, list[str]]] = []
    for text in targets:
        if "=" in text and not Path(text).exists():
            if not found or not _is_config(found[-1][0]):
                raise UserError(
                    f"{quoted(text)}: KEY=VALUE follows the config that it is for; name that first"
                )
            found[-1][1].append(text)
        else:
            found.append((text, []))
    return found


def _is_config(target: str) -> bool:
    return target.endswith((".yaml", ".yml")) or (not target.endswith(".py") and Path(target).is_file())


def _check_target(target: str, overrides: list[str], options: Options) -> list[Report]:
    own = split_target(target)
    if own is not None:
        return check_own_function(*own, options.points, options.wrt, rtol=options.rtol, seed=options.seed)
    if (
        target not in LIBRARY
        and (options.at or options.inputs or options.wrt)
        and (_is_config(target) or target in PRIMITIVES)
    ):
        raise UserError(f"--at, --inputs and --wrt are for functions; leave them out for {quoted(target)}")
    if _is_config(target):
        return [check_config(Path(target), overrides, rtol=options.rtol, seed=options.seed)]
    if target in LIBRARY:
        return _check_entry(LIBRARY[target], options)
    if target in PRIMITIVES:
        findings = list(check_primitives([target], options.rtol, options.seed))
        return [Report(target, findings, is_detailed=False)]
    if Path(target).is_dir():
        raise UserError(f"{quoted(target)} is a folder; name a config in it, or FILE.py:FUNCTION")
    raise UserError(
        f"{quoted(target)} is no config, no FILE.py:FUNCTION and no name of the library; "
        f"{did_you_mean(target, {*LIBRARY, *PRIMITIVES})}"
    )


def _check_entry(entry: Entry, options: Options) -> list[Report]:
    """Check an entry in every mode, and by hand, at each of its inputs."""
    if options.wrt:
        raise UserError(f"--wrt is for functions of your own; leave it out for {quoted(entry.name)}")
    reference = Reference(entry.name, entry.function, entry)
    cases = options.points(reference) if options.at or options.inputs else dict(entry.cases())
    findings, notes = [], []
    for label, inputs in cases.items():
        reference.check_names(inputs)
        try:
            reference.gradient(inputs, entry.wrt)
        except NoReference as reason:
            notes.append(f"{label} is left out: {reason}")
            continue
        findings += check_entry(entry, inputs, label=label, rtol=options.rtol, seed=options.seed)
    if not findings:
        raise UserError(f"{entry.name}: {notes[0]}; give other inputs with --inputs or --at")
    notes += filter(None, (entry.convention, entry.remark))
    return [Report(f"{entry.name}: {entry.formula}", findings, is_detailed=False, notes=tuple(notes))]
