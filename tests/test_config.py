"""The schema: what is wrong is told by place, key and value, with what to do; and what is right loads."""

import os
from pathlib import Path

import pytest
from conftest import CONFIGS
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import is_one_plain_line, refusal_of

from regress_cli.config import load_config
from regress_cli.config.schema import SGD, HalfMSE
from regress_cli.config.starter import EXAMPLE_TABLE, STARTERS, starter_yaml
from regress_cli.errors import ConfigError

LINE = """\
name: line
data:
  kind: synthetic
  inputs: {x: {low: 0, high: 1}}
  target: 2*x
model: {kind: linear}
optimizer: {kind: sgd}
"""

TABLE = """\
name: table
data:
  kind: table
  path: table.csv
  target: y
model: {kind: linear}
"""


def load(tmp_path, text):
    """Return the experiment that a file of this text describes."""
    path = tmp_path / "line.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def refusals(tmp_path, text):
    """Return the messages with which a file of this text is refused, without its folder."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return [message.replace(f"{tmp_path}{os.sep}", "") for message in caught.value.messages]


# What replaces which line of LINE, and the one message that follows.
WRONG = {
    "unknown key": (
        "model: {kind: linear}",
        "modle: 1\nmodel: {kind: linear}",
        "line.yaml:6: modle: unknown key; did you mean 'model'?",
    ),
    "unknown key of a kind": (
        "{kind: sgd}",
        "{kind: sgd, stepsize: 1}",
        "line.yaml:7: optimizer.stepsize: unknown key of kind 'sgd'; did you mean 'step_size'?",
    ),
    "unknown key of an input": (
        "high: 1",
        "high: 1, lwo: 2",
        "line.yaml:4: data.inputs.x.lwo: unknown key; did you mean 'low'?",
    ),
    "unknown key of a part": (
        "  target: 2*x",
        "  target: 2*x\n  split:\n    tset: 0.1",
        "line.yaml:7: data.split.tset: unknown key; did you mean 'test'?",
    ),
    "key of another kind": (
        "{kind: sgd}",
        "{kind: sgd, b1: 0.5}",
        "line.yaml:7: optimizer.b1: this key belongs to kind 'adam', not to 'sgd'; "
        "remove it, or set optimizer.kind to adam",
    ),
    "unknown kind": (
        "{kind: linear}",
        "{kind: liner}",
        "line.yaml:6: model: unknown kind 'liner'; did you mean 'linear'?",
    ),
    "no kind": (
        "{kind: linear}",
        "{intercept: false}",
        "line.yaml:6: model: the key 'kind' is missing; use one of: linear, polynomial, mlp, formula",
    ),
    "missing key": (
        "  target: 2*x\n",
        "",
        "line.yaml:2: data.target: this key is missing; "
        "add it (the true function: arithmetic in the inputs, such as 4*x + 10)",
    ),
    "text for a number": (
        "{kind: sgd}",
        "{kind: sgd, step_size: fast}",
        "line.yaml:7: optimizer.step_size: the text 'fast' stands where a number is wanted; write a number",
    ),
    "quoted number": (
        "{kind: sgd}",
        "{kind: sgd, step_size: '0.1'}",
        "line.yaml:7: optimizer.step_size: the text '0.1' stands where a number is wanted; "
        "write it without quotes, underscores and commas",
    ),
    "float for a whole number": (
        "name: line",
        "seed: 3.0",
        "line.yaml:1: seed: the number 3.0 stands where a whole number is wanted; write 3",
    ),
    "truth value for a number": (
        "name: line",
        "seed: true",
        "line.yaml:1: seed: the truth value True stands where a whole number is wanted; write a number",
    ),
    "number for a name": (
        "name: line",
        "name: 5",
        "line.yaml:1: name: the number 5 stands where text is wanted; write it in quotes",
    ),
    "nothing": (
        "name: line",
        "name:",
        "line.yaml:1: name: nothing stands where text is wanted; write a text",
    ),
    "value for a section": (
        "{kind: linear}",
        "linear",
        "line.yaml:6: model: the text 'linear' stands where a section of keys is wanted; "
        "write {kind: linear}",
    ),
    "unknown word for a section": (
        "{kind: linear}",
        "line",
        "line.yaml:6: model: the text 'line' stands where a section of keys is wanted; "
        "write {kind: ...} with linear, polynomial, mlp or formula",
    ),
    "number for a section with one required key": (
        "name: line",
        "training: {early_stopping: 5}",
        "line.yaml:1: training.early_stopping: the number 5 stands where a section of keys is wanted; "
        "write {patience: 5}",
    ),
    "number for a section": (
        "  target: 2*x",
        "  target: 2*x\n  split: 0.2",
        "line.yaml:6: data.split: the number 0.2 stands where a section of keys is wanted; "
        "write {key: value} with the keys validation, test, column",
    ),
    "number for the inputs": (
        "{x: {low: 0, high: 1}}",
        "1",
        "line.yaml:4: data.inputs: the number 1 stands where a section of keys is wanted; "
        "write {name: {key: value}} with the keys low, high, spacing",
    ),
    "number for a list": (
        "{kind: linear}",
        "{kind: mlp, hidden: 4}",
        "line.yaml:6: model.hidden: the number 4 stands where a list is wanted; write [4]",
    ),
    "section for a list": (
        "{kind: linear}",
        "{kind: mlp, hidden: {}}",
        "line.yaml:6: model.hidden: a section of keys stands where a list is wanted; "
        "write a list, as in [a, b]",
    ),
    "nan without a point": (
        "{kind: sgd}",
        "{kind: sgd, step_size: nan}",
        "line.yaml:7: optimizer.step_size: the text 'nan' stands where a number is wanted; "
        "write a finite number",
    ),
    "infinity without a point": (
        "{kind: sgd}",
        "{kind: sgd, step_size: -inf}",
        "line.yaml:7: optimizer.step_size: the text '-inf' stands where a number is wanted; "
        "write a finite number",
    ),
    "infinity for a whole number": (
        "name: line",
        "seed: .inf",
        "line.yaml:1: seed: the number inf stands where a whole number is wanted; write a finite number",
    ),
    "fraction for a whole number": (
        "name: line",
        "seed: 1.5",
        "line.yaml:1: seed: the number 1.5 stands where a whole number is wanted; "
        "write a number without decimals",
    ),
    "decimal comma in braces": (
        "  target: 2*x",
        "  target: 2*x\n  split: {test: 0,5}",
        "line.yaml:6: data.split.5: unknown key; write a point for decimals, as in 0.5",
    ),
    "no blank after a colon in braces": (
        "name: line",
        "training: {steps:5}",
        "line.yaml:1: training.steps:5: unknown key; put a blank after the colon: 'steps: 5'",
    ),
    "no blank after the colon of a kind": (
        "{kind: linear}",
        "{kind:linear}",
        "line.yaml:6: model: the key 'kind' is missing; put a blank after the colon: 'kind: linear'",
    ),
    "no blank after a colon in a section": (
        "name: line",
        "training:\n  steps:5",
        "line.yaml:1: training: the text 'steps:5' stands where a section of keys is wanted; "
        "put a blank after the colon: 'steps: 5'",
    ),
    "power with a hat": (
        "2*x",
        "x^2",
        "line.yaml:5: data.target: 'x ^ 2' is not allowed in an expression; write x**2",
    ),
    "yes for true": (
        "{kind: linear}",
        "{kind: linear, intercept: yes}",
        "line.yaml:6: model.intercept: the text 'yes' stands where true or false is wanted; "
        "write true or false",
    ),
    "negative step size": (
        "{kind: sgd}",
        "{kind: sgd, step_size: -1}",
        "line.yaml:7: optimizer.step_size: -1 is out of range; give a number greater than 0",
    ),
    "infinite step size": (
        "{kind: sgd}",
        "{kind: sgd, step_size: 1e999}",
        "line.yaml:7: optimizer.step_size: inf is out of range; give a number that is finite",
    ),
    "step size that is no number": (
        "{kind: sgd}",
        "{kind: sgd, step_size: .nan}",
        "line.yaml:7: optimizer.step_size: nan is out of range; give a number that is finite",
    ),
    "mass of one": (
        "{kind: sgd}",
        "{kind: sgd, mass: 1}",
        "line.yaml:7: optimizer.mass: 1 is out of range; give a number less than 1.0",
    ),
    "no steps": (
        "name: line",
        "training: {steps: 0}",
        "line.yaml:1: training.steps: 0 is out of range; give a number greater than 0",
    ),
    "steps and epochs": (
        "name: line",
        "training: {steps: 1, epochs: 1}",
        "line.yaml:1: training: give either steps or epochs, not both; remove one "
        "(on the command line, training.steps=null takes steps away)",
    ),
    "batch of no rows": (
        "name: line",
        "training: {batch_size: 0}",
        "line.yaml:1: training.batch_size: 0 is no batch size; write full, or a whole number of at least 1",
    ),
    "unknown batch": (
        "name: line",
        "training: {batch_size: ful}",
        "line.yaml:1: training.batch_size: 'ful' is no batch size; "
        "write full, or a whole number of at least 1",
    ),
    "early stopping without validation": (
        "name: line",
        "training: {early_stopping: {patience: 3}}",
        "line.yaml:1: training.early_stopping: early stopping watches the validation part, "
        "and there is none; give data.split.validation a fraction",
    ),
    "no hidden layer": (
        "{kind: linear}",
        "{kind: mlp, hidden: []}",
        "line.yaml:6: model.hidden: [] is too short; give at least 1",
    ),
    "hidden layer without units": (
        "{kind: linear}",
        "{kind: mlp, hidden: [0]}",
        "line.yaml:6: model.hidden.0: 0 is out of range; give a number of at least 1",
    ),
    "unknown activation": (
        "{kind: linear}",
        "{kind: mlp, hidden: [4], activation: rleu}",
        "line.yaml:6: model.activation: 'rleu' is not possible; use relu or tanh",
    ),
    "unknown picture": (
        "name: line",
        "plots: {pictures: [fits]}",
        "line.yaml:1: plots.pictures.0: 'fits' is not possible; use fit, loss, residuals or quantiles",
    ),
    "unknown format": (
        "name: line",
        "plots: {formats: [png, gif]}",
        "line.yaml:1: plots.formats.1: 'gif' is not possible; use png, svg or pdf",
    ),
    "exact network": (
        "{kind: linear}\noptimizer: {kind: sgd}",
        "{kind: mlp, hidden: [4]}\noptimizer: {kind: exact}",
        "line.yaml:7: optimizer.kind: an mlp has no exact solution; use sgd, adam or rmsprop",
    ),
    "exact absolute errors": (
        "{kind: sgd}",
        "{kind: exact}\nloss: {kind: mae}",
        "line.yaml:8: loss.kind: exact solves squares, not mae; use half_mse or mse",
    ),
    "unknown name in the target": (
        "2*x",
        "2*z",
        "line.yaml:5: data.target: 'z' is not one of the inputs; use one of: x",
    ),
    "code in the target": (
        "2*x",
        "__import__('os')",
        "line.yaml:5: data.target: '__import__' is not a function of expressions; "
        "use one of: abs, arctan, cos, cosh, exp, log, sin, sinh, sqrt, tan, tanh, where",
    ),
    "input that is a function": (
        "{x: {low: 0, high: 1}}",
        "{exp: {low: 0, high: 1}}",
        "line.yaml:4: data.inputs.exp: 'exp' is a function; name the input otherwise",
    ),
    "input without a name": (
        "{x: {low: 0, high: 1}}",
        "{1x: {low: 0, high: 1}}",
        "line.yaml:4: data.inputs.1x: '1x' can't be a name here; use letters, digits and _, a letter first",
    ),
    "no inputs": (
        "{x: {low: 0, high: 1}}",
        "{}",
        "line.yaml:4: data.inputs: {} is too short; give at least 1",
    ),
    "two inputs on one line": (
        "{x: {low: 0, high: 1}}",
        "{x: {low: 0, high: 1}, z: {low: 0, high: 1}}",
        "line.yaml:4: data.inputs: x and z are all evenly spaced, so they lie on one line; "
        "give all but one `spacing: uniform`",
    ),
    "range upside down": (
        "{low: 0, high: 1}",
        "{low: 1, high: 0}",
        "line.yaml:4: data.inputs.x: low (1.0) must be below high (0.0); swap or change them",
    ),
    "range without end": (
        "{low: 0, high: 1}",
        "{low: -1e308, high: 1e308}",
        "line.yaml:4: data.inputs.x: from -1e+308 to 1e+308 is farther than numbers reach; narrow the range",
    ),
    "no rows left to train": (
        "  target: 2*x",
        "  target: 2*x\n  split: {validation: 0.5, test: 0.5}",
        "line.yaml:6: data.split: validation and test leave no rows to train on; lower them to a sum below 1",
    ),
    "one row": (
        "  target: 2*x",
        "  target: 2*x\n  n: 1",
        "line.yaml:6: data.n: 1 is out of range; give a number of at least 2",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_mistake_gives_one_message(tmp_path, case):
    """The message names file, line, dotted key and value, ends with what to do, and stands alone."""
    old, new, message = WRONG[case]
    assert LINE.count(old) == 1
    assert refusals(tmp_path, LINE.replace(old, new)) == [message]


TABLE_MISTAKES = {
    "features: []": "features: name at least one feature, or remove the key",
    "features: [a, a]": "features: a column is named twice; keep one",
    "features: [y]": "features: the target can't be a feature; remove it from the list",
    "features: a": "features: the text 'a' stands where a list is wanted; write [a]",
    "missing: median": "missing: 'median' is not possible; use error, drop or mean",
    "split: {column: part, test: 0.1}": "split: give either column or fractions, not both; remove one",
    "split: {column: y}": (
        "split.column: the column that names the parts can be neither target nor feature; name another"
    ),
}


@pytest.mark.parametrize("line", TABLE_MISTAKES)
def test_mistakes_about_a_table(tmp_path, line):
    """What can't be right for any table is refused before a table is opened."""
    text = TABLE.replace("  target: y\n", f"  target: y\n  {line}\n")
    assert refusals(tmp_path, text) == [f"line.yaml:6: data.{TABLE_MISTAKES[line]}"]


