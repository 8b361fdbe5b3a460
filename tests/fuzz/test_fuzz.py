"""A small form of the fuzzing, and what the long one (``make fuzz``) has found before."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seeds import CORPUS, found, good_seeds, seeds
from targets import TARGETS

_MOST_SECONDS = 1.0
# As many as take a few seconds; the long run has a million.
_EXAMPLES = {"config": 150, "run_folder": 100, "table": 150}


@st.composite
def near_misses(draw: st.DrawFn, good: list[bytes]) -> bytes:
    """Return good input with a stretch of it replaced, taken out, or put in."""
    content = draw(st.sampled_from(good))
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 40)))
    return content[:start] + draw(st.binary(max_size=20)) + content[end:]


def answer(target: str, content: bytes) -> None:
    """Give a target its input; time that other processes take is not counted."""
    started = time.process_time()
    TARGETS[target](content)
    assert time.process_time() - started < _MOST_SECONDS


@pytest.mark.parametrize("target", TARGETS)
def test_bad_input_is_answered_or_refused_at_once(target: str):
    """Whatever the bytes are, they are taken or refused in one plain line, within a second."""
    good = seeds(target)
    # What is made on first use is no part of any input's time.
    TARGETS[target](good[0])

    @settings(max_examples=_EXAMPLES.get(target, 300), derandomize=True, database=None)
    @given(st.binary(max_size=300) | near_misses(good))
    @example(b"")
    def any_input(content: bytes) -> None:
        answer(target, content)

    any_input()


@pytest.mark.parametrize("target", TARGETS)
def test_good_input_is_taken(target: str):
    """The inputs from which fuzzing starts are all answered, so that it starts where code is reached."""
    for content in good_seeds(target):
        answer(target, content)


@pytest.mark.parametrize(
    ("target", "name"),
    [(folder.name, path.name) for folder in sorted(CORPUS.iterdir()) for path in sorted(folder.iterdir())],
)
def test_what_was_found_stays_answered(target: str, name: str):
    """Each input that once led to an error, or took too long, is answered as any other."""
    assert (CORPUS / target / name).read_bytes() in found(target)
    answer(target, (CORPUS / target / name).read_bytes())


def test_fuzzing_can_fail(monkeypatch: pytest.MonkeyPatch):
    """An error that is no refusal comes out of a target."""
    monkeypatch.setattr("targets.load_config", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        TARGETS["config"](b"a: 1")
