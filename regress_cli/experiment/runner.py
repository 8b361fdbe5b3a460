"""The main story: config -> data -> model -> training -> run folder."""

import time
from pathlib import Path

import numpy as np

from regress_cli.config import Experiment, to_yaml
from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.drawing.helper import Helper
from regress_cli.drawing.picture import Picture
from regress_cli.errors import Interrupted
from regress_cli.experiment.checkpoints import CheckpointClock
from regress_cli.experiment.inferred import infer
from regress_cli.experiment.out_of_range import notes_of_range, refused_if_beyond_range
from regress_cli.experiment.pictures import drawn, plan_pictures
from regress_cli.experiment.plan import Plan, make_plan
from regress_cli.experiment.record import (
    caveats,
    metrics_columns,
    param_arrays,
    prediction_columns,
    run_record,
)
from regress_cli.experiment.watch import Watch
from regress_cli.float_errors import Heard, hearing
from regress_cli.interrupts import PendingSignal, deferred_signals
from regress_cli.runs import Run, Workplace, claim, find_run, remove_leftovers
from regress_cli.text import printable
from regress_cli.training import Fit, Progress, Result, TrainingState, assess, minimize, solve


def run(
    experiment: Experiment,
    out: str | Path = "outputs",
    *,
    home: str | Path | None = None,
    force: bool = False,
    fresh: bool = False,
    watch: Watch | None = None,
    helper: Helper | None = None,
) -> Run:
    """Make the experiment's run, or find it finished.

    Args:
        experiment: The config, from `load_config`.
        out: The folder of all runs.
        home: The folder of all runs that this one is brought to once it is made; None where it stays.
        force: Repeat the run even if it is finished.
        fresh: Begin anew even if there is a checkpoint to go on from.
        watch: Hears notes and progress.
        helper: Draws the pictures; it is given by who has started it ahead.

    Returns:
        The finished run. Its status says whether training reached its end, diverged, or met its
        time limit; the folder is whole in each case.

    Raises:
        UserError: the experiment can't be run as it is; nothing is left behind.
        LimitReached: there is no room for the run on the disk, or the disk failed.
        MemoryError: there is none in memory.
        Interrupted: a signal arrived while training; the checkpoint is kept.
    """
    watch = watch or Watch()
    plan = make_plan(experiment, out, home=home)
    finished = None if force else find_run(plan.outputs, plan.folder.name)
    if finished is not None:
        remove_leftovers(plan.outputs, plan.folder.name)
        _tell_found(plan, finished, watch)
        return finished
    with helper or Helper() as helper:
        if experiment.plots.pictures:
            helper.start()
        return _claim_and_make(plan, force, fresh, helper, watch)


def run_trained(plan: Plan, result: Result, watch: Watch | None = None) -> Run:
    """Make the run of a plan that was trained elsewhere, or find it finished.

    Args:
        plan: What `run` would do.
        result: What came of the training.
        watch: Hears notes.

    Raises:
        RegressError: as `run` does.
    """
    with Helper() as helper:
        if plan.experiment.plots.pictures:
            helper.start()
        return _claim_and_make(plan, False, True, helper, watch or Watch(), result)


def _claim_and_make(
    plan: Plan, force: bool, fresh: bool, helper: Helper, watch: Watch, trained: Result | None = None
) -> Run:
    started = time.perf_counter()
    # All that can be refused is refused here, before a folder is made.
    for note in plan.dataset.notes:
        _note(plan, watch, note)
    _warn_of_large_steps(plan, watch)
    timings = {"data": time.perf_counter() - started}
    place_of = claim(plan.outputs, plan.folder.name, force=force, fresh=fresh, tell=watch.note)
    with place_of as place:
        if isinstance(place, Run):
            _tell_found(plan, place, watch)
            return place
        return _make(plan, place, timings, helper, watch, trained)


def _warn_of_large_steps(plan: Plan, watch: Watch) -> None:
    stable, step_size = plan.stable_step_size, getattr(plan.experiment.optimizer, "step_size", 0.0)
    if stable is not None and step_size > stable:
        _note(
            plan,
            watch,
            f"optimizer.step_size: {step_size:g} is above {stable:.4g}, the largest stable step size by the "
            "curvature of the loss; training diverges unless a schedule lowers it: "
            f"give less than {stable:.2g}",
        )


def _make(
    plan: Plan,
    place: Workplace,
    timings: dict[str, float],
    helper: Helper,
    watch: Watch,
    trained: Result | None,
) -> Run:
    """Train and write. A signal waits for the end of a step; once training has ended, for the folder."""
    with deferred_signals() as pending:
        heard: dict[str, Heard] = {}
        with hearing() as heard["the fit"]:
            result = trained or _train(plan, place, pending, watch)
        finished = _write(plan, place, result, heard, timings, helper, watch)
    if pending.number is not None:
        message = f"interrupted; the run was just finished all the same: {printable(finished.folder)}"
        raise Interrupted(pending.number, message)
    return finished


