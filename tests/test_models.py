"""Models: what they predict, where they start, and what their parameters mean in the data's units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sklearn.preprocessing import PolynomialFeatures

from regress_cli.config import schema
from regress_cli.errors import DataError
from regress_cli.models import (
    MLP,
    MODELS,
    Formula,
    Linear,
    Polynomial,
    build_model,
    is_linear_in_parameters,
    predict,
)
from regress_cli.scaling import Scaling, Standardizer, fit_scaling

NAMES = ("x", "z", "u")
VARIANTS = {
    "linear": [
        schema.LinearModel(kind="linear", init="normal"),
        schema.LinearModel(kind="linear", init="normal", intercept=False),
    ],
    "polynomial": [
        schema.PolynomialModel(kind="polynomial", degree=3, init="normal"),
        schema.PolynomialModel(kind="polynomial", degree=3, init="normal", intercept=False),
    ],
    "formula": [
        schema.FormulaModel(
            kind="formula", expression="a*exp(-b*x) + c*sin(z)*u", initial={"a": 2.0, "b": 0.5, "c": -1.0}
        ),
    ],
    "mlp": [
        schema.MLPModel(kind="mlp", hidden=(4, 3), activation="relu", init="normal"),
        schema.MLPModel(kind="mlp", hidden=(5,), activation="tanh", init="normal"),
    ],
}
EVERY_MODEL = [build_model(config, NAMES) for configs in VARIANTS.values() for config in configs]
LINEAR_IN_PARAMETERS = [model for model in EVERY_MODEL if is_linear_in_parameters(model)]
# A formula begins where its config says, has no constants that are known, and is never scaled.
DRAWN = [model for model in EVERY_MODEL if not isinstance(model, Formula)]
WITH_INTERCEPT = [model for model in DRAWN if getattr(model, "intercept", True)]


def design_matrix(seed: int = 0, n: int = 7) -> np.ndarray:
    """Return random rows of three features."""
    return np.random.default_rng(seed).standard_normal((n, len(NAMES)))


# ------------------------------------------------------------------------------ every model


def test_every_kind_of_model_is_in_the_schema_and_tested():
    """The registry, the schema and this file's table name the same kinds."""
    choices = TypeAdapter(schema.Model).json_schema()["discriminator"]["mapping"]
    assert set(MODELS) == set(choices) == set(VARIANTS)