def test_standardizing_wants_an_intercept(tmp_path):
    """A model without intercept can't undo the shift of standardisation, and the message says so."""
    text = TABLE.replace("{kind: linear}", "{kind: linear, intercept: false}")
    (message,) = refusals(tmp_path, text.replace("target: y", "target: y\n  standardize: {target: true}"))
    assert message.startswith("line.yaml:7: model.intercept: standardizing shifts the columns")


def test_all_mistakes_are_told_at_once(tmp_path):
    """Three mistakes in one file give three messages, in one refusal."""
    text = (
        LINE.replace("2*x", "2*z").replace("linear", "liner").replace("{kind: sgd}", "{kind: sgd, mass: 2}")
    )
    assert [message.split(": ")[1] for message in refusals(tmp_path, text)] == [
        "data.target",
        "model",
        "optimizer.mass",
    ]


def test_mistakes_are_told_in_the_order_of_their_lines(tmp_path):
    """A reader walks down the file once; what the command line replaced comes last."""
    text = "seed: -1\nplots: {formats: []}\n" + LINE.replace("2*x", "2*z").replace("{kind: sgd}", "{mass: 2}")
    path = tmp_path / "line.yaml"
    path.write_text("training: {steps: 0}\n" + text + "modle: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, ["loss.l2=-1"])
    places = [message.removeprefix(str(path)).split(": ")[0] for message in caught.value.messages]
    assert places == [":1", ":2", ":3", ":8", ":10", ":11", "override"]


def test_steps_can_be_taken_away_on_the_command_line(tmp_path):
    """What the message about steps and epochs advises works."""
    path = tmp_path / "line.yaml"
    path.write_text(LINE + "training: {steps: 5}\n", encoding="utf-8")
    training = load_config(path, ["training.epochs=3", "training.steps=null"]).training
    assert (training.steps, training.epochs) == (None, 3)


UNSAFE = ["a/b", "..", ".", ".hidden", "-x", "a b", "", "a\\b", "a:b", "naïve", "²", "[red]x[/red]", "x" * 65]
UNSAFE += ["a\0b", "a\x1b[2J", "a\nb", "con", "NUL.txt", "com1", "x.", "~", "$HOME", "*"]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_is_no_safe_folder_is_refused(name):
    """A name that would leave outputs/, hide there, or fail on another system is refused safely."""
    with pytest.raises(ConfigError, match=r"name: ") as caught:
        load_config({**SHORT, "name": name})
    assert is_one_plain_line(str(caught.value))


@given(st.text(min_size=1, max_size=70))
def test_every_name_that_passes_is_one_plain_folder(name):
    """Whatever name is accepted is a single visible path component of ASCII characters."""
    try:
        accepted = load_config({**SHORT, "name": name}).name
    except ConfigError:
        return
    assert accepted == name
    assert Path(accepted).name == accepted
    assert accepted.isascii()
    assert not accepted.startswith((".", "-"))
    assert not accepted.endswith((".", " "))


SHORT = {
    "data": {"kind": "synthetic", "inputs": {"x": {"low": 0, "high": 1}}, "target": "x"},
    "model": {"kind": "linear"},
}


@given(st.text())
def test_any_text_can_be_refused_as_a_target(text):
    """Whatever the target's text, the config loads or is refused in lines that are safe to show."""
    data = {**SHORT["data"], "target": text}
    assert all(map(is_one_plain_line, refusal_of(load_config, {**SHORT, "data": data})))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ["name", "seed", "data", "model", "loss", "optimizer", "training", "plots", "extra"]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES))
