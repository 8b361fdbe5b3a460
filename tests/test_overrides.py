"""``KEY=VALUE``: one value of the config replaced, by the rules of the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import is_one_plain_line, refusal_of

from regress_cli.config import load_config
from regress_cli.errors import ConfigError

CONFIG = {
    "name": "line",
    "data": {"kind": "synthetic", "inputs": {"x": {"low": 0, "high": 1}}, "target": "x"},
    "model": {"kind": "mlp", "hidden": [4, 4], "activation": "tanh"},
    "optimizer": {"kind": "sgd", "step_size": 0.5, "mass": 0.1},
}


def load(*overrides):
    """Return the experiment of CONFIG with these overrides."""
    return load_config(CONFIG, overrides)


def refusal(*overrides):
    """Return the messages with which CONFIG with these overrides is refused."""
    with pytest.raises(ConfigError) as caught:
        load(*overrides)
    return list(caught.value.messages)


def test_a_value_is_replaced():
    """An override changes the one value that it names."""
    expected = load().model_dump()
    expected["optimizer"]["step_size"] = 0.001
    assert load("optimizer.step_size=1e-3").model_dump() == expected


def test_the_last_override_wins():
    """Of two overrides of one key the later one holds."""
    assert load("seed=1", "seed=2").seed == 2


def test_missing_sections_are_made():
    """An override may name a section that the file leaves out."""
    assert load("loss.kind=mae").loss.kind == "mae"
    assert load("data.split.test=0.5").data.split.test == 0.5


def test_a_list_and_a_section_can_be_given():
    """The value may be a list or a section in braces."""
    assert load("model.hidden=[3, 2, 1]").model.hidden == (3, 2, 1)
    assert load("loss={kind: huber, delta: 2}").loss.delta == 2


def test_only_the_first_equals_sign_counts():
    """What stands after the first = is the value, with every further one."""
    assert load("data.target=where(x <= 0.5, x, 1)").data.target == "where(x <= 0.5, x, 1)"


def test_a_new_kind_keeps_what_both_kinds_know():
    """With a new kind, keys of the old kind only are dropped, and shared ones stay."""
    optimizer = load("optimizer.kind=adam").optimizer
    assert (optimizer.kind, optimizer.step_size) == ("adam", 0.5)
    assert load("optimizer.kind=exact", "model.kind=linear").model.kind == "linear"


def test_a_new_kind_drops_the_schedule_s_own_keys():
    """A kind within a section is changed by the same rule."""
    assert load("optimizer.schedule={kind: step, every: 9}", "optimizer.schedule.kind=cosine").optimizer
    schedule = load("optimizer.schedule={kind: step, every: 9}", "optimizer.schedule.kind=constant")
    assert schedule.optimizer.schedule.kind == "constant"


def test_the_same_kind_drops_nothing():
    """Naming the kind that stands there already changes nothing."""
    assert load("model.kind=mlp") == load()


def test_a_key_that_no_kind_knows_is_not_dropped():
    """A misspelt key in the file is told, even when the kind is overridden."""
    config = {**CONFIG, "optimizer": {"kind": "sgd", "stepsize": 1}}
    with pytest.raises(ConfigError, match="stepsize: unknown key of kind 'adam'; did you mean 'step_size'"):
        load_config(config, ["optimizer.kind=adam"])


REFUSED = {
    "seed": "'seed' is not an override; write KEY=VALUE, as in seed=1",
    "=1": "'=1' is not an override; write KEY=VALUE, as in seed=1",
    "data..n=1": "'data..n=1' is not an override; write KEY=VALUE, as in seed=1",
    "name.x=1": "name.x: name is a value, not a section; override name itself",
    "sede=1": "override: sede: unknown key; did you mean 'seed'?",
    "seed=-1": "override: seed: -1 is out of range; give a number of at least 0",
    "seed='1'": (
        "override: seed: the text '1' stands where a whole number is wanted; "
        "write it without quotes, underscores and commas"
    ),
    "seed=010": ("the value of seed:1:1: '010' starts with 0, which some readers take for octal; write 10"),
    "seed=*x": ("the value of seed:1:1: anchors and aliases (& and *) are not read; write the value out"),
    "optimizer.kind=adma": "config: optimizer: unknown kind 'adma'; did you mean 'adam'?",
    "optimizer.b1=0.5": (
        "override: optimizer.b1: this key belongs to kind 'adam', not to 'sgd'; "
        "remove it, or set optimizer.kind to adam"
    ),
}


@pytest.mark.parametrize("override", REFUSED)
def test_a_wrong_override_gives_one_message(override):
    """The message says that an override is wrong, which key and value, and what to do."""
    assert refusal(override) == [REFUSED[override]]


def test_wrong_overrides_are_told_together():
    """Two wrong values on the command line give two messages, in one refusal."""
    assert len(refusal("seed=-1", "optimizer.mass=2")) == 2


@given(st.lists(st.text() | st.from_regex(r"[a-z.]{1,12}=[^\n]{0,12}", fullmatch=True), max_size=3))
def test_any_override_is_taken_or_refused(overrides):
    """Whatever stands on the command line is taken, or refused in lines that are safe to show."""
    assert all(map(is_one_plain_line, refusal_of(load, *overrides)))