@pytest.mark.parametrize("model", DRAWN, ids=repr)
def test_the_same_generator_gives_the_same_start(model):
    """Initial parameters are drawn from the generator that is given, and from nothing else."""
    first, again, other = (model.init(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert list(first) == list(again)
    for name, value in first.items():
        assert value.dtype == np.float64
        np.testing.assert_array_equal(value, again[name])
        assert not np.array_equal(value, other[name])


@pytest.mark.parametrize("model", EVERY_MODEL, ids=repr)
@pytest.mark.parametrize("n", [1, 7])
def test_predictions_are_one_number_for_each_row(model, n):
    """Predictions have shape (n,), and a row's does not depend on the other rows."""
    X, params = design_matrix(n=n), model.init(np.random.default_rng(0))
    together = predict(model, params, X)
    alone = np.concatenate([predict(model, params, row[None, :]) for row in X])
    assert together.shape == (n,)
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model", EVERY_MODEL, ids=repr)
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_layout_in_memory_does_not_matter(model, order):
    """Row-major and column-major data give the same predictions."""
    X, params = design_matrix(), model.init(np.random.default_rng(0))
    np.testing.assert_allclose(
        predict(model, params, np.asarray(X, order=order)), predict(model, params, X), rtol=1e-13, atol=1e-13
    )


@pytest.mark.parametrize("model", EVERY_MODEL, ids=repr)
def test_every_number_has_a_name_of_its_own(model):
    """Each parameter has as many names as numbers, and no two are the same."""
    params = model.init(np.random.default_rng(0))
    names = model.parameter_names(params)
    assert {name: len(of_one) for name, of_one in names.items()} == {
        name: value.size for name, value in params.items()
    }
    flat = [name for of_one in names.values() for name in of_one]
    assert len(set(flat)) == len(flat)


@pytest.mark.parametrize("model", DRAWN, ids=repr)
def test_the_penalty_covers_all_but_the_constants(model):
    """What is penalized is all that can bend the prediction: without it the prediction is constant."""
    params = model.init(np.random.default_rng(0))
    for weights in model.penalized(params):
        weights[...] = 0.0  # A view of the parameter itself.
    predictions = predict(model, params, design_matrix())
    assert np.ptp(predictions) == 0.0
    penalized = sum(np.size(weights) for weights in model.penalized(params))
    total = sum(value.size for value in params.values())
    if isinstance(model, MLP):
        assert total - penalized == sum(model.sizes[1:])
    else:
        assert total - penalized == int(model.intercept)


@pytest.mark.parametrize("model", WITH_INTERCEPT, ids=repr)
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    means=st.tuples(*[st.floats(-20, 20)] * 4),
    scales=st.tuples(*[st.floats(0.1, 50)] * 4),
    constant=st.booleans(),
)
def test_parameters_in_data_units_predict_the_same(model, seed, means, scales, constant):
    """Unscaled data with converted parameters give what scaled data give, undone."""
    rng = np.random.default_rng(seed)
    mean, scale = np.array(means[:3]), np.array(scales[:3])
    X = mean + scale * rng.standard_normal((9, 3))
    if constant:
        scale[1] = 0.0
        X[:, 1] = mean[1]
    scaling = Scaling(Standardizer(mean, scale), Standardizer(np.asarray(means[3]), np.asarray(scales[3])))
    params = model.init(rng)
    scaled = scaling.target.inverse_transform(predict(model, params, scaling.features.transform(X)))
    unscaled = predict(model, model.in_data_units(params, scaling), X)
    # Powers of a large mean over a small scale cancel: (20 / 0.1)^3 takes seven digits.
    size = np.abs(scaled).max() + scales[3] * (1 + np.abs(means[:3]).max() / min(scales[:3])) ** 3
    np.testing.assert_allclose(unscaled, scaled, rtol=0, atol=1e-12 * size)


@pytest.mark.parametrize("model", EVERY_MODEL, ids=repr)
def test_without_scaling_the_parameters_stay(model):
    """Where nothing is scaled, parameters in data units are the parameters to the last bit."""
    params = model.init(np.random.default_rng(0))
    nothing = Scaling(Standardizer.identity((3,)), Standardizer.identity(()))
    for name, value in model.in_data_units(params, nothing).items():
        np.testing.assert_array_equal(value, params[name])


# ------------------------------------------------------------- models linear in their parameters


@pytest.mark.parametrize("model", LINEAR_IN_PARAMETERS, ids=repr)
def test_the_prediction_is_the_design_times_the_coefficients(model):
    """``design`` with a column of ones in front, times the coefficients, is the prediction."""
    X, coefficients = design_matrix(), np.random.default_rng(0).normal(size=len(model.exponents))
    columns = model.design(model.features(X))
    if model.intercept:
        columns = np.column_stack([np.ones(len(X)), columns])
    prediction = predict(model, model.from_coefficients(coefficients), X)
    np.testing.assert_allclose(columns @ coefficients, prediction, rtol=1e-11)


@pytest.mark.parametrize("model", LINEAR_IN_PARAMETERS, ids=repr)
def test_exponents_say_what_each_column_is(model):
    """Each coefficient's column is the product of the features to its exponents."""
    X = design_matrix()
    columns = model.design(model.features(X))
    if model.intercept:
        columns = np.column_stack([np.ones(len(X)), columns])
    expected = np.column_stack([np.prod(X**powers, axis=1) for powers in model.exponents])
    np.testing.assert_allclose(columns, expected, rtol=1e-12)


@pytest.mark.parametrize("model", LINEAR_IN_PARAMETERS, ids=repr)
def test_coefficients_make_parameters_of_the_models_own_shapes(model):
    """``from_coefficients`` gives what ``init`` gives, in names and shapes."""
    made = model.from_coefficients(np.zeros(len(model.exponents)))
    start = model.init(np.random.default_rng(0))
    assert {name: value.shape for name, value in made.items()} == {
        name: value.shape for name, value in start.items()
    }


@pytest.mark.parametrize("model", [model for model in LINEAR_IN_PARAMETERS if model.intercept], ids=repr)
def test_the_units_map_is_the_change_of_units(model):
    """The matrix and shift for coefficients do what ``in_data_units`` does for parameters."""
    rng = np.random.default_rng(0)
    coefficients = rng.normal(size=len(model.exponents))
    scaling = fit_scaling(
        rng.normal(3, 2, size=(20, 3)), rng.normal(-5, 4, size=20), features=True, target=True
    )
    matrix, shift = model.units_map(scaling)
    found = model.from_coefficients(matrix @ coefficients + shift)
    expected = model.in_data_units(model.from_coefficients(coefficients), scaling)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-10, atol=1e-12)


