"""The steps of a tape as nodes: the forward pass, and the steps that autograd takes back."""

from regress_cli.gradients.explain.explanation import Node
from regress_cli.gradients.explain.formula import Formula, Gradient, Number, Symbol, Verbatim, as_number
from regress_cli.gradients.explain.labels import Labels
from regress_cli.gradients.explain.notation import value_text
from regress_cli.gradients.explain.run_once import Values, shown
from regress_cli.tape.steps import Ref, Spec


def forward_nodes(labels: Labels, values: Values) -> list[Node]:
    """Return the parameters and the data that are used, then the steps of the forward pass."""
    recorded, nodes = labels.recorded, []
    used = recorded.forward
    for number, name in enumerate(recorded.inputs):
        if name in recorded.params or number in used:
            role = "parameter" if name in recorded.params else "data"
            look, value = labels.look(number), values.small.get(number)
            nodes.append(Node(labels.values[number], role, None, (), None, look, value))
    return nodes + [_step(labels, values, number) for number in labels.forward]


def recorded_nodes(labels: Labels, values: Values) -> list[Node]:
    """Return the gradients that need no step, then autograd's steps, each with its further names."""
    constants = {n: g for n, g in labels.recorded.gradients.items() if not isinstance(g, Ref)}
    nodes = [_seed(labels, values), *_aliases(labels, values, labels.seed)]
    nodes += [_constant(labels, number, constant) for number, constant in constants.items()]
    for number in labels.backward:
        nodes += [_step(labels, values, number), *_aliases(labels, values, number)]
    return nodes


def _step(labels: Labels, values: Values, number: int) -> Node:
    step, formula = labels.step(number), labels.formula(labels.step(number))
    role = "step" if number in labels.forward else "gradient" if number in labels.owners else "intermediate"
    inputs = _sources([labels.operand(arg) for arg in step.args])
    return Node(labels.all[number], role, step.name, inputs, formula, step.result, values.small.get(number))


def _seed(labels: Labels, values: Values) -> Node:
    """Return the gradient by the result itself, from which autograd starts."""
    number = labels.seed
    look, value = labels.look(number), values.small.get(number)
    return Node(labels.all[number], "gradient", None, (), Number(1), look, value)


def _aliases(labels: Labels, values: Values, target: int) -> list[Node]:
    """Return the other values' gradients that are the same, and so are not computed."""
    other, look, value = Symbol(labels.all[target]), labels.look(target), values.small.get(target)
    return [
        Node(labels.gradients[number], "gradient", None, (other.name,), other, look, value)
        for number in labels.owners.get(target, ())[1:]
    ]


def _constant(labels: Labels, number: int, constant: object) -> Node:
    look, value = Spec.of(constant), shown(constant)
    formula = as_number(constant) or Verbatim(str(look) if value is None else value_text(value))
    return Node(labels.gradients[number], "gradient", None, (), formula, look, value)


def _sources(formulas: list[Formula]) -> tuple[str, ...]:
    """Return the names of the values among operands, each once."""
    names = [formula.name for formula in formulas if isinstance(formula, Symbol | Gradient)]
    return tuple(dict.fromkeys(names))
