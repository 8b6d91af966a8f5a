"""Whether a region's engine answers: asked again and again, and told by the calls that it does not answer.

In: an endpoint. Out: the topic `region-engine/<code>`, events, and `on_up` each time it has come (back) up. An engine
that refuses is down at once; one that is silent may be busy, and is down after `FAIL_AFTER` silent probes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from sandbox.aws.engine_endpoint import AwsEndpoint
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.region.values import EngineBack, EngineLost
from sandbox.serving.client import HttpPool

HEALTH = "/_localstack/health"  # LocalStack's and ministack's; moto's server answers 404, and that is an answer
PROBE_UP_S, PROBE_DOWN_S = 2.0, 0.5
PROBE_WITHIN_S = 3.0
FAIL_AFTER = 3
STARTING, UP, DOWN = "starting", "up", "down"


class EngineWatch:
    """A `Watch`. publish: the engine's state as a topic's value."""

    def __init__(
        self,
        region: str,
        endpoint: AwsEndpoint,
        pool: HttpPool,
        *,
        clock: Clock,
        journal: Journal,
        publish: Callable[[dict[str, Any]], None],
        on_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.region = region
        self.endpoint = endpoint
        self.state = STARTING
        self.version: str | None = None
        self.since_s = clock.wall_s()
        self._pool = pool
        self._clock = clock
        self._journal = journal
        self._publish = publish
        self._on_up = on_up
        self._silent = 0
        self._hurry = asyncio.Event()

    def answered(self) -> None:
        """A call was answered: nothing to look into."""
        if self.state != UP:
            self._hurry.set()

    def failed(self, why: str) -> str:
        """A call was not: look at once; what to say to the caller."""
        self._hurry.set()
        if self.state == STARTING:
            return "is starting, or not there yet"
        return f"does not answer ({why})"

    async def run(self) -> None:
        """Until cancelled."""
        self._tell()
        while True:
            await self._probe()
            self._hurry.clear()
            try:
                async with asyncio.timeout(PROBE_UP_S if self.state == UP else PROBE_DOWN_S):
                    await self._hurry.wait()
            except TimeoutError:
                continue
            await self._clock.sleep(PROBE_DOWN_S / 5)  # many calls that fail at once are one reason to look

    async def _probe(self) -> None:
        request = Request(method="GET", target=HEALTH, headers=Headers())
        try:
            answer = await self.endpoint.send(self._pool, request, PROBE_WITHIN_S)
        except TimeoutError:
            self._silent += 1
            if self._silent >= FAIL_AFTER:
                self._lost(f"silent for {FAIL_AFTER * PROBE_WITHIN_S:g} s")
            return
        except OSError as error:
            self._lost(str(error))
            return
        self._silent = 0
        if answer.status >= 500:
            self._lost(f"its health page answers {answer.status}")
        elif self.state != UP:
            await self._came_up(version_in(answer))

    async def _came_up(self, version: str | None) -> None:
        away_s = self._clock.wall_s() - self.since_s
        try:
            await self._on_up()
        except (OSError, TimeoutError, Refusal) as refusal:  # it answers, and cannot be worked with yet
            print(f"the engine of {self.region} cannot be worked with yet: {refusal}", flush=True)
            return
        self._become(UP, version)
        self._journal.note(
            EngineBack(
                at_s=self.since_s,
                region=self.region,
                engine=self.endpoint.url,
                version=version,
                away_s=round(away_s, 3),
                why=f"it answers after {away_s:.1f} s",
            )
        )

    def _lost(self, why: str) -> None:
        self._pool.drop_kept()
        if self.state != UP:
            return
        self._become(DOWN, self.version)
        self._journal.note(EngineLost(at_s=self.since_s, region=self.region, engine=self.endpoint.url, why=why))

    def _become(self, state: str, version: str | None) -> None:
        self.state, self.version, self.since_s = state, version, self._clock.wall_s()
        self._tell()

    def _tell(self) -> None:
        self._publish(
            {"engine": self.endpoint.url, "state": self.state, "since_s": self.since_s, "version": self.version}
        )


def version_in(answer: Response) -> str | None:
    """The version on LocalStack's health page; None on any other page."""
    try:
        page = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    version = page.get("version") if isinstance(page, dict) and answer.status == 200 else None
    return version if isinstance(version, str) else None