def test_an_mlp_is_not_linear_in_its_parameters():
    """The exact solver must not be offered an MLP."""
    assert not is_linear_in_parameters(MLP((1, 2, 1), "relu", "normal"))


def test_zeros_are_the_start_unless_the_config_says_normal():
    """A linear or polynomial model starts at zero by default."""
    rng = np.random.default_rng(0)
    for model in (Linear(NAMES, True, "zeros"), Polynomial(NAMES, 2, True, "zeros")):
        assert all(np.all(value == 0.0) for value in model.init(rng).values())


# -------------------------------------------------------------------------------- polynomial


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("degree", [1, 2, 3, 5])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_polynomial_features_are_scikit_learns(d, degree, intercept):
    """Terms, their order and their names are those of ``PolynomialFeatures``."""
    X = design_matrix()[:, :d]
    reference = PolynomialFeatures(degree, include_bias=intercept)
    expected = reference.fit_transform(X)
    model = Polynomial(NAMES[:d], degree, intercept, "zeros")
    features = model.features(X)
    np.testing.assert_allclose(features, expected, rtol=1e-13)
    assert features.flags.f_contiguous
    names = reference.get_feature_names_out(NAMES[:d])
    assert list(model.term_names) == ["const" if name == "1" else name for name in names]


def test_too_many_terms_are_refused():
    """A feature map that would fill the memory is refused with its number of terms."""
    with pytest.raises(DataError, match="degree 20 in 10 features has 30045015 terms"):
        Polynomial(tuple("abcdefghij"), 20, True, "zeros")


# --------------------------------------------------------------------------------------- mlp


@pytest.mark.parametrize("sizes", [(3, 4, 1), (3, 5, 2, 1), (3, 4, 4, 4, 1)])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_an_mlp_is_affine_layers_with_an_activation_between(sizes, activation):
    """The prediction is that of a forward pass written out in numpy."""
    model, X = MLP(sizes, activation, "normal"), design_matrix()
    params = model.init(np.random.default_rng(3))
    hidden = X
    for k in range(1, len(sizes)):
        assert params[f"W{k}"].shape == (sizes[k - 1], sizes[k])
        hidden = hidden @ params[f"W{k}"] + params[f"b{k}"]
        if k < len(sizes) - 1:
            hidden = np.tanh(hidden) if activation == "tanh" else np.where(hidden > 0, hidden, 0)
    np.testing.assert_allclose(predict(model, params, X), hidden.ravel(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("init", "variance", "bias_variance"),
    [("normal", 1.0, 1.0), ("he", 2 / 300, 0.0), ("glorot", 2 / (300 + 200), 0.0)],
)
def test_initial_weights_have_the_variance_of_their_rule(init, variance, bias_variance):
    """Means and variances are those of the rule, within five standard errors."""
    params = MLP((300, 200, 1), "relu", init).init(np.random.default_rng(0))
    weights, biases = params["W1"], params["b1"]
    n = weights.size
    assert abs(weights.mean()) < 5 * np.sqrt(variance / n)
    assert abs(weights.var() / variance - 1) < 5 * np.sqrt(2 / n)
    assert abs(biases.var() - bias_variance) <= 5 * bias_variance * np.sqrt(2 / biases.size)
