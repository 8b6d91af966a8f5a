"""A service over UDP at a region's application address, port 7: returns each datagram with the region's name before it.

In: datagrams. Out: `<region> <the same bytes>`. It stands for what people run over UDP (name servers, games, meters);
port 7 is echo's (RFC 862). It lives and dies with its region's process.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast


class Echo(asyncio.DatagramProtocol):
    """One socket."""

    _transport: asyncio.DatagramTransport

    def __init__(self, region: str) -> None:
        self._name = region.encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._transport.sendto(self._name + b" " + data, addr)


async def serve_echo(region: str, host: str) -> tuple[asyncio.DatagramTransport, int]:
    """Serve on a free port; the transport closes it."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Echo(region), local_addr=(host, 0))
    return transport, int(transport.get_extra_info("sockname")[1])
