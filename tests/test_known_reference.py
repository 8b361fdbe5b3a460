"""What is remembered of a reference: the same numbers, and no room for inputs that never come again."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import autograd.numpy
import numpy as np
import pytest

from regress_cli.gradients.comparing.known import KnownReference
from regress_cli.gradients.reference import NoReference, Reference

# Its names are made when it is imported.
anp: Any = autograd.numpy


def known(function: Callable[..., Any]) -> KnownReference:
    """Return a function with a memory."""
    return KnownReference.of(Reference("f", function))


def test_what_comes_again_is_remembered_and_can_not_be_changed():
    """The function is called for the first time only, and whoever changes a gradient changes a copy."""
    calls = []

    def square(x: Any) -> Any:
        calls.append(x)
        return x**2

    reference = known(square)
    first = reference.gradient({"x": np.arange(3.0)}, ("x",))["x"]
    np.testing.assert_array_equal(first, [0, 2, 4])
    first[:] = 7
    count = len(calls)
    np.testing.assert_array_equal(reference.gradient({"x": np.arange(3.0)}, ("x",))["x"], [0, 2, 4])
    assert len(calls) == count
    np.testing.assert_array_equal(reference.gradient({"x": np.arange(3.0) + 1}, ("x",))["x"], [2, 4, 6])


@pytest.mark.parametrize(("function", "size"), [(anp.sqrt, 10), (anp.square, 10), (anp.square, 100_000)])
def test_inputs_are_not_kept(function: Callable[..., Any], size: int):
    """Of inputs of each student's own nothing stays, whether there is a gradient at them or none."""
    reference = known(lambda x: function(x))
    x = np.full(size, -1.0)
    gone = weakref.ref(x)
    try:
        reference.gradient({"x": x}, ("x",))
    except NoReference:
        assert function is anp.sqrt
    reference.verdict({"x": x[:10]}, {"x": 2 * x[:10]}, 1e-7, 0)
    del x
    gc.collect()
    assert gone() is None
    assert len(reference._gradients) == (size == 10)
