"""The journal: the one account of what happened.

In: frozen `Event`s, each a decision with its `why`. Out: to every listener at once, and the last `KEEP` of them to
whoever asks later. Each program has one journal; the supervisor's collects them all and writes them to a file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

KEEP = 10_000  # events kept in memory by one journal


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened. at_s: Unix seconds. why: one sentence for the learner.

    Subclasses add fields that JSON can hold; their class name in snake case is the event's kind.
    """

    at_s: float
    why: str = ""

    kind: ClassVar[str] = "event"

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def as_record(event: Event) -> dict[str, Any]:
    """The event as it is written and sent: its fields and `event`, its kind."""
    record: dict[str, Any] = {"event": event.kind}
    for field in fields(event):
        record[field.name] = getattr(event, field.name)
    return record


Listener = Callable[[dict[str, Any]], None]


class Journal:
    """Keeps the last events and tells listeners of new ones, in order."""

    def __init__(self, *, keep: int = KEEP) -> None:
        self.records: deque[dict[str, Any]] = deque(maxlen=keep)
        self.noted = 0  # ever: the newest kept record is number `noted`, counted from 1
        self._listeners: list[Listener] = []

    def note(self, event: Event) -> None:
        """Record one event."""
        self.note_record(as_record(event))

    def note_record(self, record: dict[str, Any]) -> None:
        """Record an event that another program noted."""
        self.records.append(record)
        self.noted += 1
        for listener in tuple(self._listeners):
            listener(record)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each new record; the function returned ends that (a second call does nothing)."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def after(self, number: int) -> tuple[int, list[dict[str, Any]]]:
        """The number of the first kept record after this one, and the records from there on."""
        first = self.noted - len(self.records) + 1
        skipped = max(0, number - first + 1)
        return first + skipped, list(self.records)[skipped:]

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        """The kept records of these kinds, oldest first."""
        return [record for record in self.records if record["event"] in kinds]
