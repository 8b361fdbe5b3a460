"""``regress grade``: marks, feedback and files, as a teacher and a pipeline see them."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import ROOT
from sealing import isolated_by
from shell import call, strict_json

from regress_cli.grading.assignment.read import read_assignment
from regress_cli.grading.jobs import handed_in
from regress_cli.grading.proving.difference import makes_a_difference
from regress_cli.grading.proving.mutants import TRANSPOSE
from regress_cli.grading.records.record import State, Trouble
from regress_cli.grading.records.record_text import read_record, record_text
from regress_cli.grading.store import Store, Wanted
from regress_cli.grading.submissions.finding import Submission

ASSIGNMENT = """\
name: hw
seed: 4711
solution: solution.py
limits: {seconds: 2, memory: 256}
checks:
  - name: cube
    function: g
    against: reference.py:cube
    inputs: {x: {low: 1, high: 3, shape: [4]}}
    points: 3
  - name: secret
    function: g
    against: reference.py:cube
    inputs: {x: 1.7320508}
    visibility: hidden
  - {name: last, function: h, against: sigmoid, requires: [cube], points: 2}
"""
REFERENCE = "def cube(x):\n    return x**3\n"
RIGHT = """\
import numpy as np


def g(x):
    return 3 * x**2


def h(x):
    s = 0.5 * (1 + np.tanh(0.5 * x))
    return s * (1 - s)
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an assignment, its solution and an empty class; it is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw.yaml").write_text(ASSIGNMENT)
    (tmp_path / "reference.py").write_text(REFERENCE)
    (tmp_path / "solution.py").write_text(RIGHT)
    (tmp_path / "class").mkdir()
    return tmp_path


def hand_in(course: Path, student: str, source: str) -> Path:
    """Write a submission and return its path."""
    path = course / "class" / f"{student}.py"
    path.write_text(source)
    return path


def graded(*arguments: object) -> dict[str, Any]:
    """Grade with the limits alone, which is quicker, and return the JSON document."""
    result = call("grade", "hw.yaml", *arguments, "--isolation", "limits", "--json")
    assert result.exit_code in (0, 3), result.stderr
    return strict_json(result.stdout)


def checks_of(document: dict[str, Any], student: str) -> dict[str, dict[str, Any]]:
    """Return a student's checks by their names."""
    [one] = [one for one in document["submissions"] if one["student"] == student]
    return {check["name"]: check for check in one["checks"]}


def test_the_example_grades_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What init writes is graded at once: two wrong answers lose what they should, and the reason is told."""
    monkeypatch.chdir(tmp_path)
    assert call("grade", "init").exit_code == 0
    monkeypatch.chdir(tmp_path / "grading")
    result = call("grade", "assignment.yaml", "submissions", "--to", "html", "--to", "csv")
    assert result.exit_code == 3, result.stderr
    assert "ada" in result.stdout
    assert "isolation: " in result.stderr
    assert "wrote outputs/grades/gradients-1/report.html" in result.stderr
    ada, ben = (
        json.loads(Path(f"outputs/grades/gradients-1/submissions/{student}/record.json").read_text())
        for student in ("ada", "ben")
    )
    assert (ada["score"], ben["score"], ada["points"]) == (5.0, 5.0, 10.0)
    assert [check["trouble"] for check in ada["checks"]] == [None, None, "wrong", "not_begun"]
    assert "the factor 1/N of the mean is missing" in ada["checks"][2]["feedback"]
    assert [check["trouble"] for check in ben["checks"]] == ["time", "wrong", None, None]
    assert "first wrong stage: t" in ben["checks"][1]["feedback"]
    guide = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
    shown = guide[guide.index("ben, gradients-1") : guide.index("total: 5 of 10")]
    told = call("grade", "assignment.yaml", "submissions/ben.py").stdout
    assert "first wrong stage" in shown
    # An endless loop of two lines is ended in either.
    assert re.sub(r"line \d+", "line", shown) in re.sub(r"line \d+", "line", told)
    assert {path.name for path in Path("outputs/grades/gradients-1").glob("*.*")} == {
        "report.html",
        "grades.csv",
    }


def test_init_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file is written over with --force only, and the key never: everybody's inputs hang on it."""
    monkeypatch.chdir(tmp_path)
    call("grade", "init", "mine")
    key, seed = Path("mine/course.key").read_text(), Path("mine/assignment.yaml").read_text()
    assert Path("mine/course.key").stat().st_mode & 0o077 == 0
    refused = call("grade", "init", "mine")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert call("grade", "init", "mine", "--force").exit_code == 0
    assert Path("mine/course.key").read_text() == key
    assert Path("mine/assignment.yaml").read_text() != seed


