"""What a key may hold, in plain words; and the examples of docs/config.md, which are configs that load."""

import re
from typing import Annotated, Any, Literal

import pytest
from conftest import ROOT
from pydantic import Field, PositiveInt, create_model

from regress_cli.config import Experiment, load_config
from regress_cli.config.reader import parse
from regress_cli.config.schema import Names, Schedule, Split
from regress_cli.config.sections import kind_of, sections_in
from regress_cli.config.wording import comment_of, either, values_of

WORDS: list[tuple[Any, str]] = [
    (bool, "true, false"),
    (int, "whole number"),
    (float, "number"),
    (str, "text"),
    (PositiveInt, "whole number, at least 1"),
    (Annotated[int, Field(ge=2, le=9)], "whole number from 2 to 9"),
    (Annotated[int, Field(gt=2, lt=9)], "whole number from 3 to 8"),
    (Annotated[int, Field(le=9)], "whole number, at most 9"),
    (Annotated[float, Field(ge=0, lt=1)], "number from 0 to below 1"),
    (Annotated[float, Field(ge=0)], "number, at least 0"),
    (Annotated[float, Field(gt=0)], "number above 0"),
    (Annotated[float, Field(gt=0, le=0.5)], "number above 0, at most 0.5"),
    (Annotated[float, Field(lt=1)], "number, below 1"),
    (Annotated[str, Field(min_length=1, max_length=9)], "text of 1 to 9 characters"),
    (Literal["relu", "tanh"], "relu, tanh"),
    (Literal[",", "\t", "tab"], r'",", "\t", tab'),
    (Literal["full"] | PositiveInt, "full; or whole number, at least 1"),
    (PositiveInt | None, "whole number, at least 1; or null"),
    (Names, "list, each: text of 1 to 200 characters"),
    (
        Annotated[tuple[bool, ...], Field(max_length=3)],
        "list of 0 to 3 items, each: true, false",
    ),
    (Split, "section"),
    (Split | None, "section; or null"),
    (Schedule, "section of kind constant, cosine, step"),
    (dict[str, Split], "section, each with a section"),
]


def field_of(annotation: Any, **settings: Any):
    """Return a field of the schema with this annotation."""
    return create_model("Some", key=(annotation, Field(**settings))).model_fields["key"]


@pytest.mark.parametrize(("annotation", "words"), WORDS, ids=[words for _, words in WORDS])
def test_an_annotation_is_told_in_words(annotation, words):
    """Types, bounds, words, lists and sections are each named as a reader would."""
    assert values_of(field_of(annotation)) == words


COMMENTS: list[tuple[Any, str, str]] = [
    (Literal["a", "b"], "which one", "which one: a or b"),
    (Literal["a", "b"], "which: this one", "which: this one (a or b)"),
    (Literal["a", "b"], "a, or b", "a, or b"),
    (Literal["a"], "a: the only one", "a: the only one"),
    (Schedule, "how it changes", "how it changes: constant, cosine or step"),
    (int, "how many", "how many"),
]


@pytest.mark.parametrize(("annotation", "description", "comment"), COMMENTS)
def test_a_comment_adds_the_words_that_it_lacks(annotation, description, comment):
    """Words that the description names already are not listed again."""
    assert comment_of(field_of(annotation, description=description)) == comment


def test_a_choice_reads_as_a_sentence():
    """One word stands alone, two are joined by or, more are listed."""
    assert [either(words) for words in ([], ["a"], ["a", "b"])] == ["", "a", "a or b"]


PAGE = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
BASE = {
    "data": {
        "kind": "synthetic",
        "inputs": {"x": {"low": 0, "high": 1}},
        "target": "x",
        "split": {"validation": 0.2},
    },
    "model": {"kind": "linear"},
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_docs_loads(text):
    """Each example is a valid section, or a whole config."""
    load_config({**BASE, **parse(text, "config.md").data})


def test_every_kind_has_an_example():
    """A section that comes in several kinds has an example for each of them."""
    examples = [load_config({**BASE, **parse(text, "config.md").data}).model_dump() for text in EXAMPLES]
    for key in ("data", "model", "loss", "optimizer"):
        kinds = {kind_of(section) for section in sections_in(Experiment.model_fields[key].annotation)}
        assert {example[key]["kind"] for example in examples} == kinds
    schedules = {example["optimizer"].get("schedule", {}).get("kind") for example in examples}
    assert schedules >= {"constant", "cosine", "step"}


def test_every_row_of_the_docs_says_what_may_stand_there():
    """No key of the page is without its values."""
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
    assert len(rows) > 60
    assert [key for key, values in rows if not values.strip()] == []
