"""The teacher's report on a class, and the same as words: every number on it is counted here once more."""

import random
import re
import statistics
from collections import Counter
from itertools import pairwise

import pytest
from graded import (
    CAUSES,
    PLACE,
    SECRET,
    failed,
    hostile_class,
    large_class,
    not_run,
    passed,
    record,
    small_class,
)
from hostile import assert_harmless
from hypothesis import given
from hypothesis import strategies as st
from page_reader import Page, assert_closed, plain_text
from reported import HARM
from shell import strict_json

from regress_cli.cli import view
from regress_cli.cli.words import grade
from regress_cli.grading.formats import FORMATS
from regress_cli.grading.formats.class_report import class_page
from regress_cli.grading.formats.histogram import bars_of
from regress_cli.grading.records.record import Record, State, Trouble


def tables(content: bytes) -> list[list[list[str]]]:
    """Return the texts of every cell of every table, row by row."""
    found = []
    for table in re.findall(r"<table.*?</table>", content.decode(), re.DOTALL):
        rows = re.findall(r"<tr.*?</tr>", table)
        cells = [re.findall(r"<t[dh].*?</t[dh]>", row) for row in rows]
        found.append([[re.sub(r"<[^>]*>", "", cell) for cell in row] for row in cells])
    return found


def tiles(content: bytes) -> dict[str, str]:
    """Return the numbers at the top of a page by what they are."""
    return dict(re.findall(r"<div><dt>([^<]*)</dt><dd>([^<]*)</dd></div>", content.decode()))


# ------------------------------------------------------------------------------------ the page


def test_the_head_says_how_good_a_class_is():
    """Mean, median and standard deviation are those of the scores, and who has full marks is counted."""
    records = [*large_class(40), record("best", [passed(f"check {n}", 2) for n in range(10)])]
    scores = [sum(check.points for check in one.checks if check.state is State.PASSED) for one in records]
    assert tiles(class_page(records)) == {
        "submissions": "41",
        "points to earn": "20",
        "mean": f"{statistics.mean(scores):.2f}".rstrip("0").rstrip("."),
        "median": f"{statistics.median(scores):g}",
        "standard deviation": f"{statistics.stdev(scores):.2f}".rstrip("0").rstrip("."),
        "full marks": str(scores.count(20)),
    }


def test_submissions_with_different_points_are_compared_in_percent():
    """Where not all could earn the same, the numbers at the top are percents, and so is the histogram."""
    content = class_page([record("a", [passed("f", 1)]), record("b", [passed("f", 1), failed("g", 3)])])
    found = tiles(content)
    assert (found["mean"], found["median"]) == ("62.5 %", "62.5 %")
    assert "points to earn" not in found
    [label] = re.findall(r'aria-label="(Histogram[^"]*)"', content.decode())
    assert label.startswith("Histogram of the marks in percent of the points: 0 to 10: 0;")
    assert "20 to 30: 1" in label
    assert label.endswith("90 to 100: 1")


def test_each_check_has_a_row_of_counts():
    """How many passed, failed and were not run is counted for each check, with the troubles of those."""
    records = large_class(60)
    [header, *rows] = tables(class_page(records))[0]
    assert header == ["check", "points", "mean", "", "passed", "failed", "not run", "why not passed"]
    for place, row in enumerate(rows):
        own = [one.checks[place] for one in records]
        states = Counter(check.state for check in own)
        assert row[0] == f"check {place}"
        assert row[4] == f"{states[State.PASSED]} ({100 * states[State.PASSED] / 60:.0f} %)"
        assert row[5:7] == [str(states[State.FAILED]), str(states[State.NOT_RUN])]
        why = {word: int(count) for word, count in (part.rsplit(" ", 1) for part in row[7].split(", "))}
        assert why.get("time limit", 0) == sum(check.trouble is Trouble.TIME for check in own)
        assert sum(why.values()) == states[State.FAILED]
        assert float(row[2]) == pytest.approx(2 * states[State.PASSED] / 60, abs=0.005)


