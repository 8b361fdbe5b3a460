"""A formula is a model like any other: its values, its derivatives, its engines and its run folder."""

import json
from pathlib import Path

import autograd
import numpy as np
import pytest
from formulas import DECAY, config_of_table, problem_of, write_table
from problems import train

from regress_cli.config import load_config
from regress_cli.errors import ConfigError, DataError
from regress_cli.experiment.prediction import predict
from regress_cli.experiment.runner import run
from regress_cli.expression import Expression
from regress_cli.models import MLP, Formula, Linear, Polynomial, jacobian
from regress_cli.training.starts import shown

X = np.asfortranarray(np.random.default_rng(3).uniform(0.5, 2.0, (7, 2)))
EXPRESSIONS = [
    "a*exp(-b*x)",
    "a*log(b + x) + c*sqrt(z)",
    "sin(a*x) + cos(b*z) - tan(c*x/9)",
    "arctan(a*x) * tanh(b) + c",
    "sinh(a*x/5) - cosh(b*z/5) + abs(c - 0.2)",
    "where(x < b, a*x, a*b + c*(x - b))",
    "a*x**b / (1 + c*z)**2",
    "-(-a)**2 + b*2 - c",
]


def formula(text, **initial):
    """Return a formula in x and z."""
    return Formula(Expression.parse(text), initial or {"a": 0.7, "b": 1.2, "c": -0.4}, ("x", "z"))


