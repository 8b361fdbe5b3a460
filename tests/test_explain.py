"""The tape made visible: forward pass, local derivatives, running products and autograd's own steps."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import re
import warnings
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import typer
from conftest import CONFIGS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shell import strict_json
from typer.testing import CliRunner, Result

from regress_cli.cli.app import _Boundary
from regress_cli.cli.explain import Format, explain
from regress_cli.config import load_config
from regress_cli.errors import UserError
from regress_cli.experiment.explained import explain_config
from regress_cli.experiment.plan import make_plan
from regress_cli.expression import FUNCTIONS, Expression
from regress_cli.gradients.explain import (
    FORMATS,
    Explanation,
    Subject,
    as_plain_data,
    explain_expression,
    explain_library_function,
    explain_loss,
    recording,
)
from regress_cli.gradients.explain.derivatives import ELEMENTWISE, RULES, TO_A_NUMBER
from regress_cli.gradients.explain.names import letters
from regress_cli.gradients.explain.notation import formula_text
from regress_cli.gradients.library import LIBRARY
from regress_cli.tape import record
from regress_cli.training.losses import LOSSES

SIGMOID = "1/(1+exp(-x))"
CHAIN = [("x", "a"), ("a", "b"), ("b", "c"), ("c", "s")]

# At zero every number is exact, on any machine.
SIGMOID_AT_ZERO = """\
s = sigmoid(x) at x = 0

forward     value
x           0
a = -x      -0
b = exp(a)  1
c = 1 + b   2
s = 1 / c   0.5

backward             value  running product  value
ds/ds = 1            1      ds/ds            1
ds/dc = -1 / c ** 2  -0.25  ds/dc            -0.25
dc/db = 1            1      ds/db            -0.25
db/da = exp(a)       1      ds/da            -0.25
da/dx = -1           -1     ds/dx            0.25

autograd's steps back  value
ds = 1                 1
t1 = -ds               -1
t2 = t1 * 1            -1
t3 = c ** 2            4
dc = t2 / t3           -0.25
db = dc                -0.25
da = b * dc            -0.25
dx = -da               0.25

dx is short for ds/dx
"""

HOSTILE = [
    '"];x-->y["',
    "a|b`c</pre><script>alert(1)</script>",
    "%%{init:{}}%% $x$ &lt; #35;",
    "\\end{align*}\\input{/etc/passwd}~^_{}#&%",
    "two\nlines\x1b[31m",
    "**bold** | [x](http://e)\\",
    "end",
    "名",
]

app = typer.Typer(cls=_Boundary, pretty_exceptions_enable=False)
app.callback()(lambda: None)
app.command()(explain)


def call(*arguments: object) -> Result:
    """Run ``regress explain`` in this process."""
    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def values_of(explanation: Explanation) -> dict[str, Any]:
    """Return the value of each node of the forward pass."""
    return {node.name: None if node.value is None else node.value[()] for node in explanation.forward}


def evaluated(formula: Any, values: dict[str, Any]) -> Any:
    """Return what a formula's text comes to as Python."""
    names = {f"v{place}": value for place, value in enumerate(values.values())}
    text = formula_text(formula)
    for place, name in enumerate(values):
        text = re.sub(rf"(?<![\w%]){re.escape(name)}(?!\w)", f"v{place}", text)
    with np.errstate(all="ignore"):
        return eval(text, {"__builtins__": {}, **vars(np)}, names)


def test_the_sigmoid_reads_as_in_the_tutorial():
    """The text has the stages, the local derivatives, the running product and autograd's steps."""
    answer = call("sigmoid", "--at", 0)
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout == SIGMOID_AT_ZERO
    assert answer.stderr == ""


@pytest.mark.parametrize("form", ["mermaid", "dot", "markdown"])
def test_the_graph_of_the_sigmoid_is_a_chain(form: str):
    """Solid edges go x, a, b, c, s; dashed ones go back, each with its local derivative."""
    solid, dashed = edges_in(call("sigmoid", "--format", form).stdout)
    assert solid == CHAIN
    assert [(target, source) for source, target, _ in dashed] == CHAIN[::-1]
    assert [label for *_, label in dashed] == [
        "ds/dc = -1 / c ** 2",
        "dc/db = 1",
        "db/da = exp(a)",
        "da/dx = -1",
    ]


