"""The table of a page that can be sorted and filtered; each row leads to a section of its own."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from regress_cli.reports.elements import Child, element
from regress_cli.text import printable


class Heading(NamedTuple):
    """What stands above a column.

    Attributes:
        label: Its name.
        group: What stands above columns that belong together.
        is_number: Whether its values are numbers, and stand at the right.
    """

    label: str
    group: str = ""
    is_number: bool = False


class Shown(NamedTuple):
    """A cell.

    Attributes:
        child: What is shown.
        number: By which it is put in order; None for a text, and for nothing.
    """

    child: Child
    number: float | None = None


class Row(NamedTuple):
    """A row.

    Attributes:
        names: What stands first; a link in it leads to the row's section.
        cells: One for each heading.
    """

    names: Sequence[Child]
    cells: Sequence[Shown]


def listing(
    one: str, many: str, headings: Sequence[Heading], rows: Sequence[Row], *, caption: str, example: str
) -> list[Element]:
    """Return a table with what it takes to filter it.

    Args:
        one: What a row is about.
        many: The same for several.
        headings: Of all columns but the first, which holds the names.
        rows: In the order of their names.
        caption: Of the table.
        example: Words by which one could filter.
    """
    starts = _starts(headings)
    table = element(
        "table",
        element("caption", caption),
        element("thead", *_header(one, headings, starts)),
        element("tbody", *(_row(row, headings, starts) for row in rows)),
        id=many,
        class_="listing",
    )
    box = element(
        "div", table, class_="scroll tall", tabindex="0", role="region", aria_label=f"Table of all {many}"
    )
    return [_tools(len(rows), many, example), box]


def _tools(count: int, many: str, example: str) -> Element:
    """Return the field that filters; without a script, which is what hides it, it would do nothing."""
    return element(
        "div",
        element(
            "label",
            "Filter ",
            element(
                "input",
                type="search",
                id="filter",
                placeholder=f"words, such as: {example}",
                autocomplete="off",
                spellcheck="false",
            ),
        ),
        element(
            "p",
            f"{count:,} of {count:,} {many}",
            id="count",
            data_of=many,
            role="status",
            aria_live="polite",
        ),
        class_="tools",
    )


def _starts(headings: Sequence[Heading]) -> list[bool]:
    """Return for each column whether a group begins with it."""
    groups = ["", *(heading.group for heading in headings)]
    return [one != before for before, one in pairwise(groups)]


def _header(one: str, headings: Sequence[Heading], starts: Sequence[bool]) -> list[Element]:
    """Return two rows: groups of columns, and columns."""
    groups = [element("td")]
    for group, members in groupby(headings, key=lambda heading: heading.group):
        span = len(list(members))
        groups.append(
            element("th", group, colspan=span, scope="colgroup", class_="start")
            if group
            else element("td", colspan=span)
        )
    names = [element("th", one, scope="col", aria_sort="ascending")]
    names += [
        element("th", *_breakable(heading.label), scope="col", class_=_class_of(heading, is_start))
        for heading, is_start in zip(headings, starts, strict=True)
    ]
    return [element("tr", *groups, class_="groups"), element("tr", *names, class_="names")]


def _breakable(key: str) -> list[Element | str]:
    """Return a dotted key that may be broken after its dots."""
    first, *others = printable(key, 80).split(".")
    broken: list[Element | str] = [first]
    for other in others:
        broken += [".", element("wbr"), other]
    return broken


def _row(row: Row, headings: Sequence[Heading], starts: Sequence[bool]) -> Element:
    cells = [
        element(
            "td",
            shown.child,
            class_=_class_of(heading, is_start),
            data_v=None if shown.number is None else repr(shown.number),
        )
        for shown, heading, is_start in zip(row.cells, headings, starts, strict=True)
    ]
    return element("tr", element("th", *row.names, scope="row"), *cells)


def _class_of(heading: Heading, is_start: bool) -> str | None:
    return " ".join((["number"] if heading.is_number else []) + (["start"] if is_start else [])) or None
