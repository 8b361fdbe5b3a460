"""The parts of the page that are about all runs: the head, the pictures, the table."""

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from regress_cli.reports.details import status_badge
from regress_cli.reports.elements import element
from regress_cli.reports.entry import Entry, common_part, ranked
from regress_cli.reports.listing import Heading, Row, Shown, listing
from regress_cli.reports.look import tile
from regress_cli.reports.table import Cell, Column, Table, shown_number
from regress_cli.text import printable

_MOST_NAMED = 20


def head(title: str, entries: Sequence[Entry]) -> Element:
    """Return the title, how many runs ended how, and the best of them."""
    counts = Counter(entry.status for entry in entries)
    tiles = [tile("runs" if len(entries) != 1 else "run", f"{len(entries):,}")]
    tiles += [
        tile(status.replace("_", " "), f"{count:,}")
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
    headings = [Heading(column.label, column.group, column.is_number) for column in table.columns]
    rows = [
        Row(
            [
                element("a", entry.name, href=f"#{name}"),
                element("span", "best", class_="badge best")
                if [entry] == best and len(entries) > 1
                else None,
            ],
            [_shown(column, column.cells[number], entry) for column in table.columns],
        )
        for number, (entry, name) in enumerate(zip(entries, names, strict=True))
    ]
    shown = listing("run", "runs", headings, rows, caption=_caption(table), example="tanh finished")
    return element("section", element("h2", "Runs"), *shown, *_remarks(table))


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


def _shown(column: Column, cell: Cell, entry: Entry) -> Shown:
    if column.label == "status" and not column.group:
        return Shown(status_badge(entry.status))
    return Shown(element("mark", cell.text) if cell.is_different else cell.text, cell.number)


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
