"""A watched engine: a real server that is there, away, broken and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sandbox.aws.engine_endpoint import AwsEndpoint
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import unavailable
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.http1 import Headers, Response
from sandbox.region.engine_watch import EngineWatch, version_in
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http

LIMIT_S = 10.0


class Engine:
    """An engine's health page, and who watches it."""

    def __init__(self) -> None:
        self.status = 200
        self.cannot_list = 0  # times that its buckets cannot be told yet
        self.states: asyncio.Queue[str] = asyncio.Queue()
        self.journal = Journal()
        self.tasks = Tasks("test")
        self.pool = HttpPool()
        self.server: HttpServer
        self.watch: EngineWatch

    async def serve(self, port: int = 0) -> None:
        self.server = await serve_http(
            lambda request: Response(status=self.status, headers=Headers(), body=b'{"version": "4.14.0"}'),
            name="engine",
            port=port,
        )

    async def on_up(self) -> None:
        if self.cannot_list:
            self.cannot_list -= 1
            raise unavailable("the engine's list of buckets", "it is being made")

    def publish(self, value: dict[str, Any]) -> None:
        self.states.put_nowait(value["state"])

    async def becomes(self, state: str) -> None:
        async with asyncio.timeout(LIMIT_S):
            while await self.states.get() != state:
                pass


@asynccontextmanager
async def watched() -> AsyncIterator[Engine]:
    engine = Engine()
    await engine.serve()
    engine.watch = EngineWatch(
        "eu-west-1", AwsEndpoint(f"http://127.0.0.1:{engine.server.port}"), engine.pool,
        clock=SystemClock(), journal=engine.journal, publish=engine.publish, on_up=engine.on_up,
    )  # fmt: skip
    engine.tasks.start(engine.watch.run(), "watch")
    try:
        yield engine
    finally:
        await engine.tasks.close()
        await engine.pool.close()
        await engine.server.close()


def run(story: Callable[[Engine], Awaitable[None]]) -> Engine:
    async def whole() -> Engine:
        async with watched() as engine:
            await story(engine)
        return engine

    return asyncio.run(whole())


def test_an_engine_that_goes_and_comes_back_is_two_events() -> None:
    async def story(engine: Engine) -> None:
        await engine.becomes("up")
        await engine.server.close()
        engine.watch.failed("a call was refused")  # else the next probe would find it out
        await engine.becomes("down")
        await engine.serve(engine.server.port)
        await engine.becomes("up")

    engine = run(story)
    kinds = [record["event"] for record in engine.journal.records]
    assert kinds == ["engine_back", "engine_lost", "engine_back"]
    assert (engine.watch.version, engine.journal.records[0]["version"]) == ("4.14.0", "4.14.0")
    assert engine.journal.records[2]["away_s"] > 0


@pytest.mark.parametrize("status", [500, 503])
def test_an_engine_whose_health_page_fails_is_lost(status: int) -> None:
    async def story(engine: Engine) -> None:
        await engine.becomes("up")
        engine.status = status
        engine.watch.failed("a call failed")
        await engine.becomes("down")

    assert run(story).journal.of_kind("engine_lost")[0]["why"] == f"its health page answers {status}"


def test_it_is_up_only_when_its_buckets_are_told() -> None:
    async def story(engine: Engine) -> None:
        engine.cannot_list = 2
        await engine.becomes("up")
        assert engine.cannot_list == 0

    run(story)


def test_while_it_was_never_seen_a_caller_hears_that_it_is_starting() -> None:
    async def story(engine: Engine) -> None:
        assert engine.watch.failed("refused") == "is starting, or not there yet"
        await engine.becomes("up")
        assert engine.watch.failed("refused") == "does not answer (refused)"

    run(story)


@pytest.mark.parametrize(
    ("status", "body", "version"),
    [
        (200, b'{"version": "4.14.0"}', "4.14.0"),
        (200, b"[]", None),
        (404, b"<html>", None),
        (404, b'{"version": "1"}', None),
    ],
)
def test_only_a_health_page_tells_a_version(status: int, body: bytes, version: str | None) -> None:
    assert version_in(Response(status=status, headers=Headers(), body=body)) == version
