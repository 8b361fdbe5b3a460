"""Which entries of a gradient are looked at one by one: all of a small one, a sample of a large one."""

from dataclasses import dataclass

import numpy as np

from regress_cli.flat import Layout

# Up to this many entries, every one is checked.
MOST_ENTRIES = 200
# Of more, about this many in all, and at least so many of each parameter.
_SAMPLE = 60
_FEWEST_OF_A_BLOCK = 6
_PROJECTIONS = 2


@dataclass(frozen=True)
class Probe:
    """A direction in which the slope is measured.

    Attributes:
        block: The parameter that moves.
        positions: Which flat parameters move, shape (k,).
        direction: How far each moves at a step of 1, shape (k,).
        is_projection: Whether it is a random direction, and no single entry.
    """

    block: str
    positions: np.ndarray
    direction: np.ndarray
    is_projection: bool = False


def choose_probes(
    layout: Layout, point: np.ndarray, claimed: np.ndarray, rng: np.random.Generator
) -> list[Probe]:
    """Return what to look at: every entry, or of large gradients a sample of each block and projections.

    Half of a sample are the entries whose claimed slope is largest, half are drawn at random. A random
    direction through a whole block would miss an error only by chance.
    """
    scales = typical_sizes(layout, point)
    is_sampled = point.size > MOST_ENTRIES
    most = max(_FEWEST_OF_A_BLOCK, _SAMPLE // max(1, len(layout.shapes)))
    probes: list[Probe] = []
    for name, positions in layout.positions.items():
        chosen = _sample(positions, claimed, most, rng) if is_sampled else positions
        probes += [Probe(name, np.array([p]), scales[[p]]) for p in chosen]
        if len(chosen) < len(positions):
            for _ in range(_PROJECTIONS):
                direction = random_direction(scales[positions], rng)
                probes.append(Probe(name, positions, direction, is_projection=True))
    return probes


def random_direction(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a step of either sign for each parameter, from half its size to all of it.

    With steps of one size, two errors that are equal but for the sign would cancel.
    """
    return rng.choice([-1.0, 1.0], len(sizes)) * rng.uniform(0.5, 1.0, len(sizes)) * sizes


def typical_sizes(layout: Layout, point: np.ndarray) -> np.ndarray:
    """Return each parameter's own size, or a tenth of its block's if that is larger; 1 for zeros."""
    sizes = np.abs(point)
    for positions in layout.positions.values():
        block = sizes[positions]
        typical = float(np.sqrt(np.mean(block**2))) if len(block) else 0.0
        sizes[positions] = np.maximum(block, 0.1 * typical) if typical else 1.0
    return sizes


def _sample(positions: np.ndarray, claimed: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    if len(positions) <= most:
        return positions
    by_size = positions[np.argsort(-np.abs(claimed[positions]), kind="stable")]
    largest, others = by_size[: most // 2], by_size[most // 2 :]
    return np.sort(np.concatenate([largest, rng.choice(others, most - len(largest), replace=False)]))