def _train(plan: Plan, place: Workplace, pending: PendingSignal, watch: Watch) -> Result:
    """Train from the checkpoint if there is one; keep one from time to time, and on a signal."""
    kind = plan.experiment.optimizer.kind
    if kind == "exact":
        return solve(plan.problem)
    if kind in NAMES_OF_SOLVERS:
        return _minimize(plan, pending, watch)
    fit = Fit(plan.problem, _stored_state(place, watch))
    clock = CheckpointClock(plan.experiment.training.checkpoint_seconds)
    told = 0
    for progress in fit:
        for note in fit.notes[told:]:
            _note(plan, watch, note)
        told = len(fit.notes)
        watch.progress(progress)
        if fit.result is not None:
            return fit.result
        if clock.is_due() or pending:
            with clock.saving():
                place.save_checkpoint(fit.state.to_arrays())
        if pending.number is not None:
            raise Interrupted(
                pending.number,
                f"interrupted at step {progress.step:,} of {progress.steps:,}; the checkpoint is kept: "
                "give the same command again to go on",
            )
    raise RuntimeError("training ended without a result")


def _minimize(plan: Plan, pending: PendingSignal, watch: Watch) -> Result:
    """Go to the minimum; a signal ends it at the next evaluation, and nothing is kept."""

    def heed(progress: Progress) -> None:
        watch.progress(progress)
        if pending.number is not None:
            raise Interrupted(
                pending.number,
                f"interrupted after {progress.step:,} evaluations; nothing is kept: "
                "give the same command again to begin anew",
            )

    result = minimize(plan.problem, heed)
    convergence = result.convergence
    for note in () if convergence is None else convergence.notes:
        _note(plan, watch, note)
    return result


def _stored_state(place: Workplace, watch: Watch) -> TrainingState | None:
    """Return where an earlier sitting stopped, if this one can go on from there."""
    arrays = place.load_checkpoint()
    state = None if arrays is None else _state_in(arrays)
    if state is not None:
        watch.note(f"going on from the checkpoint at step {state.step:,}")
    elif place.has_checkpoint:
        watch.note(
            "the checkpoint is damaged, or of another run, version, machine or number of threads; "
            "training starts again"
        )
    return state


def _state_in(arrays: dict[str, np.ndarray]) -> TrainingState | None:
    try:
        return TrainingState.from_arrays(arrays)
    except (KeyError, TypeError, ValueError):  # It is whole, but was written in another form.
        return None


def _write(
    plan: Plan,
    place: Workplace,
    result: Result,
    heard: dict[str, Heard],
    timings: dict[str, float],
    helper: Helper,
    watch: Watch,
) -> Run:
    """Put every file in place, then give the folder its name."""
    started = time.perf_counter()
    problem, dataset = plan.problem, plan.dataset
    with hearing() as heard["the metrics"]:
        assessment = assess(problem, dataset, result)
    result = refused_if_beyond_range(result, assessment, plan.experiment.optimizer.kind)
    with hearing() as heard["the standard errors"]:
        inference = infer(problem, dataset, result, assessment)
    pictures = plan_pictures(problem, dataset, result, assessment, inference)
    helper.begin([picture for picture in pictures.values() if isinstance(picture, Picture)])
    for caveat in caveats(problem, assessment, inference):
        _note(plan, watch, caveat)
    for note in notes_of_range(assessment, inference, heard):
        _note(plan, watch, note)
    place.write_config(to_yaml(plan.experiment, plan.home_folder))
    place.write_params(param_arrays(dataset, result, assessment))
    place.write_metrics(metrics_columns(result))
    place.write_predictions(prediction_columns(dataset, assessment))
    for name, content in drawn(pictures, helper):
        if isinstance(content, bytes):
            place.write_plot(name, content)
        else:
            _note(plan, watch, f"plots/{name} could not be drawn: {content}; the numbers are whole")
    timings |= {"training": result.state.seconds, "output": time.perf_counter() - started}
    place.write_record(run_record(plan, result, assessment, inference, timings))
    return place.publish()


def _tell_found(plan: Plan, run: Run, watch: Watch) -> None:
    """Say that the run was found, and what was said when it was made: nobody may have read it then."""
    watch.note(_FOUND)
    for note in run.record["notes"]:
        if note not in plan.notes:
            watch.note(note)


def _note(plan: Plan, watch: Watch, text: str) -> None:
    plan.notes.append(text)
    watch.note(text)


_FOUND = "this run was made before, and is not repeated; --force repeats it"
