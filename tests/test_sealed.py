"""A sandbox for honest answers: what they find in it, which tier holds, and that nothing is left of it."""

import os
import struct
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from processes import are_gone, descendants
from sealing import isolated_by

from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation import Failure, Limits, Reply
from regress_cli.isolation.frames import ProtocolError
from regress_cli.isolation.sealed import (
    TIERS,
    Isolation,
    Sandbox,
    Tier,
    find_isolation,
    found,
    seccomp,
    syscalls,
    zygote,
)
from regress_cli.isolation.sealed.bundle import MODULES
from regress_cli.isolation.sealed.orders import order_of, report_of

X = np.array([0.5, -1.0, 2.0])
each_tier = pytest.mark.parametrize("tier", TIERS)
# What does not depend on the tier is tried in the others with --full.
sealed_first = pytest.mark.parametrize(
    "tier", ["sealed", *(pytest.param(tier, marks=pytest.mark.full) for tier in TIERS[1:])]
)
each_that_shuts_in = pytest.mark.parametrize("tier", ["sealed", "locked"])


def called(tier: Tier, text: str, name: str = "f", **options: bool) -> Reply | Failure:
    """Return what one call gives of a submission of one file."""
    files = {"answer.py": textwrap.dedent(text).encode()}
    with Sandbox(isolated_by(tier), files, **options) as sandbox, sandbox.answer("answer.py", name) as answer:
        return answer.call({"x": X})


def gradient_of(outcome: Reply | Failure) -> np.ndarray:
    """Return the array of a reply that has one."""
    assert isinstance(outcome, Reply), outcome
    assert isinstance(outcome.gradient, np.ndarray)
    return outcome.gradient


@each_tier
def test_an_honest_answer_works(tier: Tier):
    """It imports NumPy, Python's library and its neighbours, reads its own files, and starts threads."""
    text = """
        import collections, json, math, random, statistics, sqlite3, decimal, threading
        from parts import half
        import parts.deep.quarter as q
        import numpy.fft, numpy.random, numpy.polynomial
        def f(x):
            made = []
            thread = threading.Thread(target=lambda: made.append(json.load(open("data.json"))["k"]))
            thread.start()
            thread.join()
            rng = np.random.default_rng(0)
            print("a line")
            return made[0] * x * half.HALF * q.QUARTER + 0 * rng.normal() + 0 * random.random()
        import numpy as np
        """
    files = {
        "answer.py": textwrap.dedent(text).encode(),
        "parts/half.py": b"HALF = 0.5",
        "parts/deep/quarter.py": b"QUARTER = 0.25",
        "parts/own.py": b"import half\ndef f(x): return half.HALF * x",
        "data.json": b'{"k": 16}',
    }
    with Sandbox(isolated_by(tier), files) as sandbox:
        with sandbox.answer("answer.py", "f") as answer:
            assert answer.load() == ("x",)
            np.testing.assert_array_equal(gradient_of(answer.call({"x": X})), 2 * X)
        # A file imports from the folder that it lies in.
        with sandbox.answer("parts/own.py", "f") as answer:
            np.testing.assert_array_equal(gradient_of(answer.call({"x": X})), X / 2)


@sealed_first
def test_each_answer_has_a_process_of_its_own(tier: Tier):
    """What one answer does to Python is gone in the next, and after a crash the same one goes on."""
    text = """
        import math, os
        math.count = getattr(math, "count", 0) + 1
        def f(x): return x * math.count
        def crash(x): os.abort() if x[0] else None; return x
        """
    with Sandbox(isolated_by(tier), {"answer.py": textwrap.dedent(text).encode()}) as sandbox:
        for _ in range(3):
            with sandbox.answer("answer.py", "f") as answer:
                np.testing.assert_array_equal(gradient_of(answer.call({"x": X})), X)
        with sandbox.answer("answer.py", "crash") as answer:
            failure = answer.call({"x": X})
            assert isinstance(failure, Failure)
            assert failure.kind == "crashed"
            assert "answer.py line 5" in failure.message
            np.testing.assert_array_equal(gradient_of(answer.call({"x": 0 * X})), 0 * X)


@sealed_first
def test_stages_and_failures_are_as_without_a_sandbox(tier: Tier):
    """A list of stages is answered, errors are told by line, and a name that is not there as one."""
    text = """
        import numpy as np
        def a(x): return 2 * x, lambda g: 2 * g
        def s(a): return a.sum(), lambda g: g * np.ones_like(a)
        f = [a, s]
        def bad(x): return x / "text"
        """
    outcome = called(tier, text)
    assert isinstance(outcome, Reply), outcome
    assert [stage.name for stage in outcome.stages] == ["a", "s"]
    failure = called(tier, text, "bad")
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.message.endswith("see answer.py line 6")) == ("raised", True)
    with pytest.raises(UserError, match=r"answer\.py: has no function or list 'none'"):
        called(tier, text, "none")


