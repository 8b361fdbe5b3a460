"""Grades in the formats of other systems: as their documentation has them, and as their readers take them."""

import base64
import csv
import io
import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from graded import (
    PLACE,
    SEALED,
    SECRET,
    any_record,
    failed,
    hostile_class,
    large_class,
    not_run,
    passed,
    record,
    small_class,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_reader import Page, assert_closed
from shell import strict_json

from regress_cli.grading.formats import FORMATS, ClassFormat, OneFormat
from regress_cli.grading.formats.classroom import output_line
from regress_cli.grading.records.record import Record, State, Trouble, Visibility

# Formulas, after a blank or not, and what a spreadsheet drops from before one.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\ufeff]")
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def contents(name: str, records: Sequence[Record]) -> list[bytes]:
    """Return the files that a format makes of these records."""
    made = FORMATS[name]
    return (
        [made.content(records)] if isinstance(made, ClassFormat) else [made.content(one) for one in records]
    )


# ------------------------------------------------------------------------------------ readers

# What Gradescope's documentation lists for a result and for a test of one.
_FORMATS_OF_TEXT = {"text", "html", "simple_format", "md", "ansi"}
_VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
_RESULT = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
    "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
    "visibility", "extra_data",
}  # fmt: skip


def read_gradescope(content: bytes) -> dict[str, Any]:
    """Check a results.json by the rules of Gradescope's documentation, and return it."""
    read = strict_json(content.decode())
    assert read.keys() <= _RESULT
    assert {
        read[name] for name in ("output_format", "test_output_format", "test_name_format")
    } <= _FORMATS_OF_TEXT
    assert {read["visibility"], read["stdout_visibility"]} <= _VISIBILITIES
    assert isinstance(read["execution_time"], int | float)
    assert isinstance(read["output"], str)
    assert isinstance(read["score"], int | float)
    for test in read["tests"]:
        assert test.keys() <= _TEST
        assert isinstance(test["name"], str)
        assert isinstance(test["number"], str)
        assert isinstance(test["output"], str)
        assert isinstance(test["extra_data"], dict)
        assert test.get("status", "passed") in ("passed", "failed")
        assert test.get("visibility", "visible") in _VISIBILITIES
        assert 0 <= test.get("score", 0) <= test["max_score"]
    # It overrides the sum of the tests, and so must not differ from it.
    assert read["score"] == pytest.approx(sum(test.get("score", 0) for test in read["tests"]))
    return read


def read_classroom(content: bytes) -> dict[str, Any]:
    """Check a result by what GitHub Classroom's reporter reads of one, and return it."""
    read = strict_json(content.decode())
    assert read.keys() == {"version", "status", "max_score", "tests"}
    assert read["version"] == 1
    assert read["status"] in ("pass", "fail", "error")
    for test in read["tests"]:
        types = {
            "name": str, "status": str, "score": int | float, "message": str, "test_code": str,
            "filename": str, "line_no": int, "duration": int | float,
        }  # fmt: skip
        assert test.keys() == types.keys()
        assert all(isinstance(test[key], kind) for key, kind in types.items())
        assert test["status"] in ("pass", "fail", "error")
        assert test["status"] == "pass" or test["score"] == 0
    assert (read["status"] == "pass") == all(test["status"] == "pass" for test in read["tests"])
    return read


# Of the schema of Jenkins' xUnit plugin: what an element must have, may have, and may hold.
_ATTRIBUTES = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name"}, {"time", "classname", "group"}),
    **dict.fromkeys(("failure", "error", "skipped"), (set(), {"type", "message"})),
}
_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err", "testsuite"},
    "properties": {"property"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}
