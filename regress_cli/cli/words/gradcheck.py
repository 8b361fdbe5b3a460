"""Verdicts on gradients as words, cells and plain data."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regress_cli.gradients.checking import worst_outcome
from regress_cli.gradients.number_words import relative
from regress_cli.runs.strict_json import finite
from regress_cli.text import printable

if TYPE_CHECKING:
    from regress_cli.gradients.checking import Block, Outcome, Verdict
    from regress_cli.gradients.findings import Finding, Report

Rows = list[list[str]]


def parts(reports: Sequence["Report"]) -> Iterator[str | Rows]:
    """Yield the report: a row for each parameter at each point, or for each of many gradients."""
    for report in reports:
        yield printable(report.title, 200)
        if report.findings:
            yield _wide_rows(report.findings) if report.is_detailed else _narrow_rows(report.findings)
        yield from _not_right(report.findings)
        for note in report.notes:
            yield f"note: {printable(note, 300)}"
        if report.findings:
            yield f"{report.outcome}: {_summary(report)}\n"
    if len(reports) > 1:
        findings = [finding for report in reports for finding in report.findings]
        right = sum(finding.verdict.outcome == "RIGHT" for finding in findings)
        yield f"all in all: {outcome(reports)}: {right:,} of {len(findings):,} verdicts are RIGHT"


def outcome(reports: Sequence["Report"]) -> "Outcome":
    """Return the worst verdict of all."""
    return worst_outcome(finding.verdict for report in reports for finding in report.findings)


def document(reports: Sequence["Report"]) -> dict[str, Any]:
    """Return all verdicts as plain data for JSON."""
    data = {
        "outcome": outcome(reports),
        "targets": [
            {
                "target": report.title,
                "outcome": report.outcome,
                "notes": list(report.notes),
                "checks": [_finding_document(finding) for finding in report.findings],
            }
            for report in reports
        ],
    }
    converted, nonfinite = finite(data)
    return {**converted, "nonfinite": nonfinite}


def _finding_document(finding: "Finding") -> dict[str, Any]:
    return {"check": finding.label, "mode": finding.mode, **verdict_document(finding.verdict)}


def verdict_document(verdict: "Verdict") -> dict[str, Any]:
    """Return a verdict as plain data."""
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "kinks": verdict.kinks,
        "taylor_order": verdict.order,
        "oracles": dict(verdict.oracles),
        "evaluations": verdict.evaluations,
        "blocks": [_block_document(block) for block in verdict.blocks],
    }


def _block_document(block: "Block") -> dict[str, Any]:
    return {
        "name": block.name,
        "shape": list(block.shape),
        "entries": block.size,
        "checked": block.checked,
        "wrong": block.wrong,
        "kinks": block.kinks,
        "undecided": block.undecided,
        "worst": {
            "index": None if block.index is None else list(block.index),
            "gradient": block.claimed,
            "oracle": block.expected,
            "differences": block.difference,
            "relative_error": block.error,
        },
        "scale": block.scale,
        "resolution": block.resolution,
        "oracle": block.oracle,
    }


def _wide_rows(findings: Sequence["Finding"]) -> Rows:
    rows = [
        ["point", "worst entry", "gradient", "oracle's", "error", "oracle", "checked", "kinks", "verdict"]
    ]
    for finding in findings:
        verdict = finding.verdict
        rows += [
            [
                printable(finding.label, 40) if position == 0 else "",
                printable(block.place, 50),
                f"{block.claimed:.10g}",
                f"{block.expected:.10g}",
                relative(block.error),
                block.oracle,
                f"{block.checked:,} of {block.size:,}",
                str(block.kinks or ""),
                str(verdict.outcome) if position == 0 else "",
            ]
            for position, block in enumerate(verdict.blocks)
        ]
        if not verdict.blocks:
            rows.append([printable(finding.label, 40), "", "", "", "", "", "", "", str(verdict.outcome)])
    return rows


def _narrow_rows(findings: Sequence["Finding"]) -> Rows:
    """Return a row for each function, with the verdict on each of its derivatives."""
    modes = list(dict.fromkeys(finding.mode for finding in findings))
    by_label: dict[str, dict[str, Verdict]] = {}
    for finding in findings:
        by_label.setdefault(finding.label, {})[finding.mode] = finding.verdict
    rows = [["", *modes, "worst error", "entries", "kinks"]]
    for label, verdicts in by_label.items():
        blocks = [block for verdict in verdicts.values() for block in verdict.blocks]
        first = next(iter(verdicts.values()))
        rows.append(
            [
                printable(label, 60),
                *(str(verdicts[mode].outcome) if mode in verdicts else "" for mode in modes),
                relative(max((block.error for block in blocks), default=0.0)),
                f"{sum(block.checked for block in first.blocks):,}",
                str(first.kinks or ""),
            ]
        )
    return rows


def _not_right(findings: Sequence["Finding"]) -> Iterator[str]:
    for finding in findings:
        if finding.verdict.outcome != "RIGHT":
            label = printable(finding.title, 80)
            yield f"{label}: {finding.verdict.outcome}: {printable(finding.verdict.reason, 500)}"


def _summary(report: "Report") -> str:
    findings = report.findings
    right = sum(finding.verdict.outcome == "RIGHT" for finding in findings)
    if right == len(findings) == 1:
        return findings[0].verdict.reason
    if report.outcome == "KINK":
        kinks = sum(finding.verdict.outcome == "KINK" for finding in findings)
        return (
            f"{right} of {len(findings)} are right, and {kinks} can't be judged, for the point lies on a kink"
        )
    what = "right at {} of {} points" if report.is_detailed else "{} of {} derivatives are right"
    return what.format(right, len(findings))
