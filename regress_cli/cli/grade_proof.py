"""The proof of an assignment, as the command line shows it."""

from pathlib import Path

import typer

from regress_cli.cli import view
from regress_cli.cli.grade_isolation import told_isolation
from regress_cli.cli.words import grade_proof as words
from regress_cli.errors import EXIT_CHECK
from regress_cli.grading.assignment.read import read_assignment
from regress_cli.grading.proving.prove import prove, read_solution
from regress_cli.isolation.sealed import Tier
from regress_cli.workers.cores import cores
from regress_cli.workers.local import LocalWorkers


def show_proof(
    path: Path, tier: Tier | None, jobs: int | None, *, needs_sandbox: bool, as_json: bool, quiet: bool
) -> None:
    """Prove an assignment, show what came of it, and leave with the exit code that it stands for."""
    with view.stdout_kept_clean():
        assignment = read_assignment(path)
    solution = read_solution(path, assignment)
    isolated = told_isolation(tier, needs_sandbox=needs_sandbox)
    with view.stdout_kept_clean():
        workers = LocalWorkers(jobs or cores(), are_apart=True)
    proof = prove(path, assignment, solution, isolated, workers, _silent if quiet else view.note)
    if quiet:
        view.show_text(f"{'proven' if proof.holds else 'not proven'}\n")
    elif as_json:
        view.show_json(words.document(proof))
    else:
        view.show_report(*words.parts(proof))
    if not proof.holds:
        raise typer.Exit(EXIT_CHECK)


def _silent(_: str) -> None:
    """Tell nothing."""