@settings(deadline=None)
def test_any_mapping_is_refused_or_loaded(data):
    """Whatever stands at the keys, the config loads or is refused in lines that are safe to show."""
    assert all(map(is_one_plain_line, refusal_of(load_config, {**SHORT, **data})))


def test_a_number_too_long_to_print_is_refused():
    """A whole number from Python that Python itself refuses to print is refused like any other."""
    with pytest.raises(ConfigError, match="seed: a number of thousands of digits is out of range"):
        load_config({**SHORT, "seed": 10**5000})


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_config_loads(path):
    """A config that is shipped is valid, is named as its file, and offers its editor the schema."""
    assert load_config(path).name == path.stem
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("kind", STARTERS)
def test_every_starter_loads(tmp_path, kind):
    """A starter is a valid config of the kind that it is asked for."""
    path = tmp_path / "mine.yaml"
    path.write_text(starter_yaml(kind, f"{kind}.yaml"), encoding="utf-8")
    experiment = load_config(path)
    assert kind in (experiment.model.kind, experiment.data.kind)


@pytest.mark.parametrize("kind", STARTERS)
def test_every_comment_of_a_starter_is_a_key_with_its_default(tmp_path, kind):
    """Taking the # away in front of a key changes nothing: the value beside it is the default."""
    text = starter_yaml(kind, f"{kind}.yaml")
    commented = [line for line in text.splitlines() if line.lstrip().startswith("# ") and line[0] != "#"]
    assert commented
    for line in commented:
        value = line.split(":", 1)[1].split("  #")[0].strip()
        if value == "null":
            continue
        path = tmp_path / "mine.yaml"
        path.write_text(text.replace(line, line.replace("# ", "", 1)), encoding="utf-8")
        changed = load_config(path)
        path.write_text(text, encoding="utf-8")
        assert changed == load_config(path), line


