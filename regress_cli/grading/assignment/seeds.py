"""Seeds that nobody can guess: from the assignment's secret, or from the course key and a student.

A student's own seed is HMAC-SHA256 (RFC 2104) of what it is for, under the course key. Whoever has the key
gets the same seed again, so that none has to be kept; whoever has not learns nothing from another's.
"""

import hashlib
import hmac

SHORTEST_KEY = 16


def seed_of(secret: bytes, *purpose: str) -> int:
    """Return the seed, below 2**62, that a secret gives for a purpose.

    >>> seed_of(b"a key of the course", "alice") == seed_of(b"a key of the course", "alice")
    True
    >>> seed_of(b"a key of the course", "alice") == seed_of(b"a key of the course", "bob")
    False
    """
    # Lengths in front, so that no two purposes give the same message.
    parts = [part.encode("utf-8", "surrogateescape") for part in purpose]
    message = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return int.from_bytes(hmac.digest(secret, message, "sha256")[:8], "little") >> 2


def fingerprint(content: bytes) -> str:
    """Return what stands for a content and tells nothing of it."""
    return hashlib.sha256(content).hexdigest()
