"""Points that differ in their seed alone, trained together and published as the runs that they are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from regress_cli.config import Experiment
from regress_cli.errors import Interrupted, RegressError
from regress_cli.experiment.plan import Plan, make_plan
from regress_cli.experiment.runner import run_trained
from regress_cli.experiment.watch import Watch
from regress_cli.interrupts import PendingSignal
from regress_cli.sweeps.outcome import INTERRUPTED, Outcome, failure, outcome_of
from regress_cli.sweeps.points import Point
from regress_cli.tape import NotRecordable
from regress_cli.tape.stacking import NotStackable
from regress_cli.training import StackedFit, replicas_at_once, why_apart, why_not_stacked
from regress_cli.training.tape_engine import TapeDiffers


class CantStack(Exception):
    """Some points are not trained together; the message says why."""


def why_one_by_one(experiment: Experiment, out: str, count: int) -> str | None:
    """Return why the seeds of a config are run one by one; None where they are stacked.

    Args:
        experiment: With any of the seeds.
        out: The folder of all runs.
        count: How many are still to be run.
    """
    reason = why_not_stacked(experiment)
    if reason is None and count < 2:
        return "there is only one to run"
    try:
        return reason or _why_not_at_once(make_plan(experiment, out))
    except RegressError:
        return "its data can't be used"


def _why_not_at_once(plan: Plan) -> str | None:
    try:
        at_once = replicas_at_once(plan.problem)
    except NotRecordable as reason:
        return f"no tape can be used: {reason}"
    if at_once < 2:
        return "the arrays of a step are so large that it would not be faster"
    return None


class StackedJob:
    """Trains points together, as many at a time as are fastest.

    Attributes:
        left: The points that have to be run by themselves, once the outcomes have been taken.
        reasons: Why some of them were not stacked.
    """

    def __init__(self, points: Sequence[Point], pending: PendingSignal, watch: Watch) -> None:
        self.left: list[Point] = []
        self.reasons: list[str] = []
        self._points, self._pending, self._watch = points, pending, watch

    def outcomes(self) -> Iterator[Outcome]:
        """Yield the outcome of each run that was trained in a stack; a signal ends them."""
        try:
            blocks = list(self._blocks())
        except RegressError as error:
            # The table of them all is another one by now, or gone.
            self.reasons.append("; ".join(error.messages))
            self.left += self._points
            return
        for number, block in enumerate(blocks):
            if self._pending:
                return
            try:
                plans = self._planned(block)
                fit = self._trained(list(plans.values()), number, len(blocks))
            except CantStack as reason:
                self.reasons.append(str(reason))
                self.left += block
                continue
            for place, point in enumerate(block):
                if place in fit.results:
                    yield self._published(point, plans[point.number], fit, place)
            self.left += [block[place] for place in sorted(fit.left)]

    def _blocks(self) -> Iterator[Sequence[Point]]:
        """Yield the points of each stack, about as many in one as in the others."""
        points = self._points
        most = max(replicas_at_once(make_plan(points[0].experiment, points[0].folder.parent).problem), 2)
        count = -(-len(points) // most)
        ends = [len(points) * k // count for k in range(count + 1)]
        for start, end in pairwise(ends):
            yield points[start:end]

    @staticmethod
    def _planned(block: Sequence[Point]) -> dict[int, Plan]:
        """Return the plan of each point of a block, by the point's number.

        Raises:
            CantStack: the data of one of them can't be used.
        """
        try:
            return {point.number: make_plan(point.experiment, point.folder.parent) for point in block}
        except RegressError as error:
            raise CantStack("; ".join(error.messages)) from error

    def _trained(self, plans: Sequence[Plan], number: int, count: int) -> StackedFit:
        """Return the trainings of a block, ended by a signal or by themselves.

        Args:
            plans: Of its points.
            number: The block's.
            count: How many blocks there are: progress is that of all of them.

        Raises:
            CantStack: they have to be run one by one.
        """
        try:
            problems = [plan.problem for plan in plans]
            reason = why_apart(problems)
            if reason is not None:
                raise CantStack(reason)
            fit = StackedFit(problems)
            for progress in fit:
                step, steps = number * progress.steps + progress.step, count * progress.steps
                self._watch.progress(replace(progress, step=step, steps=steps))
                if self._pending:
                    break
        except TapeDiffers:
            raise CantStack("a replay of many is not what autograd does") from None
        except (NotRecordable, NotStackable) as reason:
            raise CantStack(str(reason)) from reason
        except RegressError as error:
            # The one whose data can't be used says so when it is run by itself.
            raise CantStack("; ".join(error.messages)) from error
        return fit

    def _published(self, point: Point, plan: Plan, fit: StackedFit, place: int) -> Outcome:
        result = fit.results[place]
        try:
            made = run_trained(plan, result)
        except Interrupted as signal:
            # It came while the run was written, which is finished all the same.
            self._pending.number = signal.signal_number
            found = point.finished()
            return (
                Outcome(point.number, INTERRUPTED, {}) if found is None else outcome_of(point.number, found)
            )
        except (RegressError, OSError) as error:
            return failure(point.number, error, result.state.seconds)
        return outcome_of(point.number, made, result.state.seconds)
