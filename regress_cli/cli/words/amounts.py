"""Times and sizes as short texts."""


def duration(seconds: float) -> str:
    """Return a time in words, in its two largest units.

    >>> duration(0.4), duration(75), duration(7300), duration(200_000)
    ('1 s', '1 min 15 s', '2 h 1 min', '2 d 7 h')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def of_bytes(count: float) -> str:
    """Return a number of bytes in words.

    >>> of_bytes(900), of_bytes(113_020), of_bytes(999_900), of_bytes(25_400_000)
    ('900 B', '113 kB', '1 MB', '25.4 MB')
    """
    for unit in ("B", "kB", "MB"):
        # What would be rounded to a thousand has the next unit.
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
