"""Whether replicas hold the same: digests of a table's items in buckets, and the items of some buckets. Pure.

In: keys as JSON bytes, items. Out: one digest for each bucket; equal content gives equal digests in every region, so
that only what differs has to be looked at item by item.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from sandbox.replication.values import Version

BUCKETS = 256


class Digests:
    """Of one table, item after item in any order."""

    def __init__(self) -> None:
        self._sums = [0] * BUCKETS

    def add(self, key: bytes, item: dict[str, Any]) -> None:
        """One item."""
        content = hashlib.blake2b(key + orjson.dumps(item, option=orjson.OPT_SORT_KEYS), digest_size=8).digest()
        self._sums[bucket_of(key)] ^= int.from_bytes(content, "big")

    def texts(self) -> list[str]:
        """One for each bucket."""
        return [f"{each:016x}" for each in self._sums]


def bucket_of(key: bytes) -> int:
    """Where a key counts."""
    return hashlib.blake2b(key, digest_size=1).digest()[0]


def entry(key: bytes, item: dict[str, Any], version: Version | None) -> dict[str, Any]:
    """One item as it is compared; stamps are those of its last write, None for what was there before."""
    return {
        "key": orjson.loads(key),
        "item": item,
        "stamp_us": None if version is None else version.stamp_us,
        "region": None if version is None else version.region,
    }
