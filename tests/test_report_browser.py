"""A report in a real browser: it opens from a file, obeys mouse and keyboard, and asks for nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import selected
from graded import hostile_class, large_class
from playwright.sync_api import Browser, Page, sync_playwright
from reported import HARM, make_harmful, make_kinds, many_entries, opened

from regress_cli.grading.formats.class_report import class_page
from regress_cli.reports.entry import ranked
from regress_cli.reports.report import MOST_WITH_PICTURES, make_report, page_of

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FAILED, _MANY, _CLASS = 40, 250, 30
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's chromium; without one nothing is said, but where it has to be there."""
    if _CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium here: install it, so that reports are tried in a browser")
        pytest.skip("there is no chromium here: nothing is said about reports in a browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return reports by what they are about."""
    folder = tmp_path_factory.mktemp("pages")
    runs = make_kinds(folder)
    harmful = make_harmful(tmp_path_factory.mktemp("harmful"))
    names = [str(path.parent) for path in harmful.glob("*/run.json")]
    # These are drawn the fastest, and those that failed not at all.
    base = opened(runs, "finished", "exact")
    failed = many_entries(opened(runs, "diverged"), _FAILED)
    contents = {
        "kinds": make_report(runs, []).content,
        "many": page_of(many_entries(base, _MANY), "many"),
        "failed": page_of(failed, "failed"),
        "none": page_of([], "none"),
        "class": class_page(large_class(_CLASS)),
        "harmful class": class_page(hostile_class()),
        "harmful": make_report(harmful, [*names, str(harmful / "sweeps/harm-0123456789ab")], HARM[2]).content,
    }
    for name, content in contents.items():
        (folder / f"{name}.html").write_bytes(content)
    return {name: folder / f"{name}.html" for name in contents}


@contextmanager
def visit(browser: Browser, path: Path, **settings: Any) -> Iterator[Page]:
    """Open a page from its file; afterwards check that it asked for nothing, and that nothing went wrong."""
    context = browser.new_context(**{"viewport": DESKTOP, **settings})
    try:
        page = context.new_page()
        requests: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        yield page
        assert {url.partition("#")[0] for url in requests} == {path.as_uri()}
        assert troubles == []
    finally:
        context.close()


def column(page: Page, number: int) -> list[str]:
    """Return the texts of a column of the table, as they are shown."""
    return page.locator(f".listing tbody tr:not([hidden]) > :nth-child({number})").all_inner_texts()


def test_columns_are_sorted_by_mouse_and_by_keyboard(browser: Browser, pages: dict[str, Path]):
    """A click on a header sorts by its numbers, Enter on it turns the order round, and both are announced."""
    with visit(browser, pages["failed"]) as page:
        header = page.locator(".names th", has_text="rmse")
        header.locator("button").click()
        rising = [float(text) for text in column(page, 3)]
        assert len(rising) == _FAILED
        assert rising == sorted(rising)
        assert header.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Enter")
        assert [float(text) for text in column(page, 3)] == rising[::-1]
        assert header.get_attribute("aria-sort") == "descending"
        assert page.locator("[aria-sort]").count() == 1
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.locator("[aria-sort]").inner_text() == "model"


def test_the_whole_page_is_within_reach_of_the_keyboard(browser: Browser, pages: dict[str, Path]):
    """From the top, Tab leads to the filter, each header and a run's link, and Enter there opens the run."""
    with visit(browser, pages["kinds"]) as page:
        places = []
        for _ in range(60):
            page.keyboard.press("Tab")
            places.append(page.evaluate("document.activeElement.tagName + document.activeElement.hash"))
            if page.evaluate("document.activeElement.matches('#runs a')"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        assert "INPUTundefined" in places
        assert places.count("BUTTONundefined") == page.locator(".names th").count()
        assert page.locator("details[open]").count() == 0
        page.keyboard.press("Enter")
        page.wait_for_selector("details[open]")
        assert page.locator("details[open] svg").first.is_visible()


def test_rows_are_filtered_as_words_are_typed(browser: Browser, pages: dict[str, Path]):
    """Every word has to stand in a row; the count is announced, and the sections of other runs are gone."""
    with visit(browser, pages["failed"]) as page:
        count = page.get_by_role("status")
        assert count.inner_text() == f"{_FAILED} of {_FAILED} runs"
        page.get_by_label("Filter").focus()
        page.keyboard.type("DIVERGED made-00000000001")
        names = [f"made-00000000001{digit:x}" for digit in range(16)]
        assert [text.split()[0] for text in column(page, 1)] == names
        assert count.inner_text() == f"16 of {_FAILED} runs"
        assert page.locator("details:visible").count() == 16
        page.keyboard.type(" nothing")
        assert count.inner_text() == f"0 of {_FAILED} runs"
        page.get_by_label("Filter").fill("")
        assert len(column(page, 1)) == _FAILED


@pytest.mark.full
def test_many_runs_make_a_page_that_can_be_used(browser: Browser, pages: dict[str, Path]):
    """With 500 runs the page is small, only the best have pictures of their own, and a phone can show it."""
    assert pages["many"].stat().st_size < 5_000_000
    best = ranked(many_entries(opened(pages["many"].parent / "outputs", "finished", "exact"), _MANY))[0]
    with visit(browser, pages["many"]) as page:
        assert page.locator("details").count() == _MANY
        assert 0 < page.locator("svg").count() < MOST_WITH_PICTURES
        assert page.get_by_text("Only the best 6 runs have pictures of their own here").is_visible()
        page.locator(".best a").first.click()
        assert page.locator("details[open] .name").inner_text() == best.name
        assert page.locator("details[open] svg").count() > 0
        page.get_by_label("Filter").fill(best.name)
        assert len(column(page, 1)) == 1
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@pytest.mark.parametrize("name", ["harmful", "harmful class"])
def test_no_name_runs_or_loads_or_hides_anything(name: str, browser: Browser, pages: dict[str, Path]):
    """Names that would run, load or hide something are shown as they are; nothing else comes of them."""
    with visit(browser, pages[name]) as page:
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        page.locator(".listing tbody a").first.hover()
        assert page.evaluate("window.__pwned") is None
        assert page.locator("img, iframe, form, link, base, a:not([href^='#'])").count() == 0
        assert page.locator("script").count() == page.locator("style").count() == 1
        assert page.locator("[onload], [onerror], [onmouseover], [style]").count() == 0
        assert page.evaluate("getComputedStyle(document.body).display") == "block"
        text = page.evaluate("document.body.innerText")
        assert all(harm in text for harm in HARM)
        # In a picture, a long name is broken into lines and ends with dots; a histogram has none.
        drawn = page.evaluate("Array.from(document.querySelectorAll('svg text'), (text) => text.textContent)")
        assert any("<script>window" in words for words in drawn) == (name == "harmful")


def test_a_script_that_got_in_would_not_run(browser: Browser, pages: dict[str, Path], tmp_path: Path):
    """The policy of the page, and not its builder alone, keeps a foreign script and style from working."""
    content = (
        pages["kinds"]
        .read_text()
        .replace("<main>", "<main><script>window.__pwned = 1</script><style>body { display: none }</style>")
    )
    path = tmp_path / "forged.html"
    path.write_text(content)
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("window.__pwned") is None
    assert page.locator("main").is_visible()
    context.close()


def test_pictures_follow_light_and_dark_mode(browser: Browser, pages: dict[str, Path]):
    """Texts and lines of pictures change their colours with the mode, and stand out from the page."""
    script = """() => {
      const color = (selector, key) => getComputedStyle(document.querySelector(selector))[key];
      return [color("svg text", "fill"), color("svg .s-grid", "stroke"), color("svg .f-blue", "fill"),
              color("body", "backgroundColor")];
    }"""
    seen = {}
    for mode in ("light", "dark"):
        with visit(browser, pages["kinds"], color_scheme=mode) as page:
            seen[mode] = page.evaluate(script)
    for light, dark in zip(seen["light"], seen["dark"], strict=True):
        assert light != dark
    for text, _, series, page_color in seen.values():
        assert contrast(text, page_color) > 7
        assert contrast(series, page_color) > 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_can_be_read(mode: str, browser: Browser, pages: dict[str, Path]):
    """Small text has the contrast that WCAG asks for (4.5), wherever it stands, in both modes."""
    script = """() => Array.from(document.querySelectorAll(
        ".badge, .remark, mark, .reason, a, dt, caption, .names button, h4, .label, figcaption"), (one) => {
      let behind = one;
      while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
      const back = getComputedStyle(behind).backgroundColor;
      return [one.className + one.tagName, getComputedStyle(one).color, back];
    })"""
    for name in ("kinds", "failed", "class"):
        with visit(browser, pages[name], color_scheme=mode) as page:
            for what, text, behind in page.evaluate(script):
                assert contrast(text, behind) >= 4.5, what


@pytest.mark.parametrize(
    "name", selected(["kinds", "failed", "harmful", "none", "class", "harmful class"], 2)
)
def test_a_phone_scrolls_down_only(name: str, browser: Browser, pages: dict[str, Path]):
    """At the width of a phone nothing sticks out at the side, all sections open; wide tables have a box."""
    with visit(browser, pages[name], viewport=PHONE) as page:
        page.evaluate(
            "Array.from(document.querySelectorAll('details')).slice(0, 8).forEach((one) => (one.open = true))"
        )
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths == [PHONE["width"]] * 2
        sizes = page.evaluate(
            """() => Array.from(document.querySelectorAll("svg"), (svg) => {
              const texts = Array.from(svg.querySelectorAll("text"), (text) => text.getBoundingClientRect());
              const box = svg.getBoundingClientRect();
              return [box.width, ...texts.map((one) => Math.max(box.left - one.left, one.right - box.right))];
            })"""
        )
        assert all(width <= PHONE["width"] for width, *_ in sizes)
        # A font of the reader's own may be a little wider than the one that was measured.
        assert all(beyond < 12 for width, *beyonds in sizes if width for beyond in beyonds)


def test_without_scripts_all_of_it_can_be_read(browser: Browser, pages: dict[str, Path]):
    """With JavaScript off, the table is there, sections open, and nothing offers what it can't do."""
    with visit(browser, pages["kinds"], java_script_enabled=False) as page:
        assert page.locator("#runs tbody tr").count() == 3
        assert not page.get_by_label("Filter").is_visible()
        assert page.locator("button").count() == 0
        page.locator("summary").first.click()
        assert page.locator("details pre").first.is_visible()


def test_runs_that_all_failed_are_readable(browser: Browser, pages: dict[str, Path]):
    """Each run says why it failed, and there is no picture of nothing."""
    with visit(browser, pages["failed"]) as page:
        assert page.get_by_text("No run has a result").is_visible()
        assert page.get_by_role("heading", name="Overview").count() == 0
        page.locator("#runs a").first.click()
        assert page.locator("details[open] .reason").first.is_visible()


def test_a_class_is_sorted_and_filtered(browser: Browser, pages: dict[str, Path]):
    """A teacher finds the worst submissions, those that broke a limit, and what each of them was told."""
    with visit(browser, pages["class"]) as page:
        page.locator(".names th", has_text="score").locator("button").click()
        scores = [float(text) for text in column(page, 2)]
        assert len(scores) == _CLASS
        assert scores == sorted(scores)
        page.get_by_label("Filter").fill("memory limit")
        shown = column(page, 1)
        assert 0 < len(shown) < _CLASS
        assert page.get_by_role("status").inner_text() == f"{len(shown)} of {_CLASS} submissions"
        assert page.locator("details:visible").count() == len(shown)
        page.locator(".listing tbody tr:not([hidden]) a").first.click()
        assert page.locator("details[open] .name").inner_text() == shown[0]
        assert page.locator("details[open] .badge", has_text="failed (memory limit)").first.is_visible()


def test_a_class_can_be_read_without_scripts(browser: Browser, pages: dict[str, Path]):
    """With JavaScript off, marks, checks and submissions are there, and a submission opens."""
    with visit(browser, pages["class"], java_script_enabled=False) as page:
        assert page.locator(".listing tbody tr").count() == _CLASS
        assert page.get_by_role("img", name="Histogram of the marks").is_visible()
        assert not page.get_by_label("Filter").is_visible()
        page.locator("summary").first.click()
        assert page.locator("details[open] .check").count() == 10


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG 2 defines it.

    >>> round(contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)"))
    21
    """
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    levels = [float(level) / 255 for level in color[color.index("(") + 1 : -1].split(",")[:3]]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return sum(weight * level for weight, level in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
