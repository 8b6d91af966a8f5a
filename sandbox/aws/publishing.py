"""What control tells the data planes: zones, health checks and auto scaling of tables, and only what changed.

In: a reading of everything there is (topic -> value). Out: `publish(topic, value)` for each difference from what the
hub already keeps; None takes a topic away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Topics = Mapping[str, Any]
PREFIXES = ("zone/", "health-check/", "scaling/")


async def at_once(topic: str) -> None:
    """The default: nobody is waited for."""


class Publisher:
    """Remembers what the hub keeps. read: everything as it is now, awaited once for each update.

    arrived: waits until whom a topic is for has it, where a caller's next call depends on that.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Topics]],
        publish: Callable[[str, Any], None],
        arrived: Callable[[str], Awaitable[None]] = at_once,
    ) -> None:
        self.published: dict[str, Any] = {}
        self._arrived = arrived
        self._read = read
        self._publish = publish
        self._turn = asyncio.Lock()  # an older reading must not overtake a newer one

    def retained(self, topic: str, value: Any) -> None:
        """What the hub kept from an earlier life of control (a listener for Spoke.subscribe)."""
        if value is None:
            self.published.pop(topic, None)
        else:
            self.published[topic] = value

    async def update(self) -> None:
        """Publish what changed since the last time."""
        async with self._turn:
            now = await self._read()
            changed = differences(self.published, now)
            for topic, value in changed.items():
                self._publish(topic, value)
            self.published = dict(now)
        for topic in changed:
            await self._arrived(topic)

    def ids(self, prefix: str) -> frozenset[str]:
        """The ids published under a prefix."""
        return frozenset(topic.removeprefix(prefix) for topic in self.published if topic.startswith(prefix))


def differences(before: Topics, after: Topics) -> dict[str, Any]:
    """New and changed values, and None for what is gone."""
    changed = {topic: value for topic, value in after.items() if before.get(topic) != value}
    return {**changed, **{topic: None for topic in before if topic not in after}}
