"""A hub on the loopback, spokes that join it, and raw connections that say what they like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.management.messages import decode, encode
from sandbox.management.spoke import Spoke

TOKEN = "a token of this test"
WITHIN_S = 10.0  # only a failing test takes that long


class Meeting:
    """A running hub and those who joined it."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.hub = Hub(self.journal, TOKEN)
        self.port = 0
        self._spokes: list[Spoke] = []
        self._writers: list[asyncio.StreamWriter] = []  # kept: one that nobody holds is closed

    async def join(self, program: str, token: str = TOKEN) -> Spoke:
        spoke = Spoke(program, "127.0.0.1", self.port, token)
        await spoke.connect()
        self._spokes.append(spoke)
        return spoke

    async def leave(self, spoke: Spoke) -> None:
        await spoke.close()
        await self.until(lambda: self.hub.programs.get(spoke.program) is None)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def join_by_hand(self, program: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has said hello and then does what it likes: nothing, for instance."""
        reader, writer = await self.connect()
        writer.write(encode({"hello": {"program": program, "token": TOKEN}}))
        assert "welcome" in decode(await reader.readline())
        return reader, writer

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)

    async def close(self) -> None:
        for spoke in self._spokes:
            await spoke.close()
        for writer in self._writers:
            writer.close()
        await self.hub.close()


@asynccontextmanager
async def open_meeting() -> AsyncIterator[Meeting]:
    meeting = Meeting()
    meeting.port = await meeting.hub.start()
    try:
        yield meeting
    finally:
        await meeting.close()


@pytest.fixture
def meet() -> Callable[[Callable[[Meeting], Awaitable[None]]], None]:
    """Runs `story(meeting)` in an event loop of its own."""

    def run(story: Callable[[Meeting], Awaitable[None]]) -> None:
        async def life() -> None:
            async with asyncio.timeout(WITHIN_S), open_meeting() as meeting:
                await story(meeting)

        asyncio.run(life())

    return run


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def open_hub() -> Any:
    """The meeting as a context manager, for tests with a loop of their own."""
    return open_meeting
