"""The rows of metrics, and what is concluded from them: which parameters are good, and when to stop."""

import numpy as np

from regress_cli.training.problem import Problem
from regress_cli.training.state import Row, TrainingState


def is_row_due(problem: Problem, state: TrainingState) -> bool:
    """Return whether this step has a row of metrics that is not yet there."""
    is_new = not state.rows or state.rows[-1].step < state.step
    return is_new and (state.step % problem.record_every == 0 or state.step == problem.steps)


def next_row(problem: Problem, state: TrainingState) -> int:
    """Return the next step after this one that has a row."""
    return min((state.step // problem.record_every + 1) * problem.record_every, problem.steps)


def record_row(problem: Problem, state: TrainingState, value: float, gradient: np.ndarray) -> None:
    """Add a row of metrics, and keep copies of parameters that are good, or the best.

    Args:
        problem: What is trained.
        state: Where training stands.
        value: The objective over the training part.
        gradient: Its gradient.
    """
    train_loss = problem.in_data_units(value)
    if problem.objective.l2:
        # Taking the penalty off the objective would leave rounding where the loss is small.
        train_loss = problem.data_loss(state.params, problem.train_arrays)
    validation = problem.validation_arrays
    validation_loss = None if validation is None else problem.data_loss(state.params, validation)
    # What np.linalg.norm does with a vector, without its questions about what it was given.
    norm = float(np.sqrt(gradient.dot(gradient)))
    row = Row(state.step, train_loss, validation_loss, norm, problem.step_size_at(state.step))
    state.rows.append(row)
    if train_loss <= state.rows[0].train_loss:
        state.good_params, state.good_step = state.params.copy(), state.step
    early = problem.experiment.training.early_stopping
    if early is not None and validation_loss is not None:
        _keep_the_best(state, validation_loss, early.min_delta)


def is_patience_over(problem: Problem, state: TrainingState) -> bool:
    """Return whether early stopping has waited long enough for a better validation loss."""
    early = problem.experiment.training.early_stopping
    return early is not None and state.step - state.awaited_step >= early.patience


def _keep_the_best(state: TrainingState, loss: float, min_delta: float) -> None:
    if state.best_params is None or loss < state.best_loss:
        state.best_params, state.best_step, state.best_loss = state.params.copy(), state.step, loss
    if loss < state.awaited_loss - min_delta:
        state.awaited_loss, state.awaited_step = loss, state.step
