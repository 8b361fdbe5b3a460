"""Run folders: the only room that knows a file name under outputs/."""

from regress_cli.runs.claim import claim, find_run, remove_leftovers
from regress_cli.runs.digest import run_digest
from regress_cli.runs.run import Run, open_run
from regress_cli.runs.workplace import Workplace

__all__ = ["Run", "Workplace", "claim", "find_run", "open_run", "remove_leftovers", "run_digest"]