def edges_in(text: str) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Return the solid and the dashed edges of a graph in dot or Mermaid, and the latter's labels."""
    if "digraph" in text:
        solid = re.findall(r'"(.*)" -> "(.*)";', text)
        return solid, re.findall(r'"(.*)" -> "(.*)" \[style=dashed, constraint=false, label="(.*)"\];', text)
    shown = {
        found[0]: unescaped(found[1]) for found in re.findall(r'(n\d+)[(\[]+"(.*?)(?: = .*)?<br/>', text)
    }
    solid = [(shown[a], shown[b]) for a, b in re.findall(r"(n\d+) --> (n\d+)", text)]
    dashed = re.findall(r'(n\d+) -\.->\|"(.*)"\| (n\d+)', text)
    return solid, [(shown[a], shown[b], unescaped(label)) for a, label, b in dashed]


def unescaped(text: str) -> str:
    """Return a label of Mermaid as it is drawn."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


def test_a_value_that_is_used_twice_has_the_sum_of_its_shares():
    """Each use has its own product of gradient and derivative, and a last line what they add up to."""
    answer = call("x*y + x**2", "--at", "x=3,y=5")
    rows = [re.split(" {2,}", line.strip()) for line in answer.stdout.splitlines()]
    place = rows.index(["db/dx = 2 * x", "6", "dc/db * db/dx", "6"])
    assert rows[place + 1] == ["da/dx = y", "5", "dc/da * da/dx", "5"]
    # By hand: y + 2 x.
    assert rows[place + 2] == ["dc/dx, their sum", "11"]
    assert ["da/dy = x", "3", "dc/dy", "3"] in rows
    latex = call("x*y + x**2", "--at", "x=3,y=5", "--format", "latex").stdout
    d, p = r"\frac{\mathrm{d} c}{\mathrm{d} %s}", r"\frac{\partial %s}{\partial x}"
    assert f"{d % 'x'} &= {d % 'b'} \\cdot {p % 'b'} + {d % 'a'} \\cdot {p % 'a'} = 11" in latex


@pytest.mark.parametrize("name", LIBRARY)
def test_the_shares_of_a_gradient_add_up_to_it(name: str):
    """Whatever the rules for matrices, what the uses of a value contribute is together its gradient."""
    for total in explain_library_function(LIBRARY[name]).backward:
        shares = [local.share for local in total.locals]
        if shares and total.value is not None and all(share is not None for share in shares):
            np.testing.assert_allclose(sum(shares), total.value, rtol=1e-9, atol=1e-12)


def test_a_use_by_a_rule_is_named_by_the_step_it_goes_through():
    """Where a use has a rule in place of a derivative, the table says through which step the share comes."""
    text = FORMATS["text"](explain_library_function(LIBRARY["layer_norm"]))
    rows = [re.split(" {2,}", line.strip()) for line in text.splitlines()]
    place = rows.index(["db/dx = 1", "dk/db * db/dx", "float64(4, 4)"])
    assert rows[place + 1] == ["dx += repeated(da) / 4", "dk/dx through a", "float64(4, 4)"]
    assert rows[place + 2] == ["dk/dx, their sum", "float64(4, 4)"]


def test_there_is_no_rule_that_nothing_needs():
    """Every function in the tables of formulas is a step of something that can be explained."""
    texts = [f"{name}(x)" for name in FUNCTIONS if name != "where"]
    texts += ["where(x > 0, -x, x)", "x + x - x*x/x**x"]
    found = [*map(explain_expression, texts), *map(explain_library_function, LIBRARY.values())]
    found += [
        explain_config(CONFIGS / f"{name}.yaml", [f"loss.kind={loss}", "loss.l2=0.1", "data.n=5"])
        for name in ("linear", "polynomial", "mlp", "mlp-tanh")
        for loss in LOSSES
    ]
    done = {node.operation for explanation in found for node in explanation.forward}
    assert {function.__name__ for function in (*ELEMENTWISE, *TO_A_NUMBER, *RULES)} <= done


def test_an_expression_is_named_by_letters():
    """The steps of an expression are a, b, c, d; the title says that the last one is the value."""
    answer = call(SIGMOID, "--at", "x=2")
    assert answer.stdout.startswith(f"d = {SIGMOID} at x = 2\n")
    assert explain_expression(SIGMOID).edges == [("x", "a"), ("a", "b"), ("b", "c"), ("c", "d")]


def test_a_variable_that_is_not_given_is_one_and_that_is_said():
    """A note names the variables that --at leaves out; it goes to stderr."""
    answer = call("x*y*z", "--at", "y=3")
    assert answer.stderr == "note: x = 1, z = 1, for --at says nothing else\n"
    assert values_of(explain_expression("x*y*z", ["y=3"]))["b"] == 3


def test_names_do_not_meet():
    """Letters skip variables, gradients that would be called like a variable are d(x), t1 becomes t2."""
    found = explain_expression("a*dx*x/t1 + t1")
    assert [node.name for node in found.forward] == ["a", "dx", "x", "t1", "b", "c", "d", "e"]
    everything = [node.name for node in (*found.forward, *found.recorded)]
    assert len(everything) == len({*everything})
    assert {"d(x)", "ddx", "t2"} <= {*everything}
    assert found.gradients["x"].gradient == "d(x)"


def test_there_are_names_after_z():
    """After z come aa, ab, ...; what begins with a d is left to gradients."""
    names = [node.name for node in explain_expression("+".join(["x"] * 140)).forward]
    assert names[24:29] == ["y", "z", "aa", "ab", "ac"]
    assert {"cz", "ea"} < {*names}
    assert "da" not in names


def test_unicode_names_are_found_however_they_are_written():
    """A variable may be Greek, and --at takes each way of writing it that Python takes."""
    found = explain_expression("µ*2", ["\N{GREEK SMALL LETTER MU}=3"])
    assert values_of(found)["a"] == 6


VARIABLES = ("x", "y")


def texts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions that are made of others."""
    functions = ["exp", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "abs", "sqrt", "log"]
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
        st.builds("{}({})".format, st.sampled_from(functions), inner),
        st.builds("({})**{}".format, inner, st.sampled_from(["2", "3", "0.5", "(-1)"])),
        st.builds("(-{})".format, inner),
        st.builds("where({} < {}, {}, {})".format, inner, inner, inner, inner),
        st.builds("2**({})".format, inner),
    )