_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def read_junit(content: bytes) -> Element:
    """Check an XML document by the rules of the schema, and that its counts add up; return its root."""
    root = fromstring(content)
    assert root.tag == "testsuites"
    for node in root.iter():
        must, may = _ATTRIBUTES[node.tag]
        assert must <= node.attrib.keys() <= must | may
        assert {child.tag for child in node} <= _CHILDREN.get(node.tag, set())
        assert _TIME.fullmatch(node.get("time", "0"))
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "")) == len(suite.findall(f"testcase/{tag}"))
        assert all(len(case) <= 1 for case in cases)
        assert float(suite.get("time", "")) == pytest.approx(
            sum(float(case.get("time", "")) for case in cases), abs=0.001 * (len(cases) + 1)
        )
    for attribute in ("tests", "failures", "errors"):
        assert int(root.get(attribute, "")) == sum(int(suite.get(attribute, "")) for suite in root)
    # GitLab knows a test case by these two alone, and shows one of several that are the same.
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases)
    return root


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Check that a table is rectangular and that no cell of it is a formula; return its rows."""
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    assert len(set(header)) == len(header)
    for row in [header, *rows]:
        assert len(row) == len(header)
        assert [cell for cell in row if _FORMULA.match(cell)] == []
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_feedback(content: bytes) -> list[Any]:
    """Check that a reader of Markdown finds nothing but headings, paragraphs, and code; return its blocks."""
    tokens = MarkdownIt("commonmark").parse(content.decode())
    kinds = {token.type for token in tokens}
    assert kinds <= {
        "heading_open",
        "heading_close",
        "paragraph_open",
        "paragraph_close",
        "inline",
        "code_block",
    }
    parts = [child.type for token in tokens for child in token.children or []]
    assert set(parts) <= {"text", "code_inline"}
    return tokens


def score_of_gradescope(content: bytes) -> float:
    """Return the score of a results.json."""
    return read_gradescope(content)["score"]


def score_of_classroom(content: bytes) -> float:
    """Return the sum of scores, which is what the reporter reports."""
    return sum(test["score"] for test in read_classroom(content)["tests"])


def score_of_junit(content: bytes) -> float:
    """Return the sum of the scores of all suites."""
    return sum(
        float(one.get("value", ""))
        for one in read_junit(content).iter("property")
        if one.get("name") == "score"
    )


def score_of_csv(content: bytes) -> float:
    """Return the sum of the scores of all checks."""
    rows = read_csv(content)
    assert sum(float(row["score"]) for row in rows) == pytest.approx(
        sum(float(cell or 0) for row in rows for cell in list(row.values())[7::2])
    )
    return sum(float(row["score"]) for row in rows)


def score_of_html(content: bytes) -> float:
    """Return the sum of the scores of the table, by which it is sorted."""
    assert_closed(content)
    page = Page(content)
    numbers = [attributes.get("data-v") for tag, attributes in page.elements if tag == "td"]
    # Each row begins with a score and a percentage; that of nothing to earn is none.
    rows = re.findall(r"<tr><th scope=\"row\"><a .*?</th>(<td.*?</td>)", content.decode())
    assert len(rows) <= len(numbers)
    return sum(float(re.findall(r'data-v="([^"]*)"', row)[0]) for row in rows)


def score_of_feedback(content: bytes) -> float:
    """Return the score in the title, which is the sum of those of the sections."""
    titles = [
        token.children for token in read_feedback(content) if token.type == "inline" and token.level == 1
    ]
    scores = [re.search(r"([\d.]+) of [\d.]+ points?$", title[-1].content) for title in titles if title]
    first, *others = [float(found[1]) for found in scores if found]
    assert first == pytest.approx(sum(others))
    return first


READERS: dict[str, Callable[[bytes], float]] = {
    "gradescope": score_of_gradescope,
    "classroom": score_of_classroom,
    "junit": score_of_junit,
    "csv": score_of_csv,
    "html": score_of_html,
    "feedback": score_of_feedback,
}
CLASSES: dict[str, Callable[[], list[Record]]] = {
    "none": list,
    "no checks": lambda: [record("a", [])],
    "one": lambda: small_class()[:1],
    "small": small_class,
    "unfinished": lambda: [record("a", [not_run("f"), not_run("g")], is_finished=False)],
    "no points": lambda: [record("a", [passed("f", 0), failed("g", 0)]), record("b", [failed("f", 0)])],
    "all passed": lambda: [record(name, [passed("f", 0.1), passed("g", 0.2)]) for name in "ab"],
    "none passed": lambda: [record("a", [failed(each.value, 1, each) for each in Trouble])],
    "different checks": lambda: [record("a", [passed("f", 1)]), record("b", [passed("g", 3)])],
    "large": lambda: large_class(30),
    "hostile": hostile_class,
}


def test_every_format_is_read_back():
    """Each format has a reader here that is no part of regress, and a file name of its own."""
    assert READERS.keys() == FORMATS.keys()
    assert len({made.file_name for made in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("what", CLASSES)
@pytest.mark.parametrize("name", FORMATS)
def test_what_was_earned_is_read_back(name: str, what: str):
    """Whatever a class is like, a format is whole, harmless, the same each time, and says what was earned."""
    records = CLASSES[what]()
    made = contents(name, records)
    assert made == contents(name, records)
    for content in made:
        assert not _UNSAFE.search(content.decode())
    earned = sum(check.points for one in records for check in one.checks if check.state is State.PASSED)
    assert sum(map(READERS[name], made)) == pytest.approx(earned)


@settings(max_examples=40)
@given(st.lists(any_record(), max_size=2))
def test_no_text_breaks_a_format(records: list[Record]):
    """Whatever a student, a check or a feedback is called, a format's own reader finds the marks."""
    earned = sum(check.points for one in records for check in one.checks if check.state is State.PASSED)
    for name, reader in READERS.items():
        assert sum(map(reader, contents(name, records))) == pytest.approx(earned)


