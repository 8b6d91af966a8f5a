"""Questions to the sandbox, for the API: through the hub, with a limit in time, and with a limit at once.

In: names and values that a model has checked. Out: plain values, or a Refusal. `Tables` is blocking and walks through
several answers, so it is asked in a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sandbox.kernel.errors import unavailable
from sandbox.management.spoke import Spoke
from sandbox.replication.overview import Tables
from sandbox.serving.measured import Measured
from sandbox.serving.visit import probe

PLANET_WITHIN_S = 25.0  # longer than a lookup's own limit, so that its words reach the reader
HUB_WITHIN_S = 90.0  # healing a stopped program waits until it is back
MOST_AT_ONCE = 64  # questions that take long: probes, lookups, walks over tables
HOST = "127.0.0.1"

Result = TypeVar("Result")


class Asking:
    """The running sandbox. card: what it says of itself."""

    def __init__(self, spoke: Spoke, card: Mapping[str, Any]) -> None:
        self.card = card
        self._spoke = spoke
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._loop = asyncio.get_running_loop()

    async def hub(self, method: str, **arguments: Any) -> Any:
        """A call to the supervisor."""
        return await self._ask("hub", method, arguments, HUB_WITHIN_S)

    async def planet(self, method: str, **arguments: Any) -> Any:
        """A call to the planet."""
        async with self._room:
            return await self._ask("planet", method, arguments, PLANET_WITHIN_S)

    async def _ask(self, program: str, method: str, arguments: Mapping[str, Any], within_s: float) -> Any:
        try:
            async with asyncio.timeout(within_s):
                return await self._spoke.call(program, method, **arguments)
        except TimeoutError:
            who = "the supervisor" if program == "hub" else program
            raise unavailable(who, f"no answer within {within_s:g} s") from None

    async def visit(
        self, place: str, url: str, *, method: str, headers: Mapping[str, str], body: str, timeout_s: float
    ) -> Measured:
        """One visit by somebody in `place`."""
        async with self._room:
            return await probe(
                HOST,
                int(self.card["ports"]["proxy"]),
                place,
                url,
                timeout_s=timeout_s,
                ca=str(self.card["ca_bundle"]),
                method=method,
                headers=headers,
                body=body.encode(),
            )

    async def tables(self, ask: Callable[[Tables], Result]) -> Result:
        """What `ask` finds out with a `Tables`."""

        def call(method: str, **arguments: Any) -> Any:
            asked = asyncio.run_coroutine_threadsafe(self.hub(method, **arguments), self._loop)
            return asked.result(HUB_WITHIN_S + 10)

        async with self._room:
            return await asyncio.to_thread(lambda: ask(Tables(call, str(self.card["account"]))))