@sealed_first
def test_autograd_is_numpy_and_differentiates_nothing(tier: Tier):
    """Its NumPy is NumPy under all its names, and what differentiates says that it may not be used."""
    text = """
        import autograd
        import autograd.numpy as np
        import autograd.numpy.random as npr
        import autograd.numpy.linalg as la
        from autograd.numpy import cos
        from autograd import grad, elementwise_grad as egrad, value_and_grad, jacobian, hessian, make_vjp
        from autograd.extend import primitive
        import numpy
        def f(x): return cos(x) * la.norm([1.0]) * (np is numpy) + 0 * npr.rand()
        def cheat(x): return egrad(np.sin)(x)
        """
    np.testing.assert_array_equal(gradient_of(called(tier, text)), np.cos(X))
    failure = called(tier, text, "cheat")
    assert isinstance(failure, Failure)
    assert failure.kind == "raised"
    assert "autograd.elementwise_grad may not be used here; write the derivative by hand" in failure.message


@sealed_first
def test_autograd_may_be_allowed(tier: Tier):
    """Then it is the real one, and it is noticed as without a sandbox."""
    text = """
        import autograd.numpy as np
        from autograd import elementwise_grad
        def f(x): return elementwise_grad(np.sin)(x)
        """
    outcome = called(tier, text, with_autograd=True)
    np.testing.assert_allclose(gradient_of(outcome), np.cos(X))
    assert isinstance(outcome, Reply)
    assert any("calls autograd" in notice for notice in outcome.noticed)


@each_that_shuts_in
def test_autograd_is_not_there_by_another_way(tier: Tier):
    """Neither a hidden import, nor the folder that NumPy lies in, leads to what differentiates."""
    text = """
        import os, sys
        def f(x):
            for name in [n for n in sys.modules if n.partition(".")[0] == "autograd"]:
                del sys.modules[name]
            sys.path.append(os.path.dirname(os.path.dirname(__import__("numpy").__file__)))
            from autograd import elementwise_grad
        """
    failure = called(tier, text)
    assert isinstance(failure, Failure)
    assert failure.kind == "raised"
    assert "elementwise_grad" not in failure.message


