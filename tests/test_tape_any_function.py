"""Any function of autograd.numpy: what a replay gives is what autograd gives, at inputs that come later."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import warnings

import autograd
import autograd.numpy as anp
import autograd.scipy.special as special
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from autograd.tracer import trace_stack
from hypothesis import given, settings
from hypothesis import strategies as st

from regress_cli.tape import TapeWarning, value_and_grad

COUNT = 5


@primitive
def itself(x):
    """Return the argument, not a copy of it."""
    return x


@primitive
def first_column(x):
    """Return a view of the argument."""
    return x[:, 0]


@primitive
def cubed(x):
    """Return the third power, by plain NumPy."""
    return x * x * x


defvjp(itself, lambda ans, x: lambda g: itself(g))
defvjp(first_column, lambda ans, x: lambda g: anp.outer(g, anp.arange(x.shape[1]) == 0))
defvjp(cubed, lambda ans, x: lambda g: 3 * g * x**2)

UNARY = {
    "negative": lambda x: -x,
    "exp": anp.exp,
    "sin": anp.sin,
    "tanh": anp.tanh,
    "arctan": anp.arctan,
    "log of a square": lambda x: anp.log(x**2 + 1.0),
    "square root": lambda x: anp.sqrt(x * x + 2),
    "absolute": anp.abs,
    "reciprocal": lambda x: 1 / (x * x + 1),
    "power": lambda x: (x * x + 0.5) ** 1.5,
    "sign": lambda x: anp.sign(x) * x,
    "floor": lambda x: anp.floor(x) + x,
    "clip": lambda x: anp.clip(x, -0.5, 0.5),
    "relu": lambda x: anp.maximum(x, 0.0),
    "where": lambda x: anp.where(x > 0.1, x, x * x),
    "where of numbers": lambda x: anp.where(anp.floor(x), x * x, 0.5),
    "itself": itself,
    "cubed": cubed,
    "sum": lambda x: anp.sum(x),
    "sum of columns": lambda x: anp.sum(x, axis=0),
    "sum kept": lambda x: anp.sum(x, axis=-1, keepdims=True),
    "mean": lambda x: anp.mean(x),
    "mean of columns": lambda x: anp.mean(x, axis=0, keepdims=True),
    "largest": lambda x: anp.max(x, axis=0),
    "smallest": lambda x: anp.min(x),
    "product": lambda x: anp.prod(x, axis=0),
    "running sum": lambda x: anp.cumsum(x, axis=0),
    "variance": lambda x: anp.var(x),
    "deviation": lambda x: anp.std(x + anp.arange(anp.size(x)).reshape(anp.shape(x))),
    "norm": lambda x: anp.linalg.norm(x.ravel()),
    "logsumexp": lambda x: special.logsumexp(x, axis=0),
    "first": lambda x: x[0],
    "last": lambda x: x[-1],
    "backwards": lambda x: x[::-1],
    "stretch": lambda x: x[1:3],
    "new axis": lambda x: x[..., None],
    "some": lambda x: x[[0, 2, 0]],
    "by mask": lambda x: x[np.array([True, False, True])],
    "pairs": lambda x: x[[0, 1], [2, 2]],
    "transposed": anp.transpose,
    "raveled": anp.ravel,
    "reshaped": lambda x: anp.reshape(x, (2, -1)),
    "in column order": lambda x: anp.ravel(x, order="F"),
    "broadcast": lambda x: anp.broadcast_to(x, anp.shape(x)),
    "swapped": lambda x: anp.swapaxes(x, 0, 1),
    "diagonal": anp.diagonal,
    "repeated": lambda x: anp.repeat(x, 2, axis=0),
    "rolled": lambda x: anp.roll(x, 1, axis=0),
    "padded": lambda x: anp.pad(x, 1, mode="constant"),
    "flipped": lambda x: anp.flipud(x),
    "first column": first_column,
    "gram": lambda x: anp.dot(x.T, x),
    "double": lambda x: 2 * x,
    "minus one": lambda x: x - 1,
}
BINARY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (y * y + 1),
    "power": lambda x, y: anp.abs(x + 3) ** anp.tanh(y),
    "maximum": anp.maximum,
    "minimum": anp.minimum,
    "where": lambda x, y: anp.where(x > y, x * y, y),
    "logaddexp": anp.logaddexp,
    "hypot": lambda x, y: anp.sqrt(x**2 + y**2 + 1),
    "dot": anp.dot,
    "matmul": anp.matmul,
    "outer": anp.outer,
    "inner": anp.inner,
    "tensordot": lambda x, y: anp.tensordot(x, y, 1),
    "einsum": lambda x, y: anp.einsum("ij,ij->i", x, y),
    "einsum with a sum": lambda x, y: anp.einsum("ij,j", x, y),
    "concatenate": lambda x, y: anp.concatenate((x, y), axis=0),
    "stack": lambda x, y: anp.stack((x, y)),
    "vstack": lambda x, y: anp.vstack((x, y)),
    "array": lambda x, y: anp.array([anp.sum(x), anp.sum(y)]),
    "kron": anp.kron,
}
SQUARE = {
    "solve": lambda x: anp.linalg.solve(x, anp.arange(3.0)),
    "inverse": anp.linalg.inv,
    "determinant": anp.linalg.det,
    "log determinant": lambda x: anp.linalg.slogdet(x)[1],
    "cholesky": lambda x: anp.linalg.cholesky(x @ x.T + anp.eye(3)),
    "norm": anp.linalg.norm,
    "trace": anp.trace,
    "eigenvalues": lambda x: anp.linalg.eigh(x + x.T)[0],
    "singular values": lambda x: anp.linalg.svd(x, compute_uv=False),
}

Program = list[tuple[str, int, int]]


def inputs(seed: int, dtype: type = float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return other numbers for each seed, in the same shapes."""
    rng = np.random.default_rng(seed)
    params = {"A": rng.normal(size=(3, 4)), "v": rng.normal(size=4), "s": np.array(rng.normal())}
    return {name: value.astype(dtype) for name, value in params.items()}, rng.normal(size=(3, 4)).astype(
        dtype
    )


