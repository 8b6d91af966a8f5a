"""What has to be sent to one peer of one table. Pure: no await, no clock, no socket.

In: keys of changes, with their sequence numbers; what became of each batch. Out: batches, the numbers of the backlog,
and the mark. A key waits once however often it is written: what is sent is what the table holds when the batch is
taken, and the key keeps the place of its first unsent change, so that no key is overtaken for ever.

The mark is a sequence number: the peer has everything of this region up to it. It moves only over what has been
acknowledged, and not while a whole table is being sent (a sync). A region that restarts sends everything after its
durable mark again, and a peer without a mark is sent the whole table: merging is idempotent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

MOST_ENTRIES = 250  # of one batch: a peer applies it in some 5 ms, while its other callers wait
MOST_BYTES = 1024 * 1024  # of one batch, but for a single item that is larger
SYNCED = 0  # the place of a key that is sent because a whole table is: before every sequence number

Encode = Callable[[bytes], bytes | None]  # a key -> its entry as it is sent; None: there is nothing to send any more


class Unsent(NamedTuple):
    """A key that waits. seq: its first unsent change, or SYNCED; since_s: when that was, if it is to be measured."""

    seq: int
    since_s: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch:
    """What is under way together. entries: what it acknowledges; parts: what is sent, in the same order."""

    entries: dict[bytes, Unsent]
    parts: list[bytes]

    @property
    def lowest(self) -> int:
        """The earliest place among its entries."""
        return min(unsent.seq for unsent in self.entries.values())


class Outbox:
    """The backlog for one peer. mark: what the peer has acknowledged already."""

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.durable_mark: int | None = None  # the mark that the ledger keeps, as far as its owner has said
        self._last_seq = mark
        self._fresh: dict[bytes, Unsent] = {}  # in order of seq
        self._returned: dict[bytes, Unsent] = {}  # from batches that failed; sent first
        self._under_way: set[Batch] = set()
        self._sync: Iterator[bytes] | None = None

    def add(self, key: bytes, seq: int, since_s: float | None) -> None:
        """A change of this region that the peer has not seen."""
        self._last_seq = max(self._last_seq, seq)
        if key not in self._fresh and key not in self._returned:
            self._fresh[key] = Unsent(seq, since_s)

    def begin_sync(self, keys: Iterator[bytes]) -> None:
        """Have all these sent, beside what changes; a second sync follows the first."""
        self._sync = keys if self._sync is None else chain(self._sync, keys)

    @property
    def last_seq(self) -> int:
        """The last change that is meant for this peer."""
        return self._last_seq

    @property
    def acknowledged_mark(self) -> int | None:
        """Up to where the peer has everything, as the ledger knows; None while a whole table is on its way."""
        return self.durable_mark if self.synced else None

    @property
    def has_more(self) -> bool:
        """Whether `take` has something to do."""
        return bool(self._fresh or self._returned or self._sync is not None)

    @property
    def synced(self) -> bool:
        """Whether every key of every sync has been acknowledged."""
        if self._sync is not None:
            return False
        waiting = chain(self._returned.values(), *(batch.entries.values() for batch in self._under_way))
        return all(unsent.seq != SYNCED for unsent in waiting)

    @property
    def backlog(self) -> int:
        """Changes that are not acknowledged; of a sync only those that were taken."""
        return len(self._fresh) + len(self._returned) + sum(len(batch.entries) for batch in self._under_way)

    @property
    def oldest_since_s(self) -> float | None:
        """When the oldest unacknowledged change was made."""
        groups = (self._returned, *(batch.entries for batch in self._under_way))
        since = [unsent.since_s for group in groups for unsent in group.values() if unsent.since_s is not None]
        first = next(iter(self._fresh.values()), None)
        if first is not None and first.since_s is not None:
            since.append(first.since_s)
        return min(since, default=None)

    def take(self, encode: Encode, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> Batch:
        """The next batch, now under way. It may be empty (a sync that had nothing left): acknowledge it at once."""
        entries: dict[bytes, Unsent] = {}
        parts: list[bytes] = []
        size = 0
        while len(entries) < most and size < most_bytes:
            found = self._next(entries, most)
            if found is None:
                break
            key, unsent = found
            if key in entries:  # it waits, and is part of a sync
                entries[key] = earlier(entries[key], unsent)
                continue
            part = encode(key)
            entries[key] = unsent
            if part is not None:
                parts.append(part)
                size += len(part)
        batch = Batch(entries=entries, parts=parts)
        if entries:
            self._under_way.add(batch)
        return batch

    def _next(self, taken: dict[bytes, Unsent], most: int) -> tuple[bytes, Unsent] | None:
        """What failed first; then changes; a sync gets at least half of each batch."""
        if self._returned:
            return pop_first(self._returned)
        if self._fresh and (self._sync is None or len(taken) < most // 2):
            return pop_first(self._fresh)
        while self._sync is not None:
            key = next(self._sync, None)
            if key is None:
                self._sync = None
            else:
                return key, Unsent(SYNCED, None)
        return pop_first(self._fresh) if self._fresh else None

    def acknowledge(self, batch: Batch) -> None:
        """The peer has it, on disk."""
        self._under_way.discard(batch)
        if self._sync is None:
            self.mark = max(self.mark, self._reached())

    def _reached(self) -> int:
        lowest = [batch.lowest for batch in self._under_way]
        lowest += [unsent.seq for unsent in self._returned.values()]
        first = next(iter(self._fresh.values()), None)
        if first is not None:
            lowest.append(first.seq)
        return min(lowest) - 1 if lowest else self._last_seq

    def give_back(self, batch: Batch) -> None:
        """It may not have arrived: send it again, first."""
        self._under_way.discard(batch)
        for key, unsent in batch.entries.items():
            self._fresh.pop(key, None)
            self._returned[key] = earlier(self._returned.get(key), unsent)


def pop_first(waiting: dict[bytes, Unsent]) -> tuple[bytes, Unsent]:
    """The key that has waited longest, taken out."""
    key = next(iter(waiting))
    return key, waiting.pop(key)


def earlier(one: Unsent | None, other: Unsent) -> Unsent:
    """One key that waits in two places takes the first of them."""
    return other if one is None or other.seq < one.seq else one
