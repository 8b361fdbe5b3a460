"""From runs to a page: one HTML file that needs no server, the same bytes for the same runs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from regress_cli.drawing.picture import Picture
from regress_cli.reports import sections
from regress_cli.reports.details import details, environment_of
from regress_cli.reports.drawn import drawn
from regress_cli.reports.elements import element
from regress_cli.reports.entry import Entry, ranked
from regress_cli.reports.labels import labels_of
from regress_cli.reports.look import whole_page
from regress_cli.reports.overview import MOST_CURVES, overview_pictures
from regress_cli.reports.pictures import pictures_of
from regress_cli.reports.selection import selected
from regress_cli.reports.table import table_of
from regress_cli.reports.vector import inline_svg
from regress_cli.text import printable

# With pictures of more runs, the page would be slow to open.
MOST_WITH_PICTURES = 24
_CAPTIONS = {"fit": "Fit", "loss": "Loss while training", "residuals": "Residuals"}

Pictures = dict[str, Picture | str]


@dataclass(frozen=True)
class Report:
    """A page about runs.

    Attributes:
        content: Of its file.
        entries: The runs that it is about.
    """

    content: bytes
    entries: list[Entry]


def make_report(outputs: Path, names: Sequence[str], title: str | None = None) -> Report:
    """Return the page about the runs of a folder, or about those that are named.

    Raises:
        UserError: a name means no run, or the folder of runs is not there.
        RunFolderError: the table of a sweep is damaged.
    """
    entries = selected(outputs, names)
    return Report(page_of(entries, title or _title(entries)), entries)


def page_of(entries: list[Entry], title: str) -> bytes:
    """Return the page about these runs."""
    return whole_page(title, _main(entries, title))


def _main(entries: list[Entry], title: str) -> Element:
    if not entries:
        return sections.nothing(title)
    with_pictures = _with_pictures(entries)
    asked = [pictures_of(entry.run) for entry in with_pictures if entry.run is not None]
    owners = [f"{len(entries)} runs", *(entry.name for entry in with_pictures)]
    overview, *of_runs = _figures(owners, [overview_pictures(entries), *asked])
    by_name = {id(entry): figures for entry, figures in zip(with_pictures, of_runs, strict=True)}
    names = [f"run-{number}" for number in range(1, len(entries) + 1)]
    labels = labels_of(entries) if len(entries) > 1 else [None]
    table = table_of(entries)
    environment = _different_environments(entries)
    return element(
        "main",
        sections.head(title, entries),
        element("section", element("h2", "Overview"), element("div", *overview, class_="plots wide"))
        if overview
        else None,
        sections.runs_table(entries, names, table),
        element(
            "section",
            element("h2", "Details"),
            _left_out(entries, with_pictures),
            *(
                details(entry, name, label, table.different, environment, by_name.get(id(entry), []))
                for entry, name, label in zip(entries, names, labels, strict=True)
            ),
        ),
    )


def _with_pictures(entries: list[Entry]) -> list[Entry]:
    """Return the runs whose own pictures are drawn: all, or the best of many."""
    whole = [entry for entry in entries if entry.run is not None]
    return whole if len(whole) <= MOST_WITH_PICTURES else ranked(entries)[:MOST_CURVES]


def _left_out(entries: list[Entry], with_pictures: list[Entry]) -> Element | None:
    if sum(entry.run is not None for entry in entries) == len(with_pictures):
        return None
    which, others = f"Only the best {len(with_pictures)} runs have", "the others have theirs"
    if not with_pictures:
        which, others = "The runs have no", "they are"
    words = (
        f"{which} pictures of their own here, so that the page stays small; {others} in the runs' folders."
    )
    return element("p", words, class_="remark")


def _figures(owners: Sequence[str], asked: Sequence[Pictures]) -> Iterator[list[Element]]:
    """Yield the pictures of each group as elements of the page; one that can't be drawn says why."""
    answers = iter(drawn([picture for pictures in asked for picture in pictures.values()]))
    for group, (owner, pictures) in enumerate(zip(owners, asked, strict=True)):
        figures = []
        for number, name in enumerate(pictures):
            answer, caption = next(answers), _CAPTIONS.get(name, name)
            shown = (
                element("p", f"There is no picture: {printable(answer, 500)}", class_="reason")
                if isinstance(answer, str)
                else inline_svg(answer, f"p{group}-{number}", f"{caption}: {owner}")
            )
            figures.append(element("figure", element("figcaption", caption), shown))
        yield figures


def _different_environments(entries: list[Entry]) -> frozenset[str]:
    known = [environment_of(entry.run) for entry in entries if entry.run is not None]
    keys = dict.fromkeys(key for environment in known for key in environment)
    return frozenset(key for key in keys if len({repr(one.get(key)) for one in known}) > 1)


def _title(entries: list[Entry]) -> str:
    """Return a title that says whose runs these are, where they have one name."""
    count = f"{len(entries):,} run{'' if len(entries) == 1 else 's'}"
    names = Counter(entry.run.name for entry in entries if entry.run is not None)
    return f"{printable(next(iter(names)), 80)}: {count}" if len(names) == 1 else f"Report on {count}"
