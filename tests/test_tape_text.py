"""What a tape and its program say of themselves, and what becomes of steps that are not needed."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import ast
import linecache
import traceback

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive

from regress_cli.config.schema import HalfMSE
from regress_cli.models import MLP
from regress_cli.tape import Replay, record, value_and_grad
from regress_cli.tape.calls import Call, write_program
from regress_cli.tape.plan import drop_dead_steps, share_equal_steps
from regress_cli.training.losses import build_loss
from regress_cli.training.objective import Objective


def replay_of(loss, params, data=None):
    """Return a replay with arrays of its own."""
    params = {name: np.asarray(value, float) for name, value in params.items()}
    data = {name: np.asarray(value, float) for name, value in (data or {}).items()}
    gradients = {name: np.empty_like(value) for name, value in params.items()}
    return Replay(record(loss, params, data), params | data, gradients)


def names(tape):
    """Return what the steps of a tape call."""
    return [step.name for step in tape.steps]


def test_a_tape_reads_as_a_program():
    """Inputs with their looks, steps with their arguments and results, then the value and the gradients."""
    tape = record(lambda p, X: anp.sum(anp.sin(p["w"]) * X), {"w": np.ones(3)}, {"X": np.ones((2, 3))})
    assert str(drop_dead_steps(tape)).splitlines() == [
        "w: float64(3)",
        "X: float64(2, 3)",
        "%2 = sin(w)  float64(3)",
        "%3 = multiply(%2, X)  float64(2, 3)",
        "%4 = sum(%3)  float64()",
        *str(drop_dead_steps(tape)).splitlines()[5:-2],
        "value: %4",
        f"gradient of w: %{len(drop_dead_steps(tape).steps) + 1}",
    ]


def test_the_step_of_a_layer_reads_as_in_the_documentation():
    """``%7 = affine(%3, W2, b2)  float64(1000, 4)``, with the numbers of this network."""
    rng, model = np.random.default_rng(0), MLP((2, 4, 4, 1), "relu", "normal")
    data = {"features": rng.normal(size=(1000, 2)), "target": rng.normal(size=1000)}
    text = str(record(Objective(model, build_loss(HalfMSE())), model.init(rng), data))
    assert "%8 = affine(features, W1, b1)  float64(1000, 4)" in text
    assert "%9 = relu(%8)  float64(1000, 4)" in text
    assert "%10 = affine(%9, W2, b2)  float64(1000, 4)" in text
    assert "%12 = affine_output(%11, W3, b3)  float64(1000)" in text
    assert "%13 = half_mse(%12, target)  float64()" in text


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (lambda p, X: anp.sum(p["w"][1:]), "%2 = __getitem__(w, 1:)  float64(2)"),
        (lambda p, X: anp.sum(X[0, ::2] * p["w"][:2]), "__getitem__(X, (0, ::2))"),
        (lambda p, X: anp.sum(X, axis=0) @ p["w"], "%2 = sum(X, axis=0)  float64(3)"),
        (lambda p, X: anp.sum(p["w"] * 2.5), "multiply(w, 2.5)  float64(3)"),
        (lambda p, X: anp.sum(p["w"] * np.arange(3.0)), "multiply(w, <float64(3)>)"),
        (lambda p, X: anp.linalg.slogdet(anp.outer(p["w"], p["w"]) + np.eye(3))[1], "slogdet(%3)  object"),
    ],
)
def test_constants_are_written_in_a_few_characters(loss, line):
    """Numbers and slices are written out, arrays by their look; what is no array is an object."""
    assert line in str(record(loss, {"w": np.ones(3)}, {"X": np.ones((2, 3))}))


def test_steps_that_nothing_needs_are_dropped():
    """What the loss computes and does not use is no part of a replay."""

    def loss(p):
        anp.exp(p["w"])
        anp.sum(anp.cos(p["w"]))
        return anp.sum(p["w"] * 2.0)

    tape = record(loss, {"w": np.ones(3)}, {})
    assert {"exp", "cos"} < set(names(tape))
    assert {"exp", "cos"}.isdisjoint(names(drop_dead_steps(tape)))
    assert {"exp", "cos"}.isdisjoint(names(replay_of(loss, {"w": np.ones(3)}).tape))


def test_equal_steps_are_taken_once():
    """The same call of the same values is made once; a call of other constants is another."""

    def loss(p):
        return anp.sum(anp.exp(p["w"]) * anp.exp(p["w"]) + anp.exp(p["w"] * 2.0) + anp.exp(p["w"] * 3.0))

    tape = drop_dead_steps(record(loss, {"w": np.ones(3)}, {}))
    assert names(tape).count("exp") == 4
    assert names(share_equal_steps(tape, lambda step: True)).count("exp") == 3
    assert names(share_equal_steps(tape, lambda step: False)) == names(tape)


def test_equal_numbers_of_different_types_or_signs_are_different_constants():
    """1 and 1.0 and True, and zero of either sign, are not taken for each other."""

    def loss(p):
        w = p["w"]
        return anp.sum(w * 1 + w * 1.0 + w * True + anp.arctan2(w, 0.0) + anp.arctan2(w, -0.0))

    replay = replay_of(loss, {"w": np.ones(3)})
    assert names(replay.tape).count("arctan2") == 2
    lines = [line for line in str(replay.tape).splitlines() if "multiply(w, " in line]
    assert len(lines) == 3


@primitive
def drawn(x):
    """Return the argument; who knows whether the same one the next time."""
    return x * 1.0


defvjp(drawn, lambda ans, x: lambda g: g)


def test_a_primitive_of_which_nothing_is_known_is_never_shared():
    """Two calls of a function without a kernel are two calls."""
    assert (
        names(replay_of(lambda p: anp.sum(drawn(p["w"]) * drawn(p["w"])), {"w": np.ones(3)}).tape).count(
            "drawn"
        )
        == 2
    )


def test_what_needs_no_input_is_a_constant():
    """Calls of plain arrays are made once, when the function is recorded."""
    constant = np.arange(3.0)
    tape = record(
        lambda p: anp.sum(p["w"] * anp.exp(anp.sin(constant)) * anp.zeros(3).size), {"w": np.ones(3)}, {}
    )
    assert {"exp", "sin", "zeros", "size"}.isdisjoint(names(tape))


def test_a_constant_gradient_needs_no_step():
    """A gradient that is the same everywhere is there before the first replay."""
    gradients = {"w": np.empty(2), "unused": np.empty(3)}
    params = {"w": np.ones(2), "unused": np.ones(3)}
    replay = Replay(record(lambda p: anp.sum(p["w"]), params, {}), params, gradients)
    write_program(replay.calls).run()
    np.testing.assert_array_equal(gradients["w"], [1.0, 1.0])
    np.testing.assert_array_equal(gradients["unused"], np.zeros(3))


def test_a_program_is_valid_python_with_a_comment_for_each_step():
    """The text parses, has a line for each call, and names the step that each belongs to."""
    replay = replay_of(
        lambda p, X: anp.sum(anp.tanh(X @ p["w"]) ** 2), {"w": np.ones(3)}, {"X": np.ones((2, 3))}
    )
    program = write_program(replay.calls)
    ast.parse(program.source)
    lines = [line.strip() for line in program.source.splitlines()]
    comments = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    steps = str(replay.tape).splitlines()
    assert comments
    assert set(comments) <= set(steps)
    assert len(lines) - len(comments) == len(replay.calls) + 3


def test_an_empty_program_runs():
    """No calls are a program too."""
    program = write_program([])
    program.run()
    program.repeat(3)
    ast.parse(program.source)


def test_names_in_a_program_are_identifiers_and_different_objects_have_different_names():
    """Lambdas, objects and functions of the same name are told apart."""
    seen = []
    first, second = (lambda: seen.append(1)), (lambda: seen.append(2))
    program = write_program([Call(first, ()), Call(second, ()), Call(first, ()), Call(seen.append, (None,))])
    ast.parse(program.source)
    program.run()
    assert seen == [1, 2, 1, None]


def test_functions_with_the_name_of_an_array_or_a_keyword_are_no_trouble():
    """A function may be called ``run``, ``a1`` or ``lambda``."""

    def named(name):
        function = lambda x, out: np.copyto(out, x)  # noqa: E731
        function.__name__ = name
        return function

    out = np.zeros(2)
    for name in ("run", "a1", "program", "lambda", "None", "for", "if", "a"):
        out[:] = 0
        write_program([Call(np.add, (out, 1.0, out)), Call(named(name), (np.full(2, 5.0), out))]).run()
        np.testing.assert_array_equal(out, [5.0, 5.0])


@primitive
def brittle(x):
    """Return the argument, or raise an error."""
    if np.any(x > 5):
        raise ValueError("too large")
    return x * 1.0


defvjp(brittle, lambda ans, x: lambda g: g)


def test_a_traceback_shows_the_line_of_the_program():
    """An error in a replay tells the generated line, as it tells those of a file."""
    params = {"w": np.ones(3)}
    gradients = {"w": np.empty(3)}
    program = write_program(
        Replay(record(lambda p: anp.sum(brittle(p["w"])), params, {}), params, gradients).calls
    )
    program.run()
    params["w"][:] = 6.0
    with pytest.raises(ValueError, match="too large") as error:
        program.run()
    frame = next(
        entry
        for entry in traceback.extract_tb(error.value.__traceback__)
        if entry.filename.startswith("<tape")
    )
    assert frame.name == "run"
    assert frame.line is not None
    assert frame.line.startswith("store(a1, f_wrapped") or "store(" in frame.line
    assert linecache.getline(frame.filename, frame.lineno or 0).strip() == frame.line


def test_the_tape_of_a_function_is_there_for_its_reader():
    """``tape`` of a function is what the last call replayed."""
    taped = value_and_grad(lambda w: anp.sum(w * w), engine="tape")
    assert taped.tape is None
    taped(np.ones(2))
    first = str(taped.tape)
    assert first.startswith("w: float64(2)")
    taped(np.ones(3))
    assert str(taped.tape).startswith("w: float64(3)")
    taped(np.ones(2))
    assert str(taped.tape) == first
