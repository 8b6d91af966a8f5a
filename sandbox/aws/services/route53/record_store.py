"""A zone's record sets, found by key, by name and in the order of ListResourceRecordSets.

In: what a batch changes (key -> record set, or None for a deletion). Out: sets of a name, pages. A change costs the
same in a zone of 10 and of 10,000 record sets but for one insertion into a sorted list.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import Any

RecordSet = dict[str, Any]  # boto3's shape, never changed once it is here
Key = tuple[str, str, str | None]  # name, type, set identifier
Place = tuple[tuple[str, ...], str, str]  # where a key stands in the order: reversed labels, type, set identifier


def key_of(record_set: Mapping[str, Any]) -> Key:
    """What makes a record set one of its kind in a zone."""
    return record_set["Name"], record_set["Type"], record_set.get("SetIdentifier")


def place_of(name: str, kind: str, identifier: str | None) -> Place:
    """AWS sorts by the reversed labels of the name, then by type."""
    return tuple(reversed(name.removesuffix(".").split("."))), kind, identifier or ""


class ZoneRecords:
    """The record sets of one zone."""

    def __init__(self) -> None:
        self._by_key: dict[Key, RecordSet] = {}
        self._by_name: dict[str, dict[Key, RecordSet]] = {}
        self._order: list[tuple[Place, Key]] = []

    def __len__(self) -> int:
        return len(self._by_key)

    def all(self) -> list[RecordSet]:
        """Every set, in the order of creation."""
        return list(self._by_key.values())

    def at(self, name: str) -> Sequence[RecordSet]:
        """The sets of one name."""
        return tuple(self._by_name.get(name, {}).values())

    def apply(self, delta: Mapping[Key, RecordSet | None]) -> None:
        """Take over what a batch changed."""
        for key, record_set in delta.items():
            if record_set is None:
                self._take_away(key)
            else:
                self._put(key, record_set)

    def page(self, start: Place, most: int) -> tuple[list[RecordSet], Key | None]:
        """Up to `most` sets from a place in the order, and the key of the next one."""
        first = bisect_left(self._order, (start,))
        keys = [key for _, key in self._order[first : first + most + 1]]
        sets = [self._by_key[key] for key in keys[:most] if key in self._by_key]
        return sets, keys[most] if len(keys) > most else None

    def _put(self, key: Key, record_set: RecordSet) -> None:
        if key not in self._by_key:
            insort(self._order, (place_of(*key), key))
        self._by_key[key] = record_set
        self._by_name.setdefault(key[0], {})[key] = record_set

    def _take_away(self, key: Key) -> None:
        if self._by_key.pop(key, None) is None:
            return
        del self._order[bisect_left(self._order, (place_of(*key), key))]
        same_name = self._by_name[key[0]]
        del same_name[key]
        if not same_name:
            del self._by_name[key[0]]
