"""The engine of a region: control's moto, or an endpoint with a watch over it, as the settings say.

In: the region's settings, a way to control. Out: an `Engine` for the front door; while an endpoint is watched, what it
has of buckets goes to control's register each time it comes up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from sandbox.aws.engine_buckets import buckets_of_engine
from sandbox.aws.engine_client import RemoteEngine
from sandbox.aws.engine_endpoint import AwsEndpoint, EndpointEngine, as_the_engine_reads_it
from sandbox.kernel.errors import Refusal
from sandbox.management.program import Program
from sandbox.protocols.http1 import Request, Response
from sandbox.region.engine_watch import UP, EngineWatch
from sandbox.region.values import BucketsLost
from sandbox.serving.client import HttpPool
from sandbox.serving.streams import whole_response

MOTO = "moto"
TOPIC = "region-engine/"
BUCKETS_WITHIN_S = 10.0  # for each question about buckets

AskControl = Callable[..., Awaitable[Any]]


class RegionEngine:
    """The engine of `region`. accounts: those whose buckets an endpoint is asked for."""

    def __init__(
        self, region: str, program: Program, control: RemoteEngine, accounts: Callable[[], Collection[str]]
    ) -> None:
        self.region = region
        self.setting = str(program.settings["region_settings"][region]["engine"])
        self._program = program
        self._control = control
        self._accounts = accounts
        self._pool = HttpPool(stream_bodies=True)
        self._watch: EngineWatch | None = None
        self._engine: RemoteEngine | EndpointEngine = control
        if self.setting != MOTO:
            self._watch = self._watched(AwsEndpoint(self.setting))

    def _watched(self, endpoint: AwsEndpoint) -> EngineWatch:
        watch = EngineWatch(
            self.region,
            endpoint,
            self._pool,
            clock=self._program.clock,
            journal=self._program.journal,
            publish=lambda value: self._program.spoke.publish(f"{TOPIC}{self.region}", value),
            on_up=self.tell_buckets,
        )
        self._engine = EndpointEngine(self._pool, endpoint, self._control, lambda: watch)
        return watch

    async def __call__(self, request: Request, account: str, region: str, service: str) -> Response:
        return await self._engine(request, account, region, service)

    def start(self) -> None:
        """Watch the endpoint, or say that there is none."""
        if self._watch is not None:
            self._program.tasks.start(self._watch.run(), "engine watch")
        else:
            self._program.spoke.publish(f"{TOPIC}{self.region}", {"engine": MOTO})

    async def tell_buckets(self) -> None:
        """What the endpoint has, to control's register; a Refusal when one of the two does not answer."""
        watch = self._watch
        if watch is None:
            return
        found = await buckets_of_engine(self._ask, self.region, self._accounts())
        told = await self._program.spoke.call(
            "control", "buckets_found", region=self.region, buckets=[bucket.as_topic() for bucket in found]
        )
        for name in told["taken"]:
            print(f"the engine has a bucket {name}, whose name belongs to somebody else: not served here", flush=True)
        if told["lost"]:
            self._program.journal.note(
                BucketsLost(
                    at_s=self._program.clock.wall_s(),
                    region=self.region,
                    engine=watch.endpoint.url,
                    buckets=told["lost"],
                    why="the engine does not have them any more; their names are free again",
                )
            )

    @property
    def is_up(self) -> bool:
        """An endpoint that answers."""
        return self._watch is not None and self._watch.state == UP

    async def tell_control_again(self) -> None:
        """Control has started again, and may have lost what was made while it was away."""
        try:
            await self.tell_buckets()
        except (OSError, TimeoutError, Refusal) as error:
            print(f"the buckets of {self.region} could not be told: {error}", flush=True)

    async def _ask(self, request: Request, account: str) -> Response:
        assert self._watch is not None
        endpoint = self._watch.endpoint
        asked = as_the_engine_reads_it(request, account, self.region, "s3", endpoint.netloc)
        return await whole_response(await endpoint.send(self._pool, asked, BUCKETS_WITHIN_S))

    async def close(self) -> None:
        """Close connections; the watch ends with the program's tasks."""
        await self._pool.close()
