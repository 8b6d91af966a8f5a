"""Claims about a region's echo over UDP: the same bytes with its name before them."""

from __future__ import annotations

import asyncio

from sandbox.network.datagrams import UdpSocket
from sandbox.network.values import Endpoint
from sandbox.region.echo import serve_echo


def test_it_returns_what_it_got_and_says_who_it_is() -> None:
    async def story() -> None:
        transport, port = await serve_echo("eu-west-1", "127.0.0.1")
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        client = UdpSocket(Endpoint(host="127.0.0.1", port=port), heard.put_nowait)
        client.send(b"hello")
        assert await asyncio.wait_for(heard.get(), 5) == b"eu-west-1 hello"
        client.close()
        transport.close()

    asyncio.run(story())
