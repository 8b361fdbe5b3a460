"""A model's predictions and their derivatives by every parameter, exactly, a block of rows at a time.

A formula's come from a tape. Its predictions each depend on their own row alone, so where every row gets
parameters of its own, autograd's gradient of their sum holds the derivatives of each of them. The sum is
taken of predictions times a factor, which is 1: the derivative by a row's factor is its prediction.
One replay gives both, and it is made on blocks that stay in the processor's caches.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.models import Formula, Model, jacobian
from regress_cli.tape import NotRecordable, Replay, record
from regress_cli.tape.calls import write_program

BLOCK_ROWS = 4096
# Predictions and derivatives are the same sums in the same order, so that they differ by a rounding or so.
_SAME = 1e-13

Answer = tuple[np.ndarray, np.ndarray]


class Block(NamedTuple):
    """Some rows, their predictions of shape (m,), and the derivatives of these, shape (m, p).

    The arrays may be written over when the next block is asked for.
    """

    rows: slice
    prediction: np.ndarray
    jacobian: np.ndarray


# From parameters and features to predictions and their derivatives.
_Answers = Callable[[Params, np.ndarray], Answer]


class Derivatives:
    """Predictions over fixed rows, and their derivatives, at any flat parameters.

    Args:
        layout: Of the parameters.
        features: Shape (n, d), from the model's `features`.
        answers: What predicts and differentiates; it takes a block of rows, or fewer.
    """

    def __init__(self, layout: Layout, features: np.ndarray, answers: _Answers) -> None:
        self._layout, self._features, self._answers = layout, features, answers

    def over(self, features: np.ndarray) -> "Derivatives":
        """Return the same for other rows; no more of them than these are, unless these fill a block."""
        return Derivatives(self._layout, features, self._answers)

    def blocks(self, x: np.ndarray) -> Iterator[Block]:
        """Yield all rows, block after block, at flat parameters of shape (p,)."""
        params = self._layout.unflatten(x)
        n = len(self._features)
        for start in range(0, n, BLOCK_ROWS):
            rows = slice(start, min(start + BLOCK_ROWS, n))
            yield Block(rows, *self._answers(params, self._features[rows]))


def derivatives_of(model: Model, layout: Layout, features: np.ndarray) -> Derivatives:
    """Return the derivatives of a model over rows with features of shape (n, d)."""
    by_tape = None
    if isinstance(model, Formula):
        by_tape = _by_tape(model, tuple(layout.shapes), features[:BLOCK_ROWS])
    return Derivatives(layout, features, by_tape or _by_autograd(model))


def _by_autograd(model: Model) -> _Answers:
    def answer(params: Params, features: np.ndarray) -> Answer:
        return model.apply(params, features), jacobian(model, params, features)

    return answer


def _by_tape(model: Formula, names: tuple[str, ...], features: np.ndarray) -> _Answers | None:
    """Return what replays a formula's derivatives over as many rows as ``features`` has, or fewer.

    It is None where no tape does what autograd does.
    """
    n = len(features)
    rows = {name: np.full(n, model.initial[name]) for name in names}
    factor, buffer = np.ones(n), np.array(features, order="F")

    def total(params: Mapping[str, Any], features: Any) -> Any:
        return anp.sum(params[_FACTOR] * model.apply(params, features))

    params, data = {**rows, _FACTOR: factor}, {"features": buffer}
    derivatives, prediction = np.empty((len(names), n)), np.empty(n)
    gradients = {**dict(zip(names, derivatives, strict=True)), _FACTOR: prediction}
    try:
        tape = record(total, params, data)
    except NotRecordable:
        return None
    run = write_program(Replay(tape, {**params, **data}, gradients).calls).run

    def answer(params: Params, features: np.ndarray) -> Answer:
        m = len(features)
        for name in names:
            rows[name].fill(params[name])
        buffer[:m] = features
        run()
        return prediction[:m], derivatives[:, :m].T

    initial = {name: np.array(model.initial[name]) for name in names}
    with np.errstate(all="ignore"):
        is_same = _agree(answer(initial, features), _by_autograd(model)(initial, features))
    return answer if is_same else None


# No name of a parameter can have a space in it.
_FACTOR = "a factor"


def _agree(one: Answer, other: Answer) -> bool:
    return all(
        np.allclose(replayed, expected, rtol=_SAME, atol=0, equal_nan=True)
        for replayed, expected in zip(one, other, strict=True)
    )
