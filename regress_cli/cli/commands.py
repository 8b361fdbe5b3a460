"""The commands in the order of a working day; each has a file of its own."""

import typer

from regress_cli.cli.bench import bench
from regress_cli.cli.compare import compare
from regress_cli.cli.compare_manual import compare_manual
from regress_cli.cli.diff import diff
from regress_cli.cli.explain import explain
from regress_cli.cli.fit import FormulaCommand, fit
from regress_cli.cli.gradcheck import gradcheck
from regress_cli.cli.grade import grade
from regress_cli.cli.init import init
from regress_cli.cli.predict import predict
from regress_cli.cli.report import report
from regress_cli.cli.run import run
from regress_cli.cli.runs import runs
from regress_cli.cli.schema import schema
from regress_cli.cli.summary import summary
from regress_cli.cli.sweep import sweep
from regress_cli.cli.verify import verify


def register(app: typer.Typer) -> None:
    """Add every command to ``app``."""
    for command in COMMANDS:
        app.command(cls=FormulaCommand if command is fit else None)(command)


COMMANDS = (
    init,
    run,
    fit,
    sweep,
    runs,
    summary,
    compare,
    verify,
    report,
    predict,
    gradcheck,
    compare_manual,
    grade,
    diff,
    explain,
    bench,
    schema,
)
