"""Likely causes: each mistake of the catalogue is named when it was made, and none when it was not."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from conftest import selected

from regress_cli.gradients.checking import Outcome
from regress_cli.gradients.comparing.cases import varied
from regress_cli.gradients.comparing.compare import compare
from regress_cli.gradients.comparing.hidden import find_hidden
from regress_cli.gradients.comparing.mistakes import MISTAKES
from regress_cli.gradients.comparing.one_case import Judge
from regress_cli.gradients.comparing.repairs import find_causes
from regress_cli.gradients.comparing.trial import Inquiry, Trial
from regress_cli.gradients.comparing.tried import try_all
from regress_cli.gradients.comparing.wrong_stages import find_wrong_stages, stage_trials
from regress_cli.gradients.library import LIBRARY
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.staged import forward, run
from regress_cli.isolation import Failure, Reply


def compared(name: str, answer, **keywords):
    """Compare a function of the library with an answer that is called in this process."""
    entry = LIBRARY[name]

    def ask(inputs, cotangent=None):
        with np.errstate(all="ignore"):
            try:
                return Reply("gradient", answer(**inputs))
            except ValueError as error:
                return Failure("raised", str(error))

    cases = entry.cases()
    first = next(iter(cases.values()))
    return compare(
        Reference(name, entry.function, entry), ask, first, lambda wrt: cases, subject="a", **keywords
    )


def manual(name: str):
    """Return an entry's hand-written gradient as a function of its arguments."""
    entry = LIBRARY[name]
    if len(entry.wrt) == 1:
        return lambda **inputs: entry.manual(**inputs)[entry.wrt[0]]
    return lambda **inputs: entry.manual(**inputs)


def sigmoid_slope(x):
    """Return the derivative of the logistic function."""
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def changed(name: str, argument: str, change):
    """Return an entry's gradient with one argument's part changed."""

    def answer(**inputs):
        grads = LIBRARY[name].manual(**inputs)
        return {**grads, argument: change(grads[argument], inputs)}

    return answer


def naive_softmax(logits, labels):
    """Return the gradient of the softmax cross-entropy without the shift by the maximum."""
    powers = np.exp(logits)
    softmax = powers / powers.sum(axis=1, keepdims=True)
    return (softmax - np.eye(logits.shape[1])[labels]) / len(labels)


def unsummed(X, W1, b1, W2, b2, y):
    """Return the gradient of the network with the sum over the batch left out of b1."""
    grads = LIBRARY["mlp"].manual(X=X, W1=W1, b1=b1, W2=W2, b2=b2, y=y)
    h = np.tanh(X @ W1 + b1)
    g = np.outer((h @ W2 + b2 - y) / len(y), W2) * (1 - h**2)
    return {**grads, "b1": g}


MADE = {
    "sign": ("sigmoid", lambda x: -sigmoid_slope(x), "x: the sign is wrong"),
    "twice": ("half_mse_linear", changed("half_mse_linear", "w", lambda g, i: 2 * g), "w: it is twice"),
    "half": ("half_mse_linear", changed("half_mse_linear", "b", lambda g, i: g / 2), "b: it is half"),
    "missing mean": (
        "half_mse_linear",
        changed("half_mse_linear", "w", lambda g, i: g * len(i["y"])),
        "w: the factor 1/N of the mean is missing",
    ),
    "mean of a sum": (
        "mlp",
        changed("mlp", "W2", lambda g, i: g / len(i["y"])),
        "W2: it is divided by N once too often",
    ),
    "transpose": ("mlp", changed("mlp", "W1", lambda g, i: g.T), "W1: it is transposed"),
    "missing sum": ("mlp", unsummed, "b1: the sum over the batch is missing"),
    "missing mean over the batch": (
        "mlp",
        lambda **i: {**(grads := unsummed(**i)), "b1": grads["b1"] * len(i["y"])},
        "b1: the mean over the batch is missing",
    ),
    "wrong shape": (
        "half_mse_linear",
        changed("half_mse_linear", "w", lambda g, i: g[:, None]),
        "w: the numbers are right, but they have the wrong shape",
    ),
    "wrong argument": (
        "layer_norm",
        lambda **i: {**LIBRARY["layer_norm"].manual(**i), "gamma": LIBRARY["layer_norm"].manual(**i)["beta"]},
        "gamma: it is the gradient by another argument",
    ),
    "at the output": (
        "sigmoid",
        lambda x: sigmoid_slope(1 / (1 + np.exp(-x))),
        "x: the derivative is evaluated at the output instead of the input",
    ),
    "of the output": ("sigmoid", lambda x: x * (1 - x), "x: the formula is one in terms of the output"),
    "of the output, tanh": ("tanh", lambda x: 1 - x**2, "x: the formula is one in terms of the output"),
    "max shift": (
        "softmax_cross_entropy",
        naive_softmax,
        "logits: the largest argument (of each row) is not taken out",
    ),
    "max shift, vector": (
        "logsumexp",
        lambda x: np.exp(x) / np.exp(x).sum(),
        "x: the largest argument (of each row) is not taken out before exp",
    ),
    "one point": (
        "sigmoid",
        lambda x: 0.1049935854035065 + 0 * x,
        "x: it is the same number at every input",
    ),
    "the value": ("sigmoid", lambda x: 1 / (1 + np.exp(-x)), "x: it is the function's value, and not"),
    "any factor": (
        "huber",
        lambda p, y, delta: 3 * manual("huber")(p=p, y=y, delta=delta),
        "p: it is 3 times",
    ),
    "missing stage": (
        "sigmoid",
        lambda x: np.exp(-x) * -1 * -1 / (1 + np.exp(-x)) ** 2 / np.exp(-x),
        "x: the local derivative of stage b is missing",
    ),
}


