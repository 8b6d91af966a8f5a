"""What control tells the data planes: zones, checks, verdicts, CIDR collections, scaling of tables, accelerators; only
what changed.

In: a reading of everything there is (topic -> value). Out: `publish(topic, value)` for each difference from what the
hub already keeps; None takes a topic away. `on_published` hears of each.

A topic is published whole, and a zone of 10,000 record sets is 3 MB. So that many changes to a large zone cost no more
than a few, it is published at most once in `pace_s` of its size; the last state follows by itself. Zones of up to
1000 record sets are published before the caller hears of success.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.tasks import Tasks

Topics = Mapping[str, Any]
PREFIXES = (
    "zone/",
    "health-check/",
    "health-verdict/",
    "cidr/",
    "query-logging/",
    "scaling/",
    "accelerator/",
    "vpc/",
)
SMALL_ZONE = 1000  # record sets that are published at once
PACE_PER_RECORD_S = 50e-6  # ten times what publishing one costs control, hub and planet together


async def at_once(topic: str) -> None:
    """The default: nobody is waited for."""


def hear_nothing(topic: str, value: Any) -> None:
    """The default of `on_published`."""


class Publisher:
    """Remembers what the hub keeps. read: everything as it is now, awaited once for each update.

    arrived: waits until whom a topic is for has it, where a caller's next call depends on that.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Topics]],
        publish: Callable[[str, Any], None],
        arrived: Callable[[str], Awaitable[None]] = at_once,
        *,
        clock: Clock,
        on_published: Callable[[str, Any], None] = hear_nothing,
    ) -> None:
        self.published: dict[str, Any] = {}
        self._arrived = arrived
        self._read = read
        self._publish = publish
        self._on_published = on_published
        self._clock = clock
        self._turn = asyncio.Lock()  # an older reading must not overtake a newer one
        self._told_at_s: dict[str, float] = {}  # of large zones
        self._tasks = Tasks("publisher")
        self._is_waiting = False

    def retained(self, topic: str, value: Any) -> None:
        """What the hub kept from an earlier life of control (a listener for Spoke.subscribe)."""
        if value is None:
            self.published.pop(topic, None)
        else:
            self.published[topic] = value

    async def update(self) -> None:
        """Publish what changed since the last time, but for large zones that were published just now."""
        async with self._turn:
            now = await self._read()
            changed = differences(self.published, now)
            left_s = {topic: self._tell(topic, value) for topic, value in changed.items()}
        wait_s = max(left_s.values(), default=0.0)
        if wait_s and not self._is_waiting:
            self._is_waiting = True
            self._tasks.start(self._update_after(wait_s), "update")
        for topic in changed:
            if not left_s[topic]:
                await self._arrived(topic)

    async def _update_after(self, wait_s: float) -> None:
        await self._clock.sleep(wait_s)
        self._is_waiting = False
        await self.update()

    def _tell(self, topic: str, value: Any) -> float:
        """Publish one topic, or say in how many seconds it may be published."""
        now_s, pace = self._clock.now_s(), pace_s(value)
        told_at_s = self._told_at_s.get(topic)
        if told_at_s is not None and now_s < told_at_s + pace:
            return told_at_s + pace - now_s
        if pace:
            self._told_at_s[topic] = now_s
        else:
            self._told_at_s.pop(topic, None)
        self._publish(topic, value)
        self.retained(topic, value)
        self._on_published(topic, value)
        return 0.0

    def ids(self, prefix: str) -> frozenset[str]:
        """The ids published under a prefix."""
        return frozenset(topic.removeprefix(prefix) for topic in self.published if topic.startswith(prefix))

    async def close(self) -> None:
        """Wait for nothing."""
        await self._tasks.close()


def pace_s(value: Any) -> float:
    """How long to wait between two publications of a topic."""
    records = len(value.get("records") or ()) if isinstance(value, Mapping) else 0
    return records * PACE_PER_RECORD_S if records > SMALL_ZONE else 0.0


def differences(before: Topics, after: Topics) -> dict[str, Any]:
    """New and changed values, and None for what is gone."""
    changed = {topic: value for topic, value in after.items() if before.get(topic) != value}
    return {**changed, **{topic: None for topic in before if topic not in after}}