EXPRESSIONS = st.recursive(st.sampled_from([*VARIABLES, "0.5", "3"]), texts, max_leaves=8)
NUMBERS = st.floats(-3, 3).filter(lambda number: abs(number) > 1e-3)


@settings(max_examples=100)
@given(text=EXPRESSIONS, x=NUMBERS, y=NUMBERS)
def test_any_expression_is_explained_as_autograd_has_it(text: str, x: float, y: float):
    """The result is the expression's, the last running products are autograd's gradient."""
    expression = parsed(text)
    assume(expression is not None and expression.names)
    assert expression is not None
    point = {name: {"x": x, "y": y}[name] for name in expression.names}
    found = explained(text, point)
    assume(found is not None)
    assert found is not None
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(values_of(found)[found.result], expression.evaluate(point), rtol=1e-13)
        for name, total in found.gradients.items():
            gradient = gradient_of(expression, point, name)
            np.testing.assert_allclose(total.value, gradient, rtol=1e-12, atol=1e-300)
        check_chain_rule(found)


def parsed(text: str) -> Expression | None:
    """Return an expression, or nothing if it is refused, such as a tower of powers."""
    try:
        return Expression.parse(text)
    except UserError:
        return None


def explained(text: str, point: dict[str, float]) -> Explanation | None:
    """Return an explanation, or nothing where the expression or its gradient is not finite."""
    try:
        return explain_expression(text, [f"{name}={value!r}" for name, value in point.items()])
    except UserError as error:
        if "choose another point" not in str(error):
            raise
        return None


def gradient_of(expression: Expression, point: dict[str, float], name: str) -> Any:
    """Return autograd's own gradient by a variable."""
    with warnings.catch_warnings():
        # It warns where the result does not depend on the variable.
        warnings.simplefilter("ignore")
        return autograd.grad(lambda value: expression.evaluate({**point, name: value}, anp))(point[name])


