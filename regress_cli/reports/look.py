"""The look that all pages have in common: one style, one script."""

from importlib.resources import files
from xml.etree.ElementTree import Element

from regress_cli.reports.elements import element, page


def whole_page(title: str, main: Element) -> bytes:
    """Return a page with the look of all pages.

    Args:
        title: Of the page.
        main: All that is shown.
    """
    return page(title, _text("page.css"), _text("page.js"), element("body", main))


def tile(label: str, number: str) -> Element:
    """Return a number that can be read from afar; its list has the class ``tiles``."""
    return element("div", element("dt", label), element("dd", number))


def badge(word: str, kind: str) -> Element:
    """Return a word that can be found at a glance.

    Args:
        word: What is shown.
        kind: ``good``, ``fair`` or ``bad``: the colour, which says nothing that the word does not.
    """
    return element("span", word, class_=f"badge {kind}")


def _text(name: str) -> str:
    return (files("regress_cli.reports") / name).read_text(encoding="utf-8")
