"""Chance, one stream per purpose, so that a new draw in one room does not move another's.

In: the sandbox's seed and a purpose such as "network:jitter". Out: a `random.Random` of its own.
"""

from __future__ import annotations

import hashlib
import random
import secrets


def dice(seed: int, purpose: str) -> random.Random:
    """A generator that depends on `seed` and `purpose` alone (not on PYTHONHASHSEED)."""
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest, "big"))


def fresh_seed() -> int:
    """A seed for a run that was given none; it is printed, so that the run can be repeated."""
    return secrets.randbelow(2**31)


def fresh_token() -> str:
    """An unguessable name for a secret of this sandbox, or for a request id."""
    return secrets.token_hex(16)


def fresh_name() -> str:
    """A name that nothing else has, at a third of a token's price: one goes out with every answer.

    Not for secrets. A forked process draws others than its parent: Python seeds this generator anew after a fork.
    """
    return f"{random.getrandbits(128):032X}"