def check_chain_rule(found: Explanation) -> None:
    """Hold each total against the totals times local derivatives, and each formula against its value."""
    totals = {total.by: total.value for total in found.backward}
    values = values_of(found)
    for total in found.backward:
        terms, size = [], 0.0
        for local in total.locals:
            assert local.value is not None
            assert local.formula is not None
            scale = 1 + sum(abs(evaluated(part, values)) for part in parts(local.formula))
            terms.append(totals[local.result] * local.value)
            size += abs(totals[local.result]) * scale
            if np.isfinite(local.value) and np.isfinite(scale):
                derivative = evaluated(local.formula, values)
                np.testing.assert_allclose(derivative, local.value, rtol=1e-9, atol=1e-12 * scale)
        if total.locals and np.isfinite(size) and np.isfinite(terms).all():
            np.testing.assert_allclose(total.value, sum(terms), rtol=1e-9, atol=1e-12 * size)


def parts(formula: Any) -> tuple[Any, ...]:
    """Return the terms of a sum: they may cancel out, so a sum is no more exact than they are."""
    is_sum = getattr(formula, "function", None) == "add"
    return formula.arguments if is_sum else (formula,)


POINTS = {"x": np.array([0.3, 0.7]), "y": np.array([0.6, 0.2]), "z": np.array([0.5, 0.9])}


