"""A single function as an answer: it returns the gradient, or its value and its own backward."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regress_cli.isolation.arrays import Unusable, as_array
from regress_cli.isolation.reply import Gradient, Reply
from regress_cli.text import quoted


def evaluate(
    function: Callable[..., Any],
    name: str,
    inputs: Mapping[str, np.ndarray],
    cotangent: np.ndarray | None = None,
) -> Reply:
    """Call the function, and its backward if it returns one; whatever it raises is passed on.

    Args:
        function: The answer.
        name: What it is called in messages.
        inputs: An array for each argument; the function gets copies.
        cotangent: What a backward is called with; None for ones. A gradient function does without.

    Raises:
        Unusable: what comes back is no gradient.
    """
    arguments = {key: argument_of(value) for key, value in inputs.items()}
    returned = function(**arguments)
    if has_backward(returned):
        value, backward = returned
        output = as_array(value, f"as its value {name} returned")
        gradient = gradient_of(backward(start_of(output, cotangent)), f"the backward of {name} returned")
        return Reply("forward", gradient, output, changed=changed_names(arguments, inputs))
    return Reply(
        "gradient", gradient_of(returned, f"{name} returned"), changed=changed_names(arguments, inputs)
    )


def has_backward(returned: Any) -> bool:
    """Return whether a call gave a value and a function."""
    return isinstance(returned, tuple) and len(returned) == 2 and callable(returned[1])


def argument_of(array: np.ndarray) -> Any:
    """Return a copy to call a function with; a single number is one, and no array without dimensions."""
    return array.copy() if array.ndim else array[()]


def start_of(output: np.ndarray, cotangent: np.ndarray | None = None) -> Any:
    """Return what a backward pass begins with: a float for a single number, or an array.

    Args:
        output: The value that it goes back from.
        cotangent: The gradient of the end by it; None for ones.

    Raises:
        Unusable: the cotangent is for a value of another shape.
    """
    kind = output.dtype if output.dtype.kind == "f" else np.dtype(float)
    start = np.ones(output.shape, kind) if cotangent is None else cotangent.astype(kind)
    if start.shape != output.shape:
        raise Unusable(
            f"its value has the shape {output.shape} in one call and {start.shape} in another; "
            "let it give the same for the same arguments"
        )
    return start if start.ndim else float(start)


def changed_names(arguments: Mapping[str, Any], originals: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the names of the arrays that are no longer what they were, to the last bit."""
    return tuple(name for name, value in originals.items() if not _is_same(arguments[name], value))


def gradient_of(returned: Any, subject: str) -> Gradient:
    """Return a gradient in the form in which a call gave it.

    Raises:
        Unusable: it holds something else than real numbers.
    """
    if isinstance(returned, dict):
        _expect_some(returned, subject, "dict")
        return {
            _key(key, subject): as_array(entry, f"{subject} for {key}") for key, entry in returned.items()
        }
    if isinstance(returned, tuple):
        _expect_some(returned, subject, "tuple")
        return tuple(
            as_array(entry, f"{subject} as entry {k} of a tuple") for k, entry in enumerate(returned)
        )
    return as_array(returned, subject)


def _is_same(one: Any, other: np.ndarray) -> bool:
    one = np.asarray(one)
    is_alike = one.shape == other.shape and one.dtype == other.dtype
    return is_alike and one.tobytes() == other.tobytes()


def _expect_some(returned: dict | tuple, subject: str, kind: str) -> None:
    if not returned:
        raise Unusable(f"{subject} an empty {kind}; return a gradient for each argument")


def _key(key: Any, subject: str) -> str:
    if not isinstance(key, str) or not key.isidentifier() or len(key) > 200:
        raise Unusable(f"{subject} a dict with the key {quoted(key)}; its keys are the arguments' names")
    return key