def test_a_right_answer_earns_all_and_leaves_with_zero(course: Path):
    """Exit code 0 says that every check is passed."""
    hand_in(course, "ada", RIGHT)
    result = call("grade", "hw.yaml", "class", "--quiet")
    assert (result.exit_code, result.stdout) == (0, "6/6\n")


def test_what_is_lost_is_told_and_what_depends_on_it_is_not_run(course: Path):
    """A wrong answer fails its checks with the cause; a check that requires it is not run."""
    hand_in(course, "ada", RIGHT.replace("3 * x**2", "x**2"))
    checks = checks_of(graded("class"), "ada")
    assert (checks["cube"]["state"], checks["cube"]["trouble"]) == ("failed", "wrong")
    assert "0.333333 times" in checks["cube"]["feedback"]
    assert (checks["last"]["state"], checks["last"]["score"]) == ("not run", 0)
    assert "requires 'cube'" in checks["last"]["feedback"]


def test_an_answer_of_another_form_than_is_asked_for_earns_nothing(course: Path):
    """Where stages are asked for, a right gradient function is told what is wanted, and fails."""
    (course / "hw.yaml").write_text(
        ASSIGNMENT.replace("    points: 3\n", "    points: 3\n    form: stages\n")
    )
    hand_in(course, "ada", RIGHT)
    cube = checks_of(graded("class"), "ada")["cube"]
    assert (cube["state"], cube["trouble"]) == ("failed", "wrong")
    assert "where a list of stages is asked for" in cube["feedback"]


def test_a_formula_that_overflows_may_be_let_pass(course: Path):
    """With large_numbers: false a formula is right but for its overflow; by default it is wrong."""
    naive = "    e = np.exp(x)\n    return e / (1 + e) ** 2\n"
    hand_in(course, "ada", RIGHT[: RIGHT.index("    s = ")] + naive)
    drawn = ASSIGNMENT.replace("requires: [cube]", "inputs: {x: {low: 1, high: 2}}")
    (course / "hw.yaml").write_text(drawn)
    assert checks_of(graded("class"), "ada")["last"]["state"] == "failed"
    (course / "hw.yaml").write_text(
        drawn.replace("against: sigmoid", "against: sigmoid, large_numbers: false")
    )
    assert checks_of(graded("class"), "ada")["last"]["state"] == "passed"


def test_hidden_feedback_holds_no_number_of_the_reference(course: Path):
    """Of a hidden check the student hears what is wrong, and the teacher's record has the numbers too."""
    for student, wrong in {"ada": "-3 * x**2", "ben": "1.1 * x**2", "eve": "[x]", "dan": "1 / 0 * x"}.items():
        hand_in(course, student, RIGHT.replace("3 * x**2", wrong))
    document = graded("class")
    for student, words in {
        "ada": "sign",
        "ben": "a multiple",
        "eve": "form",
        "dan": "ZeroDivisionError",
    }.items():
        secret = checks_of(document, student)["secret"]
        assert words in secret["feedback"] or "shape" in secret["feedback"]
        assert not re.search(r"\d", secret["feedback"])
        assert "1.7320508" in secret["detail"] or student == "dan"


def test_what_a_submission_says_of_hidden_inputs_is_not_passed_on(course: Path):
    """An exception's text, a name or a shape could carry the inputs out: none is in the feedback."""
    tell = "raise ValueError(f'x is {float(np.ravel(x)[0])!r}')"
    hand_in(course, "ada", RIGHT.replace("return 3 * x**2", tell))
    named = "raise type('X' + str(float(np.ravel(x)[0])).replace('.', '_'), (Exception,), {})()"
    hand_in(course, "ben", RIGHT.replace("return 3 * x**2", named))
    keyed = "return {'k' + str(float(np.ravel(x)[0])).replace('.', '_'): x}"
    hand_in(course, "eve", RIGHT.replace("return 3 * x**2", keyed))
    # What the process itself would say of its end is in its hands.
    forged = (
        "import sys\n    inside = sys.modules['regress_cli.isolation.worker']\n"
        "    inside.failure_of = lambda *_: inside.Failure('load', f'x is {float(np.ravel(x)[0])!r}')\n"
        "    raise ValueError"
    )
    hand_in(course, "fay", RIGHT.replace("return 3 * x**2", forged))
    document = graded("class", "--to", "feedback", "--to", "gradescope")
    assert checks_of(document, "fay")["secret"]["trouble"] == "load"
    for student in ("ada", "ben", "eve", "fay"):
        assert "7320508" not in checks_of(document, student)["secret"]["feedback"]
    for name in ("feedback.md", "results.json"):
        for path in course.glob(f"outputs/grades/hw/submissions/*/{name}"):
            assert "7320508" not in path.read_text()