@pytest.mark.parametrize("made", sorted(MADE))
def test_a_mistake_that_was_made_is_named(made: str) -> None:
    """The cause is the mistake, and the only one."""
    name, answer, words = MADE[made]
    comparison = compared(name, answer)
    assert comparison.outcome == "WRONG"
    assert len(comparison.causes) == 1
    assert comparison.causes[0].startswith(words)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_the_right_gradient_has_no_cause(name: str) -> None:
    """Every entry's own gradient is RIGHT, with nothing to repair."""
    comparison = compared(name, manual(name))
    assert (comparison.outcome, comparison.causes) == ("RIGHT", ())


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", ["sigmoid", "half_mse_linear", "mlp", "softmax_cross_entropy"])
def test_a_mistake_that_no_repair_mends_is_not_named(name: str, seed: int) -> None:
    """A gradient with noise of its own on every input is WRONG, and no cause is made up for it."""
    rng = np.random.default_rng(seed)
    entry = LIBRARY[name]

    def answer(**inputs):
        grads = entry.manual(**inputs)
        return {k: np.asarray(g) * rng.uniform(0.3, 3.0, np.shape(g)) for k, g in grads.items()}

    comparison = compared(name, answer)
    assert comparison.outcome in ("WRONG", "UNVERIFIABLE")
    assert comparison.causes == ()


@pytest.mark.parametrize(("name", "mode"), [("sigmoid", "sign"), ("mlp", "mean")])
def test_a_repair_has_to_hold_on_every_input(name: str, mode: str) -> None:
    """A mistake that is there on some inputs only is none that a repair explains."""
    entry = LIBRARY[name]

    def answer(**inputs):
        grads = entry.manual(**inputs)
        sign = len(inputs["y"]) - 4.5 if "y" in inputs else np.max(inputs["x"], initial=-1.0)
        is_affected = sign > 0
        factor = (-1.0 if mode == "sign" else 5.0) if is_affected else 1.7
        return {k: factor * np.asarray(g) for k, g in grads.items()}

    comparison = compared(name, answer)
    assert comparison.outcome == "WRONG"
    assert comparison.causes == ()


def test_relu_at_zero_is_a_convention_that_is_noted() -> None:
    """``x >= 0`` instead of ``x > 0`` is not wrong, and what differs is said."""
    comparison = compared("relu", lambda x: 1.0 * (np.asarray(x) >= 0))
    assert comparison.outcome == "RIGHT"
    assert any(">= 0 against > 0" in note for note in comparison.notes)


def test_a_missing_name_is_wrong_and_said() -> None:
    """A dict without one of the arguments is WRONG, with the name."""
    comparison = compared("half_mse_linear", lambda **i: {"w": LIBRARY["half_mse_linear"].manual(**i)["w"]})
    assert comparison.outcome == "WRONG"
    assert "no gradient by b" in comparison.first_wrong.reason


def test_a_tuple_is_taken_in_order() -> None:
    """A tuple holds the gradients in the order of the arguments; a shorter one is WRONG."""
    entry = LIBRARY["half_mse_linear"]
    assert compared("half_mse_linear", lambda **i: tuple(entry.manual(**i).values())).outcome == "RIGHT"
    comparison = compared("half_mse_linear", lambda **i: (entry.manual(**i)["w"],))
    assert "holds 1 gradients" in comparison.first_wrong.reason


