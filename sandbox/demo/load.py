"""A steady load in a thread of its own, so that an act can break and mend things while it runs.

In: a sandbox, places, a URL. Out: `visits`, which grows while the load runs; `started_at_s`. A context manager: at its
end no more visits are sent, and those under way are waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from sandbox.client.place import HOST
from sandbox.client.steady_load import SteadyLoad
from sandbox.serving.measured import Measured

LONGEST_S = 600.0  # an act that hangs must not load the machine for ever


class BackgroundLoad:
    """Open-loop users in many cities. rate_per_s: of each city; timeout_s: when a user gives up."""

    def __init__(
        self, proxy_port: int, places: Sequence[str], url: str, *, rate_per_s: float, timeout_s: float
    ) -> None:
        self.timeout_s = timeout_s
        self._load = SteadyLoad(HOST, proxy_port, places, url, rate_per_s=rate_per_s, timeout_s=timeout_s)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo load", daemon=True)

    @property
    def visits(self) -> list[Measured]:
        """Those that have ended so far."""
        return list(self._load.results)

    @property
    def started_at_s(self) -> float:
        """Unix seconds."""
        return self._load.started_at_s

    def __enter__(self) -> BackgroundLoad:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._load.stop)
        self._thread.join(self.timeout_s + 5.0)

    def _run(self) -> None:
        asyncio.run(self._drive())

    async def _drive(self) -> list[Any]:
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._started.set)  # after `run` has noted when it started
        return list(await self._load.run(LONGEST_S))