@pytest.mark.parametrize("name", [name for name, made in FORMATS.items() if isinstance(made, ClassFormat)])
def test_the_order_of_records_changes_nothing(name: str):
    """In whatever order submissions were graded, the file is the same to the byte."""
    records = large_class(12)
    shuffled = records.copy()
    random.Random(1).shuffle(shuffled)
    assert contents(name, shuffled) == contents(name, records)


@pytest.mark.parametrize("name", ["gradescope", "classroom", "feedback", "junit"])
def test_what_a_student_may_see_holds_no_secret(name: str):
    """Neither the numbers of the reference, nor where files lie on the machine, nor what it is made of."""
    for content in contents(name, small_class()):
        text = content.decode()
        assert "it is " in text or "pass" in text
        for secret in (SECRET, PLACE, "secret", SEALED.description, "bubblewrap"):
            assert secret not in text


# ------------------------------------------------------------------------------------ Gradescope


def test_on_gradescope_a_check_that_was_not_run_has_not_failed():
    """It has no status, and no score of which one would be made; what passed or failed has both."""
    checks = [passed("f", 2), failed("g", 1), not_run("h", 3)]
    read = read_gradescope(contents("gradescope", [record("a", checks, is_finished=False)])[0])
    assert [test.get("status") for test in read["tests"]] == ["passed", "failed", None]
    assert [test.get("score") for test in read["tests"]] == [2, 0, None]
    assert [test["max_score"] for test in read["tests"]] == [2, 1, 3]
    assert [test["number"] for test in read["tests"]] == ["1", "2", "3"]
    assert [test["extra_data"]["state"] for test in read["tests"]] == ["passed", "failed", "not run"]
    assert [test["extra_data"]["trouble"] for test in read["tests"]] == [None, "wrong", "not_begun"]
    assert read["score"] == 2
    assert "not come to its end" in read["output"]


def test_on_gradescope_each_check_is_seen_as_it_says():
    """A check's visibility is its test's, and what the grader writes is not for students."""
    checks = [passed(each.value, visibility=each) for each in Visibility]
    read = read_gradescope(contents("gradescope", [record("a", checks)])[0])
    assert [test["visibility"] for test in read["tests"]] == [each.value for each in Visibility]
    assert (read["visibility"], read["stdout_visibility"]) == ("visible", "hidden")


