"""The proxy's shell: listens, and gives each client the side its first byte asks for.

In: a `World`, clock, journal, settings; `open_door(place, port)` from the planet program and from `place open`. Out:
listening ports. One asyncio protocol per client, no task on the relay path.
"""

from __future__ import annotations

import asyncio
import errno
from typing import cast

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import bad_setting
from sandbox.kernel.journal import Journal
from sandbox.protocols import socks5
from sandbox.proxy.core import failure_answer
from sandbox.proxy.door import Door, Hall
from sandbox.proxy.http_side import HttpSide
from sandbox.proxy.socks_side import SocksSide
from sandbox.proxy.values import Failure, ProxySettings, Why, World

BACKLOG = 1024  # connections the kernel may hold before they are accepted


class Proxy:
    """All doors of a planet."""

    def __init__(self, *, world: World, clock: Clock, journal: Journal, settings: ProxySettings | None = None) -> None:
        self._hall = Hall(world=world, clock=clock, journal=journal, settings=settings or ProxySettings())
        self._doors: dict[int, Door] = {}

    def __len__(self) -> int:
        """Clients connected now."""
        return len(self._hall.clients)

    @property
    def doors(self) -> list[Door]:
        """The open doors, in order of opening."""
        return list(self._doors.values())

    async def open_door(self, place: str, *, host: str = "127.0.0.1", port: int = 0) -> Door:
        """Listen; who names no place stands in `place`. Raises `Refusal` for an unknown place or a taken port."""
        door = Door(self._hall, self._hall.world.check_place(place))
        loop = asyncio.get_running_loop()
        try:
            door.server = await loop.create_server(lambda: FirstByte(door), host, port, backlog=BACKLOG)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise bad_setting(f"proxy port {port}", f"cannot listen there ({error.strerror})") from error
        door.host, door.port = door.server.sockets[0].getsockname()[:2]
        if not self._doors:
            self._hall.tasks.start(self._hall.sweeper.run(), "sweeper")
        self._doors[door.port] = door
        return door

    async def close_door(self, port: int) -> None:
        """Take no more clients there; those inside stay."""
        door = self._doors.pop(port, None)
        if door is not None and door.server is not None:
            door.server.close()

    async def close(self) -> None:
        """Close all doors and put all clients out."""
        for port in list(self._doors):
            await self.close_door(port)
        for transport in list(self._hall.clients):
            transport.abort()
        await self._hall.tasks.close()


class FirstByte(asyncio.Protocol):
    """Waits for a client's first byte: 5 is SOCKS, anything else is taken for HTTP."""

    _transport: asyncio.Transport

    def __init__(self, door: Door) -> None:
        self._door = door
        self._is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class
        hall = self._door.hall
        self._transport.set_write_buffer_limits(high=hall.settings.write_high_water_bytes)
        self._is_refused = len(hall.clients) >= hall.settings.most_connections
        hall.clients[self._transport] = None

    def data_received(self, data: bytes) -> None:
        is_socks = data[0] == socks5.VERSION
        if self._is_refused:
            self._refuse(is_socks)
            return
        side: asyncio.Protocol = (SocksSide if is_socks else HttpSide)(self._door, self._transport)
        self._transport.set_protocol(side)
        side.data_received(data)

    def _refuse(self, is_socks: bool) -> None:
        limit = self._door.hall.settings.most_connections
        failure = Failure(Why.BUSY, f"The proxy serves {limit} connections at once; close some (most_connections).")
        self._door.note(failure)
        self._transport.write(socks5.method_reply(socks5.NO_METHOD) if is_socks else failure_answer(failure))
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.lost(self._transport)
