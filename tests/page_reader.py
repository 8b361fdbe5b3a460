"""What a reader of HTML finds in a page."""

import base64
import hashlib
from html.parser import HTMLParser

# Elements without an end.
_VOID = {"meta", "input", "wbr"}
# All that a page is made of.
TAGS = {
    "html", "head", "meta", "title", "style", "body", "script", "main", "header", "section", "h1", "h2", "h3",
    "h4", "p", "a", "span", "div", "dl", "dt", "dd", "ul", "li", "mark", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "label", "input", "wbr", "details", "summary", "figure", "figcaption",
    "pre", "code", "svg", "g", "defs", "clippath", "path", "rect", "use", "text", "tspan",
}  # fmt: skip


class Page(HTMLParser):
    """What a reader of HTML finds in a page: its elements with their attributes, and the texts in them."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(content.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that elements end in the order in which they began."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep a text with the element that it is in."""
        self.texts.append((self._open[-1] if self._open else "", data))

    def values(self, name: str) -> list[str]:
        """Return the values of an attribute, wherever it stands."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def count(self, tag: str) -> int:
        """Return how many elements of a kind there are."""
        return sum(found == tag for found, _ in self.elements)

    def text_in(self, tag: str) -> str:
        """Return all text that stands directly in elements of a kind."""
        return "".join(text for within, text in self.texts if within == tag)


def plain_text(content: bytes) -> str:
    """Return all texts of a page, one after the other."""
    return " ".join(text for within, text in Page(content).texts if within not in ("script", "style"))


def assert_closed(content: bytes) -> None:
    """Check that a page asks for nothing, runs its own script alone, and leads nowhere but to itself."""
    page = Page(content)
    assert {tag for tag, _ in page.elements} <= TAGS
    assert (page.count("script"), page.count("style")) == (1, 1)
    [policy] = page.values("content")[:1]
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.text_in(kind).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    references = [value.removeprefix("#") for value in page.values("href")]
    references += [value[5:-1] for value in page.values("clip-path")]
    assert set(references) <= set(ids)
    assert not {name for _, attributes in page.elements for name in attributes} & {
        "style",
        "src",
        "xlink:href",
    }