def test_likely_causes_are_counted():
    """A cause is counted once for each submission, the most common ones first; rarer ones are added up."""
    records = small_class()
    content = class_page([*records, record("dan", [failed("g", 1.5, causes=[CAUSES[0]] * 3)])])
    [_, *rows] = tables(content)[1]
    assert rows == [["g", CAUSES[0], "3"], [CAUSES[1], "1"]]
    many = [record("a", [failed("f", causes=[f"cause {n:02}" for n in range(12)])])]
    [_, *rows] = tables(class_page(many))[1]
    assert rows[-2:] == [["cause 07", "1"], ["4 rarer ones", "4"]]


def test_every_submission_has_a_row_and_a_section():
    """The table has each check's state, and the section each feedback and what only the teacher may see."""
    content = class_page(small_class())
    rows = tables(content)[-1]
    assert rows[1:] == [
        ["student", "score", "percent", "f", "g", "h"],
        ["bob", "2", "50 %", "passed", "wrong", "not loaded"],
        ["bob (2)not finished", "0", "0 %", "time limit", "not run", "not run"],
        ["cleo", "2.5", "62 %", "passed", "wrong", "passed"],
    ]
    page = Page(content)
    assert page.count("details") == 3
    text = plain_text(content)
    assert text.count(SECRET) == 4
    assert f"{PLACE}/bob-again.py" in text
    assert "without a sandbox, with limits alone: 1 of these submissions." in text


def test_what_the_student_is_told_is_not_said_twice():
    """What the teacher alone may read follows the student's feedback, without repeating it."""
    more = failed("f", feedback="the sign is wrong\nsee w", detail=f"the sign is wrong\nsee w\n{SECRET}")
    same = failed("g", feedback="the shape is wrong", detail="the shape is wrong")
    text = plain_text(class_page([record("a", [more, same])]))
    assert text.count("the sign is wrong") == text.count("the shape is wrong") == 1
    assert text.count("For the teacher:") == text.count(SECRET) == 1


def test_a_sandbox_is_no_warning():
    """Where all ran in a sandbox, it is named, and nothing warns."""
    text = plain_text(class_page([record("a", [passed("f")])]))
    assert "Isolation: sealed: bubblewrap" in text
    assert "without a sandbox" not in text


def test_a_page_about_nothing_says_so():
    """Without submissions, without checks, and without points there is a page all the same."""
    assert "There are no graded submissions here." in plain_text(class_page([]))
    for checks in ([], [passed("f", 0)]):
        content = class_page([record("a", checks), record("b", checks)])
        assert_closed(content)
        assert tiles(content)["mean"] == "0"
        assert "Histogram" not in content.decode()


def test_no_text_of_a_submission_is_markup():
    """Whatever students write, the page has the elements of a page, and shows the text as it is."""
    content = class_page(hostile_class())
    assert_closed(content)
    page = Page(content)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    text = plain_text(content)
    for harm in HARM:
        assert harm in text


def test_headings_come_in_their_order():
    """No heading skips a level, and each table has a caption."""
    content = class_page(small_class())
    page = Page(content)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.count("caption") == page.count("table") == 3


def test_a_large_class_makes_a_page_that_can_be_sent():
    """The page about 500 submissions of ten checks is below 5 MB, and what a single one adds is bounded."""
    assert len(class_page(large_class(500))) < 5_000_000
    flood = record("a", [failed("f", feedback="x" * 10**6, detail="y" * 10**6)])
    assert len(class_page([flood])) - len(class_page([record("a", [failed("f")])])) < 20_000


# ------------------------------------------------------------------------------------ the histogram


