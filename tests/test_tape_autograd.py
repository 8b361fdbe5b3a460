"""A canary: what the tape relies on of autograd that is not public, by name and by behaviour.

If a test here _fails after an update of autograd, `regress_cli/tape/internals.py` is the file to change.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import importlib
import inspect

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from autograd.tracer import trace_stack

from regress_cli.tape import evaluate, record, value_and_grad

RELIED_ON = {
    "autograd.core": ["SparseObject", "VJPNode", "VSpace", "add_outgrads", "sparse_add", "vspace"],
    "autograd.tracer": [
        "Box",
        "Node",
        "box_type_mappings",
        "getval",
        "isbox",
        "new_box",
        "notrace_primitives",
        "register_notrace",
        "trace_stack",
    ],
    "autograd.util": ["func", "subvals", "toposort"],
    "autograd.numpy.numpy_boxes": ["ArrayBox"],
    "autograd.numpy.numpy_vjps": ["untake"],
    "autograd.numpy.numpy_wrapper": ["concatenate_args"],
}
ADVICE = "autograd has changed: see regress_cli/tape/internals.py, or keep autograd at an earlier version"


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in RELIED_ON for name in RELIED_ON[module]]
)
def test_every_name_is_there(module, name):
    """Each private name that the tape imports exists."""
    assert hasattr(importlib.import_module(module), name), f"{module}.{name} is gone; {ADVICE}"


def test_the_signatures_are_the_same():
    """The functions that the tape calls, and those that it stands in for, take what they took."""
    from autograd import core, tracer

    signatures = {
        tracer.Node.__init__: ["self", "value", "fun", "args", "kwargs", "parent_argnums", "parents"],
        tracer.new_box: ["value", "trace", "node"],
        core.add_outgrads: ["prev_g_flagged", "g"],
        core.backward_pass: ["g", "end_node"],
        tracer.trace: ["start_node", "fun", "x"],
    }
    for function, expected in signatures.items():
        assert list(inspect.signature(function).parameters) == expected, f"{function.__qualname__}: {ADVICE}"
    assert set(tracer.Box.__slots__) == {"_value", "_trace", "_node"}, ADVICE
    assert set(core.VJPNode.__slots__) == {"parents", "vjp"}, ADVICE
    assert set(core.SparseObject.__slots__) == {"vs", "mut_add"}, ADVICE
    assert "__bool__" in vars(tracer.Box), ADVICE


def test_a_node_is_made_for_each_primitive_with_the_raw_values():
    """A node has the type of its arguments' nodes, and is given function, values and parents."""
    from autograd.tracer import Node, new_box

    made = []

    class Noting(Node):
        __slots__ = []

        def __init__(self, value, fun, args, kwargs, argnums, parents):
            made.append((value, fun, args, kwargs, argnums, len(parents)))

        def initialize_root(self):
            pass

    with trace_stack.new_trace() as trace:
        x = new_box(np.ones(2), trace, Noting.new_root())
        anp.sum(anp.multiply(3.0, x), axis=0)
    (_, multiply, args, _, argnums, parents), (total, _, _, kwargs, _, _) = made
    assert multiply is anp.multiply, ADVICE
    assert args[0] == 3.0
    assert type(args[1]) is np.ndarray, ADVICE
    assert (argnums, parents, total, kwargs) == ((1,), 1, 6.0, {"axis": 0}), ADVICE


def test_gradients_are_added_in_the_order_of_autograds_own_pass():
    """The backward pass of several roots adds in the order of autograd's of one: to the last bit."""
    rng = np.random.default_rng(0)
    x, X = rng.normal(size=7), rng.normal(size=(7, 7))

    def loss(params, X):
        h = params["x"]
        for _ in range(6):
            h = anp.tanh(X @ h + params["x"]) * h[::-1] + params["x"][0]
        return anp.sum(h**3)

    value, gradients = evaluate(loss, {"x": x}, {"X": X})
    expected = autograd.value_and_grad(lambda x: loss({"x": x}, X))(x)
    assert value == expected[0], ADVICE
    assert gradients["x"].tobytes() == expected[1].tobytes(), ADVICE


def test_the_reverse_pass_is_made_of_primitives():
    """A trace around autograd's trace sees the reverse pass: a tape of tanh has a step for its derivative."""
    tape = record(lambda p: anp.sum(anp.sinh(p["w"])), {"w": np.ones(2)}, {})
    assert [step.function for step in tape.steps][:2] == [anp.sinh, anp.sum], ADVICE
    assert anp.cosh in [step.function for step in tape.steps], ADVICE


def test_sums_of_gradients_and_selections_are_the_primitives_that_have_kernels():
    """What autograd calls to add gradients up, and to undo a selection, is what the kernels are for."""
    from regress_cli.tape.internals import ADD, ADD_IN_PLACE, ADD_SPARSE, GETITEM, UNTAKE
    from regress_cli.tape.kernels import KERNELS, VIEWS

    def loss(p):
        w = p["w"]
        total = anp.sum(w[1:] * w[:-1]) + anp.sum(w * w) + anp.sum(anp.sin(w) * w) + anp.mean(w)
        return total + anp.sum(anp.where(w > 0, w, 0.0))

    called = {step.function for step in record(loss, {"w": np.ones(4)}, {}).steps}
    assert {ADD_IN_PLACE, ADD_SPARSE, GETITEM, UNTAKE} <= called, ADVICE
    for name in ("mean", "where"):
        assert name in {getattr(function, "__name__", "") for function in called & KERNELS.keys()}, ADVICE
    called = {
        step.function for step in record(lambda p: p["a"] * p["b"] + p["a"], {"a": 1.0, "b": 2.0}, {}).steps
    }
    assert ADD in called, ADVICE
    assert {GETITEM, UNTAKE} <= VIEWS
    assert {ADD, ADD_IN_PLACE, ADD_SPARSE} <= KERNELS.keys()


def test_comparisons_are_without_derivative_and_traced_by_us_all_the_same():
    """No derivative is traced through a comparison; a tape has a step for it."""
    from autograd.core import VJPNode
    from autograd.tracer import notrace_primitives

    assert anp.greater in notrace_primitives[VJPNode], ADVICE
    tape = record(lambda p: anp.sum(anp.where(p["w"] > 0, p["w"], 0.0)), {"w": np.ones(2)}, {})
    assert anp.greater in [step.function for step in tape.steps], ADVICE


def _fails(p):
    raise ValueError("on purpose")


def _fails_in_the_reverse_pass(p):
    @primitive
    def function(x):
        return x

    def rule(ans, x):
        def backward(g):
            raise ValueError("on purpose")

        return backward

    defvjp(function, rule)
    return function(p)


@pytest.mark.parametrize("loss", [_fails, _fails_in_the_reverse_pass, lambda p: autograd.grad(_fails)(p)])
def test_the_trace_stack_is_restored_after_an_error(loss, monkeypatch):
    """Wherever the error is, autograd's counter of traces is what it was, and the next gradient is right."""
    monkeypatch.setattr(trace_stack, "top", -1)
    usual = autograd.tracer.Box.__bool__
    for call in (
        lambda: evaluate(lambda p: loss(p["w"]), {"w": 2.0}, {}),
        lambda: record(lambda p: loss(p["w"]), {"w": 2.0}, {}),
        lambda: value_and_grad(loss)(2.0),
    ):
        with pytest.raises(Exception, match="on purpose"):
            call()
        assert trace_stack.top == -1
        assert autograd.tracer.Box.__bool__ is usual
    assert value_and_grad(lambda p: p**2)(3.0) == (9.0, 6.0)
