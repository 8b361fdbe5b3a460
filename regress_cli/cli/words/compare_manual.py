"""A hand-written gradient beside autograd's, as words, cells and plain data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from regress_cli.cli.words.gradcheck import verdict_document
from regress_cli.gradients.comparing.conclusion import about_stage, cut, reason_of
from regress_cli.gradients.number_words import relative, short
from regress_cli.gradients.user_file import UNLIMITED, split_target
from regress_cli.runs.strict_json import finite
from regress_cli.text import all_digits, printable

if TYPE_CHECKING:
    from regress_cli.gradients.checking import Block
    from regress_cli.gradients.comparing.comparison import CaseResult, Comparison
    from regress_cli.isolation import StageReply

Rows = list[list[str]]

_LIMITED = (
    "the file ran in a process of its own with limits on time and memory, which is no sandbox: "
    "try only files that you trust"
)


def parts(comparison: "Comparison") -> Iterator[str | Rows]:
    """Yield the report: the stages at the first input, every input's numbers, what is wrong and why."""
    yield _title(comparison)
    if comparison.stages:
        yield f"\nstages at {printable(comparison.cases[0].label)}"
        yield _forward_rows(comparison)
        yield _backward_rows(comparison)
    yield _case_rows(comparison)
    yield from _conclusion(comparison)


def document(comparison: "Comparison") -> dict[str, Any]:
    """Return the whole comparison as plain data for JSON."""
    data = {
        "target": comparison.subject,
        "reference": comparison.reference,
        "formula": comparison.formula,
        "outcome": comparison.outcome,
        "reason": reason_of(comparison),
        "by": list(comparison.wrt),
        "form": comparison.form,
        "cases": [_case_document(case) for case in comparison.cases],
        "not_tried": dict(comparison.skipped),
        "stages": [_stage_document(stage) for stage in comparison.stages],
        "first_wrong_stage": comparison.wrong_stages[0].name if comparison.wrong_stages else None,
        "wrong_stages": [
            {"stage": w.name, "by": w.argument, "case": w.case, "manual": w.manual, "autograd": w.autograd}
            | {"cause": w.cause}
            for w in comparison.wrong_stages
        ],
        "causes": list(comparison.causes),
        "shortcuts": list(comparison.shortcuts),
        "notes": _notes(comparison),
        "convention": comparison.convention or None,
    }
    converted, nonfinite = finite(data)
    return {**converted, "nonfinite": nonfinite}


def _title(comparison: "Comparison") -> str:
    against = (
        "" if comparison.reference == comparison.subject else f" against {printable(comparison.reference)}"
    )
    formula = f": {comparison.formula}" if comparison.formula else ""
    return f"{printable(comparison.subject)}{against}{formula}"


def _forward_rows(comparison: "Comparison") -> Rows:
    inputs = comparison.cases[0].inputs
    rows = [["forward", "value"]]
    rows += [[printable(name), short(value)] for name, value in inputs.items()]
    rows += [[_formula(stage), short(stage.value)] for stage in comparison.stages]
    return rows


def _backward_rows(comparison: "Comparison") -> Rows:
    end = printable(comparison.stages[-1].name)
    rows = [["backward", "local derivative", "its value", "running product"]]
    rows.append([end, "", "", f"d{end}/d{end} = {short(comparison.stages[-1].cotangent)}"])
    for stage in reversed(comparison.stages):
        rule, first = _rule(stage), True
        for argument, product in stage.backward.items():
            if product is not None:
                running = f"d{end}/d{argument} = {short(product)}"
                label = stage.name if first else ""
                rows.append(
                    [printable(label), rule if first else "", _local(stage, product), printable(running)]
                )
                first = False
    return rows


def _formula(stage: "StageReply") -> str:
    return printable(stage.formula or f"{stage.name} = {stage.name}({', '.join(stage.inputs)})", 90)


def _rule(stage: "StageReply") -> str:
    return printable(stage.rule, 70)


def _local(stage: "StageReply", product: Any) -> str:
    """Return the local derivative's value, where the product is one element by element."""
    product, cotangent = np.asarray(product), np.asarray(stage.cotangent)
    if product.shape != cotangent.shape or not np.all(cotangent):
        return ""
    return short(product / cotangent)


def _case_rows(comparison: "Comparison") -> Rows:
    rows = [["input", "by", "manual", "autograd", "numeric", "error", "verdict"]]
    for case in comparison.cases:
        blocks = {block.name: block for block in case.verdict.blocks} if case.verdict else {}
        for position, name in enumerate(comparison.wrt):
            label = printable(case.label, 40) if position == 0 else ""
            verdict = str(case.outcome) if position == 0 else ""
            numbers = _numbers(case, name, blocks.get(name))
            rows.append([label, *numbers, verdict])
    return rows


def _numbers(case: "CaseResult", name: str, block: "Block | None") -> list[str]:
    """Return the entry that is shown, and its manual, autograd's and numeric value, and the error."""
    autograd = np.asarray(case.autograd[name])
    if block is None or block.index is None:
        manual = "" if case.manual is None else short(case.manual[name])
        return [printable(name), cut(manual), cut(short(autograd)), "", ""]
    return [
        printable(block.place),
        all_digits(block.claimed),
        all_digits(autograd[block.index]),
        all_digits(block.difference),
        relative(block.error),
    ]


def _conclusion(comparison: "Comparison") -> Iterator[str]:
    yield f"{comparison.outcome}: {reason_of(comparison)}"
    for stage in comparison.wrong_stages[:1]:
        yield f"first wrong stage: {about_stage(stage)}"
    for cause in comparison.causes:
        yield f"likely cause: {printable(cause, 300)}"
    for shortcut in comparison.shortcuts:
        yield f"not by hand: {printable(shortcut, 300)}; write the gradient out, or give --allow autograd"
    for label, reason in comparison.skipped.items():
        yield f"not tried: {printable(label)}: {printable(reason)}"
    for known in filter(None, (comparison.convention, comparison.remark)):
        yield f"note: {known}"
    for note in _notes(comparison):
        yield f"note: {printable(note, 300)}"


def _notes(comparison: "Comparison") -> list[str]:
    """Return what was noticed, and how the files were run: whoever tries a stranger's has to know."""
    notes = list(comparison.notes)
    if split_target(comparison.subject):
        notes.append(_LIMITED)
    if split_target(comparison.reference):
        notes.append(f"--against: {UNLIMITED}")
    return notes


def _case_document(case: "CaseResult") -> dict[str, Any]:
    return {
        "input": case.label,
        "inputs": dict(case.inputs),
        "outcome": case.outcome,
        "reason": case.reason,
        "manual": None if case.manual is None else dict(case.manual),
        "autograd": dict(case.autograd),
        "verdict": None if case.verdict is None else verdict_document(case.verdict),
    }


def _stage_document(stage: "StageReply") -> dict[str, Any]:
    return {
        "name": stage.name,
        "formula": stage.formula,
        "inputs": list(stage.inputs),
        "value": stage.value,
        "cotangent": stage.cotangent,
        "backward": dict(stage.backward),
        "autograd": None if stage.autograd is None else dict(stage.autograd),
    }