@pytest.mark.parametrize("tier", ["sealed", "locked", "limits"])
def test_a_student_is_told_in_what_the_code_ran(tier: str):
    """One line tells a sandbox from limits alone, and the grading that is at its end has no other."""
    one = record("a", [passed("f")], isolated={"tier": tier, "description": "x"})
    output = read_gradescope(contents("gradescope", [one])[0])["output"]
    assert ("sandbox" in output) == (tier != "limits")
    assert "\n" not in output


# ------------------------------------------------------------------------------------ GitHub Classroom


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([passed("f"), passed("g")], "pass"),
        ([passed("f"), failed("g")], "fail"),
        ([passed("f"), failed("g", 1, Trouble.CRASHED)], "error"),
        ([not_run("f"), failed("g", 1, Trouble.FORBIDDEN), failed("h", 1, Trouble.TIME)], "fail"),
        ([not_run("f")], "error"),
    ],
)
def test_for_classroom_a_wrong_answer_is_no_error(checks: list[Any], status: str):
    """A wrong answer is a failure; a crash, a limit and what was not run are errors."""
    assert read_classroom(contents("classroom", [record("a", checks)])[0])["status"] == status


def test_a_workflow_s_line_is_the_result_in_base64():
    """The line for a step's output decodes to the result, and partial credit is in it."""
    one = small_class()[0]
    name, _, encoded = output_line(one).partition("=")
    assert name == "result"
    read = read_classroom(base64.b64decode(encoded, validate=True))
    assert read == json.loads(contents("classroom", [one])[0])
    assert (sum(test["score"] for test in read["tests"]), read["max_score"]) == (2.5, 4)
    assert {test["filename"] for test in read["tests"]} == {"cleo.py"}


@pytest.mark.parametrize("count", [1, 40, 200])
def test_a_workflow_s_line_fits_into_a_variable(count: int):
    """However many checks there are, and however much is said of them, Linux takes the line (128 KiB)."""
    for letter in ('"', "\U0001f600", "\x00", "a"):
        checks = [failed(letter * 300, feedback=letter * 50_000) for _ in range(count)]
        line = output_line(record("a", checks, submission=letter * 300))
        assert len(line) < 128 * 1024
        assert "\n" not in line
        assert len(read_classroom(base64.b64decode(line.partition("=")[2]))["tests"]) == count


# ------------------------------------------------------------------------------------ JUnit


def test_junit_tells_wrong_from_crashed_from_not_run():
    """A wrong answer is a failure, a crash or a limit an error, what was not run skipped, and says so."""
    checks = [failed(each.value, 1, each) for each in Trouble if each is not Trouble.NOT_BEGUN]
    root = read_junit(contents("junit", [record("a", [passed("p"), *checks, not_run("n")])])[0])
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    answers = {"wrong", "forbidden"}
    assert found["p"] == []
    assert found["n"] == ["skipped"]
    for each in checks:
        assert found[each.name] == ["failure" if each.name in answers else "error"]
    [limit] = [case[0] for case in root.iter("testcase") if case.get("name") == "time"]
    assert limit.attrib == {"type": "time", "message": "time limit: it is time"}
    assert limit.text == "it is time\nsee the sign"


@pytest.mark.parametrize("name", ["gradescope", "classroom", "feedback", "junit"])
def test_no_file_that_a_student_reads_tells_fractions_of_a_hidden_check_s_time(name: str):
    """A submission could sleep for as many milliseconds as a hidden input has thousandths."""
    hidden = failed("f", 1, visibility="hidden", seconds=1.4321)
    assert b"432" not in b"".join(contents(name, [record("a", [hidden])]))
    shown = failed("f", 1, seconds=1.4321)
    assert name == "feedback" or b"432" in b"".join(contents(name, [record("a", [shown])]))


def test_junit_has_a_suite_for_each_submission():
    """Two submissions of one name are told apart, and the marks are properties."""
    root = read_junit(contents("junit", small_class())[0])
    assert root.get("name") == "hw1"
    assert [suite.get("name") for suite in root] == ["bob", "bob (2)", "cleo"]
    found = {one.get("name"): one.get("value") for one in root[2].iter("property")}
    assert found == {"score": "2.5", "max_score": "4", "isolation": "sealed"}


