"""Files that mean harm, in every tier that holds: what they do is contained, told, and over afterwards."""

import os
import platform
import secrets
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attacks import ENDS, FILLS, GIVES, HEAD, INT_0X80, TRIES
from conftest import ROOT
from processes import descendants
from sealing import isolated_by

from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation import Failure, Limits, Reply
from regress_cli.isolation.sealed import Sandbox, Tier, syscalls

X = np.array([0.5, -1.0, 2.0])
SOON = Limits(seconds=0.7, memory=512 << 20)
GOOD = "def f(x): return 2 * x"
SHUT_IN: list[Tier] = ["sealed", "locked"]
ALL: list[Tier] = ["sealed", "locked", "limits"]


@dataclass
class Box:
    """A sandbox with every file that means harm, a good one, and what must not change outside."""

    tier: Tier
    sandbox: Sandbox
    canary: Path

    def call(self, file: str, limits: Limits = SOON) -> Reply | Failure:
        """Return what comes of a file; whatever it is, the next answer of the sandbox is right."""
        with self.sandbox.answer(file, "f", limits) as answer:
            try:
                outcome = answer.call({"x": X})
            except UserError as error:
                outcome = Failure("load", str(error))
        with self.sandbox.answer("good.py", "f") as answer:
            good = answer.call({"x": X})
        assert isinstance(good, Reply), good
        np.testing.assert_array_equal(good.gradient, 2 * X)
        return outcome


def files_of(sources: dict[str, str]) -> dict[str, bytes]:
    """Return files by number, as a submission has them."""
    return {
        f"h{number}.py": (HEAD + textwrap.dedent(text)).encode()
        for number, text in enumerate(sources.values())
    }


SOURCES = {
    **{name: text for name, (text, _) in ENDS.items()},
    **GIVES,
    **TRIES,
    **FILLS,
    "int 0x80": INT_0X80,
}
FILE_OF = dict(zip(SOURCES, files_of(SOURCES), strict=True))


@pytest.fixture(scope="module")
def boxes() -> Iterator[dict[Tier, Box]]:
    """Hold one sandbox for each tier, in which all files are called one after the other."""
    made: dict[Tier, Box] = {}
    secret = secrets.token_hex(16)
    os.environ["REGRESS_TEST_SECRET"] = secret
    before = descendants(os.getpid())
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield _Boxes(made, Path(folder), secret)
        finally:
            for box in made.values():
                box.sandbox.__exit__(None, None, None)
            del os.environ["REGRESS_TEST_SECRET"]
    assert descendants(os.getpid()) <= before


class _Boxes(dict):
    """Makes the sandbox of a tier when it is first asked for."""

    def __init__(self, made: dict[Tier, Box], folder: Path, secret: str) -> None:
        self._made, self._folder, self._secret = made, folder, secret

    def __getitem__(self, tier: Tier) -> Box:
        if tier not in self._made:
            isolated = isolated_by(tier)
            canary = self._folder / tier / "canary"
            canary.parent.mkdir()
            canary.write_text("alive")
            told = f"CANARY, PARENT, SECRET = {str(canary)!r}, {os.getpid()}, {self._secret!r}\n"
            listed = {*syscalls.allowed("x86_64"), *syscalls.conditional("x86_64").values()}
            told += f"LISTED = {listed}\n"
            files = {**files_of(SOURCES), "good.py": GOOD.encode(), "told.py": told.encode()}
            self._made[tier] = Box(tier, Sandbox(isolated, files).__enter__(), canary)
        return self._made[tier]


def _with_both(names: Iterable[str]) -> list[Any]:
    """Return each name with the sealed tier, and with --full with the other, whose limits are the same."""
    return [
        pytest.param(tier, name, marks=() if tier == "sealed" else pytest.mark.full)
        for tier in SHUT_IN
        for name in names
    ]


@pytest.fixture(params=SHUT_IN)
def box(request: pytest.FixtureRequest, boxes: dict[Tier, Box]) -> Iterator[Box]:
    """Return a sandbox that shuts in, and see that nothing outside has changed afterwards."""
    box = boxes[request.param]
    before = box.canary.stat()
    yield box
    assert box.canary.read_text() == "alive"
    after = box.canary.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_uid) == (
        before.st_mode,
        before.st_mtime_ns,
        before.st_uid,
    )
    assert [*box.canary.parent.iterdir()] == [box.canary]


def expect_no_host_path(text: str) -> None:
    """Expect that no path of this system came back."""
    for path in (ROOT, sys.prefix, sys.base_prefix, tempfile.gettempdir() + "/", Path.home(), "regress-"):
        assert str(path) not in text or str(path) == "/usr"


@pytest.mark.parametrize(("box", "name"), _with_both(ENDS), indirect=["box"])
def test_what_ends_an_answer_is_told(box: Box, name: str):
    """Each way to end, to hang or to take too much is told by its kind, and is over with the answer."""
    started = time.monotonic()
    outcome = box.call(FILE_OF[name])
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind in ENDS[name][1], outcome
    expect_no_host_path(outcome.message)
    assert os.environ["REGRESS_TEST_SECRET"] not in outcome.message
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("name", GIVES)
def test_what_comes_back_is_numbers_and_nothing_else(box: Box, name: str):
    """Whatever a file does to its own process, what arrives is an array that can be judged."""
    outcome = box.call(FILE_OF[name])
    assert isinstance(outcome, Reply), outcome
    assert type(outcome.gradient) is np.ndarray
    assert outcome.gradient.shape in ((3,), (0,), ())
    assert not np.array_equal(outcome.gradient, 2 * X)
    assert len(outcome.noticed) <= 100
    assert outcome.changed == (("x",) if name == "changed inputs" else ())


