"""The regions' front doors at control's own address, for operators who cannot reach the regions' networks.

In: where each front door listens (`region/<code>` topics), the port that people know it by. Out: a listening port for
each region that runs; its connections are joined to the region's, byte for byte. This is the management channel: no
latency, no faults. A region that does not run has no port here, as it has none of its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import cast

from sandbox.kernel.tasks import Tasks
from sandbox.network.values import Endpoint
from sandbox.proxy.relay import Pipe, join, reset

BACKLOG = 1024


class _Client(Pipe):
    """A client's end; it is not read before the other end is there, so nothing piles up."""

    def __init__(self, on_come: Callable[[_Client], object], on_lost: Callable[[Pipe], None]) -> None:
        super().__init__(on_lost=on_lost)
        self.here: asyncio.Transport
        self._on_come = on_come

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.here = cast(asyncio.Transport, transport)
        self.here.pause_reading()
        self._on_come(self)


class Relays:
    """host: where to listen. ports: of each region's front door, as people know them."""

    def __init__(self, host: str, ports: Mapping[str, int]) -> None:
        self._host = host
        self._ports = ports
        self._ways: dict[str, Endpoint] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self._pipes: set[Pipe] = set()
        self._tasks = Tasks("relays")
        self._turn = asyncio.Lock()  # a region that moves closes its port before it opens it again

    def __len__(self) -> int:
        """Connections now."""
        return len(self._pipes)

    def put(self, code: str, front_door: Endpoint | None) -> None:
        """Where the front door of a region is now; None: nowhere."""
        if self._ways.get(code) == front_door:
            return
        if front_door is None:
            del self._ways[code]
        else:
            self._ways[code] = front_door
        self._tasks.start(self._open_or_close(code), code)

    async def _open_or_close(self, code: str) -> None:
        async with self._turn:
            if code in self._ways and code not in self._servers:
                await self._open(code)
            elif code not in self._ways and code in self._servers:
                self._servers.pop(code).close()

    async def _open(self, code: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._servers[code] = await loop.create_server(
                lambda: self._client(code), self._host, self._ports[code], backlog=BACKLOG
            )
        except OSError as error:
            print(f"the front door of {code} cannot be relayed: {error}", file=sys.stderr, flush=True)

    def _client(self, code: str) -> Pipe:
        pipe = _Client(lambda client: self._tasks.start(self._join(code, client), f"join {code}"), self._pipes.discard)
        self._pipes.add(pipe)
        return pipe

    async def _join(self, code: str, client: _Client) -> None:
        way = self._ways.get(code)
        region = Pipe(on_lost=self._pipes.discard)
        try:
            if way is None:
                raise ConnectionRefusedError(code)
            await asyncio.get_running_loop().create_connection(lambda: region, way.host, way.port)
        except OSError:  # as the region itself would say it, had the client reached it
            reset(client.here)
            return
        self._pipes.add(region)
        join(client, region)
        if not client.here.is_closing():
            client.here.resume_reading()

    async def close(self) -> None:
        """Close every port and every connection."""
        await self._tasks.close()
        for server in self._servers.values():
            server.close()
        for pipe in tuple(self._pipes):
            if pipe.transport is not None:
                pipe.transport.abort()
