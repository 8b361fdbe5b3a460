"""Several seeds of one experiment, as a config or an option gives them."""

from typing import Any

from regress_cli.config.ranges import expand
from regress_cli.errors import ConfigError
from regress_cli.text import quoted

# Each seed is a run of its own, with a folder of its own.
MOST_SEEDS = 10_000
LARGEST_SEED = 2**63 - 1
_REMEDY = "write 0..31, or 0,3,7, or a list of whole numbers"


def seeds_of(value: Any) -> tuple[int, ...]:
    """Return the seeds that a value stands for, in the order in which it gives them.

    Args:
        value: A whole number, a list of them, or a text with ranges: ``0..31``, ``0,3,7``, ``0..3,9``,
            ``0..100..10``.

    >>> seeds_of("0..3,9")
    (0, 1, 2, 3, 9)

    Raises:
        ConfigError: it stands for none, one comes twice, or there are too many.
    """
    pieces = value if isinstance(value, list | tuple) else [value]
    seeds: list[int] = []
    for piece in pieces:
        for part in piece.split(",") if isinstance(piece, str) else [piece]:
            seeds += map(_seed, expand(part.strip() if isinstance(part, str) else part))
            if len(seeds) > MOST_SEEDS:
                raise ConfigError(f"{quoted(value)}: a run has at most {MOST_SEEDS:,} seeds; give fewer")
    if not seeds:
        raise ConfigError(f"{quoted(value)} holds no seed; {_REMEDY}")
    seen: set[int] = set()
    for seed in seeds:
        if seed in seen:
            raise ConfigError(f"{quoted(value)}: the seed {seed} comes twice; give each once")
        seen.add(seed)
    return tuple(seeds)


def _seed(value: Any) -> int:
    """Return a single seed; a text of digits is one, too."""
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19
    number = int(value) if is_digits else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise ConfigError(f"{quoted(value)} is no seed; {_REMEDY}")
    if not 0 <= number <= LARGEST_SEED:
        raise ConfigError(f"{number} is no seed; give whole numbers from 0 to {LARGEST_SEED}")
    return number
