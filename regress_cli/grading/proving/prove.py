"""The story of a proof: the solution earns all, each mutant and each stub loses what it has to."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import ConfigError, Interrupted, LimitReached
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.assignment.read import read_assignment_file
from regress_cli.grading.proving.difference import makes_a_difference
from regress_cli.grading.proving.mutants import mutants_of
from regress_cli.grading.proving.stubs import stubs_for
from regress_cli.grading.proving.trial import Trial, tried
from regress_cli.grading.submissions.reading import Files, read_submission
from regress_cli.interrupts import deferred_signals
from regress_cli.isolation.sealed import Isolation
from regress_cli.text import printable
from regress_cli.workers.job import Job, Lost
from regress_cli.workers.workers import Workers


@dataclass(frozen=True)
class Proof:
    """What came of it.

    Attributes:
        assignment: Its name.
        isolation: In what all was run.
        trials: What was tried, in order, each with what became of its checks.
    """

    assignment: str
    isolation: str
    trials: Sequence[Trial]

    @property
    def holds(self) -> bool:
        """Whether the assignment tells right from wrong, as far as it was tried."""
        return not any(trial.failures for trial in self.trials)


def prove(
    path: Path,
    assignment: Assignment,
    solution: Files,
    isolation: Isolation,
    workers: Workers,
    tell: Callable[[str], None],
) -> Proof:
    """Grade the solution, its mutants and the stubs, and return what became of each.

    Args:
        path: The assignment file.
        assignment: What it says.
        solution: What has to earn every point.
        isolation: In what all is run.
        workers: Who runs it.
        tell: Hears how much there is to do.

    Raises:
        Interrupted: a signal arrived.
        LimitReached: a worker was killed.
    """
    trials = list(_trials(assignment, solution))
    kinds = Counter(trial.kind for trial in trials)
    tell(f"trying the solution, {kinds['mutant']} spoiled ones and {kinds['stub']} stubs")
    results: dict[int, Trial] = {}
    with deferred_signals() as pending:
        jobs = (Job(number, tried, (str(path), trial, isolation)) for number, trial in enumerate(trials))
        for result in workers.results(jobs, pending):
            if isinstance(result, Lost):
                raise LimitReached(f"{trials[result.number].words}: {result.reason}; give fewer --jobs")
            results[result.number] = result.value
    if pending.number is not None:
        raise Interrupted(pending.number, "interrupted; nothing is proven")
    return Proof(assignment.name, isolation.description, [results[number] for number in range(len(trials))])


def read_solution(path: Path, assignment: Assignment) -> Files:
    """Return the files of the solution that an assignment file names.

    Raises:
        ConfigError: there is none, or it can't be read.
    """
    file, document = read_assignment_file(path)
    if file.solution is None:
        raise ConfigError(
            f"{document.source}: there is no solution to try the checks with; add one, as in "
            "solution: solution.py"
        )
    files = read_submission(path.parent / file.solution, assignment.submission)
    if files.refusal:
        place = document.place(("solution",))
        raise ConfigError(f"{place}: solution: {printable(files.refusal, 300)}")
    return files


def _trials(assignment: Assignment, files: Files) -> Iterator[Trial]:
    every = tuple(range(len(assignment.questions)))
    yield Trial("the solution", files, every, "solution")
    source = files.contents[assignment.submission].decode()
    for function in dict.fromkeys(question.check.function for question in assignment.questions):
        numbers = [n for n in every if assignment.questions[n].check.function == function]
        wrt = assignment.questions[numbers[0]].wrt
        for mutant in mutants_of(source, function, wrt):
            put_to = tuple(n for n in numbers if makes_a_difference(mutant.kind, assignment.questions[n]))
            if put_to:
                contents = {**files.contents, assignment.submission: mutant.source.encode()}
                yield Trial(f"{function}: {mutant.words}", Files(contents), put_to, "mutant")
    functions = {question.check.function: question.reference.required for question in assignment.questions}
    for stub in stubs_for(list(functions.items())):
        contents = {assignment.submission: stub.source.encode()}
        yield Trial(f"a stub that {stub.words}", Files(contents), every, "stub")
