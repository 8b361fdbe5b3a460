"""The memory of a replay: one piece serves several results that are never needed at the same time."""

import numpy as np

from regress_cli.tape.steps import Spec

# A cache line, so that no array begins in the middle of one.
_ALIGNMENT = 64


class Memory:
    """Gives out pieces, and takes back those that are no longer needed.

    >>> memory = Memory()
    >>> piece, array = memory.take(Spec((2, 3), np.dtype("float64")))
    >>> memory.give_back(piece)
    >>> memory.take(Spec((6,), np.dtype("float64")))[0] is piece
    True
    """

    def __init__(self) -> None:
        self._free: list[np.ndarray] = []
        self.nbytes = 0

    def take(self, spec: Spec) -> tuple[np.ndarray, np.ndarray]:
        """Return a piece, and the array in it that looks as ``spec`` says."""
        size = int(np.prod(spec.shape, dtype=np.int64)) * spec.dtype.itemsize
        fitting = [piece for piece in self._free if size <= piece.nbytes <= 2 * max(size, _ALIGNMENT)]
        piece = min(fitting, key=lambda piece: piece.nbytes, default=None)
        if piece is None:
            piece = self._new(size)
        else:
            self._free = [other for other in self._free if other is not piece]
        return piece, piece[:size].view(spec.dtype).reshape(spec.shape, order=spec.order)

    def give_back(self, piece: np.ndarray) -> None:
        """Let others use a piece."""
        self._free.append(piece)

    def _new(self, size: int) -> np.ndarray:
        room = np.empty(size + _ALIGNMENT, dtype=np.uint8)
        self.nbytes += room.nbytes
        start = -room.ctypes.data % _ALIGNMENT
        return room[start : start + max(size, 1)]
