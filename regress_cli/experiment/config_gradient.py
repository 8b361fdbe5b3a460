"""The gradient of an experiment's loss, checked where training begins, elsewhere, and where it leads."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from regress_cli.config import load_config
from regress_cli.config.schema import MINIMIZERS, NAMES_OF_SOLVERS
from regress_cli.data import TRAIN
from regress_cli.experiment.plan import make_plan
from regress_cli.flat import Params
from regress_cli.gradients.checking import Subject, Verdict, check_subject
from regress_cli.gradients.findings import Finding, Report
from regress_cli.tape import evaluate
from regress_cli.text import printable
from regress_cli.training.minimize import minimize
from regress_cli.training.problem import Problem
from regress_cli.training.walk import Walk

# More rows make a check slow, and no derivative righter: so many at most, and for large models so many
# that rows times parameters stay within bounds.
_MOST_ROWS, _FEWEST_ROWS = 2000, 50
_MOST_WORK = 1_000_000
_RANDOM_POINTS = 2
_STEPS = 20


def check_config(path: Path, overrides: Sequence[str], *, rtol: float, seed: int) -> Report:
    """Check the loss of an experiment at its initial point, at random points and after some steps.

    Args:
        path: The config.
        overrides: Texts such as ``seed=1``.
        rtol: The relative error up to which a gradient is right.
        seed: Draws the points and directions.

    Raises:
        ConfigError: the config can't be used.
        DataError: the data can't be used.
    """
    whole = make_plan(load_config(path, list(overrides))).problem
    problem = _with_fewer_rows(whole)
    there, rows = len(whole.train[1]), len(problem.train[1])
    notes = []
    if rows < there:
        notes.append(f"checked on the first {rows:,} of {there:,} rows, which show a wrong gradient as well")
    if problem.experiment.training.dtype != "float64":
        notes.append("checked in float64, though the config trains in float32: the code is the same")
    findings = [
        Finding(label, "reverse", _check_problem(problem, point, rtol, seed))
        for label, point in _points(problem, seed).items()
    ]
    return Report(
        f"{printable(path)}: {problem.experiment.loss.kind} of {problem.experiment.model.kind}",
        findings,
        notes=tuple(notes),
    )


def _with_fewer_rows(problem: Problem) -> Problem:
    """Return the problem on as many of its rows as can be afforded."""
    affordable = max(_FEWEST_ROWS, _MOST_WORK // max(1, len(problem.start)))
    rows = min(len(problem.train[1]), _MOST_ROWS, affordable)
    features, target = problem.train
    experiment = problem.experiment
    if problem.batch_size > rows:
        training = experiment.training.model_copy(update={"batch_size": "full"})
        experiment = experiment.model_copy(update={"training": training})
    return replace(problem, experiment=experiment, parts={TRAIN: (features[:rows], target[:rows])})


def _check_problem(problem: Problem, at: Params, rtol: float, seed: int) -> Verdict:
    features, target = problem.objective_train
    data = {"features": features, "target": target}
    subject = Subject(
        lambda params: problem.objective(params, features, target),
        lambda params: evaluate(problem.objective, params, data)[1],
    )
    return check_subject(subject, at, rtol=rtol, seed=seed)


def _points(problem: Problem, seed: int) -> dict[str, Params]:
    """Return the initial point, random ones, and where some steps of training lead."""
    rng = np.random.default_rng(seed)
    points = {"the initial point": problem.initial}
    for k in range(_RANDOM_POINTS):
        points[f"random point {k + 1}"] = {
            name: _drawn(problem, value, rng) for name, value in problem.initial.items()
        }
    if problem.experiment.optimizer.kind in MINIMIZERS:
        points["where the fit ends"] = minimize(problem, lambda progress: None).params
        return points
    trained = _after_some_steps(problem)
    if trained is not None:
        points[f"after {min(_STEPS, problem.steps)} steps"] = trained
    return points


def _drawn(problem: Problem, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random parameter; of a formula one near its start, for each has a size of its own."""
    noise = rng.normal(0.0, 1.0, value.shape)
    if problem.experiment.model.kind != "formula":
        return noise
    return np.asarray(value * (1 + 0.1 * noise) if value else 0.1 * noise)


def _after_some_steps(problem: Problem) -> Params | None:
    """Return the parameters after a few steps; None for a solver that takes none, and after a divergence."""
    if problem.experiment.optimizer.kind in NAMES_OF_SOLVERS:
        return None
    steps = min(_STEPS, problem.steps)
    with np.errstate(all="ignore"):
        walk = Walk(problem, None, "eager")
        while walk.state.step < steps and walk.divergence is None:
            walk.go_on(steps)
    params = walk.state.params.astype(float)
    return problem.layout.unflatten(params) if walk.divergence is None else None
