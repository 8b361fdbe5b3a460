"""The only way in which a page is put together: elements whose texts and attributes can be no markup.

Whatever comes out of a config, a table or a folder's name goes into a page as a child or an attribute of an
element; ElementTree escapes it. Nothing in this room joins markup and text by hand.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

from regress_cli.text import harmless

Child: TypeAlias = "Element | str | None"


def element(tag: str, *children: Child, **attributes: str | int | bool | None) -> Element:
    """Return an element.

    Args:
        tag: Of HTML or SVG; its name is never data.
        children: Elements and texts, in order; None is passed over.
        attributes: Their names may end with an underscore, and a dash is an underscore: ``class_``,
            ``aria_label``. True stands for an attribute without a value; False and None for none at all.

    >>> to_html(element("p", "a < b", element("b", "&"), class_="x"))
    '<p class="x">a &lt; b<b>&amp;</b></p>'
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            made.set(name.rstrip("_").replace("_", "-"), "" if value is True else harmless(str(value)))
    append(made, children)
    return made


def append(parent: Element, children: Iterable[Child]) -> None:
    """Add elements and texts to an element."""
    last = parent[-1] if len(parent) else None
    for child in children:
        if isinstance(child, str):
            if last is None:
                parent.text = (parent.text or "") + harmless(child)
            else:
                last.tail = (last.tail or "") + harmless(child)
        elif child is not None:
            parent.append(child)
            last = child


def to_html(root: Element) -> str:
    """Return an element as HTML text."""
    return tostring(root, encoding="unicode", method="html")


def page(title: str, style: str, script: str, body: Element) -> bytes:
    """Return a whole page, which asks for nothing and runs nothing but this script.

    Args:
        title: Of the page.
        style: CSS.
        script: JavaScript.
        body: All that is shown.
    """
    policy = {
        "default-src": "'none'",
        "style-src": _source_of(style),
        "script-src": _source_of(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content="; ".join(f"{name} {source}" for name, source in policy.items()),
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
    )
    # Only these two are not escaped, and only these two hold nothing that came from outside.
    SubElement(head, "style").text = style
    SubElement(body, "script").text = script
    text = "<!DOCTYPE html>\n" + to_html(element("html", head, body, lang="en")) + "\n"
    return text.encode("utf-8")


def _source_of(text: str) -> str:
    """Return how a policy names the text of a style or a script."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