def run(program: Program, params, X):
    """Return the sum of all results of a program: each step takes earlier ones."""
    values = [params["A"], params["v"], params["s"], X]
    for name, left, right in program:
        x, y = values[left % len(values)], values[right % len(values)]
        if name in UNARY:
            values.append(UNARY[name](x))
        else:
            values.append(BINARY[name.removeprefix("2 ")](x, y))
    return sum(anp.sum(anp.sin(value)) for value in values)


def fits(program: Program) -> bool:
    """Return whether a program is one that autograd can differentiate."""
    top = trace_stack.top
    try:
        with np.errstate(all="ignore"):
            value, _ = autograd.value_and_grad(lambda params, X: run(program, params, X))(*inputs(0))
    except Exception:  # noqa: BLE001 - shapes that do not fit, and gradients that autograd lacks.
        return False
    finally:
        trace_stack.top = top
    return np.size(value) == 1


NAMES = [*UNARY, *(f"2 {name}" for name in BINARY)]


@st.composite
def programs(draw) -> Program:
    """Draw steps one by one, and keep those that fit."""
    program: Program = []
    steps = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9), st.integers(0, 9)), max_size=7)
    )
    for step in steps:
        if fits([*program, step]):
            program.append(step)
    return program


def assert_same(replayed, expected, tolerance: float = 16.0, power: int = 1) -> None:
    """Hold values and gradients against those of autograd, in units of the last place of the largest."""
    assert list(replayed[1]) == list(expected[1])
    pairs = [(replayed[0], expected[0]), *((replayed[1][name], expected[1][name]) for name in expected[1])]
    sizes = [np.max(np.abs(other), initial=1.0, where=np.isfinite(other)) for _, other in pairs]
    for one, other in pairs:
        assert np.shape(one) == np.shape(other)
        unit = np.finfo(np.asarray(other).dtype).eps * float(max(sizes)) ** power
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * unit)


def check(function, calls, **tolerance) -> bool:
    """Call a function at several inputs, hold it against autograd, and return whether it has a tape."""
    taped, eager = value_and_grad(function), autograd.value_and_grad(function)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # A comparison of single numbers can't be recorded; nothing else may be a reason.
        warnings.filterwarnings("ignore", ".* gives a single ", TapeWarning)
        for call in calls:
            assert_same(taped(*call), eager(*call), **tolerance)
    return taped.tape is not None


