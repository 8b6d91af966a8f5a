"""Many clients in many places at a steady rate, whatever the answers do (an open loop).

In: places, a URL, visits a second from each place. Out: a `Measured` for every visit, in the order they ended. A slow
answer never makes the next visit later: users do not wait for each other, and a closed loop would hide an outage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sandbox.kernel.clock import Clock, SystemClock
from sandbox.kernel.tasks import Tasks
from sandbox.serving.measured import Measured
from sandbox.serving.visit import Trust, probe, trust_of

MOST_AT_ONCE = 2_000  # visits under way; more than this are noted as not-sent
MOST_RESULTS = 200_000

OnResult = Callable[[Measured], None]


def departures(places: Sequence[str], rate_per_s: float) -> Iterator[tuple[float, str]]:
    """When (seconds from the start) and from where each visit leaves, without end; places take turns."""
    step_s = 1.0 / (rate_per_s * len(places))
    number = 0
    while True:
        yield number * step_s, places[number % len(places)]
        number += 1


class SteadyLoad:
    """A load that can be started once. rate_per_s: visits a second from each place."""

    def __init__(
        self,
        proxy_host: str,
        proxy_port: int,
        places: Sequence[str],
        url: str,
        *,
        rate_per_s: float,
        timeout_s: float = 10.0,
        ca: Trust = None,
        on_result: OnResult | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.proxy_host, self.proxy_port = proxy_host, proxy_port
        self.places = tuple(places)
        self.url = url
        self.rate_per_s = rate_per_s
        self.timeout_s = timeout_s
        self.results: list[Measured] = []
        self.started_at_s = 0.0
        self._trust = trust_of(ca) if url.startswith("https:") else None
        self._on_result = on_result
        self._clock = clock or SystemClock()
        self._stopped = asyncio.Event()
        self._under_way = 0

    def stop(self) -> None:
        """Send no more; `run` returns when the visits under way have ended."""
        self._stopped.set()

    async def run(self, for_s: float) -> list[Measured]:
        """Visit for `for_s` seconds, then wait for the last answers."""
        tasks = Tasks("steady load")
        self.started_at_s = self._clock.wall_s()
        start_s = self._clock.now_s()
        visits: list[asyncio.Task[None]] = []
        try:
            for after_s, place in departures(self.places, self.rate_per_s):
                if after_s >= for_s or await self._stopped_before(start_s + after_s):
                    break
                if self._under_way >= MOST_AT_ONCE:
                    self._keep(self._not_sent(place))
                    continue
                self._under_way += 1
                visits.append(tasks.start(self._visit(place), f"visit from {place}"))
            await asyncio.gather(*visits)
        finally:
            await tasks.close()
        return self.results

    async def _stopped_before(self, moment_s: float) -> bool:
        wait_s = moment_s - self._clock.now_s()
        if wait_s > 0:
            try:
                async with asyncio.timeout(wait_s):
                    await self._stopped.wait()
            except TimeoutError:
                pass  # the moment has come
        return self._stopped.is_set()

    async def _visit(self, place: str) -> None:
        try:
            measured = await probe(
                self.proxy_host,
                self.proxy_port,
                place,
                self.url,
                timeout_s=self.timeout_s,
                ca=self._trust,
                clock=self._clock,
            )
        finally:
            self._under_way -= 1
        self._keep(replace(measured, headers=(), body=b""))  # a long load would hold every page

    def _not_sent(self, place: str) -> Measured:
        return Measured(
            place=place,
            url=self.url,
            started_at_s=self._clock.wall_s(),
            error="not-sent",
            why=f"{MOST_AT_ONCE} visits are under way",
        )

    def _keep(self, measured: Measured) -> None:
        if len(self.results) < MOST_RESULTS:
            self.results.append(measured)
        if self._on_result is not None:
            self._on_result(measured)
