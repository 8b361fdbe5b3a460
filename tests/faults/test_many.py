"""Several processes at the same time; ``make faults`` starts twenty of them."""

from pathlib import Path

import many


def test_processes_that_start_together_make_one_run(tmp_path: Path):
    """Three processes on one config all exit 0 with the same folder, and only one of them trains."""
    many.same_run(tmp_path, 3)


def test_different_runs_do_not_touch_each_other(tmp_path: Path):
    """Two configs that start in one new folder end in the bytes that each has alone."""
    many.different_runs(tmp_path, 2)


def test_who_waits_takes_over_from_a_killed_process(tmp_path: Path):
    """Of two that wait for a process that is killed one makes the run, and both exit 0 with it."""
    many.killed_owner(tmp_path, 2)


def test_who_waits_for_a_stopped_process_can_be_interrupted(tmp_path: Path):
    """One that waits says so and ends by Ctrl-C with 130; the stopped process goes on and makes its run."""
    many.stopped_owner(tmp_path, 1)


def test_a_refusal_does_no_harm_to_a_run_that_begins(tmp_path: Path):
    """While one is refused in a new folder of runs another one is made there."""
    many.refusals(tmp_path, 1)