# ------------------------------------------------------------------------------------ csv


def test_the_table_has_a_row_for_each_submission():
    """Score and state stand beside each other; what was not run has no score, and a failure its reason."""
    rows = read_csv(contents("csv", small_class())[0])
    assert [(row["student"], row["score"], row["points"], row["percent"]) for row in rows] == [
        ("bob", "2.0", "4.0", "50.0"),
        ("bob", "0.0", "4.0", "0.0"),
        ("cleo", "2.5", "4.0", "62.5"),
    ]
    assert [(row["g"], row["g: state"]) for row in rows] == [
        ("0.0", "wrong"),
        ("", "not run"),
        ("0.0", "wrong"),
    ]
    assert [row["f: state"] for row in rows] == ["passed", "time", "passed"]
    assert [(row["finished"], row["isolation"]) for row in rows] == [
        ("yes", "limits"), ("no", "sealed"), ("yes", "sealed"),
    ]  # fmt: skip
    assert rows[2]["submission"] == f"{PLACE}/cleo.py"


def test_a_check_may_be_called_like_a_column():
    """Each check keeps columns of its own, whatever it is called."""
    names = ["score", "student", "f", "f: state", "f"]
    [row] = read_csv(contents("csv", [record("a", [passed(name, 2) for name in names])])[0])
    assert (row["student"], row["score"]) == ("a", "10.0")
    assert sorted(row.values()).count("2.0") == sorted(row.values()).count("passed") == len(names)


def test_what_was_not_in_an_assignment_is_empty():
    """Of two assignments' records, each has cells for its own checks alone."""
    rows = read_csv(contents("csv", CLASSES["different checks"]())[0])
    assert [(row["f"], row["f: state"], row["g"], row["g: state"]) for row in rows] == [
        ("1.0", "passed", "", ""),
        ("", "", "3.0", "passed"),
    ]


# ------------------------------------------------------------------------------------ feedback


def test_a_student_s_feedback_says_each_check_and_why():
    """Each check has a heading with its name, its state and its points, and its feedback below as it is."""
    text = contents("feedback", small_class())[0].decode()
    blocks = [token.content for token in read_feedback(text.encode()) if token.type == "code_block"]
    assert blocks == ["it is wrong\nsee the sign\n"]
    assert "# `hw1`: 2.5 of 4 points\n" in text
    assert "## 1. `f`: passed, 2 of 2 points\n" in text
    assert "## 2. `g`: failed (wrong), 0 of 1.5 points\n" in text
    assert "## 1. `f`: failed (time limit)" in contents("feedback", small_class())[1].decode()


@settings(max_examples=60)
@given(any_record())
def test_names_and_texts_are_no_markdown(one: Record):
    """A reader of Markdown gets each name as it is written, and each text letter by letter."""
    [content] = contents("feedback", [one])
    tokens = read_feedback(content)
    spans = [
        child.content for token in tokens for child in token.children or [] if child.type == "code_inline"
    ]
    names = [
        name for name in (one.assignment, one.student, *(check.name for check in one.checks)) if name.strip()
    ]
    plain = [name for name in names if name.isascii() and name.isprintable() and len(name) < 100]
    assert {name.strip() for name in plain} <= {span.strip() for span in spans}
    blocks = [token.content for token in tokens if token.type == "code_block"]
    shown = [check.feedback for check in one.checks if check.feedback.strip()]
    assert len(blocks) == len(shown)
    for block, text in zip(blocks, shown, strict=True):
        if text.isascii() and text.isprintable():
            assert block.strip() == text.strip()


def test_formats_are_for_one_or_for_all():
    """Gradescope, Classroom and a student take one submission; JUnit, the table and the page take a class."""
    kinds = {name: isinstance(made, OneFormat) for name, made in FORMATS.items()}
    assert kinds == {
        "gradescope": True, "classroom": True, "feedback": True, "junit": False, "csv": False, "html": False,
    }  # fmt: skip
