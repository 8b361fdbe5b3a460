"""Mini-batches: every row once an epoch, dealt anew for each, and a deal that can be resumed."""

import json

import numpy as np
import pytest

from regress_cli.training.batches import Batches


def deal(n: int, size: int, seed: int = 0) -> Batches:
    """Return batches of the rows 0, 1, ..., n - 1."""
    return Batches(n, size, np.random.default_rng(seed))


def epoch(batches: Batches, n: int) -> list[np.ndarray]:
    """Return the rows of each batch of one epoch."""
    return [batches.next() for _ in range(-(-n // batches.size))]


@pytest.mark.parametrize(("n", "size"), [(10, 1), (10, 3), (10, 5), (10, 9), (7, 2)])
def test_every_row_comes_once_in_each_epoch(n, size):
    """Three epochs in a row hold each row exactly once; only the last batch may be smaller."""
    batches = deal(n, size)
    for _ in range(3):
        dealt = epoch(batches, n)
        assert sorted(np.concatenate(dealt)) == list(range(n))
        sizes = [len(batch) for batch in dealt]
        assert sizes[:-1] == [size] * (len(sizes) - 1)
        assert sizes[-1] == n - size * (len(sizes) - 1)


def test_the_order_is_drawn_anew_for_each_epoch():
    """No two epochs of a hundred rows come in the same order, nor in the table's."""
    batches = deal(100, 10)
    orders = [tuple(np.concatenate(epoch(batches, 100))) for _ in range(4)]
    assert len({*orders, tuple(range(100))}) == 5


def test_the_order_comes_from_the_generator():
    """The same seed deals the same rows, another seed others."""
    orders = [np.concatenate(epoch(deal(50, 8, seed), 50)).tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("size", [10, 11])
def test_a_full_batch_is_the_table_as_it_lies(size):
    """Nothing is shuffled or drawn for the full batch."""
    batches = deal(10, size)
    for _ in range(3):
        np.testing.assert_array_equal(batches.next(), np.arange(10))
    assert batches.rng.bit_generator.state == np.random.default_rng(0).bit_generator.state


@pytest.mark.parametrize("taken", [0, 1, 3, 4, 5, 8, 11])
def test_a_deal_goes_on_where_it_stood(taken):
    """From a state that went through JSON, in the middle or at the end of an epoch, the same rows follow."""
    first = deal(10, 3)
    for _ in range(taken):
        first.next()
    state = json.loads(json.dumps(first.state()))
    second = deal(10, 3, seed=99)
    second.restore(state)
    for _ in range(10):
        np.testing.assert_array_equal(second.next(), first.next())