@pytest.mark.parametrize(
    ("function", "position"),
    [(f, place) for f, row in ELEMENTWISE.items() for place, template in enumerate(row) if template],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_each_elementwise_formula_is_autograds_derivative(function: Any, position: int):
    """What stands in the table of formulas is what autograd computes, number by number."""
    arguments = [POINTS[name] for name in "xyz"[: len(ELEMENTWISE[function])]]
    if function.__name__ == "where":
        arguments[0] = np.array([True, False])
    vjp, result = autograd.make_vjp(function, position)(*arguments)
    names = dict(zip("xyz", arguments, strict=False)) | {"r": result}
    value = eval(ELEMENTWISE[function][position], {"__builtins__": {}, **vars(np)}, names)
    np.testing.assert_allclose(np.broadcast_to(value, 2), vjp(np.ones(2)), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "position"),
    [(f, place) for f, row in TO_A_NUMBER.items() for place in range(len(row))],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_each_formula_of_a_single_number_is_autograds_derivative(function: Any, position: int):
    """The same for functions that make one number of an array."""
    arguments: list[Any] = [POINTS[name] for name in "xyz"[: len(TO_A_NUMBER[function])]]
    if function.__name__ == "huber":
        arguments.append(0.35)
    vjp, result = autograd.make_vjp(function, position)(*arguments)
    names = dict(zip("xyz", arguments, strict=False)) | {"r": result, "n": 2}
    value = eval(TO_A_NUMBER[function][position], {"__builtins__": {}, **vars(np)}, names)
    np.testing.assert_allclose(np.broadcast_to(value, 2), vjp(1.0), rtol=1e-12)


MATRICES = {
    "affine": [((5, 2), (2, 3), (3,)), ((5, 2), (2,), ())],
    "affine_output": [((5, 2), (2, 1), (1,))],
    "matrix_vector": [((5, 2), (2,))],
    "dot": [((5, 2), (2, 3)), ((5, 2), (2,)), ((2,), (2, 3))],
}


@pytest.mark.parametrize("function", RULES, ids=lambda function: function.__name__)
def test_each_rule_for_matrices_is_autograds(function: Any):
    """A rule, tried as NumPy, gives the gradient that autograd gives, in its shape."""
    rng = np.random.default_rng(0)
    for shapes in MATRICES.get(function.__name__, []):
        arguments = [rng.normal(size=shape) for shape in shapes]
        looks = record_of(function, arguments)
        for position, template in enumerate(RULES[function](looks)):
            vjp, result = autograd.make_vjp(function, position)(*arguments)
            g = rng.normal(size=np.shape(result))
            names = dict(zip("xyz", arguments, strict=False)) | {"g": g}
            value = eval(template, {"__builtins__": {}, **vars(np)}, names)
            np.testing.assert_allclose(np.reshape(value, shapes[position]), vjp(g), rtol=1e-12)


def record_of(function: Any, arguments: list[Any]) -> tuple[Any, ...]:
    """Return the looks of arguments, as a tape has them."""
    params = {f"p{place}": value for place, value in enumerate(arguments)}
    return tuple(record(lambda p: anp.sum(function(*p.values())), params, {}).inputs.values())


OVERRIDES = [
    ["loss.l2=0.1"],
    ["loss.kind=mse", "loss.l2=0.5"],
    ["loss.kind=mae"],
    ["loss.kind=huber", "loss.delta=0.7", "loss.l2=0.1"],
]


@pytest.mark.parametrize("overrides", OVERRIDES, ids=lambda overrides: overrides[0])
@pytest.mark.parametrize("name", ["linear", "polynomial", "mlp", "mlp-tanh"])
def test_every_step_of_a_config_is_explained(name: str, overrides: list[str]):
    """Each step of the shipped experiments has a formula, each value a gradient, and they are training's."""
    path = CONFIGS / f"{name}.yaml"
    found = explain_config(path, overrides)
    problem = make_plan(load_config(path, overrides)).problem
    value, gradient = problem.value_and_gradient(problem.start, *problem.train_arrays)
    assert values_of(found)[found.result] == pytest.approx(value, rel=1e-12)
    assert all(local.formula is not None for total in found.backward for local in total.locals)
    assert all(total.look is not None for total in found.backward)
    assert {total.gradient for total in found.backward} == {
        node.name for node in found.recorded if node.role == "gradient"
    }
    for parameter, part in problem.layout.unflatten(gradient).items():
        total = found.gradients[parameter]
        assert total.look is not None
        assert total.look.shape == part.shape
        if total.value is not None:
            np.testing.assert_allclose(total.value, part, rtol=1e-9)


def test_the_steps_of_a_config_have_the_numbers_of_the_tape():
    """The forward pass of a config reads as its tape does."""
    problem = make_plan(load_config(CONFIGS / "mlp.yaml")).problem
    features, target = problem.train_arrays
    params = problem.layout.unflatten(problem.start)
    tape = record(problem.objective, params, {"features": features, "target": target})
    lines = [re.sub(r"  .*", "", line) for line in str(tape).splitlines()]
    text = [node for node in explain_config(CONFIGS / "mlp.yaml").forward if node.formula is not None]
    assert [f"{node.name} = {formula_text(node.formula)}" for node in text if node.formula] == lines[8:14]


def test_a_large_experiment_is_told_in_small():
    """No array of more than six numbers is kept or shown, however many rows there are."""
    found = explain_config(CONFIGS / "mlp.yaml", ["data.n=30000"])
    nodes = [*found.forward, *found.recorded]
    assert max(node.value.size for node in nodes if node.value is not None) <= 6
    assert all(len(write(found)) < 10_000 for write in FORMATS.values())


def test_single_precision_stays_single():
    """With training.dtype: float32 every step is in float32, as in training."""
    found = explain_config(CONFIGS / "mlp.yaml", ["training.dtype=float32"])
    assert {str(node.look.dtype) for node in (*found.forward, *found.recorded) if node.look} == {"float32"}


@pytest.mark.parametrize("name", LIBRARY)
def test_every_library_function_is_explained(name: str):
    """Its gradient is autograd's, and every value on the way has one."""
    entry = LIBRARY[name]
    found = explain_library_function(entry)
    example = entry.example()
    for argument in entry.wrt:
        gradient = autograd.grad(lambda value, a=argument: entry.total(**{**example, a: value}))
        total = found.gradients[argument]
        assert total.look is not None
        if total.value is not None:
            np.testing.assert_allclose(total.value, gradient(example[argument]), rtol=1e-9, atol=1e-12)
    assert all(total.look is not None for total in found.backward)
    assert all(found.result in write(found) for write in FORMATS.values())


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("sigmoid", ["x", "a", "b", "c", "s"]),
        ("tutorial_tanh", ["x", "a", "y", "p", "q", "t"]),
        ("tanh", ["x", "t"]),
        ("logsumexp", ["x", "a"]),
    ],
)
def test_steps_have_the_names_of_their_stages(name: str, names: list[str]):
    """Where steps and stages are the same the steps are called like them, and else by letters."""
    assert [node.name for node in explain_library_function(LIBRARY[name]).forward] == names


