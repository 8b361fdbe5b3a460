"""One run on the page: pictures, metrics, parameters, config and environment, behind its name."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from regress_cli.reports.config_text import config_lines
from regress_cli.reports.differences import flattened
from regress_cli.reports.elements import append, element
from regress_cli.reports.entry import Entry
from regress_cli.reports.look import badge
from regress_cli.reports.table import NOTHING, shown_number, shown_value
from regress_cli.runs import Run
from regress_cli.runs.result import FINISHED, METRICS, TIME_LIMIT
from regress_cli.sweeps.outcome import INTERRUPTED, MISSING
from regress_cli.text import four_digits, printable

# Longer lists of parameters stand in the run's own folder.
_MOST_PARAMETERS = 12
_LONGEST_REASON, _SHORT_REASON = 1000, 90


def details(
    entry: Entry,
    name: str,
    label: str | None,
    different: frozenset[str],
    environment: frozenset[str],
    pictures: Sequence[Element],
) -> Element:
    """Return the section of a run.

    Args:
        entry: The run.
        name: By which the table leads here.
        label: What tells the run from others; None for an only one, which is shown at once.
        different: The dotted keys in which configs differ; they are marked.
        environment: Those of what the runs were made with.
        pictures: Of the run.
    """
    summary = element("summary", element("span", entry.name, class_="name"), status_badge(entry.status))
    if label not in (None, entry.name):
        append(summary, [element("span", label, class_="label")])
    if entry.reason is not None and label is not None:
        append(summary, [element("span", printable(entry.reason, _SHORT_REASON), class_="label short")])
    section = element("details", summary, id=name, class_="entry", open=label is None)
    if entry.reason is not None:
        append(section, [element("p", printable(entry.reason, _LONGEST_REASON), class_="reason")])
    if pictures:
        append(section, [element("div", *pictures, class_="plots")])
    if entry.run is None:
        append(section, [_settings(entry)] if entry.settings else [])
        return section
    blocks = [
        _block("Metrics", _metrics(entry.run)),
        _block("Parameters", _parameters(entry.run.record)),
        _block("Training", _facts(_training(entry.run.record))),
        _notes(entry.run.record),
        _block("Made with", _facts(environment_of(entry.run), environment)),
    ]
    config = _block("Config", _config(entry.run, different))
    append(section, [element("div", element("div", *blocks), config, class_="facts")])
    return section


def status_badge(status: str) -> Element:
    """Return a status as a word that can be found at a glance."""
    kinds = {FINISHED: "good", **dict.fromkeys((TIME_LIMIT, INTERRUPTED, MISSING), "fair")}
    return badge(status.replace("_", " "), kinds.get(status, "bad"))


def cells_table(rows: Sequence[Sequence[str]], *, has_header: bool = True) -> Element:
    """Return a small table: names at the left, numbers at the right."""
    table = element("table", class_="small")
    if has_header:
        header, *rows = rows
        first, *others = header
        cells = [element("th", first, scope="col"), *(element("th", cell, scope="col") for cell in others)]
        append(table, [element("thead", element("tr", *cells))])
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in rows
    ]
    append(table, [element("tbody", *body)])
    return table


def environment_of(run: Run) -> dict[str, Any]:
    """Return what a run was made with, by dotted keys; an earlier regress may have said less."""
    environment = run.record.get("environment")
    return dict(flattened(environment)) if isinstance(environment, Mapping) else {}


def _block(title: str, content: Element | None) -> Element | None:
    return None if content is None else element("section", element("h4", title), content)


def _settings(entry: Entry) -> Element:
    return element("section", element("h4", "What its sweep set"), _facts(entry.settings))


def _metrics(run: Run) -> Element:
    header = ["", "rows", *("R\u00b2" if name == "r2" else name for name in METRICS)]
    parts = [*run.metrics.items(), ("baseline (mean)", run.record["baseline"]["train"])]
    if run.record["noise_floor"] is not None:
        parts.append(("noise floor", run.record["noise_floor"]["train"]))
    rows = [
        [part, f"{metrics['n']:,}", *(shown_number(name, metrics[name]) for name in METRICS)]
        for part, metrics in parts
    ]
    return element("div", cells_table([header, *rows]), class_="scroll")


def _parameters(record: Mapping[str, Any]) -> Element | None:
    learned, count = record["parameters"], record["parameter_count"]
    if not learned:
        return element("p", f"{count:,} parameters: in the run's params.npz") if count else None
    if count > _MOST_PARAMETERS:
        return element("p", f"{count:,} parameters: in the run's run.json")
    inference = record.get("inference") or {"parameters": []}
    errors = {one["name"]: one["standard_error"] for one in inference["parameters"]}
    truth = record["true_parameters"] or {}
    header = ["", "learned", *(["standard error"] if errors else []), *(["true"] if truth else [])]
    rows = [
        [
            printable(name, 60),
            _digits(value),
            *([_digits(errors.get(name))] if errors else []),
            *([_digits(truth.get(name))] if truth else []),
        ]
        for name, value in learned.items()
    ]
    return element("div", cells_table([header, *rows]), class_="scroll")


def _digits(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.6g}"


def _training(record: Mapping[str, Any]) -> dict[str, Any]:
    steps, timings = record["steps"], record.get("timings")
    facts: dict[str, Any] = {"ended by": record["stop_reason"].replace("_", " ")}
    if steps["planned"]:
        facts["steps"] = f"{steps['taken']:,} of {steps['planned']:,}, kept that of {steps['kept']:,}"
    elif steps["taken"]:
        facts["steps"] = f"{steps['taken']:,}"
    seconds = timings.get("training") if isinstance(timings, Mapping) else None
    if isinstance(seconds, int | float):
        facts["seconds"] = four_digits(seconds)
    if isinstance(record.get("engine"), str):
        facts["engine"] = record["engine"]
    return facts


def _notes(record: Mapping[str, Any]) -> Element | None:
    notes = [element("li", printable(note, _LONGEST_REASON)) for note in record["notes"]]
    return _block("Notes", element("ul", *notes)) if notes else None


def _facts(facts: Mapping[str, Any], different: frozenset[str] = frozenset()) -> Element | None:
    if not facts:
        return None
    rows = []
    for name, value in facts.items():
        if value == {}:
            continue
        text = shown_value(value, 200)
        shown = element("mark", text) if name in different else text
        rows.append(
            element(
                "div",
                element("dt", name.replace("_", " ") if name.isidentifier() else name),
                element("dd", shown),
            )
        )
    return element("dl", *rows)


def _config(run: Run, different: frozenset[str]) -> Element:
    """Return a config line by line, those marked that are not the same in all runs."""
    text = element("code")
    for line, key in config_lines(run.record["config"]):
        words = line.lstrip(" ")
        indent = line[: len(line) - len(words)]
        append(text, [indent, element("mark", words) if key in different else words, "\n"])
    return element("pre", text, tabindex="0")
