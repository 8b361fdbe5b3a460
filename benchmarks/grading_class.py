"""A class as there may be one: an assignment of ten checks, and what its students hand in."""

from pathlib import Path

# So much of the class, in twentieths, hands in what is right, and so on.
_RIGHT, _NO_MEAN, _WRONG = 13, 4, 2
# Of the others, every so manieth loops for ever in one function; the rest raise.
_LOOPS = 8

ASSIGNMENT = """\
name: gradients
seed: 271828
limits: {seconds: 2, memory: 512}
checks:
  - {name: sigmoid, function: grad_sigmoid, against: sigmoid}
  - {name: tanh, function: grad_tanh, against: tanh}
  - {name: relu, function: grad_relu, against: relu}
  - {name: softplus, function: grad_softplus, against: softplus}
  - {name: "sigmoid, hidden", function: grad_sigmoid, against: sigmoid, visibility: hidden}
  - {name: "tanh, hidden", function: grad_tanh, against: tanh, visibility: hidden}
"""
_LOSS = """\
  - name: loss of {rows} rows
    function: grad_loss
    against: reference.py:loss
    wrt: [w, b]
    inputs:
      X: {{low: -2, high: 2, shape: [{rows}, 3]}}
      y: {{low: -5, high: 5, shape: [{rows}]}}
      w: {{low: -1, high: 1, shape: [3]}}
      b: {{low: -1, high: 1}}
"""
_ROWS = (8, 16, 24, 40)
_LIBRARY = ("sigmoid", "tanh", "relu", "softplus", "sigmoid", "tanh")
# Each check's function, and what it is held against.
FUNCTIONS = (
    *((f"grad_{name}", name) for name in _LIBRARY),
    *(("grad_loss", "reference.py:loss"),) * len(_ROWS),
)
CHECKS = len(FUNCTIONS)
# Where one has to be given inputs.
LOSS_INPUTS = {"X": [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], "y": [1.0, -2.0], "w": [0.5, -0.25, 1.0], "b": 0.5}
REFERENCE = '''\
import autograd.numpy as np


def loss(X, y, w, b):
    """Return the mean squared error of a linear model."""
    return np.mean((X @ w + b - y) ** 2)
'''
_FUNCTIONS = """\
def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def grad_sigmoid(x):
    {sigmoid}


def grad_tanh(x):
    return {tanh}


def grad_relu(x):
    return {relu}


def grad_softplus(x):
    return sigmoid(x)


def grad_loss(X, y, w, b):
    error = X @ w + b - y
    {loss}
"""
_ONE = "return sigmoid(x) * (1 - sigmoid(x))"
_TANH = "1 - np.tanh(x) ** 2"
_RELU = "np.where(x > 0, 1.0, 0.0)"
_MEAN = 'return {"w": 2 * X.T @ error / len(y), "b": 2 * np.sum(error) / len(y)}'
_RIGHT_WAYS = (
    {"sigmoid": _ONE, "tanh": _TANH, "relu": _RELU, "loss": _MEAN},
    {"sigmoid": _ONE, "tanh": "1 / np.cosh(x) ** 2", "relu": "(np.asarray(x) > 0) * 1.0", "loss": _MEAN},
    {
        "sigmoid": "s = sigmoid(x)\n    return s - s**2",
        "tanh": _TANH,
        "relu": _RELU,
        "loss": "return 2 * np.mean(error[:, None] * X, axis=0), 2 * np.mean(error)",
    },
)
_NO_MEAN_WAY = {"loss": 'return {"w": 2 * X.T @ error, "b": 2 * np.sum(error)}'}
_WRONG_WAYS = (
    {"sigmoid": "return sigmoid(x) * (1 + sigmoid(x))"},
    {"tanh": "1 - np.tanh(x)"},
    {"loss": 'return {"w": -2 * X.T @ error / len(y), "b": -2 * np.sum(error) / len(y)}'},
    {"relu": "np.where(x > 0, x, 0.0)", "tanh": "np.cosh(x) ** -1"},
)
_RAISING_WAYS = (
    {"loss": "return {'w': X @ error, 'b': np.sum(error)}"},
    {"sigmoid": "return sigma(x) * (1 - sigma(x))"},
)
_LOOPING_WAY = {"loss": "while True:\n        error = error - 0.0"}


def write_class(folder: Path, count: int) -> None:
    """Write the assignment, its reference, and the files of so many students into ``submissions``."""
    losses = (_LOSS.format(rows=rows) for rows in _ROWS)
    (folder / "assignment.yaml").write_text(ASSIGNMENT + "".join(losses))
    (folder / "reference.py").write_text(REFERENCE)
    submissions = folder / "submissions"
    submissions.mkdir()
    for number in range(count):
        (submissions / f"student-{number:03}.py").write_text(answer_of(number))


def answer_of(number: int) -> str:
    """Return what a student hands in; no two files are the same."""
    place, turn = number % 20, number // 20
    ways = _RIGHT_WAYS[number % len(_RIGHT_WAYS)]
    if place >= _RIGHT:
        ways = {**ways, **_mistake(place - _RIGHT, turn)}
    return f'"""The answers of student {number}."""\n\nimport numpy as np\n\n\n' + _FUNCTIONS.format(**ways)


def _mistake(place: int, turn: int) -> dict[str, str]:
    if place < _NO_MEAN:
        return _NO_MEAN_WAY
    if place < _NO_MEAN + _WRONG:
        return _WRONG_WAYS[(2 * turn + place) % len(_WRONG_WAYS)]
    return _LOOPING_WAY if turn % _LOOPS == _LOOPS - 1 else _RAISING_WAYS[turn % len(_RAISING_WAYS)]
