"""Wrong versions of a solution, each with one mistake: a check that lets one pass tells nothing of it.

A mutant is the solution's own text with a few lines after it, which take its function, or the last of its
stages, and spoil what comes back: it does whatever the solution does, in the same form, but for the mistake.
"""

from dataclasses import dataclass

# Spoils one gradient, an array of numbers; `first` is the one that the very first call gave by this argument,
# `is_first` whether the inputs are those of that call, and `batch` how many examples there are, or None.
SIGN, TWICE, HALF, SUM, TRANSPOSE = "sign", "factor 2", "factor 1/2", "missing 1/N", "transpose"
TENTH = "a tenth"
HARD_CODED, ONE_POINT = "hard-coded answer", "right at one point"
_CHANGES = {
    SIGN: "-gradient",
    TWICE: "2 * gradient",
    HALF: "gradient / 2",
    # No formula has this mistake: a tolerance that lets it pass lets most others pass too.
    TENTH: "1.1 * gradient",
    SUM: "gradient if batch is None else batch * gradient",
    TRANSPOSE: "gradient.T",
    HARD_CODED: "first",
    ONE_POINT: "gradient if is_first else 0.5 * gradient",
}

_WORDS = {
    SIGN: "the gradient with the wrong sign",
    TWICE: "twice the gradient",
    HALF: "half of the gradient",
    TENTH: "the gradient, a tenth too large",
    SUM: "the gradient of the sum instead of the mean",
    TRANSPOSE: "the gradient transposed",
    HARD_CODED: "the right answer to the first inputs, whatever the inputs are",
    ONE_POINT: "right for the first inputs, and half of it elsewhere",
}

_TEXT = """

def _regress_spoil_it(target):
    import functools
    import numpy as np

    seen = {{}}

    def spoiled(key, value, arguments):
        if value is None:
            return None
        gradient = np.asarray(value)
        data = [one for name, one in arguments.items() if name not in {wrt!r} and np.ndim(one)]
        lengths = {{np.shape(one)[0] for one in data}}
        batch = lengths.pop() if len(lengths) == 1 else None
        asked = {{name: np.array(one) for name, one in arguments.items()}}
        first, at_first = seen.setdefault(key, (gradient.copy(), asked))
        is_first = all(np.array_equal(asked[name], at_first.get(name)) for name in asked)
        changed = np.asarray({change})
        return changed if changed.ndim else changed[()]

    def in_form(result, arguments):
        if isinstance(result, dict):
            return {{name: spoiled(name, one, arguments) for name, one in result.items()}}
        if isinstance(result, tuple):
            return tuple(spoiled(place, one, arguments) for place, one in enumerate(result))
        return spoiled(None, result, arguments)

    @functools.wraps(target)
    def wrapper(*positional, **named):
        import inspect

        arguments = dict(inspect.signature(target).bind(*positional, **named).arguments)
        result = target(*positional, **named)
        if isinstance(result, tuple) and len(result) == 2 and callable(result[1]):
            value, backward = result
            return value, lambda gradient: in_form(backward(gradient), arguments)
        return in_form(result, arguments)

    return wrapper


if isinstance({name}, (list, tuple)):
    {name} = [*{name}[:-1], _regress_spoil_it({name}[-1])]
else:
    {name} = _regress_spoil_it({name})
"""


@dataclass(frozen=True)
class Mutant:
    """A wrong version of a solution.

    Attributes:
        kind: Which mistake it has.
        words: What it gives, as a message says it.
        source: Its text.
    """

    kind: str
    words: str
    source: str


def mutants_of(source: str, function: str, wrt: tuple[str, ...]) -> list[Mutant]:
    """Return the wrong versions of a solution in which one of its functions is spoiled.

    Args:
        source: The solution's text.
        function: The function, or the list of stages.
        wrt: The arguments that its gradient is by; all others are data.
    """
    return [
        Mutant(kind, _WORDS[kind], source + _TEXT.format(name=function, change=change, wrt=wrt))
        for kind, change in _CHANGES.items()
    ]
