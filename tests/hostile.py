"""Names that mean something to a terminal, to markup, to a spreadsheet or to a browser."""

NAMES = [
    "[red]x[/red]",
    "[/x]",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J",
    "a\u202eb",
    "z\u200bw",
    "$\\frac{$",
    "<script>alert(1)</script>",
    "-->]]>&quot;",
    "../../etc",
    "=1+1",
    "@b",
    "two\nlines",
    "x" * 200,
]
# All at once, and longer than any message should be.
EVIL = " ".join(NAMES) + "y" * 10_000


def assert_harmless(text: str) -> None:
    """Check that a terminal would only print the text."""
    assert [line for line in text.split("\n") if not line.isprintable()] == []