def test_the_example_table_has_the_starter_s_target():
    """The small table that comes with the starter for tables has the column that it predicts."""
    assert STARTERS["table"]["data"]["target"] in EXAMPLE_TABLE.splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("mlp.yaml", "mlp"),
        ("my run (2).yaml", "my-run-2"),
        ("..yaml", "experiment"),
        ("é.yaml", "experiment"),
    ],
)
def test_the_name_is_the_file_s_name(tmp_path, file, name):
    """A config without a name is called as its file, as far as a folder can be called so."""
    path = tmp_path / file
    path.write_text(LINE.replace("name: line\n", ""), encoding="utf-8")
    assert load_config(path).name == name


def test_the_table_is_looked_for_beside_the_config(tmp_path, monkeypatch):
    """The path of a table is relative to the config's file, wherever the command runs."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "table.yaml").write_text(TABLE, encoding="utf-8")
    assert load_config(Path("..") / "table.yaml").data.path == str(
        tmp_path / "elsewhere" / ".." / "table.csv"
    )


def test_an_experiment_can_not_be_changed():
    """A loaded config is frozen, so that a run is what its config says."""
    experiment = load_config(SHORT)
    with pytest.raises(ValueError, match="frozen"):
        experiment.seed = 3


def test_loading_leaves_the_mapping_alone():
    """The mapping that was given is not changed, by overrides neither."""
    data = {"data": {**SHORT["data"], "noise": 1}, "model": {"kind": "linear"}}
    load_config(data, ["data.noise=2", "seed=5"])
    assert data == {"data": {**SHORT["data"], "noise": 1}, "model": {"kind": "linear"}}


def test_sections_with_a_default_need_no_kind(tmp_path):
    """An optimizer, a schedule or a loss that names no kind is of the default one."""
    text = LINE.replace("{kind: sgd}", "{step_size: 0.5, schedule: {}}") + "loss: {l2: 0.1}\n"
    experiment = load(tmp_path, text)
    assert experiment.optimizer == SGD(step_size=0.5)
    assert experiment.loss == HalfMSE(l2=0.1)


def test_a_key_of_a_section_without_kind_is_held_against_the_default_one(tmp_path):
    """A key that only another kind knows names that kind, where the section says none."""
    with pytest.raises(ConfigError, match=r"optimizer.b1: this key belongs to kind 'adam', not to 'sgd'"):
        load(tmp_path, LINE.replace("{kind: sgd}", "{b1: 0.5}"))
