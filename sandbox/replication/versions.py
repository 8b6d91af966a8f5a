"""The journal of versions of one global table in one region: which write each item's content is, tombstones included.

In: keys as JSON bytes. Out: versions. Items that were there before the table became global have no entry: they are all
of one version, the base, so that making a table global writes nothing. Plain tables have no journal.
"""

from __future__ import annotations

from sandbox.replication.values import Item, Version


class Versions:
    """Key -> version. base: the version of what was there before, or None in a region that had nothing."""

    def __init__(self, base: Version | None) -> None:
        self.base = base
        self.tombstones: dict[bytes, None] = {}  # keys whose version is a delete, oldest first
        self._versions: dict[bytes, Version] = {}

    def of(self, key: bytes, item: Item | None) -> Version | None:
        """The version of what is stored under `key`, which is `item`; None: never written, as far as is known."""
        version = self._versions.get(key)
        return version if version is not None or item is None else self.base

    def put(self, key: bytes, version: Version, item: Item | None) -> None:
        """`item` is stored under `key` now, or a tombstone."""
        self._versions[key] = version
        if item is None:
            self.tombstones[key] = None
        else:
            self.tombstones.pop(key, None)

    def forget(self, key: bytes) -> None:
        """This tombstone is needed no more."""
        del self._versions[key], self.tombstones[key]