@settings(max_examples=50)
@given(programs())
def test_a_random_program_has_autograds_gradient_at_every_later_input(program):
    """Value and gradient of drawn programs are autograd's, from the first call to the fifth.

    A replay may hold in rows what autograd holds backwards, which is rounded otherwise. What becomes of
    that in later steps grows with the derivatives, at worst with their square.
    """
    calls = [inputs(seed) for seed in range(COUNT)]
    check(lambda params, X: run(program, params, X), calls, tolerance=1000.0, power=2)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        pytest.param(name, dtype, marks=[pytest.mark.full] if dtype == np.float32 and number % 4 else [])
        for dtype in (np.float64, np.float32)
        for number, name in enumerate([*UNARY, *(f"2 {name}" for name in BINARY)])
    ],
)
def test_each_function_has_autograds_gradient_at_every_later_input(name, dtype, pytestconfig):
    """Every function of the tables, of each operand that it takes, is replayed as autograd does it."""
    programs = [[(name, left, right)] for left in range(4) for right in range(4 if name[:2] == "2 " else 1)]
    programs = [program for program in programs if fits(program)]
    # Every operand on either side, and with --full each with each.
    programs = programs if pytestconfig.getoption("--full") else programs[:: 3 if len(programs) > 4 else 1]
    assert programs, "no operand fits"
    has_tape = [
        check(lambda params, X, p=program: run(p, params, X), [inputs(seed, dtype) for seed in range(COUNT)])
        for program in programs
    ]
    assert any(has_tape)


@pytest.mark.parametrize("name", SQUARE)
def test_linear_algebra_has_autograds_gradient_at_every_later_input(name):
    """Functions of a square matrix are replayed as autograd does them."""

    def loss(params):
        return anp.sum(anp.cos(SQUARE[name](params["A"])))

    matrices = [np.random.default_rng(seed).normal(size=(3, 3)) for seed in range(COUNT)]
    has_tape = check(loss, [({"A": matrix},) for matrix in matrices], tolerance=64.0)
    assert has_tape == (name != "eigenvalues")


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda p, X: anp.sum(anp.sort(p["v"]) * p["v"]), id="sort"),
        pytest.param(lambda p, X: anp.sum(p["v"][X[0] > 0]), id="boolean index"),
        pytest.param(lambda p, X: anp.sum(p["v"][anp.nonzero(X[0] > 0)]), id="nonzero"),
        pytest.param(lambda p, X: anp.sum(p["v"][anp.where(X[0] > 0)]), id="where"),
    ],
)
@pytest.mark.filterwarnings("ignore::regress_cli.tape.TapeWarning")
def test_what_has_no_tape_is_autograds_all_the_same(function):
    """A function whose steps depend on values has autograd's gradient, computed by autograd."""
    taped, eager = value_and_grad(function), autograd.value_and_grad(function)
    for seed in range(COUNT):
        assert_same(taped(*inputs(seed)), eager(*inputs(seed)), tolerance=0.0)
    assert taped.reason is not None


@pytest.mark.parametrize("name", [*UNARY, *(f"2 {name}" for name in BINARY)])
def test_a_replayed_gradient_is_the_slope(name):
    """Along a line, a replayed gradient is the difference of values on either side over their distance."""
    program = next(
        [(name, left, right)] for left in range(4) for right in range(4) if fits([(name, left, right)])
    )
    taped = value_and_grad(lambda params, X: run(program, params, X))
    (params, X), (direction, _) = inputs(7), inputs(8)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* gives a single ", TapeWarning)
        taped(*inputs(100))
        _, gradient = taped(params, X)
    slope = sum(float(np.sum(gradient[key] * direction[key])) for key in params)
    ahead, behind = (
        run(program, {key: params[key] + h * direction[key] for key in params}, X) for h in (1e-6, -1e-6)
    )
    assert slope == pytest.approx((ahead - behind) / 2e-6, rel=1e-6, abs=1e-6)