def test_an_elementwise_function_of_an_array_is_summed():
    """The gradient is that of a single number, so an array is summed, and the stages keep their names."""
    found = explain_library_function(LIBRARY["sigmoid"], inputs={"x": np.array([-1.0, 0.0, 2.0])})
    assert [node.name for node in found.forward] == ["x", "a", "b", "c", "s", "total"]
    s = 1 / (1 + np.exp([1.0, 0.0, -2.0]))
    np.testing.assert_allclose(found.gradients["x"].value, s * (1 - s), rtol=1e-12)  # type: ignore[arg-type]


def test_arguments_come_from_a_file(tmp_path: Path):
    """--inputs gives a library function other arguments than its example's."""
    path = tmp_path / "inputs.json"
    path.write_text('{"x": [0.0, 1.0]}')
    answer = call("relu", "--inputs", path)
    assert "[0, 1]" in answer.stdout
    assert call("relu", "--inputs", tmp_path / "none.json").exit_code == 2
    assert "--inputs is for a function" in call("x**2", "--inputs", path).stderr


def test_an_input_that_changes_nothing_has_a_gradient_of_zero():
    """A variable that only decides has no steps back, and a zero."""
    found = explain_expression("where(x < 0, 1, 2)")
    assert found.gradients["x"].value == 0
    assert "dx = 0" in FORMATS["text"](found)


def test_a_value_that_is_not_finite_is_shown_where_the_result_does_not_need_it():
    """The branch that is not taken may be NaN; in JSON it is null, and its place is listed."""
    answer = call("where(x > 0, log(x), x)", "--at", "x=-1", "--json")
    document = strict_json(answer.stdout)
    assert document["nodes"][2]["value"] is None
    assert document["nonfinite"] == ["nodes[2].value"]
    assert document["gradients"] == {"x": 1}


def test_json_holds_nodes_edges_and_both_ways_back():
    """The document has what the text has, as data."""
    document = strict_json(call("sigmoid", "--at", 0, "--json").stdout)
    assert document["result"] == "s"
    assert [tuple(edge) for edge in document["edges"]] == CHAIN
    assert document["nodes"][4] == {
        "name": "s",
        "role": "step",
        "operation": "divide",
        "inputs": ["c"],
        "formula": "1 / c",
        "shape": [],
        "dtype": "float64",
        "value": 0.5,
    }
    assert document["backward"][1]["local"] == [
        {"of": "s", "by": "c", "derivative": "-1 / c ** 2", "rule": None, "value": -0.25, "share": -0.25}
    ]
    assert [node["name"] for node in document["recorded"]] == ["ds", "t1", "t2", "t3", "dc", "db", "da", "dx"]
    assert document["gradients"] == {"x": 0.25}


@pytest.mark.parametrize("form", [*Format])
def test_the_same_is_said_twice(form: Format):
    """Two calls give the same bytes, in every format."""
    arguments = (CONFIGS / "mlp-tanh.yaml", "loss.l2=0.1", "--format", form.value)
    assert call(*arguments).stdout == call(*arguments).stdout != ""


def test_formats_and_option_are_the_same_list():
    """Each format of the library can be asked for."""
    assert {form.value for form in Format} == {*FORMATS}


def hostile() -> Explanation:
    """Return an explanation of parameters with names that mean something to some format."""

    def loss(params: dict[str, Any]) -> Any:
        total = 0.0
        for value in params.values():
            total = total + anp.sin(value) * value
        return total

    params = {name: float(place) for place, name in enumerate(HOSTILE, start=1)}
    return explain_loss(
        Subject(loss, params, {}, "hostile", "test", lambda result: f'{result} `|` "q" <b>', letters, "stop")
    )


def test_no_name_breaks_out_of_the_text():
    """Control characters are shown as such, so each step stays on its line."""
    text = FORMATS["text"](hostile())
    assert "\x1b" not in text
    assert r"two\nlines\x1b[31m" in text


