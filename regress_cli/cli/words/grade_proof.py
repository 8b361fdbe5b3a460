"""The proof of an assignment as words, cells and plain data."""

from typing import TYPE_CHECKING, Any

from regress_cli.text import printable

if TYPE_CHECKING:
    from regress_cli.grading.proving.prove import Proof
    from regress_cli.grading.proving.trial import Trial

Rows = list[list[str]]


def parts(proof: "Proof") -> list[str | Rows]:
    """Return what was tried, and for what did not turn out as it should which checks are to blame."""
    rows = [["what was tried", "put to", "earned", ""]]
    rows += [_row(trial) for trial in proof.trials]
    failed = [trial for trial in proof.trials if trial.failures]
    lines = [line for trial in failed for line in _blame(trial)]
    return [
        f"{printable(proof.assignment)}: {_verdict(proof)}",
        rows,
        *lines,
        f"isolation: {proof.isolation}",
    ]


def document(proof: "Proof") -> dict[str, Any]:
    """Return the proof as plain data."""
    return {
        "assignment": proof.assignment,
        "holds": proof.holds,
        "isolation": proof.isolation,
        "trials": [
            {
                "what": trial.words,
                "kind": trial.kind,
                "as_it_should": not trial.failures,
                "checks": [
                    {"name": check.name, "state": check.state, "trouble": check.trouble}
                    for check in trial.checked
                ],
                "to_blame": [check.name for check in trial.failures],
            }
            for trial in proof.trials
        ],
    }


def _verdict(proof: "Proof") -> str:
    failed = sum(bool(trial.failures) for trial in proof.trials)
    if not failed:
        return f"proven: all {len(proof.trials)} that were tried earn what they should"
    return f"NOT proven: {failed} of {len(proof.trials)} that were tried do not earn what they should"


def _row(trial: "Trial") -> list[str]:
    checks = len(trial.checked)
    passed = sum(check.state == "passed" for check in trial.checked)
    sign = "SURVIVES" if trial.failures and trial.kind != "solution" else "FAILS" if trial.failures else "ok"
    return [printable(trial.words, 90), f"{checks} check{'s' * (checks != 1)}", f"{passed} passed", sign]


def _blame(trial: "Trial") -> list[str]:
    if trial.kind == "solution":
        return [
            f"the solution loses at check {printable(check.name)}: {_one_line(check.detail)}"
            for check in trial.failures
        ]
    names = " and ".join(printable(check.name) for check in trial.failures)
    several = len(trial.failures) > 1
    return [f"{printable(trial.words)}: check{'s' * several} {names} should have caught it"]


def _one_line(text: str) -> str:
    return printable("; ".join(text.splitlines()), 500)