def test_single_precision_is_asked_for_four_digits() -> None:
    """A float32 gradient is RIGHT to its own precision, and that is noted."""
    comparison = compared("sigmoid", lambda x: np.asarray(sigmoid_slope(x), dtype=np.float32))
    assert comparison.outcome == "RIGHT"
    assert any("float32" in note for note in comparison.notes)
    wrong = compared("sigmoid", lambda x: np.asarray(1.01 * sigmoid_slope(x), dtype=np.float32))
    assert wrong.outcome == "WRONG"


def test_a_wrong_forward_pass_is_said() -> None:
    """Where the value is wrong already, the reason says so."""

    def ask(inputs, cotangent=None):
        s = 1 / (2 + np.exp(-inputs["x"]))
        return Reply("forward", np.asarray(s * (1 - 2 * s)), output=np.asarray(s))

    entry = LIBRARY["sigmoid"]
    point = {"x": 2.0}
    comparison = compare(
        Reference("sigmoid", entry.function, entry),
        ask,
        point,
        lambda wrt: {"x = 2": point},
        subject="a",
    )
    assert "its forward pass is wrong already" in comparison.first_wrong.reason


def test_an_answer_that_fails_when_asked_again_is_not_right() -> None:
    """The second call at the same point has to give the same numbers, and not an error."""
    calls = iter(range(100))

    def answer(x):
        if next(calls):
            raise ValueError("once only")
        return sigmoid_slope(x)

    comparison = compared("sigmoid", answer)
    assert comparison.outcome is not comparison.outcome.RIGHT
    assert "a second call" in comparison.cases[0].reason


def test_a_wrong_value_is_wrong_beside_a_right_gradient() -> None:
    """An answer that returns its value too has to have that right."""

    def ask(inputs, cotangent=None):
        s = 1 / (1 + np.exp(-np.asarray(inputs["x"])))
        return Reply("forward", s * (1 - s), output=np.asarray(2 * s))

    entry, point = LIBRARY["sigmoid"], {"x": 2.0}
    comparison = compare(
        Reference("sigmoid", entry.function, entry), ask, point, lambda wrt: {"x = 2": point}, subject="a"
    )
    assert comparison.outcome == "WRONG"


def test_every_mistake_of_the_catalogue_is_made_here() -> None:
    """A mistake can't be added without an answer that makes it."""
    words = " ".join(words for _, _, words in MADE.values())
    for mistake in MISTAKES:
        assert mistake.words[:11] in words, mistake.words


def trial(label: str, x: float, claimed: float, truth: float) -> Trial:
    """Return a trial of a gradient by a single number."""
    return Trial(label, {"x": x}, {"x": np.asarray(claimed)}, {"x": np.asarray(truth)})


def causes_of(*trials: Trial) -> list[str]:
    """Return the causes that are found where nothing can be asked anew."""
    return find_causes(trials, ("x",), Inquiry(lambda i: None, lambda i: None, lambda i: None, lambda i: {}))


USUAL = [trial("one", 1.0, 0.5, 0.25), trial("two", 2.0, 0.25, 0.125), trial("three", 3.0, 2.0, 1.0)]


@pytest.mark.parametrize(("claimed", "truth"), [(0.0, 0.0), (1e-300, 0.0), (0.0, 1e-16), (4e-16, 1e-16)])
def test_what_rounding_leaves_neither_supports_nor_vetoes_a_cause(claimed: float, truth: float) -> None:
    """Numbers that underflow, or lose all digits, say nothing; those that are left name the cause."""
    lost = trial("large", 1e3, claimed, truth)
    assert causes_of(*USUAL, lost) == ["x: it is twice what it should be: a factor 1/2 is missing"]
    # A number that is not lost does veto it.
    assert causes_of(*USUAL, trial("large", 1e3, 0.3, truth)) == []


def test_a_single_number_names_no_cause() -> None:
    """Any factor fits one number, a factor 2 or a sign too; two inputs, or two entries, tell."""
    assert causes_of(USUAL[0]) == []
    assert causes_of(USUAL[0], trial("again", 1.0, 0.5, 0.25)) == []
    assert len(causes_of(*USUAL[:2])) == 1
    equal = Trial("equal", {"x": 1.0}, {"x": np.full(3, 6.0)}, {"x": np.full(3, 3.0)})
    assert causes_of(equal) == []
    entries = Trial("entries", {"x": 1.0}, {"x": np.array([2.0, 4.0])}, {"x": np.array([1.0, 2.0])})
    assert len(causes_of(entries)) == 1