NO_NAMES = [
    "/a.py",
    "../a.py",
    "a/../b.py",
    "./a.py",
    "a//b.py",
    "",
    ".",
    "a\nb.py",
    "a\x1b.py",
    "x" * 300,
    "a\0.py",
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_stay_in_the_folder(name: str):
    """A name that leads elsewhere, or can't be shown, is refused before anything is written."""
    with pytest.raises(UserError, match="is no name of a file in a submission"):
        Sandbox(Isolation("limits"), {name: b""})


def test_one_answer_at_a_time():
    """A second answer beside a first one is a mistake of the program, and leaves the first one as it is."""
    with Sandbox(isolated_by("limits"), {"a.py": b"def f(x): return x"}) as sandbox:
        with sandbox.answer("a.py", "f") as answer:
            with pytest.raises(RuntimeError, match="one answer at a time"), sandbox.answer("a.py", "f"):
                pass
            np.testing.assert_array_equal(gradient_of(answer.call({"x": X})), X)
        with sandbox.answer("a.py", "f") as answer:
            np.testing.assert_array_equal(gradient_of(answer.call({"x": X})), X)


def test_a_file_is_no_folder():
    """A file that another one would lie in is refused."""
    with pytest.raises(UserError, match="'a' is a file and a folder in one submission; rename the file"):
        Sandbox(Isolation("limits"), {"a/b.py": b"", "a": b""})


def test_a_file_that_was_not_handed_in_is_told():
    """There is no answer of a file that the submission does not have."""
    sandbox = Sandbox(Isolation("limits"), {"a.py": b""})
    with pytest.raises(UserError, match=r"there is no file 'b\.py' in the submission; hand it in"):
        sandbox.answer("b.py", "f")


@each_tier
def test_nothing_is_left(tier: Tier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """After a sandbox there is no process, no open file and no folder that was not there before."""
    isolated = isolated_by(tier)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before, files = descendants(os.getpid()), len([*Path("/dev/fd").iterdir()])
    with Sandbox(isolated, {"a.py": b"def f(x): return x"}) as sandbox, sandbox.answer("a.py", "f") as answer:
        answer.call({"x": X})
        assert descendants(os.getpid()) - before
        assert [*tmp_path.iterdir()]
    assert descendants(os.getpid()) <= before
    assert len([*Path("/dev/fd").iterdir()]) == files
    assert not [*tmp_path.iterdir()]


GRADER = """
import sys, time
from regress_cli.isolation.sealed import Sandbox, Isolation
isolated = Isolation(sys.argv[1], program=sys.argv[2])
files = {"a.py": b"import time\\ndef f(x): time.sleep(300)"}
with Sandbox(isolated, files) as box, box.answer("a.py", "f") as answer:
    answer.load()
    print("ready", flush=True)
    answer.call({"x": 1.0})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what comes from whom")
@each_tier
def test_all_ends_with_the_one_that_grades(tier: Tier, tmp_path: Path):
    """If the grader is killed, in the middle of a call, nothing that it has started goes on."""
    isolated = isolated_by(tier)
    command = [sys.executable, "-c", GRADER, tier, isolated.program]
    # A grader that is killed can't remove the submission's copy.
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=variables) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"ready\n"
        time.sleep(0.1)
        started = descendants(grader.pid)
        assert len(started) >= 2
        grader.kill()
    assert are_gone(started, seconds=20)


@sealed_first
def test_several_sandboxes_at_a_time(tier: Tier):
    """Sandboxes in threads of one grader do not hear of each other."""
    isolated, found_by = isolated_by(tier), {}

    def grade(number: int) -> None:
        files = {"a.py": f"def f(x): return {number} * x".encode()}
        with Sandbox(isolated, files) as sandbox:
            for _ in range(3):
                with sandbox.answer("a.py", "f") as answer:
                    found_by.setdefault(number, []).append(answer.call({"x": X}))

    threads = [threading.Thread(target=grade, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(3):
        for outcome in found_by[number]:
            np.testing.assert_array_equal(gradient_of(outcome), number * X)


# ------------------------------------------------------------------------------------------------- tiers


def test_the_best_tier_that_holds_is_found():
    """It says what it is made of and how its self-test went, or why it is no better one."""
    isolated = find_isolation()
    assert isolated.tier in TIERS
    if isolated.tier == "limits":
        assert isolated.remedy
    else:
        assert isolated.description.startswith(f"{isolated.tier}: ")
        assert isolated.description.endswith("self-test 15 of 15")
    assert (isolated.remedy == "") is (isolated.tier == "sealed")


def test_without_bubblewrap_the_next_tier_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    """The reason is kept, with one command, and a tier that is asked for alone is refused with it."""
    monkeypatch.setattr(found.bubblewrap, "program", lambda: None)
    monkeypatch.setattr(found.shutil, "which", lambda name: name if name == "dnf" else None)
    isolated = find_isolation()
    assert isolated.tier in ("locked", "limits")
    assert isolated.remedy.startswith("not sealed: bubblewrap is not installed; dnf install bubblewrap")
    with pytest.raises(UserError, match="not sealed: bubblewrap is not installed; dnf install bubblewrap"):
        find_isolation("sealed")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has other tiers")
def test_a_bubblewrap_that_fails_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What it writes before it ends is the reason."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(found.bubblewrap, "program", lambda: str(program))
    with pytest.raises(UserError, match="not sealed: bwrap: setting up uid map: Permission denied"):
        find_isolation("sealed")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has other tiers")
def test_a_bubblewrap_that_shuts_nothing_in_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A tier in whose sandbox one attempt succeeds is not used, whatever it says of itself."""
    monkeypatch.setattr("regress_cli.isolation.sealed.zygote._settings", _without_filter)
    with pytest.raises(UserError, match=r"not locked: what is inside can .*fork"):
        find_isolation("locked")


_SETTINGS = zygote._settings


def _without_filter(*arguments: object) -> dict[str, object]:
    return {**_SETTINGS(*arguments), "is_filtered": False}  # type: ignore[arg-type]


def test_elsewhere_only_limits_hold(monkeypatch: pytest.MonkeyPatch):
    """On a system that is no Linux, the reason is that."""
    monkeypatch.setattr(found.sys, "platform", "darwin")
    with pytest.raises(UserError, match="not sealed: only Linux can shut a process in like this; use Linux"):
        find_isolation("sealed")


def test_there_are_three_tiers():
    """Another name is no tier, and the nearest is named."""
    with pytest.raises(UserError, match=r"'seald' is no tier of isolation; did you mean 'sealed'\?"):
        find_isolation("seald")  # type: ignore[arg-type]


def test_a_sandbox_that_can_not_start_is_a_limit():
    """It is told with a reason, and is no failure of the submission."""
    isolated = Isolation("sealed", program="/bin/false")
    with (
        Sandbox(isolated, {"a.py": b""}) as sandbox,
        pytest.raises(LimitReached, match="can't be started"),
        sandbox.answer("a.py", "f"),
    ):
        pass


# ------------------------------------------------------------------------------------------------- parts


def test_the_modules_that_are_sent_are_those_that_are_needed():
    """What is sent is what the modules that run inside import of regress, and nothing besides."""
    inside = (
        "import sys; import regress_cli.isolation.worker, regress_cli.isolation.sealed.forking; "
        "import regress_cli.isolation.sealed.stand_in; "
        "print(*sorted(m for m in sys.modules if m.startswith('regress_cli')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", inside], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert tuple(told.stdout.split()) == MODULES


@pytest.mark.parametrize("machine", syscalls.ARCHITECTURES)
def test_a_filter_refuses_what_is_not_on_the_list(machine: str):
    """A filter that is run by hand, call by call, allows the list and refuses the rest and other machines."""
    program = seccomp.program(machine, 77)
    other = 0x40000003
    mine = syscalls.ARCHITECTURES[machine]
    numbers = syscalls.conditional(machine)
    for number in range(1024):
        expected = number in syscalls.allowed(machine)
        if number not in numbers.values():
            assert _allows(program, mine, number) is expected
        assert not _allows(program, other, number)
        assert not _allows(program, mine, 0x40000000 | number)
    allowed = {
        ("clone", 0x3D0F00): True,
        ("clone", 17): False,
        ("clone", 0x10000 | 0x10000000): False,
        ("clone3", 0): False,
        ("kill", 77): True,
        ("kill", 0xFFFFFFFF): False,
        ("kill", 0): False,
        ("tgkill", 77): True,
        ("tgkill", 1): False,
        ("prlimit64", 0): True,
        ("prlimit64", 78): False,
        ("prctl", 15): True,
        ("prctl", 1): False,
    }
    for (name, first), expected in allowed.items():
        assert _allows(program, mine, numbers[name], first) is expected, name
    for second, expected in {3: True, 8: False, 10: False, 1030: True}.items():
        assert _allows(program, mine, numbers["fcntl"], 0, second) is expected
    assert not _allows(program, mine, numbers["ioctl"], 0, 0x5412)


def _allows(program: bytes, machine: int, number: int, first: int = 0, second: int = 0) -> bool:
    """Run a filter on one call, as the kernel does."""
    data = struct.pack("<IIQ6Q", number, machine, 0, first, second, 0, 0, 0, 0)
    instructions = [*struct.iter_unpack("=HBBI", program)]
    place, value = 0, 0
    while True:
        code, yes, no, k = instructions[place]
        place += 1
        if code == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
        elif code == 0x54:
            value &= k
        elif code == 0x15:
            place += yes if value == k else no
        elif code == 0x35:
            place += yes if value >= k else no
        elif code == 0x06:
            return k == 0x7FFF0000
        else:
            raise AssertionError(code)


def test_an_unknown_machine_has_no_filter():
    """There, no tier that needs one is used."""
    with pytest.raises(OSError, match="no list of system calls for riscv64"):
        seccomp.program("riscv64", 1)


@pytest.mark.parametrize(
    "content", [b"", b"x" * 14, b"x" * 21, b"rgz\x01" + b"\x09" * 10, b"rgz\x01" + b"\x07" * 17]
)
def test_orders_and_reports_are_read_strictly(content: bytes):
    """Whatever is no order, or no report, is refused."""
    for read in (order_of, report_of):
        with pytest.raises(ProtocolError):
            read(content)


def test_limits_hold_inside():
    """The limits of one answer are its own: memory and time of another do not change."""
    files = {"a.py": b"import numpy as np\ndef f(x): return np.ones(int(x[0])).sum() * x"}
    with Sandbox(isolated_by("limits"), files) as sandbox:
        for memory, kind in ((64 << 20, "memory"), (1 << 30, None), (64 << 20, "memory")):
            with sandbox.answer("a.py", "f", Limits(memory=memory)) as answer:
                outcome = answer.call({"x": np.array([4e7])})
                assert (outcome.kind if isinstance(outcome, Failure) else None) == kind
