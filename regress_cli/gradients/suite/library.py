"""Every entry of the library: autograd's gradient in both modes and orders, and the one by hand."""

from collections.abc import Iterator
from typing import Any

from regress_cli.gradients.checking import RTOL, Subject, check_subject
from regress_cli.gradients.findings import Finding
from regress_cli.gradients.library import LIBRARY, Entry
from regress_cli.gradients.suite.modes import check_modes


def check_library(rtol: float = RTOL, seed: int = 0) -> Iterator[Finding]:
    """Check every entry at its example."""
    for entry in LIBRARY.values():
        yield from check_entry(entry, entry.example(), rtol=rtol, seed=seed)


def check_entry(
    entry: Entry, inputs: dict[str, Any], *, label: str = "", rtol: float = RTOL, seed: int = 0
) -> Iterator[Finding]:
    """Check autograd's and the hand-written gradient of one entry at given inputs."""
    label = label or entry.name
    yield from check_modes(label, entry.function, inputs, entry.wrt, rtol=rtol, seed=seed)
    subject = Subject(
        lambda params: entry.total(**{**inputs, **params}),
        lambda params: entry.manual(**{**inputs, **params}),
    )
    at = {name: inputs[name] for name in entry.wrt}
    yield Finding(label, "by hand", check_subject(subject, at, rtol=rtol, seed=seed))
