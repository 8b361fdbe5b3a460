"""Tapes of many copies of one function at once: each array with an axis for the copies in front.

The recorded program stays the same, step by step; only its arrays have more axes. So a gradient that
was recorded once is replayed for all copies, with the same arithmetic for each of them.
"""

from regress_cli.tape.stacking.stack import stack
from regress_cli.tape.stacking.stacker import NotStackable

__all__ = ["NotStackable", "stack"]
