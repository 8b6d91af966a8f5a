"""The application of a region, as the region sees it: where it listens, that it crashed, that it is back.

In: report lines of the keeper. Out: the port handed to the load balancer, and events.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.management.messages import decode
from sandbox.region.keeper import Kept
from sandbox.region.values import ApplicationEnded, ApplicationStarted


class Application:
    """Shell around the keeper's pipes. `on_port(port or None)` is called when the application comes and goes."""

    def __init__(
        self, region: str, kept: Kept, journal: Journal, clock: Clock, on_port: Callable[[int | None], None]
    ) -> None:
        self.port: int | None = None
        self._region = region
        self._kept = kept
        self._journal = journal
        self._clock = clock
        self._on_port = on_port
        self._rest = b""
        self._first_report = asyncio.Event()

    def start(self, settings: Mapping[str, str]) -> None:
        """Have the keeper start it."""
        os.set_blocking(self._kept.report, False)
        asyncio.get_running_loop().add_reader(self._kept.report, self._read)
        self._kept.start(settings)

    async def started(self) -> None:
        """Wait until it has listened, or crashed, once."""
        await self._first_report.wait()

    def _read(self) -> None:
        chunk = os.read(self._kept.report, 65536)
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._kept.report)
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(decode(line))

    def _take(self, report: dict[str, Any]) -> None:
        now_s = self._clock.wall_s()
        self._first_report.set()
        if "app_port" in report:
            self.port = report["app_port"]
            self._journal.note(ApplicationStarted(at_s=now_s, region=self._region))
        else:
            self.port = None
            self._journal.note(
                ApplicationEnded(
                    at_s=now_s,
                    region=self._region,
                    status=report["app_ended"],
                    restart_in_s=report["restart_in_s"],
                    why="the application's process ended by itself",
                )
            )
        self._on_port(self.port)
