"""Claims about messages between regions: they cross the planet's door as their region, and only regions are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.protocols.http1 import Headers, Request
from sandbox.region.replication_port import (
    FIRST_TIMEOUT_S,
    LAST_TIMEOUT_S,
    Patience,
    ReplicationClient,
    ReplicationServer,
    secret_of,
)
from sandbox.serving.server import serve_http

TOKEN = "the sandbox's token"
PLAN = AddressPlan(Atlas.load(), ["us-east-1", "eu-west-1"])


async def echo(path: str, body: bytes) -> tuple[int, bytes]:
    return 200, path.encode() + b" " + body


def through_a_door(
    story: Callable[[ReplicationClient, list[bytes]], Awaitable[None]], token: str = TOKEN, open_tunnels: bool = True
) -> None:
    """A door that notes each CONNECT and leads to eu-west-1's port."""

    async def run() -> None:
        server = await serve_http(ReplicationServer(TOKEN, echo).handle, name="replication")
        heard: list[bytes] = []

        async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            if not open_tunnels:
                await reader.read()
                writer.close()
                return
            behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))

        async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()

        planet = await asyncio.start_server(door, "127.0.0.1", 0)
        client = ReplicationClient("us-east-1", PLAN, lambda: planet.sockets[0].getsockname()[1], token)
        try:
            await story(client, heard)
        finally:
            await client.close()
            planet.close()
            await server.close()

    asyncio.run(run())


def test_a_message_crosses_the_ocean_as_its_region_on_one_kept_connection() -> None:
    async def story(client: ReplicationClient, heard: list[bytes]) -> None:
        for number in range(3):
            answer = await client("eu-west-1", "/_sandbox/replication/batch", b"%d" % number)
            assert answer == (200, b"/_sandbox/replication/batch %d" % number)
        assert len(heard) == 1
        assert heard[0].startswith(b"CONNECT 198.18.2.30:7000 ")
        assert b"dXMtZWFzdC0xOng=" in heard[0], "base64 of us-east-1:x"

    through_a_door(story)


def test_a_sandbox_with_another_token_is_not_heard() -> None:
    async def story(client: ReplicationClient, heard: list[bytes]) -> None:
        status, _ = await client("eu-west-1", "/_sandbox/replication/batch", b"")
        assert status == 403

    through_a_door(story, token="another")


@pytest.mark.parametrize("headers", [[], [("Authorization", "Bearer no")], [("Authorization", "Bearer \u00fc")]])
def test_a_user_is_not_heard(headers: list[tuple[str, str]]) -> None:
    request = Request(method="POST", target="/_sandbox/replication/batch", headers=Headers(headers), body=b"{}")
    response = asyncio.run(ReplicationServer(TOKEN, echo).handle(request))
    assert response.status == 403
    assert b"regions of this sandbox" in response.body


def test_what_messages_show_is_not_the_token() -> None:
    assert TOKEN not in secret_of(TOKEN)


def test_the_time_out_grows_on_a_line_that_is_too_slow_and_is_short_again_once_it_answers() -> None:
    """Else a line slower than the time-out would never carry anything."""
    patience, waits = Patience(), []
    for _ in range(8):
        waits.append(patience.of("eu-west-1"))
        patience.ran_out("eu-west-1")
    assert waits[:3] == [FIRST_TIMEOUT_S, 2 * FIRST_TIMEOUT_S, 4 * FIRST_TIMEOUT_S]
    assert patience.of("eu-west-1") == LAST_TIMEOUT_S
    assert patience.of("us-east-1") == FIRST_TIMEOUT_S
    patience.answered("eu-west-1")
    assert patience.of("eu-west-1") == FIRST_TIMEOUT_S
