"""Claims about calls from one region to another, through a stand-in for the planet's door on a real socket."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request
from sandbox.region.forwarding import Forwarder

REQUEST = Request(method="POST", target="/", headers=Headers([("Host", "sqs.eu-west-1.amazonaws.com")]), body=b"{}")


def forward_through(answers: list[bytes]) -> tuple[list[bytes], object]:
    """Forward one call through a door that says these things in turn; what the door heard, and what came of it."""
    heard: list[bytes] = []

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            heard.append(await reader.read(65536))
            writer.write(answer)
        await writer.drain()
        writer.close()

    async def run() -> object:
        server = await asyncio.start_server(door, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        forwarder = Forwarder("us-east-1", AddressPlan(Atlas.load(), ["us-east-1", "eu-west-1"]), lambda: port)
        try:
            return await forwarder("eu-west-1", REQUEST)
        except Refusal as refusal:
            return refusal
        finally:
            await forwarder.close()
            server.close()

    return heard, asyncio.run(run())


def test_a_call_crosses_the_ocean_as_its_own_region() -> None:
    """The door is asked for the other region's AWS address by a user named like the calling region."""
    heard, answer = forward_through(
        [b"HTTP/1.1 200 Connection established\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]
    )
    assert heard[0].startswith(b"CONNECT 198.18.2.30:80 ")
    assert b"dXMtZWFzdC0xOng=" in heard[0], "base64 of us-east-1:x"
    assert b"Host: sqs.eu-west-1.amazonaws.com" in heard[1], "the host that was signed"
    assert getattr(answer, "body", None) == b"ok"


@pytest.mark.parametrize(("status", "word"), [(b"502", b"refused"), (b"504", b"timeout"), (b"502", b"reset")])
def test_a_region_that_cannot_be_reached_is_service_unavailable(status: bytes, word: bytes) -> None:
    _, answer = forward_through([b"HTTP/1.1 " + status + b" No\r\nSandbox-Error: " + word + b"\r\n\r\n"])
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.status) == ("ServiceUnavailable", 503)
    assert "eu-west-1" in answer.message