def test_no_name_breaks_out_of_a_flowchart():
    """Each line is a node or an edge, and labels hold nothing but what is harmless."""
    header, *lines = FORMATS["mermaid"](hostile()).splitlines()
    label = r'"(?:[\w =+\-/(),.:]|#\d+;|<br/>)*"'
    pattern = rf"  n\d+ --> n\d+|  n\d+ -\.->\|{label}\| n\d+|  n\d+(?:\(|\[\[?){label}(?:\)|\]\]?)"
    assert header == "flowchart LR"
    assert all(re.fullmatch(pattern, line) for line in lines)
    solid, _ = edges_in("\n".join(lines))
    assert (HOSTILE[0], "a") in solid


def test_no_name_breaks_out_of_a_dot_graph():
    """Read by the rules of the language, each line is one statement with the nodes that are meant."""
    string = r'"(?:[^"\\]|\\.)*"'
    attributes = rf"\[(?:(?:\w+=(?:\w+|{string})(?:, )?)+)\]"
    pattern = rf"  (?:rankdir=LR|(?:node|edge|{string}(?: -> {string})?)(?: {attributes})?);"
    header, *lines, end = FORMATS["dot"](hostile()).splitlines()
    assert re.fullmatch(rf"digraph {string} {{", header)
    assert end == "}"
    assert all(re.fullmatch(pattern, line) for line in lines)


def test_no_name_breaks_out_of_a_table():
    """Every row of a table has as many cells as its header, and no character of it is markup."""
    text = FORMATS["markdown"](hostile())
    before, _, rest = text.partition("```mermaid\n")
    _, _, after = rest.partition("```\n")
    assert before.startswith("### ")
    for table in after.strip().split("\n\n")[:-1]:
        assert len({line.count("|") for line in table.splitlines()}) == 1
    bare = re.sub(r"\\[\\`*_{}\[\]<>#$~&!]|&#124;", "", before.removeprefix("### ") + after)
    assert not {*bare} & {*"\\`*_{}[]<>#$~&!"}


def test_no_name_breaks_out_of_latex():
    """Braces match, each environment ends once, and the only commands are known ones."""
    text = FORMATS["latex"](hostile())
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == 2
    commands = {*re.findall(r"\\([A-Za-z]+)", text)}
    assert commands <= {
        *("begin", "end", "text", "frac", "partial", "mathrm", "cdot", "sin", "cos", "left", "right"),
        *("textbackslash", "textgreater", "textless", "textbar", "textasciitilde", "textasciicircum"),
    }
    bare = re.sub(r"\\[{}$&#_%]", "", text)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert not {*bare} & {*"$#%~\x1b"}