def test_no_kind_of_failure_carries_hidden_inputs_out(course: Path):
    """A failure's text, and the line at which the time was over, are made after the inputs were seen."""
    for kind in ("load", "memory", "time"):
        forged = (
            "import regress_cli.isolation.worker as w\n    from regress_cli.isolation.reply import Failure\n"
            f"    w.failure_of = lambda e, p, x=repr(x): Failure({kind!r}, 'x is ' + x)\n    raise ValueError"
        )
        hand_in(course, kind, RIGHT.replace("return 3 * x**2", forged))
    lines = [f"    if n == {n}:\n        while True: pass\n" for n in range(70, 76)]
    looped = f"n = int(100 * (float(np.ravel(x)[0]) - 1))\n{''.join(lines)}    return 3 * x**2"
    hand_in(course, "line", RIGHT.replace("return 3 * x**2", looped))
    document = graded("class", "--to", "feedback")
    assert " line " in checks_of(document, "line")["secret"]["detail"]
    for student, words in {
        "load": "loaded",
        "memory": "256 MiB",
        "time": "2 seconds",
        "line": "2 seconds",
    }.items():
        secret = checks_of(document, student)["secret"]
        assert words in secret["feedback"]
        assert "7320508" not in secret["feedback"]
        assert " line " not in secret["feedback"]


def test_no_load_carries_hidden_inputs_out_of_a_check_before(course: Path):
    """What is raised at a second hidden check's load, or named there, may hold a count of the first."""
    again = "  - {name: again, function: g, against: 'reference.py:cube', visibility: hidden}\n"
    other = "  - {name: other, function: k, against: 'reference.py:cube', visibility: hidden}\n"
    (course / "hw.yaml").write_text(ASSIGNMENT + again + other)
    hand_in(course, "ada", "raise ValueError('x is 1.7320508')")
    hand_in(course, "ben", RIGHT + "v7320508 = g\nglobals()['n7320508'] = g\n")
    document = graded("class")
    for name in ("secret", "again", "other"):
        check = checks_of(document, "ada")[name]
        assert check["feedback"] == "it can't be loaded: it raises ValueError"
        assert "7320508" in check["detail"]
    check = checks_of(document, "ben")["other"]
    assert (check["trouble"], check["feedback"]) == ("no_function", "it has no such function or list")
    assert "7320508" in check["detail"]


def test_the_names_of_stages_are_no_code_for_hidden_inputs(course: Path):
    """Which of thousands of names is that of a wrong stage would be a number: none is told."""
    names = " ".join(f"v{n}" for n in range(1000))
    text = f"""
# {names}
def cube(x):
    cube.__name__ = f"v{{int(100 * float(np.ravel(x)[0]))}}"
    return x**3, lambda g: g * x**2
g = [cube]
"""
    hand_in(course, "ada", RIGHT.replace("def g(x):\n    return 3 * x**2\n", text))
    for words in checks_of(graded("class"), "ada")["secret"]["feedback"].split():
        assert not words.startswith("v1")


def test_no_count_carries_hidden_inputs_to_a_visible_check(course: Path):
    """Processes are numbered in the order in which they are made, and so are files: by those of its own."""
    isolated_by("sealed")
    text = """
import os, threading

def g(x):
    if not np.ndim(x):
        for number in range(200):
            thread = threading.Thread(target=int)
            thread.start()
            thread.join()
            os.close(os.open("/tmp/a", os.O_CREAT))
            os.unlink("/tmp/a")
    return 3 * x**2

def h(x):
    raise ValueError(f"{os.getpid()} {os.fstat(os.open('/tmp/a', os.O_CREAT)).st_ino}")
"""
    hand_in(course, "ada", "import numpy as np" + text)
    checks = checks_of(strict_json(call("grade", "hw.yaml", "class", "--json").stdout), "ada")
    assert checks["secret"]["state"] == "passed"
    counts = re.search(r"ValueError: (\d+) (\d+);", checks["last"]["feedback"])
    assert counts is not None
    assert max(map(int, counts.groups())) < 100


