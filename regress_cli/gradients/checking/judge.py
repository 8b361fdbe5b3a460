"""From measurements to a verdict: each block by its own scale, with kinks excused and noise said."""

from collections.abc import Sequence

import numpy as np

from regress_cli.flat import Layout
from regress_cli.gradients.checking.marks import Mark, Marked, mark_all
from regress_cli.gradients.checking.measure import Measurement
from regress_cli.gradients.checking.verdict import Block, Outcome


def judge_blocks(measurements: Sequence[Measurement], layout: Layout, rtol: float) -> tuple[Block, ...]:
    """Return the evidence for each parameter that has entries."""
    blocks = []
    # Along a random direction several kinks may add up to another slope without any.
    has_kink = any(m.sides is not None for m in measurements)
    for name in layout.shapes:
        entries = [m for m in measurements if m.probe.block == name and not m.probe.is_projection]
        projections = [
            m for m in measurements if m.probe.block == name and m.probe.is_projection and not has_kink
        ]
        if entries:
            blocks.append(_block(name, layout, mark_all(entries, rtol), mark_all(projections, rtol)))
    return tuple(blocks)


def judge(blocks: Sequence[Block]) -> tuple[Outcome, str]:
    """Return the outcome of all blocks, and the reason."""
    if any(block.wrong for block in blocks):
        return Outcome.WRONG, _what_is_wrong(blocks)
    for block in blocks:
        if block.torn:
            return Outcome.UNVERIFIABLE, (
                f"the function jumps at this point when {block.name} changes, so that there is no "
                "derivative; move the point"
            )
        if block.undecided and not np.isfinite(block.claimed):
            return Outcome.UNVERIFIABLE, (
                f"the gradient by {block.name} is {block.claimed} here, and the slope has no limit that "
                "could be measured; move the point"
            )
        if block.undecided:
            return Outcome.NOISE, (
                f"the function's values are too noisy to judge {block.undecided:,} of {block.checked:,} "
                f"entries of {block.name}; scale the function so that this parameter changes it by more than "
                "rounding does"
            )
    for block in blocks:
        if block.kinks == block.checked:
            return Outcome.KINK, (
                f"the point lies on a kink in every entry of {block.name} that was checked; the gradient "
                f"there is a convention ({block.claimed:.6g}, between the slopes on both sides); move the "
                "point to judge it"
            )
    return Outcome.RIGHT, _what_is_right(blocks)


def _what_is_wrong(blocks: Sequence[Block]) -> str:
    worst = max((block for block in blocks if block.wrong), key=lambda block: block.error)
    count, size = sum(block.wrong for block in blocks), sum(block.size for block in blocks)
    entries = "1 entry is wrong; it" if count == 1 else f"{count:,} entries are wrong; the worst"
    which = "" if size == 1 else f"{entries} is {worst.place}: "
    return f"{which}{worst.claimed:.10g} is claimed, {worst.expected:.10g} is right"


def _what_is_right(blocks: Sequence[Block]) -> str:
    size, checked = sum(b.size for b in blocks), sum(b.checked for b in blocks)
    kinks = sum(b.kinks for b in blocks)
    looked_at = f"all {size:,} entries agree" if size != 1 else "the one entry agrees"
    if checked < size:
        looked_at = f"{checked:,} of {size:,} entries, and random directions through the rest, agree"
    text = f"{looked_at} with independent oracles"
    if kinks:
        text += f"; {kinks:,} on a kink are excused"
    return text


def _block(name: str, layout: Layout, entries: list[Marked], projections: list[Marked]) -> Block:
    # A wrong entry tells more than a wrong direction, and a direction that is right tells nothing.
    wrong = [m for m in [*entries, *projections] if m.mark is Mark.WRONG]
    candidates = [m for m in wrong if not m.is_projection] or wrong or entries
    worst = max(candidates, key=lambda m: (not np.isfinite(m.measurement.claimed), m.error))
    counts = {mark: sum(m.mark is mark for m in entries) for mark in Mark}
    return Block(
        name=name,
        shape=layout.shapes[name],
        size=len(layout.positions[name]),
        checked=len(entries),
        wrong=counts[Mark.WRONG] or int(bool(wrong)),
        kinks=counts[Mark.KINK],
        undecided=counts[Mark.UNDECIDED],
        torn=counts[Mark.TORN],
        index=_index(worst, name, layout),
        claimed=worst.measurement.claimed,
        expected=worst.measurement.expected,
        difference=worst.measurement.slope.value,
        scale=entries[0].scale,
        error=worst.error,
        resolution=_resolution(entries),
        oracle=_oracle(worst),
    )


def _index(marked: Marked, name: str, layout: Layout) -> tuple[int, ...] | None:
    if marked.is_projection:
        return None
    place = marked.measurement.probe.positions[0] - layout.positions[name][0]
    return tuple(int(i) for i in np.unravel_index(place, layout.shapes[name]))


def _resolution(entries: Sequence[Marked]) -> float:
    """Return the smallest error that would be seen, relative to the scale, or the variation at a zero."""
    tolerance, scale = max(m.tolerance for m in entries), entries[0].scale
    variation = max(m.measurement.slope.variation for m in entries)
    reach = max(scale, variation) if scale <= tolerance else scale
    return tolerance / reach if reach else 0.0


def _oracle(marked: Marked) -> str:
    if marked.is_projection:
        return "projection"
    return "differences" if marked.measurement.exact is None else "complex step"