def test_latex_writes_mathematics():
    """Quotients are fractions, powers are raised, and the derivative of each step is a partial one."""
    text = FORMATS["latex"](explain_expression("exp(-x)/W1**2*theta + sqrt(β)", ["x=2"]))
    assert r"b &= e^{a} &&= 0.1353 \\" in text
    assert r"c &= W_{1}^{2}" in text
    assert r"d &= \frac{b}{c}" in text
    assert r"\sqrt{\beta}" in text
    assert r"\theta" in text
    assert r"\frac{\partial d}{\partial c} &= \frac{-b}{c^{2}}" in text
    assert r"\frac{\partial s}{\partial c} &= -\frac{1}{c^{2}}" in FORMATS["latex"](
        explain_library_function(LIBRARY["sigmoid"])
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sigmod"], "did you mean 'sigmoid'?"),
        (["sigmod"], "an expression such as x**2, or a config"),
        (["x^2"], "taken for an expression"),
        (["2+3"], "has no variable"),
        (["log(x)", "--at", "-1"], "a = log(x) is nan at x = -1; choose another point"),
        (["exp(exp(x))", "--at", "x=9"], "b = exp(a) is inf at a = 8103.08"),
        (["sqrt(x)", "--at", "0"], "in the backward pass t2 = x ** -0.5 is inf at x = 0"),
        (["x*y", "--at", "3"], "write --at x=1,y=2"),
        (["x*y", "--at", "w=3"], "use one of: x, y"),
        (["x*y", "--at", "x=3,x=4"], "has two values"),
        (["x*y", "--at", "x=one"], "is not a finite number"),
        (["x*y", "--at", "x=1e999"], "is not a finite number"),
        (["x**2", "seed=1"], "only a config takes KEY=VALUE"),
        (["sigmoid", "--at", "x=-800"], "b = exp(a) is inf at a = 800"),
        (["sigmoid", "--at", "y=1"], "use one of: x"),
        (["configs/none.yaml"], "there is no such file"),
        ([CONFIGS / "mlp.yaml", "--at", "2"], "taken for a config"),
        ([CONFIGS / "mlp.yaml", "loss.kind=none"], "unknown kind 'none'"),
        ([CONFIGS / "mlp.yaml", "data.inputs.x.high=1e200", "data.target=x"], "standardize the data"),
        (["x**2", "--json", "--format", "dot"], "--json is a format of its own"),
        (["x" + "+x" * 600], "write at most 1000"),
        ([""], "taken for an expression"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_can_not_be_explained(arguments: list[Any], words: str):
    """One line says what the target was taken for, what is wrong, and what to do; the exit code is 2."""
    answer = call(*arguments)
    assert answer.exit_code == 2, answer.stdout
    assert words in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p: 2.0 * p["x"] if p["x"] > 0 else p["x"], "Python chooses"),
        (lambda p: 1.5, "the same number whatever it is given"),
        (lambda p: p["x"] @ p["x"], "raises TypeError: .*; stop"),
        (lambda p: p["x"] * np.random.default_rng().normal(), "draws random numbers"),
    ],
)
def test_a_function_without_a_tape_is_refused(loss: Any, words: str):
    """What no tape can hold is refused with the reason."""
    subject = Subject(loss, {"x": 2.0}, {}, "f", "function", str, letters, "stop")
    with pytest.raises(UserError, match=words):
        explain_loss(subject)


def test_too_little_memory_is_a_limit():
    """An array that does not fit is told as lack of memory, not as a fault of the function."""
    subject = Subject(
        lambda p: p["x"] * np.ones(2**45), {"x": 2.0}, {}, "f", "function", str, letters, "stop"
    )
    with pytest.raises(MemoryError):
        explain_loss(subject)


def test_nothing_is_claimed_of_gradients_that_are_not_known(monkeypatch: pytest.MonkeyPatch):
    """Where the marked tape is another one, only the end gradients have names and running products."""
    monkeypatch.setattr(recording, "first_difference", lambda one, other: "they differ")
    found = explain_expression(SIGMOID)
    assert [node.name for node in found.recorded] == ["dd", "t1", "t2", "t3", "t4", "t5", "dx"]
    assert [total.by for total in found.backward if total.look is not None] == ["d", "x"]
    assert found.gradients["x"].value == pytest.approx(0.19661193324148185)
    assert all(found.result in write(found) for write in FORMATS.values())


def test_a_sample_of_the_rows_is_enough_to_name_the_gradients():
    """What is found on three rows holds for all; a sample that takes other steps claims nothing."""
    rng = np.random.default_rng(0)
    data, sample = {"X": rng.normal(size=(50, 2))}, {"X": rng.normal(size=(3, 2))}
    params = {"w": np.array([0.5, -0.5])}

    def loss(p: dict[str, Any], X: Any) -> Any:
        return anp.mean(anp.exp(X @ p["w"]))

    whole = recording.record_with_gradients(loss, params, data)
    assert recording.record_with_gradients(loss, params, data, sample).gradients == whole.gradients
    flat = {"X": rng.normal(size=(1, 2))}

    def other(p: dict[str, Any], X: Any) -> Any:
        return loss(p, X) if len(X) > 1 else anp.sum(X @ p["w"])

    assert len(recording.record_with_gradients(other, params, data, flat).gradients) == 2


def test_plain_data_is_whole():
    """Every node and total of an explanation is in its data."""
    found = explain_expression("x*y + sin(x)")
    data = as_plain_data(found)
    assert [node["name"] for node in data["nodes"]] == [node.name for node in found.forward]
    assert [total["by"] for total in data["backward"]] == [total.by for total in found.backward]
    assert {*data["gradients"]} == {"x", "y"}