def names_in(text, model):
    """Return the parameters that a text uses."""
    return {name: np.array(model.initial[name]) for name in model.initial if name in text}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_jacobian_is_that_of_differences(text):
    """Each column is the change of all predictions by one parameter, as central differences have it."""
    model = formula(text)
    params = model.init(np.random.default_rng(0))
    J = jacobian(model, params, X)
    for j, name in enumerate(params):
        step = 1e-6
        up, down = ({**params, name: params[name] + sign * step} for sign in (1, -1))
        difference = (model.apply(up, X) - model.apply(down, X)) / (2 * step)
        np.testing.assert_allclose(J[:, j], difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    "model",
    [
        Linear(("x", "z"), True, "normal"),
        Linear(("x", "z"), False, "normal"),
        Polynomial(("x", "z"), 3, True, "normal"),
        MLP((2, 3, 2, 1), "tanh", "normal"),
        MLP((2, 4, 1), "relu", "normal"),
        formula("a*exp(-b*x) + c*z"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_the_jacobian_of_every_model_is_autograds(model):
    """Row by row and number by number it is autograd's own Jacobian, in the order of the flat vector."""
    params = model.init(np.random.default_rng(1))
    features = model.features(X)
    by_name = {
        name: autograd.jacobian(lambda value, name=name: model.apply({**params, name: value}, features))
        for name in params
    }
    expected = np.concatenate([by_name[name](params[name]).reshape(len(X), -1) for name in params], axis=1)
    np.testing.assert_allclose(jacobian(model, params, features), expected, rtol=1e-12, atol=1e-14)


def test_a_formula_without_columns_predicts_a_constant():
    """A scalar is spread over the rows, and so is its derivative."""
    model = formula("a*b", a=2.0, b=3.0)
    params = model.init(np.random.default_rng(0))
    np.testing.assert_array_equal(model.apply(params, X), np.full(7, 6.0))
    np.testing.assert_array_equal(jacobian(model, params, X), np.tile([3.0, 2.0], (7, 1)))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_the_engines_train_a_formula_to_the_same_bits(optimizer):
    """The tape's steps are autograd's."""
    sizes = {"sgd": 0.05, "adam": 0.02, "rmsprop": 0.02}
    ends = []
    for engine in ("eager", "tape"):
        problem = problem_of(
            {**DECAY, "optimizer": {"kind": optimizer, "step_size": sizes[optimizer]}},
            f"training.engine={engine}",
            "training.steps=50",
        )
        ends.append(train(problem).state.params)
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("text", EXPRESSIONS[:5])
def test_every_function_has_a_place_on_the_tape(text):
    """A formula with any of the functions trains on the tape, without a fallback."""
    config = {
        **DECAY,
        "data": {
            **DECAY["data"],
            "inputs": {"x": {"low": 1, "high": 2}, "z": {"low": 1, "high": 2, "spacing": "uniform"}},
            "target": "x + z",
        },
        "model": {
            "kind": "formula",
            "expression": text,
            "initial": dict.fromkeys("abc"[: len(names(text))], 0.5),
        },
        "optimizer": {"kind": "adam"},
    }
    fit = train(problem_of(config, "training.steps=20", "training.engine=tape"))
    assert fit.notes == []
    assert fit.state.engine == "tape"


def names(text):
    """Return the parameters a, b, c that a text uses."""
    return [name for name in Expression.parse(text).names if name in "abc"]


def test_a_run_is_kept_and_predicts(tmp_path):
    """The run folder holds each parameter by its name, and new rows are predicted by the formula."""
    finished = run(load_config({**DECAY, "plots": {"pictures": ["fit"]}}), tmp_path)
    assert finished.status == "finished"
    record = json.loads((finished.folder / "run.json").read_text(encoding="utf-8"))
    a, k, c = (record["parameters"][name] for name in "akc")
    x = np.array([0.5, 7.0])
    np.testing.assert_allclose(predict(finished, {"x": x}), a * np.exp(-k * x) + c, rtol=1e-14)
    assert record["convergence"]["has_converged"] is True


def test_only_the_columns_of_the_formula_are_features(tmp_path):
    """Other columns may hold anything, even nothing."""
    path = write_table(tmp_path / "t.csv", {"x": [1, 2, 3], "y": [2, 4, 6], "note": ["a", "", "b"]})
    problem = problem_of(config_of_table(path, "a*x", {"a": 1}))
    assert problem.experiment.data.features == ("x",)


BOTH = {"x": [1, 2, 3, 4], "y": [2, 4, 6, 9], "word": ["p", "q", "p", "q"]}
REFUSED = {
    "a name that is nothing": ("a*x1", {"a": 1}, "did you mean 'x'"),
    "a name that is two things": ("a*x + word*x", {"a": 1, "word": 1}, "also a column"),
    "a column of words": ("a*x + word", {"a": 1}, "no column of numbers"),
    "more parameters than rows": (
        "a + b*x + c*x**2 + d*x**3 + e*x**4",
        dict.fromkeys("abcde", 1),
        "5 parameters can't be fitted to 4 rows",
    ),
    "no number at the start": ("a*exp(b*x)", {"a": 1, "b": 500}, "'exp(b*x)' is inf at row 2"),
    "out of the domain": ("a*log(x - 2)", {"a": 1}, "'log(x - 2)' is -inf at row 2"),
    "no derivative at the start": ("sqrt(a*x)", {"a": 0}, "the derivative of the formula by a is not finite"),
    "a part of the target": (
        "a*x + y",
        {"a": 1},
        "model.expression: 'y' is part of 'log(y)', which is what is fitted, and can't be used to predict it",
    ),
    "a parameter without effect": ("a*x + b - b", {"a": 1, "b": 1}, "the derivative by b is 0 in every row"),
}


@pytest.mark.parametrize(("text", "initial", "part"), REFUSED.values(), ids=REFUSED.keys())
def test_what_can_not_be_fitted_is_refused(text, initial, part, tmp_path):
    """The message names the culprit, and nothing is left behind."""
    path = write_table(tmp_path / "t.csv", BOTH)
    if "log" in text:
        path = write_table(tmp_path / "t.csv", {"x": [3, 2, 4], "y": [1, 2, 3]})
    target = "log(y)" if "y" in text else "y"
    with pytest.raises((ConfigError, DataError)) as caught:
        run(load_config(config_of_table(path, text, initial, data={"target": target})), tmp_path / "out")
    assert part in str(caught.value)
    assert not (tmp_path / "out").exists()


WRONG = {
    "unused": (
        {"initial": {"a": 1, "k": 1, "c": 0, "d": 1}},
        "model.initial.d: the expression does not use 'd'",
    ),
    "is an input": ({"initial": {"a": 1, "x": 1, "k": 1, "c": 1}}, "also one of the inputs"),
    "unknown": ({"initial": {"a": 1, "k": 1}}, "'c' is neither a parameter in initial nor one of the inputs"),
    "a function": ({"initial": {"exp": 1, "a": 1, "k": 1, "c": 0}}, "has a meaning of its own"),
    "reversed": ({"bounds": {"k": [3, 1]}}, "must be below"),
    "outside": ({"bounds": {"k": [3, None]}}, "lies outside of the bounds from 3 to inf"),
    "bounds of nothing": ({"bounds": {"q": [0, 1]}}, "'q' is not one of the parameters"),
    "a short start": ({"starts": [{"a": 1, "k": 2}]}, "'c' has no value here"),
    "a long start": ({"starts": [{"a": 1, "k": 2, "c": 1, "q": 3}]}, "'q' is not one of the parameters"),
    "a start outside": (
        {"bounds": {"k": [0, 3]}, "starts": [{"a": 1, "k": 9, "c": 1}]},
        "9 lies outside of the bounds from 0 to 3",
    ),
    "no arithmetic": ({"expression": "a*exp(-k*x + c"}, "is not arithmetic"),
}


@pytest.mark.parametrize(("keys", "part"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_formula_is_refused_with_its_config(keys, part):
    """All that the config alone can tell is told before any data are read."""
    with pytest.raises(ConfigError) as caught:
        load_config({**DECAY, "model": {**DECAY["model"], **keys}})
    assert part in str(caught.value)


@pytest.mark.parametrize(("name", "role"), [("y", "target"), ("w", "weights"), ("part", "split.column")])
def test_a_formula_of_a_column_with_another_role_is_refused(name, role):
    """The message says which role that is, and nothing of features, which nobody has listed."""
    data = {"target": "y", "weights": "w", "split": {"column": "part"}}
    with pytest.raises(ConfigError) as caught:
        load_config(config_of_table(Path("t.csv"), f"a*x + {name}", {"a": 1}, data=data))
    assert str(caught.value) == (
        f"config: model.expression: '{name}' is data.{role}, which can't be predicted from; "
        "take it out of the formula"
    )


SECTIONS = {
    "standardized": ({"data": {**DECAY["data"], "standardize": {"target": True}}}, "remove data.standardize"),
    "exact": ({"optimizer": {"kind": "exact"}}, "a formula has no exact solution"),
    "huber squares": ({"loss": {"kind": "huber"}}, "least squares, not huber"),
    "corners": ({"optimizer": {"kind": "lbfgs"}, "loss": {"kind": "mae"}}, "lbfgs needs a smooth loss"),
    "batches": ({"training": {"batch_size": 5}}, "takes all rows at once"),
    "float32": ({"training": {"dtype": "float32"}}, "computes in float64"),
}


@pytest.mark.parametrize(("keys", "part"), SECTIONS.values(), ids=SECTIONS.keys())
def test_sections_that_do_not_go_together_are_refused(keys, part):
    """The message says what to change."""
    with pytest.raises(ConfigError) as caught:
        load_config({**DECAY, **keys})
    assert part in str(caught.value)


def test_the_digest_of_a_run_without_inference_options_stays():
    """The section of inference counts only where it says something."""
    from regress_cli.config import result_keys

    assert "inference" not in result_keys(load_config(DECAY))
    assert "inference" in result_keys(load_config({**DECAY, "inference": {"confidence": 0.9}}))


@pytest.mark.parametrize(
    "text", [*EXPRESSIONS, "(a - b) - (c - x)", "a/(b/c)", "(a**2)**3", "2**-a", "-(a + b)*c"]
)
def test_a_part_is_shown_as_it_is_written(text):
    """What is shown parses to the same tree."""
    tree = Expression.parse(text).tree
    assert Expression.parse(shown(tree)).tree == tree
