"""The library of staged gradients: against closed forms and SciPy, stage by stage against autograd."""

import autograd
import numpy as np
import pytest
import scipy.special
from autograd.test_util import check_grads

from regress_cli import primitives
from regress_cli.gradients.library import LIBRARY
from regress_cli.gradients.staged import forward, run

# The mean of no examples is no number; all other inputs are ones that the functions allow.
CASES = [
    (name, label) for name, entry in LIBRARY.items() for label in entry.cases() if label != "an empty batch"
]


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("sigmoid", 2.0, 0.1049935854035065),
        ("tutorial_tanh", 1.0, 0.39322386648296376),
        ("tanh", 1.0, 1 - np.tanh(1.0) ** 2),
        ("relu", 2.0, 1.0),
        ("relu", 0.0, 0.0),
        ("softplus", 0.5, scipy.special.expit(0.5)),
    ],
)
def test_known_slopes(name: str, x: float, slope: float) -> None:
    """The hand-written derivative has the digits of the tutorial and of closed forms."""
    assert LIBRARY[name].manual(x=x)["x"] == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("sigmoid", scipy.special.expit),
        ("tanh", np.tanh),
        ("tutorial_tanh", lambda x: np.tanh(x / 2)),
        ("relu", lambda x: np.maximum(x, 0)),
        ("softplus", lambda x: -scipy.special.log_expit(-x)),
        ("logsumexp", scipy.special.logsumexp),
    ],
)
def test_values_are_those_of_scipy(name: str, peer) -> None:
    """The functions compute what SciPy and NumPy compute."""
    x = np.linspace(-5, 5, 11)
    assert LIBRARY[name].function(x=x) == pytest.approx(peer(x), rel=1e-14)


def test_the_softmax_cross_entropy_is_that_of_scipy() -> None:
    """The loss is the mean of minus log_softmax at the labels, and its gradient (p - onehot)/N."""
    entry = LIBRARY["softmax_cross_entropy"]
    inputs = entry.example()
    logits, labels = inputs["logits"], inputs["labels"]
    n = len(labels)
    assert entry.function(**inputs) == pytest.approx(
        -scipy.special.log_softmax(logits, axis=1)[np.arange(n), labels].mean()
    )
    expected = (scipy.special.softmax(logits, axis=1) - np.eye(logits.shape[1])[labels]) / n
    assert entry.manual(**inputs)["logits"] == pytest.approx(expected)


def test_the_linear_gradient_is_zero_at_the_least_squares_solution() -> None:
    """At the solution that lstsq finds, half the mean squared error has no slope."""
    entry = LIBRARY["half_mse_linear"]
    inputs = entry.cases()["a batch of 7"]
    design = np.column_stack([inputs["X"], np.ones(7)])
    solution = np.linalg.lstsq(design, inputs["y"])[0]
    grads = entry.manual(**{**inputs, "w": solution[:3], "b": solution[3]})
    assert np.abs(grads["w"]).max() < 1e-12
    assert abs(grads["b"]) < 1e-12


@pytest.mark.parametrize(("name", "label"), CASES)
def test_by_hand_is_autograds(name: str, label: str) -> None:
    """At every input of every entry, the hand-written gradient is autograd's, to rounding."""
    entry = LIBRARY[name]
    inputs = entry.cases()[label]
    params = {key: np.asarray(inputs[key], dtype=float) for key in entry.wrt}
    # autograd's rule for tanh goes through cosh, which overflows beside a derivative of zero.
    with np.errstate(over="ignore"):
        expected = autograd.grad(lambda p: entry.total(**{**inputs, **p}))(params)
    for key, value in entry.manual(**inputs).items():
        assert np.shape(value) == np.shape(expected[key])
        # 1 - tanh^2 has lost digits where tanh is nearly 1.
        allowed = 1e-12 * np.abs(expected[key]).max(initial=0.0) + 1e-15
        assert np.abs(value - expected[key]).max(initial=0.0) <= allowed


@pytest.mark.parametrize(("name", "label"), CASES)
def test_every_stages_rule_is_autograds(name: str, label: str) -> None:
    """Each stage's own rule gives what autograd gives for the stage's own code."""
    with np.errstate(over="ignore"):
        stages = run(LIBRARY[name].stages, LIBRARY[name].cases()[label])
    for stage in stages:
        assert stage.autograd is not None
        for argument, expected in stage.autograd.items():
            if name == "logsumexp" and stage.name == "m":
                continue  # What goes through the maximum cancels, so the stages leave it out.
            assert stage.backward[argument] == pytest.approx(expected, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_the_stages_compute_the_function(name: str) -> None:
    """The value of the last stage is the function's."""
    entry = LIBRARY[name]
    value, _ = forward(entry.stages, entry.example())
    assert value == pytest.approx(entry.function(**entry.example()), rel=1e-13)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_stage_says_what_it_does(name: str) -> None:
    """Each stage has a formula that begins with its name, and a rule; names of stages are unique."""
    stages = LIBRARY[name].stages
    assert len({stage.name for stage in stages}) == len(stages)
    for stage in stages:
        assert stage.formula.startswith(f"{stage.name} = ")
        assert stage.rule


def test_every_case_is_new_each_time() -> None:
    """Who changes an input changes it for nobody else, and the numbers are the same every time."""
    for entry in LIBRARY.values():
        for one, other in zip(entry.cases().values(), entry.cases().values(), strict=True):
            for key, value in one.items():
                assert value is not other[key] or not isinstance(value, np.ndarray)
                np.testing.assert_array_equal(value, other[key])


def test_logsumexp_in_reverse_mode_to_order_2() -> None:
    """The custom primitive passes autograd's own checks, as in the tutorial, and does not overflow."""
    check_grads(primitives.logsumexp, modes=["rev", "fwd"], order=2)(np.array([1.5, 2.5, -0.5]))
    assert primitives.logsumexp(np.array([1000.0, 1000.0])) == pytest.approx(1000 + np.log(2))
