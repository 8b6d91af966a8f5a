"""When a change of Route 53 is on all name servers: some time after its zone was published (fact sheet §6.4).

In: what was published. Out: `settle(zone id, version)` after the propagation delay; None for a zone that is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.tasks import Tasks

ZONE = "zone/"
Settle = Callable[[str, int | None], Awaitable[Any]]


class Propagation:
    """Waits once for each publication of a zone. delay_s: real seconds, scaled by the sandbox's speed already."""

    def __init__(self, settle: Settle, *, clock: Clock, delay_s: float) -> None:
        self.delay_s = delay_s
        self._settle = settle
        self._clock = clock
        self._tasks = Tasks("propagation")

    def on_published(self, topic: str, value: Any) -> None:
        """A listener for the publisher."""
        if topic.startswith(ZONE):
            version = None if value is None else int(value["version"])
            self._tasks.start(self._settle_later(topic.removeprefix(ZONE), version), topic)

    async def _settle_later(self, zone_id: str, version: int | None) -> None:
        await self._clock.sleep(self.delay_s)
        await self._settle(zone_id, version)

    async def close(self) -> None:
        """Settle nothing more; control settles what is kept when it starts again."""
        await self._tasks.close()
