"""The tiers of isolation, best first, and which one holds here."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tier: TypeAlias = Literal["sealed", "locked", "limits"]
TIERS: tuple[Tier, ...] = ("sealed", "locked", "limits")


@dataclass(frozen=True)
class Isolation:
    """What a stranger's file is shut in with.

    Attributes:
        tier: ``sealed`` is bubblewrap, seccomp and limits, with Landlock where there is one; ``locked`` is
            Landlock, seccomp and limits; ``limits`` is limits only, which hold no one who means harm.
        description: One line for people, such as ``sealed: bubblewrap 0.8.0, Landlock 7, seccomp; self-test
            14 of 14``.
        remedy: Why it is no better tier, and what helps; empty if it is the best.
        program: bubblewrap's path, for the tier that uses it.
    """

    tier: Tier
    description: str = ""
    remedy: str = ""
    program: str = ""

    @property
    def is_sandbox(self) -> bool:
        """Whether a stranger's file can do nothing but turn inputs into arrays."""
        return self.tier != "limits"
