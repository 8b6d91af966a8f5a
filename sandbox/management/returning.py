"""What must be said again when a spoke is back at its hub, and what a spoke has missed. Pure: no socket, no clock.

In: what the spoke said and was told while it was there. Out: its topics and events, once it is back; and the topics
that were taken away meanwhile, which no hub remembers and a subscriber must hear of.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sandbox.management.messages import Message

EVENTS_KEPT = 20_000  # told on return; the oldest of more are lost
REMOVED_KEPT = 20_000  # topics that we took away and the hub may not have heard of; the oldest of more are forgotten


class Said:
    """One spoke's account of itself."""

    def __init__(self) -> None:
        self._published: dict[str, Any] = {}
        self._removed: dict[str, None] = {}
        self._known: set[str] = set()  # topics that have a value, as far as we were told
        self._missed: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.following: Message | None = None

    def published(self, topic: str, value: Any) -> None:
        """We gave a topic this value; a None is remembered too, as the hub may not have heard it."""
        if value is not None:
            self._published[topic] = value
            self._removed.pop(topic, None)
            return
        self._published.pop(topic, None)
        self._removed[topic] = None
        if len(self._removed) > REMOVED_KEPT:
            del self._removed[next(iter(self._removed))]

    def told(self, topic: str, value: Any) -> None:
        """The hub gave a topic this value."""
        if value is None:
            self._known.discard(topic)
        else:
            self._known.add(topic)

    def missed(self, record: dict[str, Any]) -> None:
        """An event that nobody could be told."""
        self._missed.append(record)

    def again(self) -> list[Message]:
        """All that the hub should hear now; each event once."""
        said = {**self._published, **self._removed}
        messages: list[Message] = [{"publish": topic, "value": value} for topic, value in said.items()]
        if self.following is not None:
            messages.append(self.following)
        messages += [{"event": record} for record in self._missed]
        self._missed.clear()
        return messages

    def has_arrived(self) -> None:
        """A return is complete: the hub has heard what we took away."""
        self._removed.clear()

    def begin_anew(self) -> frozenset[str]:
        """The topics that had a value; from now on those count that are told."""
        known = frozenset(self._known)
        self._known.clear()
        return known

    def still_known(self, before: frozenset[str]) -> None:
        """The return was cut short: these count as known until one is complete."""
        self._known |= before

    def taken_away(self, before: frozenset[str]) -> list[str]:
        """Topics that had a value before and were not told since."""
        return sorted(before - self._known)