@pytest.mark.parametrize("factor", [1 + 2e-6, 1 - 5e-6])
def test_a_factor_of_one_is_no_cause(factor: float) -> None:
    """A factor that is 1 to all digits that are shown explains nothing; one that is not is named."""
    numbers = [(1.0, 0.25), (2.0, 0.7), (3.0, -1.5)]
    assert causes_of(*(trial(str(x), x, factor * truth, truth) for x, truth in numbers)) == []
    [cause] = causes_of(*(trial(str(x), x, 1.002 * truth, truth) for x, truth in numbers))
    assert cause == "x: it is 1.002 times what it should be, everywhere"


@pytest.mark.parametrize(("name", "seed"), selected(product(sorted(LIBRARY), range(3)), 2))
def test_no_right_stage_is_called_wrong(name: str, seed: int) -> None:
    """Behind no right gradient of the library an error is found: at zeros, large numbers, odd batches."""
    entry = LIBRARY[name]

    def ask(inputs, cotangent=None):
        with np.errstate(all="ignore"):
            value, backward = forward(entry.stages, inputs)
            gradients = backward(np.ones_like(value) if cotangent is None else cotangent)
            return Reply("stages", gradients, np.asarray(value), run(entry.stages, inputs, cotangent))

    cases = {**entry.cases(), **varied(entry.example(), entry.wrt, seed)}
    judge = Judge(Reference(name, entry.function, entry), ask, entry.wrt, 1e-7, seed)
    tried = try_all(judge, cases, None)
    assert len(tried.replies) >= 5
    assert find_hidden(judge, tried.results, tried.replies) is None


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_each_stage_of_the_library_can_be_wrong_behind_a_right_gradient(name: str) -> None:
    """A stage whose rule is off by a factor is found by its own numbers, though the gradient is right."""
    entry = LIBRARY[name]
    inputs = entry.example()
    stages = run(entry.stages, inputs)
    reply = Reply("stages", entry.manual(**inputs), stages[-1].value, stages)
    given = [t.key for t in stage_trials("", reply, entry.wrt) if not t.is_left_out]
    for wrong, argument in given:
        spoiled = tuple(
            replace(stage, backward={**stage.backward, argument: 1.01 * np.asarray(stage.backward[argument])})
            if stage.name == wrong
            else stage
            for stage in stages
        )
        found = find_wrong_stages({"the example": replace(reply, stages=spoiled)}, entry.wrt)
        assert [(stage.name, stage.argument) for stage in found] == [(wrong, argument)]
    assert find_wrong_stages({"the example": reply}, entry.wrt) == () or name == "logsumexp"


def test_factors_that_are_the_same_are_all_named() -> None:
    """Where every batch has two examples, a factor 2 and the mean's are the same, and both are said."""
    pairs = [
        Trial(str(k), {"x": float(k)}, {"x": np.asarray(2.0 * k)}, {"x": np.asarray(1.0 * k)}, batch_size=2)
        for k in (1, 2)
    ]
    assert causes_of(*pairs) == [
        "x: it is twice what it should be: a factor 1/2 is missing; or the factor 1/N of the mean is missing"
    ]
    three = Trial("3", {"x": 3.0}, {"x": np.asarray(9.0)}, {"x": np.asarray(3.0)}, batch_size=3)
    assert causes_of(*pairs, three) == ["x: the factor 1/N of the mean is missing"]


def test_the_forward_pass_is_told_where_it_is_wrong() -> None:
    """Of an array the number that differs is told, and not the first one."""

    def ask(inputs, cotangent=None):
        x = np.asarray(inputs["x"])
        s = 1 / (1 + np.exp(-x))
        return Reply("forward", s * (1 - s), output=np.where(x > 1, np.inf, s))

    entry, point = LIBRARY["sigmoid"], {"x": np.array([0.0, 2.0])}
    comparison = compare(
        Reference("sigmoid", entry.function, entry), ask, point, lambda wrt: {"two": point}, subject="a"
    )
    assert "it gives inf where the function gives 0.880797078" in comparison.first_wrong.reason


def test_a_wrong_answer_is_not_asked_beside_the_point() -> None:
    """An answer may be slow: at one input it is asked a second time, and no more, right or wrong."""
    asked = []

    def ask(inputs, cotangent=None):
        asked.append(inputs)
        return Reply("gradient", inputs["x"])

    reference = Reference("square", lambda x: x**2)
    inputs = {"x": np.asarray(3.0)}
    judge = Judge(reference, ask, ("x",), 1e-7, 0)
    result = judge.judge("x = 3", inputs, ask(inputs), reference.gradient(inputs, ["x"]))
    assert result.outcome is Outcome.WRONG
    assert len(asked) == 2
