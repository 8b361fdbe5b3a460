"""Sandboxes that are lent to one submission after the other keep nothing of any."""

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from processes import are_gone, descendants
from sealing import isolated_by

from regress_cli.grading.checking.kept_sandboxes import KeptSandboxes, Kind
from regress_cli.isolation import Failure, Reply
from regress_cli.isolation.sealed import TIERS, Tier

sealed_first = pytest.mark.parametrize(
    "tier", ["sealed", *(pytest.param(tier, marks=pytest.mark.full) for tier in TIERS[1:])]
)
# No other test's.
LEFT = Path(f"/tmp/left-{os.getpid()}")
LEAVES = f"""\
import neighbour, os, threading
def f(x):
    for place in ({str(LEFT)!r}, "left"):
        try:
            open(place, "w").write("the answer is 2 x")
        except OSError:
            pass
    threading.Thread(target=threading.Event().wait).start()
    return neighbour.two * x
"""
LOOKS = f"""\
import os, sys
def f(x):
    try:
        import neighbour
    except ImportError:
        pass
    else:
        return x
    names = os.listdir(sys.path[0])
    return np.array([len(names), "answer.py" in names, os.path.exists({str(LEFT)!r})])
import numpy as np
"""
KIND = Kind(with_autograd=False, is_visible=True)
EXITS = "import os\ndef f(x):\n    os._exit(0)\n"


@pytest.fixture
def kept() -> Iterator[KeptSandboxes]:
    """Return sandboxes that end with the test."""
    sandboxes = KeptSandboxes()
    yield sandboxes
    sandboxes.close()


@pytest.fixture
def others() -> set[int]:
    """Return the processes that this one has from other tests."""
    return descendants(os.getpid())


def called(kept: KeptSandboxes, tier: Tier, **files: str) -> Reply | Failure:
    """Return what comes of one call of a submission's function."""
    contents = {f"{name}.py": textwrap.dedent(text).encode() for name, text in files.items()}
    with (
        kept.lent(isolated_by(tier), contents, KIND) as sandbox,
        sandbox.answer("answer.py", "f") as answer,
    ):
        return answer.call({"x": np.ones(2)})


def numbers_of(outcome: Reply | Failure) -> list[float]:
    """Return the numbers of a reply."""
    assert isinstance(outcome, Reply), outcome
    return np.asarray(outcome.gradient).tolist()


@sealed_first
def test_the_next_submission_finds_nothing_of_the_last(kept: KeptSandboxes, others: set[int], tier: Tier):
    """Files, what was written, and processes are gone, while the warm process is the same one."""
    assert numbers_of(called(kept, tier, answer=LEAVES, neighbour="two = 2")) == [2, 2]
    warm = descendants(os.getpid()) - others
    assert warm
    left = tier == "limits" and LEFT.exists()
    assert numbers_of(called(kept, tier, answer=LOOKS)) == [1, 1, left]
    assert descendants(os.getpid()) - others == warm
    kept.close()
    assert are_gone(warm)
    LEFT.unlink(missing_ok=True)


def test_after_an_end_of_its_own_there_is_a_new_sandbox(kept: KeptSandboxes, others: set[int]):
    """An answer that has ended its process, or left its block by an error, has no successor where it was."""
    assert isinstance(called(kept, "sealed", answer=EXITS), Failure)
    assert descendants(os.getpid()) <= others
    assert numbers_of(called(kept, "sealed", answer=LOOKS)) == [1, 1, 0]
    before = descendants(os.getpid()) - others
    with (
        pytest.raises(KeyError),
        kept.lent(isolated_by("sealed"), {"answer.py": b""}, KIND),
    ):
        raise KeyError
    assert are_gone(before)
    assert descendants(os.getpid()) <= others
