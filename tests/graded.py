"""Make-believe records of graded submissions: what no grader has to run for."""

import random
from collections.abc import Sequence

from hostile import EVIL, NAMES
from hypothesis import strategies as st
from reported import HARM

from regress_cli.grading.records.record import Checked, Isolated, Record, State, Trouble, Visibility

SEALED = Isolated(tier="sealed", description="sealed: bubblewrap 0.8.0, Landlock 7; self-test 14 of 14")
BARE = Isolated(tier="limits", description="limits: rlimits and a process group")
# Where a submission lies on the grader's machine, which is no matter of a student's.
PLACE = "/home/grader/secret/submissions"
# Numbers of the reference, which only the teacher may read.
SECRET = "expected 0.123456789"
CAUSES = ("the sign is wrong", "a factor 1/N is missing")


def passed(name: str, points: float = 1, **more: object) -> Checked:
    """Return a check that was passed."""
    return Checked.model_validate({"name": name, "points": points, "state": State.PASSED, **more})


def failed(name: str, points: float = 1, trouble: Trouble = Trouble.WRONG, **more: object) -> Checked:
    """Return a check that failed."""
    given = {"feedback": f"it is {trouble.value}\nsee the sign", "detail": f"{SECRET}\n{trouble.value}"}
    fields = {"name": name, "points": points, "state": State.FAILED, "trouble": trouble, **given, **more}
    return Checked.model_validate(fields)


def not_run(name: str, points: float = 1) -> Checked:
    """Return a check that was not begun."""
    return Checked(name=name, points=points, state=State.NOT_RUN, trouble=Trouble.NOT_BEGUN)


def record(student: str, checks: Sequence[Checked], **more: object) -> Record:
    """Return a submission with these checks."""
    given = {
        "assignment": "hw1",
        "student": student,
        "submission": f"{PLACE}/{student}.py",
        "digest": "0123456789ab",
        "is_finished": True,
        "isolated": SEALED,
        "checks": checks,
        "version": "1.0",
        **more,
    }
    return Record.model_validate(given)


def small_class() -> list[Record]:
    """Return three submissions in which every state is there; two students have the same name."""
    return [
        record("cleo", [passed("f", 2, seconds=0.25), failed("g", 1.5, causes=CAUSES[:1]), passed("h", 0.5)]),
        record(
            "bob", [failed("f", 2, Trouble.TIME), not_run("g", 1.5), not_run("h", 0.5)], is_finished=False
        ),
        record(
            "bob",
            [passed("f", 2), failed("g", 1.5, causes=CAUSES), failed("h", 0.5, Trouble.LOAD)],
            submission=f"{PLACE}/bob-again.py",
            isolated=BARE,
        ),
    ]


def large_class(count: int, checks: int = 10) -> list[Record]:
    """Return so many submissions with so many checks, some of each trouble."""
    draw = random.Random(0)
    troubles = list(Trouble)
    records = []
    for number in range(count):
        own = []
        for place in range(checks):
            name, seconds = f"check {place}", draw.random()
            if draw.random() < 0.6:
                own.append(passed(name, 2, seconds=seconds))
            elif (trouble := draw.choice(troubles)) is Trouble.NOT_BEGUN:
                own.append(not_run(name, 2))
            else:
                detail = "\n".join(
                    f"w[{row}]: {draw.random():.6f} for {draw.random():.6f}" for row in range(8)
                )
                causes = (draw.choice(CAUSES),) if trouble is Trouble.WRONG else ()
                own.append(failed(name, 2, trouble, detail=detail, causes=causes, seconds=seconds))
        records.append(record(f"student-{number:03}", own))
    return records


def hostile_class() -> list[Record]:
    """Return submissions in which every text that may be anything means harm."""
    texts = [*NAMES, *HARM, EVIL, "caf\udce9", "\ufffe\uffff", "```\n# x", "", " ", "=1+1\t"]
    return [
        record(
            text,
            [
                failed(text, feedback=other, detail=other, causes=(text, other)),
                failed(text, trouble=Trouble.CRASHED, feedback=text),
                Checked(name=other, points=0.1, state=State.NOT_RUN, feedback=text),
                passed(other, 0.2, feedback=text),
            ],
            assignment=HARM[0],
            submission=other,
            isolated=Isolated(tier="sealed", description=other),
        )
        for text, other in zip(texts, reversed(texts), strict=True)
    ]


_texts = st.one_of(
    st.text(st.characters(), max_size=12), st.sampled_from([*NAMES, *HARM, "=1", "`", "    x"])
)
_points = st.integers(0, 400).map(lambda quarters: quarters / 4)
_outcomes = st.one_of(
    st.just((State.PASSED, None)),
    st.tuples(st.just(State.FAILED), st.one_of(st.none(), st.sampled_from(Trouble))),
    st.tuples(st.just(State.NOT_RUN), st.sampled_from([None, Trouble.NOT_BEGUN])),
)


@st.composite
def _checks(draw: st.DrawFn) -> Checked:
    state, trouble = draw(_outcomes)
    return Checked(
        name=draw(_texts),
        points=draw(_points),
        visibility=draw(st.sampled_from(Visibility)),
        state=state,
        trouble=trouble,
        feedback=draw(_texts),
        detail=draw(_texts),
        causes=tuple(draw(st.lists(_texts, max_size=2))),
        seconds=draw(st.floats(0, 100)),
    )


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    """Draw a record in which anything is called anything."""
    return record(
        draw(_texts),
        draw(st.lists(_checks(), max_size=4)),
        assignment=draw(_texts),
        submission=draw(_texts),
        is_finished=draw(st.booleans()),
        isolated=Isolated(
            tier=draw(st.sampled_from(["sealed", "locked", "limits"])), description=draw(_texts)
        ),
    )