@pytest.mark.parametrize("name", TRIES)
def test_every_attempt_fails(box: Box, name: str):
    """Of a list of attempts none succeeds; the exception would name those that do."""
    if name == "system calls by number" and platform.machine() != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    outcome = box.call(FILE_OF[name], Limits(seconds=10))
    assert isinstance(outcome, Reply), outcome
    np.testing.assert_array_equal(outcome.gradient, [0])


@pytest.mark.skipif(platform.machine() != "x86_64", reason="it is machine code of x86_64")
def test_calls_of_32_bits_are_refused(box: Box):
    """A system call by the old way is refused, or there is none in this kernel."""
    outcome = box.call(FILE_OF["int 0x80"])
    assert isinstance(outcome, Reply) or outcome.kind == "crashed", outcome


@pytest.mark.parametrize("name", FILLS)
def test_no_disk_is_filled(box: Box, name: str):
    """What is written is refused or limited, and gone before the next answer."""
    outcome = box.call(FILE_OF[name])
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind in ({"raised", "output"} if box.tier == "sealed" else {"raised"}), outcome
    again = box.call(FILE_OF[name])
    assert again == outcome


def test_what_one_answer_writes_the_next_does_not_see():
    """The folder for passing files is empty at first, whatever was in it before."""
    text = b"""if 1:
        import os
        def f(x):
            count = len(os.listdir("/tmp"))
            open("/tmp/x", "w").close()
            return count
        """
    with Sandbox(isolated_by("sealed"), {"a.py": text}) as sandbox:
        for _ in range(2):
            with sandbox.answer("a.py", "f") as answer:
                counts = [answer.call({"x": X}) for _ in range(2)]
            assert [int(np.asarray(c.gradient)) for c in counts if isinstance(c, Reply)] == [0, 1]


def test_what_can_not_be_read_is_told_before_anything_is_run(box: Box):
    """A source that is no UTF-8, or larger than any formula, is refused by the one that grades."""
    files = {"latin.py": b"# caf\xe9\ndef f(x): return x", "large.py": b"#" * (50 << 20)}
    with Sandbox(isolated_by(box.tier), files) as sandbox:
        for name, words in {"latin.py": "is not UTF-8", "large.py": "is larger than"}.items():
            with sandbox.answer(name, "f") as answer, pytest.raises(UserError, match=words):
                answer.load()


def test_a_notice_about_the_text_can_not_be_taken_back(box: Box):
    """What the text shows is told before the file runs, whatever the file does to the worker."""
    text = (
        "import regress_cli.isolation.cheats as c, regress_cli.isolation.worker as w\n"
        "w.look_at = c.look_at = lambda *a: c.Look()\n"
        "w.Worker._scan = lambda *a: ('scanned', ())\n"
        "def g(x): return x ** 2\n"
        "def f(x, h=1e-6): return (g(x + h) - g(x)) / h\n"
    )
    with (
        Sandbox(isolated_by(box.tier), {"a.py": text.encode()}) as sandbox,
        sandbox.answer("a.py", "f") as answer,
    ):
        outcome = answer.call({"x": X})
    assert isinstance(outcome, Reply), outcome
    assert any("finite difference" in notice for notice in outcome.noticed)


@pytest.mark.parametrize("tier", ALL)
def test_a_sandbox_that_dies_is_an_error_of_its_own(tier: Tier):
    """If the process that forks is killed, that is no failure of an answer; the next one gets a new one."""
    text = b"import time\ndef f(x): return 2 * x\ndef slow(x): time.sleep(99)"
    with Sandbox(isolated_by(tier), {"a.py": text}) as sandbox:
        with sandbox.answer("a.py", "slow", Limits(seconds=20)) as answer:
            answer.load()
            zygote = sandbox._zygote
            assert zygote is not None
            zygote._process.kill()
            with pytest.raises(LimitReached, match="sandbox"):
                answer.call({"x": X})
        with sandbox.answer("a.py", "f") as answer:
            assert isinstance(answer.call({"x": X}), Reply)


LEFT_BEHIND = """
    def f(x):
        for _ in range(2):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    time.sleep(300)
                os._exit(0)
        return x
    def bomb(x):
        while True:
            try: os.fork()
            except OSError: pass
    """


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the group is ended")
@pytest.mark.parametrize("name", ["f", pytest.param("bomb", marks=pytest.mark.full)])
def test_limits_alone_leave_no_process_behind(name: str):
    """Where an answer can start processes, all end with it, those with a session of their own too."""
    before = descendants(os.getpid())
    files = {
        **files_of({"left": LEFT_BEHIND}),
        "told.py": b"CANARY = PARENT = SECRET = 0",
        "good.py": GOOD.encode(),
    }
    with Sandbox(isolated_by("limits"), files) as sandbox:
        with sandbox.answer("h0.py", name, SOON) as answer:
            assert isinstance(answer.call({"x": X}), Reply if name == "f" else Failure)
            # One that took too long has been ended already.
            assert name == "bomb" or len(descendants(os.getpid()) - before) > 2
        with sandbox.answer("good.py", "f") as answer:
            assert isinstance(answer.call({"x": X}), Reply)
            assert len(descendants(os.getpid()) - before) == 2
    assert descendants(os.getpid()) <= before
