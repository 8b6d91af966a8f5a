"""Hash places in scan order. In: places that come and go. Out: those between two bounds, sorted.

A place begins with a checksum, so that places are spread evenly over leaves by their first byte or, where a leaf has
become long, their first two. A leaf is a list in the order in which its places came, and is sorted when somebody walks
over it: many more places come than are ever walked over at once, and one sorted list of a large table has each newcomer
look at some twenty places all over the memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

LEAF_MOST = 128  # places, then it is divided in 256: sorting so many takes 5 µs, and a table of 8,000,000 has no more

Leaf = list[bytes]


class Places:
    """A set of places; whoever adds or removes one knows whether it is there."""

    __slots__ = ("_leaves", "_long")

    def __init__(self) -> None:
        self._leaves: list[Leaf] = [[] for _ in range(256)]  # by first byte
        self._long: list[list[Leaf] | None] = [None] * 256  # leaves by second byte, in place of the one that was long

    def add(self, place: bytes) -> None:
        """`place` is not there yet."""
        first = place[0]
        divided = self._long[first]
        if divided is not None:
            divided[place[1]].append(place)
            return
        leaf = self._leaves[first]
        leaf.append(place)
        if len(leaf) > LEAF_MOST:
            divided = self._long[first] = [[] for _ in range(256)]
            for each in leaf:
                divided[each[1]].append(each)
            self._leaves[first] = []

    def remove(self, place: bytes) -> None:
        """`place` is there."""
        divided = self._long[place[0]]
        (self._leaves[place[0]] if divided is None else divided[place[1]]).remove(place)

    def between(self, low: bytes, high: bytes | None, *, after_low: bool = False) -> Iterator[bytes]:
        """From `low`, or after it, to before `high`, sorted. Nothing may be added or removed meanwhile."""
        cut = bisect_right if after_low else bisect_left
        for leaf in self._leaves_from(low):
            leaf.sort()
            for index in range(cut(leaf, low), len(leaf)):
                if high is not None and leaf[index] >= high:
                    return
                yield leaf[index]

    def _leaves_from(self, low: bytes) -> Iterator[Leaf]:
        first, second = (low + b"\0\0")[:2]
        for start in range(first, 256):
            divided = self._long[start]
            if divided is None:
                yield self._leaves[start]
            else:
                yield from divided[second if start == first else 0 :]
