"""The newest events, numbered as in the supervisor's journal, so that a reader can go on where it stopped.

In: records with their numbers, oldest first. Out: those after a number that a `Wanted` lets through. Traffic (a few
records for every request) is kept apart from the rest: a busy minute must not push out the fault that explains it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

TRAFFIC = ("connected", "served", "refused", "looked_up", "answered", "shipped", "flow_routed", "flow_refused")
KEEP_TRAFFIC, KEEP_STORY = 3_000, 3_000


@dataclass(frozen=True)
class Entry:
    """One event. number: its place in the supervisor's journal, from 1."""

    number: int
    record: Record

    @property
    def kind(self) -> str:
        """As in the journal: fault_injected, connected, ..."""
        return str(self.record["event"])


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A filter. kinds: none means all. about: names that all occur in the event. traffic: with the traffic's kinds."""

    kinds: frozenset[str] = frozenset()
    about: tuple[str, ...] = ()
    traffic: bool = True

    def lets_through(self, entry: Entry) -> bool:
        """Whether the reader wants it."""
        if self.kinds and entry.kind not in self.kinds:
            return False
        if not self.traffic and not self.kinds and entry.kind in TRAFFIC:
            return False
        return all(mentions(entry.record, name) for name in self.about)


def mentions(record: Record, name: str) -> bool:
    """Whether a field of the event is this name, a list that holds it, or a program of this region."""
    return any(_is(value, name) for key, value in record.items() if key not in ("event", "why"))


def _is(value: Any, name: str) -> bool:
    if isinstance(value, str):
        return value in (name, f"region:{name}")
    if isinstance(value, list | tuple):
        return any(_is(each, name) for each in value)
    return False


class Chronicle:
    """The kept events."""

    def __init__(self, *, keep_traffic: int = KEEP_TRAFFIC, keep_story: int = KEEP_STORY) -> None:
        self._traffic: deque[Entry] = deque(maxlen=keep_traffic)
        self._story: deque[Entry] = deque(maxlen=keep_story)
        self.newest = 0  # number

    def add(self, number: int, record: Record) -> Entry:
        """One more event."""
        assert number > self.newest, (number, self.newest)
        entry = Entry(number, record)
        self.newest = number
        (self._traffic if entry.kind in TRAFFIC else self._story).append(entry)
        return entry

    def after(self, number: int, wanted: Wanted, most: int) -> list[Entry]:
        """The oldest `most` after `number`, in order."""
        return self._merged(number, wanted)[:most]

    def newest_of(self, wanted: Wanted, most: int) -> list[Entry]:
        """The newest `most`, in order."""
        return self._merged(0, wanted)[-most:]

    def lost_since(self, number: int) -> bool:
        """Whether events after `number` are not kept any more."""
        firsts = [kept[0].number for kept in (self._traffic, self._story) if len(kept) == kept.maxlen]
        return any(first > number + 1 for first in firsts)

    def _merged(self, number: int, wanted: Wanted) -> list[Entry]:
        found = [*_newer(self._story, number, wanted), *_newer(self._traffic, number, wanted)]
        return sorted(found, key=lambda entry: entry.number)


def _newer(entries: Sequence[Entry], number: int, wanted: Wanted) -> Iterable[Entry]:
    """From the newest back, as most readers have nearly all of them."""
    for entry in reversed(entries):
        if entry.number <= number:
            return
        if wanted.lets_through(entry):
            yield entry
