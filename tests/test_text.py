"""Text from outside is shown safely, and names are answered with the nearest valid one."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import is_one_plain_line

from regress_cli.text import did_you_mean, printable, quoted


@given(st.text(min_size=1))
def test_printable_text_is_one_plain_line(text):
    """Nothing that is shown can end the line, move the cursor, turn text around or hide itself."""
    assert is_one_plain_line(printable(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=200))
def test_harmless_text_is_shown_as_it_is(text):
    """Letters, digits, punctuation and symbols of every script stay as they are."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202eabc", r"\u202eabc"),
        ("a\u200bb", r"a\u200bb"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("größe 😀", "größe 😀"),
        (3.5, "3.5"),
    ],
)
def test_what_could_do_harm_is_shown_as_an_escape(text, shown):
    """Control, invisible and reversing characters appear as escapes; markup is for the view to show."""
    assert printable(text) == shown


def test_long_text_is_cut_with_dots():
    """Text beyond the limit ends in three dots, at the limit's length."""
    assert printable("x" * 201) == "x" * 197 + "..."
    assert printable("x" * 200) == "x" * 200
    assert printable("abcdef", limit=5) == "ab..."


@given(st.text(st.characters(codec="ascii", exclude_characters="\\"), max_size=10))
def test_a_quoted_text_is_python_s_literal(text):
    """A short quoted text is the literal that Python reads back."""
    assert ast.literal_eval(quoted(text)) == text


def test_a_number_that_python_can_not_print_is_quoted_in_words():
    """A whole number beyond Python's limit of digits does not end in an error of its own."""
    assert quoted(10**5000) == "a number of thousands of digits"


@pytest.mark.parametrize(
    ("name", "valid", "hint"),
    [
        ("hiden", ["hidden", "activation"], "did you mean 'hidden'?"),
        ("Price", ["price", "rooms"], "did you mean 'price'?"),
        ("qqq", ["b", "a"], "use one of: a, b"),
        ("", ["b", "a"], "use one of: a, b"),
        ("x", [], "remove it"),
        ("tets", iter(["test", "train"]), "did you mean 'test'?"),
        ("qqq", ["a\x1b[2J"], r"use one of: a\x1b[2J"),
    ],
)
def test_the_hint_names_the_nearest_or_all(name, valid, hint):
    """A near miss is answered with one name, anything else with all of them, safely shown."""
    assert did_you_mean(name, valid) == hint


@given(st.text(), st.lists(st.text(min_size=1), max_size=50))
def test_the_hint_is_a_short_plain_line(name, valid):
    """Whatever the names, the hint is one plain line that fits a message."""
    hint = did_you_mean(name, valid)
    assert is_one_plain_line(hint)
    assert len(hint) < 3000
