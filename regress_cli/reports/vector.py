"""From a picture that matplotlib drew to an svg that belongs to a page.

Of the drawing only shapes and texts are taken, by a list: no style sheet, which would hold for the whole
page, no metadata, nothing that could load or run anything. Colours become classes, so that the page's own
style gives them a light and a dark value. What is referred to gets the name of its picture as a prefix,
for a page has a single space of ids.
"""

import re
from xml.etree.ElementTree import Element, fromstring

from regress_cli.reports.elements import Child, element

_TAGS = {"g", "defs", "clipPath", "path", "rect", "use", "text", "tspan"}
_PLAIN = {"d", "x", "y", "dx", "dy", "width", "height", "transform", "viewBox"}
_STYLES = {
    "fill-opacity",
    "font-size",
    "font-style",
    "font-weight",
    "opacity",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
}
# The colours of `regress_cli.plots`, by what the page's style calls them.
_COLORS = {
    "none": "none",
    "#000000": "ink",
    "#444444": "dim",
    "#777777": "dim",
    "#dddddd": "grid",
    "#0072b2": "blue",
    "#e69f00": "orange",
    "#009e73": "green",
    "#d55e00": "red",
    "#cc79a7": "pink",
    "#56b4e9": "sky",
}
_NUMBER = re.compile(r"-?\d+\.\d+(?![\d.]*e)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NO_ROTATION = re.compile(r"rotate\(-?0 [^)]*\)")
_HREF = "{http://www.w3.org/1999/xlink}href"


def inline_svg(drawing: bytes, name: str, label: str) -> Element:
    """Return a drawing as an element of a page.

    Args:
        drawing: What matplotlib wrote as svg, with its texts as texts.
        name: Of the picture, like no other on its page.
        label: What it shows, for those who do not see it.
    """
    root = fromstring(drawing)  # noqa: S314 - it was drawn here.
    names = {reference: f"{name}-{number}" for number, reference in enumerate(_references(root), start=1)}
    shapes = [_taken(child, names) for child in root]
    return element("svg", *shapes, class_="plot", viewBox=root.get("viewBox"), role="img", aria_label=label)


def _references(root: Element) -> list[str]:
    """Return the ids that something in the drawing refers to, each once."""
    found: dict[str, None] = {}
    for node in root.iter():
        for value in (node.get("clip-path", ""), node.get("style", "")):
            found |= dict.fromkeys(_REFERENCE.findall(value))
        if node.get(_HREF, "").startswith("#"):
            found[node.get(_HREF, "")[1:]] = None
    return list(found)


def _taken(node: Element, names: dict[str, str]) -> Element | None:
    """Return what a page takes of an element, with all in it; None where nothing is left."""
    tag = str(node.tag).rpartition("}")[2]
    if tag not in _TAGS:
        return None
    children: list[Child] = []
    if tag in ("text", "tspan") and node.text is not None:
        children.append(node.text)
    children += [_taken(child, names) for child in node]
    attributes = _attributes(node, names)
    if tag == "g":
        return _group([child for child in children if isinstance(child, Element)], attributes)
    if tag == "defs" and not any(isinstance(child, Element) for child in children):
        return None
    made = element(tag, *children)
    made.attrib.update(attributes)
    return made


def _group(children: list[Element], attributes: dict[str, str]) -> Element | None:
    """Return a group, which carries what all in it have in common; an only child without one."""
    if not children:
        return None
    if len(children) == 1 and not attributes:
        return children[0]
    made = element("g", *children)
    made.attrib.update(attributes)
    # A cloud of points is mostly repetition otherwise.
    if len(children) > 2 and all(child.tag == "use" for child in children):
        own = {"x", "y"}
        shared = {
            key: value
            for key, value in children[0].items()
            if key not in own and key != "href" and all(child.get(key) == value for child in children)
        }
        for child in children:
            for key in shared:
                del child.attrib[key]
        made.attrib.update(shared)
    return made


def _attributes(node: Element, names: dict[str, str]) -> dict[str, str]:
    taken = {key: _rounded(value) for key, value in node.items() if key in _PLAIN}
    if _NO_ROTATION.fullmatch(taken.get("transform", "")):
        del taken["transform"]
    if node.get("id") in names:
        taken["id"] = names[node.get("id", "")]
    if node.get(_HREF, "").startswith("#"):
        taken["href"] = f"#{names[node.get(_HREF, '')[1:]]}"
    styles = dict(_declarations(node.get("style", "")))
    clip = _REFERENCE.fullmatch(styles.pop("clip-path", node.get("clip-path", "")))
    if clip is not None:
        taken["clip-path"] = f"url(#{names[clip[1]]})"
    classes = []
    for key in ("fill", "stroke"):
        color = styles.get(key, "").lower()
        if color in _COLORS:
            classes.append(f"{key[0]}-{_COLORS[color]}")
        elif re.fullmatch(r"#[0-9a-f]{6}", color):
            taken[key] = color
    taken |= {key: _rounded(value.removesuffix("px")) for key, value in styles.items() if key in _STYLES}
    if classes:
        taken["class"] = " ".join(classes)
    return taken


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return [(key.strip(), value.strip()) for key, _, value in pairs]


def _rounded(text: str) -> str:
    """Return a text with each number in it rounded to what can be seen."""
    one_line = " ".join(text.split())
    return _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), one_line)
