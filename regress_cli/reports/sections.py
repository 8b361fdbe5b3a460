"""The parts of the page that are about all runs: the head, the pictures, the table."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from xml.etree.ElementTree import Element

from regress_cli.reports.details import badge
from regress_cli.reports.elements import element
from regress_cli.reports.entry import Entry, common_part, ranked
from regress_cli.reports.table import Cell, Column, Table, shown_number
from regress_cli.text import printable

_MOST_NAMED = 20


def head(title: str, entries: Sequence[Entry]) -> Element:
    """Return the title, how many runs ended how, and the best of them."""
    counts = Counter(entry.status for entry in entries)
    tiles = [_tile("runs" if len(entries) != 1 else "run", f"{len(entries):,}")]
    tiles += [
        _tile(status.replace("_", " "), f"{count:,}")
        for status, count in sorted(counts.items(), key=lambda one: (one[0] != "finished", -one[1], one[0]))
    ]
    return element("header", element("h1", title), element("dl", *tiles, class_="tiles"), _best(entries))


def runs_table(entries: Sequence[Entry], names: Sequence[str], table: Table) -> Element:
    """Return the table of all runs with what it takes to filter it.

    Args:
        entries: The runs.
        names: Of their sections on the page.
        table: What is known of them.
    """
    best = ranked(list(entries))[:1]
    starts = _starts(table.columns)
    rows = [
        element(
            "tr",
            element(
                "th",
                element("a", entry.name, href=f"#{name}"),
                element("span", "best", class_="badge best")
                if [entry] == best and len(entries) > 1
                else None,
                scope="row",
            ),
            *(
                _cell(column, column.cells[number], entry, starts[place])
                for place, column in enumerate(table.columns)
            ),
        )
        for number, (entry, name) in enumerate(zip(entries, names, strict=True))
    ]
    shown = element(
        "table",
        element("caption", _caption(table)),
        element("thead", *_header(table.columns, starts)),
        element("tbody", *rows),
        id="runs",
    )
    return element(
        "section",
        element("h2", "Runs"),
        _tools(len(entries)),
        element(
            "div", shown, class_="scroll tall", tabindex="0", role="region", aria_label="Table of all runs"
        ),
        *_remarks(table),
    )


def _caption(table: Table) -> str:
    has_marks = any(cell.is_different for column in table.columns for cell in column.cells)
    return "All runs." + (" A marked value is one that most runs do not have." if has_marks else "")


def nothing(title: str) -> Element:
    """Return a page's body for no runs at all, which says how to get some."""
    return element(
        "main",
        element("header", element("h1", title)),
        element("p", "There are no runs here. Make one, and then the report again:", class_="empty"),
        element("pre", element("code", "regress run CONFIG\nregress report")),
    )


def _tile(label: str, number: str) -> Element:
    return element("div", element("dt", label), element("dd", number))


def _best(entries: Sequence[Entry]) -> Element:
    """Return a sentence about the best run, or about why there is none."""
    best = ranked(list(entries))
    if not best:
        return element("p", "No run has a result; each one below says why.", class_="best none")
    part = common_part(list(entries))
    name = next(f"run-{number}" for number, entry in enumerate(entries, start=1) if entry is best[0])
    values = [
        f"{part} rmse {shown_number('rmse', best[0].metric(part, 'rmse'))}",
        f"R\u00b2 {shown_number('r2', best[0].metric(part, 'r2'))}",
    ]
    link = element("a", best[0].name, href=f"#{name}")
    targets = {entry.run.record["data"]["target"] for entry in best if entry.run is not None}
    doubt = "The runs do not all predict the same target, so that their errors say little of one another."
    return element(
        "p",
        "Best run: " if len(entries) > 1 else "The run: ",
        link,
        element("span", ", ".join(values), class_="score"),
        element("span", doubt, class_="doubt") if len(targets) > 1 else None,
        class_="best",
    )


def _tools(count: int) -> Element:
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
                placeholder="words, such as: tanh finished",
                autocomplete="off",
                spellcheck="false",
            ),
        ),
        element("p", f"{count:,} of {count:,} runs", id="count", role="status", aria_live="polite"),
        class_="tools",
    )


def _starts(columns: Sequence[Column]) -> list[bool]:
    """Return for each column whether a group begins with it."""
    groups = ["", *(column.group for column in columns)]
    return [one != before for before, one in pairwise(groups)]


def _header(columns: Sequence[Column], starts: Sequence[bool]) -> list[Element]:
    """Return two rows: groups of columns, and columns."""
    groups = [element("td")]
    for group, members in groupby(columns, key=lambda column: column.group):
        span = len(list(members))
        groups.append(
            element("th", group, colspan=span, scope="colgroup", class_="start")
            if group
            else element("td", colspan=span)
        )
    names = [element("th", "run", scope="col", aria_sort="ascending")]
    names += [
        element("th", *_breakable(column.label), scope="col", class_=_class_of(column, is_start))
        for column, is_start in zip(columns, starts, strict=True)
    ]
    return [element("tr", *groups, class_="groups"), element("tr", *names, class_="names")]


def _breakable(key: str) -> list[Element | str]:
    """Return a dotted key that may be broken after its dots."""
    first, *others = printable(key, 80).split(".")
    broken: list[Element | str] = [first]
    for other in others:
        broken += [".", element("wbr"), other]
    return broken


def _class_of(column: Column, is_start: bool) -> str | None:
    return " ".join((["number"] if column.is_number else []) + (["start"] if is_start else [])) or None


def _cell(column: Column, cell: Cell, entry: Entry, is_start: bool) -> Element:
    if column.label == "status" and not column.group:
        return element("td", badge(entry.status))
    return element(
        "td",
        element("mark", cell.text) if cell.is_different else cell.text,
        class_=_class_of(column, is_start),
        data_v=None if cell.number is None else repr(cell.number),
    )


def _remarks(table: Table) -> list[Element]:
    if not table.left_out:
        return []
    names = ", ".join(printable(key, 60) for key in table.left_out[:_MOST_NAMED])
    more = "" if len(table.left_out) <= _MOST_NAMED else f" and {len(table.left_out) - _MOST_NAMED} more"
    return [
        element(
            "p",
            f"The configs differ in more keys than the table has room for: {names}{more}. "
            "They are marked in the config of each run.",
            class_="remark",
        )
    ]