@given(st.integers(1, 40), st.data())
def test_every_mark_is_in_one_bar(top: int, data: st.DataObject):
    """Each score is counted in the bar whose range it lies in; the best one is in the last bar."""
    scores = data.draw(st.lists(st.one_of(st.integers(0, top), st.floats(0, top)), max_size=20))
    bars = bars_of(scores, top)
    assert sum(bar.count for bar in bars) == len(scores)
    assert bars[0].low == 0
    assert (bars[-1].low if bars[-1].high is None else bars[-1].high) == top
    for bar in bars:
        if bar.high is None:
            assert bar.count == scores.count(bar.low)
        elif bar.high < top:
            assert bar.count == sum(bar.low <= score < bar.high for score in scores)


# ------------------------------------------------------------------------------------ words


def test_one_submission_is_told_check_by_check(capsys: pytest.CaptureFixture[str]):
    """Each check has a line with its state, its points and what the student is told; then the total."""
    view.show_report(*grade.parts(small_class()[1:2]))
    assert capsys.readouterr().out.splitlines() == [
        "bob, hw1",
        "time limit    0/2  f: it is time",
        "    see the sign",
        "not run     0/1.5  g",
        "not run     0/0.5  h",
        "The grading has not come to its end; what was earned so far counts.",
        "total: 0 of 4 points (0 %)",
        "isolation: sealed: bubblewrap 0.8.0, Landlock 7; self-test 14 of 14",
    ]


def test_a_class_is_told_submission_by_submission(capsys: pytest.CaptureFixture[str]):
    """Each submission has a line, each check has one, and the marks come last."""
    view.show_report(*grade.parts(small_class()))
    lines = [re.split(r"\s{2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert ["bob", "2", "4", "50 %", "1", "2", "0", "not loaded 1, wrong 1"] in lines
    assert ["bob (2) (not finished)", "0", "4", "0 %", "0", "1", "2", "time limit 1"] in lines
    assert ["g", "1.5", "0", "0", "2", "1", "wrong 2"] in lines
    assert ["3 submissions: mean 1.5, median 2, standard deviation 1.32"] in lines
    assert "limits: rlimits and a process group (1)" in lines[-1][0]


def test_hostile_names_do_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]):
    """No name and no feedback moves the cursor, whether one submission is shown or all."""
    records = hostile_class()
    view.show_report(*grade.parts(records))
    for one in records:
        view.show_report(*grade.parts([one]))
    # Two code points that are no characters have no shape, and do nothing.
    assert_harmless(re.sub("[\ufffe\uffff]", "", capsys.readouterr().out))


@pytest.mark.parametrize("records", [[], small_class(), hostile_class(), [record("a", [not_run("f", 0)])]])
def test_the_document_is_strict_json(records: list[Record], capsys: pytest.CaptureFixture[str]):
    """Plain data hold every submission with all digits, in the same order whatever the one given."""
    shuffled = records.copy()
    random.Random(0).shuffle(shuffled)
    view.show_json(grade.document(shuffled))
    read = strict_json(capsys.readouterr().out)
    assert read == strict_json(_shown(grade.document(records), capsys))
    assert len(read["submissions"]) == read["summary"]["submissions"] == len(records)
    for one in read["submissions"]:
        assert one["score"] == pytest.approx(sum(check["score"] for check in one["checks"]))
        assert all((check["state"] == "passed") or check["score"] == 0 for check in one["checks"])
    assert grade.parts(records)


def _shown(data: object, capsys: pytest.CaptureFixture[str]) -> str:
    view.show_json(data)
    return capsys.readouterr().out


def test_points_add_up_in_decimals():
    """Three tenths are 0.3 in every format, and points that are no numbers are refused."""
    tenths = record("a", [passed(name, 0.1) for name in "abc"])
    assert (tenths.score, tenths.points) == (0.3, 0.3)
    for content in (FORMATS["csv"].content([tenths]), FORMATS["html"].content([tenths])):
        assert b"0.30000000000000004" not in content
    for points in (float("inf"), float("nan"), -1):
        with pytest.raises(ValueError, match="points"):
            passed("f", points)