def test_a_record_is_found_and_a_changed_submission_is_graded_again(course: Path):
    """Nothing that has not changed is run twice; --force runs all of it."""
    hand_in(course, "ada", RIGHT)
    hand_in(course, "ben", RIGHT)
    graded("class")
    records = {path: path.read_text() for path in course.glob("outputs/grades/hw/submissions/*/record.json")}
    hand_in(course, "ben", RIGHT.replace("3 *", "2 *"))
    result = call("grade", "hw.yaml", "class", "--isolation", "limits")
    assert "1 of 2 submissions were graded before" in result.stderr
    changed = [path.parent.name for path, text in records.items() if path.read_text() != text]
    assert changed == ["ben"]
    forced = call("grade", "hw.yaml", "class", "--isolation", "limits", "--force")
    assert "graded before" not in forced.stderr


def test_a_damaged_record_is_made_again(course: Path):
    """A record whose bytes are not what was written, or that says another score, earns nobody anything."""
    hand_in(course, "ada", RIGHT.replace("3 *", "2 *"))
    graded("class")
    [path] = course.glob("outputs/grades/hw/submissions/*/record.json")
    whole = path.read_text()
    path.write_text(whole.replace('"state": "failed"', '"state": "passed"'))
    assert checks_of(graded("class"), "ada")["cube"]["state"] == "failed"
    path.write_text(whole[:100])
    assert checks_of(graded("class"), "ada")["cube"]["state"] == "failed"


def test_what_a_reference_prints_is_no_result(capfd: pytest.CaptureFixture[str], course: Path):
    """The workers that call it have the same stdout, on which the one JSON document is the result."""
    hand_in(course, "ada", RIGHT)
    (course / "reference.py").write_text(REFERENCE.replace("return", "print('here')\n    return"))
    assert graded("class")["submissions"][0]["score"] == 6
    assert "here" not in capfd.readouterr().out


def test_a_submission_beside_the_assignment_sees_none_of_it(course: Path):
    """In a folder that holds all, neither solution nor reference is handed in, and no marks of before are."""
    (course / "answer.py").write_text("from solution import g, h\n")
    for name in ("course.key", "helper.py"):
        (course / name).write_text("# 0123456789abcdef\n")
    (course / "hw.yaml").write_text(ASSIGNMENT.replace("seed: 4711", "seed: 4711\nkey: course.key"))
    checks = checks_of(graded(".", "--student", "ada", "--to", "html", "--to", "csv=marks.csv"), "ada")
    assert "No module named 'solution'" in checks["cube"]["feedback"]
    assignment = read_assignment(Path("hw.yaml"))
    files = handed_in(
        assignment,
        Submission("ada", Path()),
        Store(Path("outputs"), "hw", (Wanted("csv", Path("marks.csv")),)),
    )
    assert set(files.contents) == {"answer.py", "helper.py"}


def test_what_could_not_be_judged_is_tried_again(course: Path):
    """A full disk or a lack of memory must not cost marks for ever; and all else is found."""
    hand_in(course, "ada", RIGHT)
    graded("class")
    [path] = course.glob("outputs/grades/hw/submissions/*/record.json")
    record = read_record(path.read_bytes())
    assert record is not None
    unjudged = record.checks[0].model_copy(update={"state": State.NOT_RUN, "trouble": Trouble.UNDECIDED})
    path.write_text(record_text(record.model_copy(update={"checks": (unjudged, *record.checks[1:])})))
    assert checks_of(graded("class"), "ada")["cube"]["state"] == "passed"


def test_a_record_made_without_a_sandbox_is_not_enough_with_one(course: Path):
    """Marks of code that could have reached anything are made again once there is a sandbox."""
    hand_in(course, "ada", RIGHT)
    graded("class")
    result = call("grade", "hw.yaml", "class", "--json")
    [one] = strict_json(result.stdout)["submissions"]
    if "no sandbox" not in result.stderr:
        assert one["isolation"]["tier"] != "limits"


