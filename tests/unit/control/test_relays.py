"""Claims about the regions' front doors at control's address, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sandbox.control.relays import Relays
from sandbox.network.values import Endpoint
from sandbox.supervisor.ports import pick_free

HOST = "127.0.0.1"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()


async def open_at(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Once somebody listens there."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await asyncio.open_connection(HOST, port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


async def closed_at(port: int) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                await asyncio.sleep(0.01)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:  # it stood in the queue of a port that was just closed
                await asyncio.sleep(0.01)


def with_relays(story: Callable[[Relays, int, Endpoint], Awaitable[None]]) -> None:
    async def run() -> None:
        region = await asyncio.start_server(echo, HOST, 0)
        (port,) = pick_free(1, 7_000)
        relays = Relays(HOST, {"eu-west-1": port})
        try:
            await story(relays, port, Endpoint(host=HOST, port=region.sockets[0].getsockname()[1]))
        finally:
            await relays.close()
            region.close()

    asyncio.run(run())


def test_bytes_go_through_both_ways_and_ends_are_passed_on() -> None:
    async def story(relays: Relays, port: int, region: Endpoint) -> None:
        relays.put("eu-west-1", region)
        reader, writer = await open_at(port)
        sent = bytes(range(256)) * 4_000
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == sent

    with_relays(story)


def test_a_region_that_is_away_has_no_port() -> None:
    async def story(relays: Relays, port: int, region: Endpoint) -> None:
        relays.put("eu-west-1", region)
        (await open_at(port))[1].close()
        relays.put("eu-west-1", None)
        await closed_at(port)
        relays.put("eu-west-1", region)
        (await open_at(port))[1].close()

    with_relays(story)


def test_a_region_that_moved_is_followed() -> None:
    async def story(relays: Relays, port: int, region: Endpoint) -> None:
        relays.put("eu-west-1", Endpoint(host=HOST, port=1))
        reader, _ = await open_at(port)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        relays.put("eu-west-1", region)
        reader, writer = await open_at(port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"

    with_relays(story)
