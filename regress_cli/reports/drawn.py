"""Many pictures, drawn by two processes where there are two cores."""

from collections.abc import Sequence

from regress_cli.drawing.helper import Helper
from regress_cli.drawing.picture import Picture, draw
from regress_cli.errors import Interrupted

# For fewer pictures than these the other process would only have begun.
_WORTHWHILE = 6


def drawn(pictures: Sequence[Picture | str]) -> list[bytes | str]:
    """Return the content of each picture, or the reason why there is none; reasons stay reasons."""
    places = [place for place, picture in enumerate(pictures) if isinstance(picture, Picture)]
    # The first half is drawn here, while the helper draws the second.
    half = -(-len(places) // 2) if len(places) >= _WORTHWHILE else len(places)
    answers: list[bytes | str] = [picture if isinstance(picture, str) else "" for picture in pictures]
    with Helper() as helper:
        theirs = [pictures[place] for place in places[half:]]
        if theirs:
            helper.start()
            helper.begin([picture for picture in theirs if isinstance(picture, Picture)])
        for number, place in enumerate(places):
            picture = pictures[place]
            if isinstance(picture, Picture):
                answers[place] = _content(picture, helper if number >= half else None)
    return answers


def _content(picture: Picture, helper: Helper | None) -> bytes | str:
    try:
        return draw(picture) if helper is None else helper.content(picture)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are shown.
        return f"{type(error).__name__}: {error}"