def test_the_files_of_other_systems_are_written(course: Path):
    """--to writes them beside the records, or where it says."""
    hand_in(course, "ada", RIGHT.replace("3 *", "2 *"))
    graded("class", "--to", "gradescope=there/results.json", "--to", "junit", "--to", "classroom")
    results = json.loads((course / "there/results.json").read_text())
    assert [test.get("score") for test in results["tests"]] == [0, 0, None]
    assert (course / "outputs/grades/hw/junit.xml").is_file()
    assert (course / "outputs/grades/hw/submissions/ada/classroom.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name the assignment's file"),
        (["hw.yaml"], "name what was handed in"),
        (["hw.yaml", "gone"], "name a file or folder"),
        (["hw.yaml", "class", "--to", "gradscope"], "did you mean 'gradescope'?"),
        (["hw.yaml", "class", "--to", "gradescope="], "--to gradescope=FILE"),
        (["hw.yaml", "class", "--to", "gradescope=x.json"], "about one submission"),
        (["hw.yaml", "class", "--to", "csv=class"], "that is a folder; name another file"),
        (["hw.yaml", "class", "--to", "csv=/dev/null"], "that is no ordinary file"),
        (["hw.yaml", "class", "--student", "ada"], "--student is for one submission"),
        (["hw.yaml", "class/ada.py", "--student", " "], "--student names nobody"),
        (["hw.yaml", "class", "--isolation", "limits", "--require-sandbox"], "nothing was run"),
        (["test", "hw.yaml", "--to", "csv"], "--to means nothing"),
        (["test", "hw.yaml", "class"], "takes the assignment alone"),
        (["inputs", "hw.yaml"], "name the students"),
        (["inputs", "hw.yaml", "ada"], "no visible check"),
        (["init", "a", "b"], "one folder"),
    ],
)
def test_a_mistake_is_refused_with_what_to_do(course: Path, arguments: list[str], words: str):
    """Exit code 2, one message, nothing graded."""
    hand_in(course, "ada", RIGHT)
    hand_in(course, "ben", RIGHT)
    result = call("grade", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert not (course / "outputs").exists()


def test_inputs_are_those_that_a_student_is_graded_on(course: Path):
    """What `grade inputs` prints is what the answer is called with first."""
    (course / "course.key").write_text("0123456789abcdef0123456789abcdef")
    text = ASSIGNMENT.replace("seed: 4711", "seed: 4711\nkey: course.key")
    (course / "hw.yaml").write_text(text.replace("shape: [4]}}", "shape: [4]}}\n    per_student: true"))
    printed = strict_json(call("grade", "inputs", "hw.yaml", "ada", "ben").stdout)
    hand_in(course, "ada", RIGHT.replace("return 3 * x**2", "raise ValueError(repr(float(x[0])))"))
    detail = checks_of(graded("class"), "ada")["cube"]["detail"]
    assert repr(printed["ada"]["cube"]["x"][0]) in detail
    assert printed["ada"]["cube"]["x"] != printed["ben"]["cube"]["x"]


def test_a_name_says_whose_a_single_submission_is(course: Path):
    """--student stands in for the file's name, as where a platform gives all files the same."""
    hand_in(course, "answer", RIGHT)
    assert graded("class/answer.py", "--student", "ada")["submissions"][0]["student"] == "ada"


def test_what_was_earned_is_kept_when_the_grader_is_killed(course: Path):
    """After kill -9 in the middle, the record on disk is whole and holds the checks that were passed."""
    hand_in(course, "ada", RIGHT.replace("    s = 0.5", "    while True: pass\n    s = 0.5"))
    (course / "hw.yaml").write_text(ASSIGNMENT.replace("seconds: 2", "seconds: 60"))
    with grading(course) as process:
        record = course / "outputs/grades/hw/submissions/ada/record.json"
        wait_for(lambda: record.exists() and '"state": "passed"' in record.read_text())
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()
    kept = json.loads(record.read_text())
    assert kept["is_finished"] is False
    assert kept["checks"][0]["state"] == "passed"
    results = json.loads((course / "r.json").read_text())
    assert results["tests"][0]["score"] == 3


def test_an_interrupted_grading_says_so_and_goes_on(course: Path, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C leaves with 130, what is graded is kept, and no process and no copy is left behind."""
    # The path of a socket, which workers have there, may not be long.
    temporary = Path(tempfile.mkdtemp())
    monkeypatch.setenv("TMPDIR", str(temporary))
    hand_in(course, "ada", RIGHT)
    hand_in(
        course, "zoe", "import time\n" + RIGHT.replace("    return 3", "    time.sleep(50)\n    return 3")
    )
    (course / "hw.yaml").write_text(ASSIGNMENT.replace("seconds: 2", "seconds: 60"))
    with grading(course, "class", "--jobs", "1", "--to", "csv") as process:
        wait_for(lambda: (course / "outputs/grades/hw/submissions/zoe/record.json").exists())
        wait_for(lambda: list(temporary.glob("regress-*/submission/answer.py")))
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of 2 submissions to go; what is graded is kept" in errors
    assert "ada" in (course / "outputs/grades/hw/grades.csv").read_text()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    assert not list(temporary.iterdir())
    temporary.rmdir()


def grading(course: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the command line as a process of its own."""
    arguments = arguments or ("class/ada.py", "--to", "gradescope=r.json")
    return subprocess.Popen(
        [sys.executable, "-m", "regress_cli", "grade", "hw.yaml", *arguments, "--isolation", "limits"],
        cwd=course,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(holds: Any, seconds: float = 60) -> None:
    """Return once something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_assignment_is_proven_and_a_survivor_is_shown(course: Path):
    """The solution earns all and every mutant and stub loses; where one survives, its check is named."""
    text = ASSIGNMENT.replace("seconds: 2", "seconds: 1")
    (course / "hw.yaml").write_text(text[: text.index("  - {name: last")])
    result = call("grade", "test", "hw.yaml", "--isolation", "limits", "--json")
    document = strict_json(result.stdout)
    assert (result.exit_code, document["holds"]) == (0, True), result.stderr
    kinds = [trial["kind"] for trial in document["trials"]]
    assert (kinds.count("solution"), kinds.count("mutant")) == (1, 6)
    assert kinds.count("stub") >= 10


def test_a_check_that_lets_a_mutant_pass_is_shown(course: Path):
    """With a tolerance of 0.6, half of the gradient is as good as all of it: the check is named.

    What is a tenth too large passes with any tolerance that large.
    """
    loose = "name: hw\nseed: 1\nsolution: solution.py\nlimits: {seconds: 1}\nchecks:\n"
    loose += (
        "  - {name: loose, function: g, against: 'reference.py:cube', inputs: {x: 2.0}, tolerance: 0.6}\n"
    )
    (course / "hw.yaml").write_text(loose)
    result = call("grade", "test", "hw.yaml", "--isolation", "limits")
    assert result.exit_code == 3
    shown = " ".join(result.stdout.split())
    assert "half of the gradient: check loose should have caught it" in shown
    assert "the gradient, a tenth too large: check loose should have caught it" in shown


def test_a_gradient_that_is_its_own_transpose_is_not_asked_to_differ(course: Path):
    """The gradient of x'Ax by A is xx', transposed or not; that of the sum of A**3 is not symmetric."""
    (course / "reference.py").write_text(
        "def form(A, x):\n    return x @ A @ x\ndef cube(A):\n    return A**3\n"
    )
    checks = "".join(
        f"  - {{name: {name}, function: {name}, against: 'reference.py:{name}', wrt: [A], "
        f"inputs: {{{inputs}}}}}\n"
        for name, inputs in {
            "form": "A: {low: 1, high: 2, shape: [3, 3]}, x: {low: 1, high: 2, shape: [3]}",
            "cube": "A: {low: 1, high: 2, shape: [3, 3]}",
        }.items()
    )
    (course / "hw.yaml").write_text(f"name: hw\nseed: 1\nchecks:\n{checks}")
    questions = read_assignment(course / "hw.yaml").questions
    assert [makes_a_difference(TRANSPOSE, question) for question in questions] == [False, True]


def test_a_solution_that_loses_is_shown(course: Path):
    """A solution that does not earn all is a mistake of the assignment, or of the solution."""
    (course / "solution.py").write_text(RIGHT.replace("3 *", "2 *"))
    text = ASSIGNMENT.replace("seconds: 2", "seconds: 1")
    (course / "hw.yaml").write_text(text[: text.index("  - name: secret")])
    result = call("grade", "test", "hw.yaml", "--isolation", "limits")
    assert result.exit_code == 3
    assert "the solution loses at check cube" in " ".join(result.stdout.split())


def test_an_assignment_without_a_solution_can_t_be_proven(course: Path):
    """There is nothing to make mutants of."""
    (course / "hw.yaml").write_text(ASSIGNMENT.replace("solution: solution.py\n", ""))
    result = call("grade", "test", "hw.yaml", "--isolation", "limits")
    assert result.exit_code == 2
    assert "solution: solution.py" in result.stderr
