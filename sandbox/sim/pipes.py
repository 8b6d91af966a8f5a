"""In-memory connections with asyncio's own transport interface, and the hosts that listen on them.

In: `listen(endpoint, factory)`. Out: a `Dialer` for the network. What is written arrives in the next turn of the
loop; distance is the network's business, not that of pipes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.network.values import Endpoint

Factory = Callable[[], asyncio.Protocol]


class PipeTransport(asyncio.Transport):
    """One end of an in-memory connection."""

    def __init__(self) -> None:
        super().__init__({"peername": ("pipe", 0)})
        self.peer: PipeTransport | None = None
        self.protocol: asyncio.Protocol | None = None
        self._reading = True
        self._waiting: list[tuple[str, bytes]] = []
        self._closed = False
        self._said_eof = False

    def join(self, peer: PipeTransport, protocol: asyncio.Protocol) -> None:
        """Become connected."""
        self.peer, self.protocol = peer, protocol

    def write(self, data: Any) -> None:
        if not self._closed and not self._said_eof:
            self._send("data", bytes(data))

    def write_eof(self) -> None:
        if not self._said_eof:
            self._said_eof = True
            self._send("eof")

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._send("close")
            asyncio.get_running_loop().call_soon(self._lost, None)

    def abort(self) -> None:
        if not self._closed:
            self._closed = True
            self._send("reset")
            asyncio.get_running_loop().call_soon(self._lost, None)

    def is_closing(self) -> bool:
        return self._closed

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        waiting, self._waiting = self._waiting, []
        for kind, data in waiting:
            self._take(kind, data)

    def is_reading(self) -> bool:
        return self._reading

    def get_write_buffer_size(self) -> int:
        return 0

    def _send(self, kind: str, data: bytes = b"") -> None:
        assert self.peer is not None
        asyncio.get_running_loop().call_soon(self.peer._take, kind, data)

    def _take(self, kind: str, data: bytes) -> None:
        if self._closed:
            return
        if not self._reading:
            self._waiting.append((kind, data))
            return
        assert self.protocol is not None
        if kind == "data":
            self.protocol.data_received(data)
        elif kind == "eof":
            if not self.protocol.eof_received():
                self.close()
        else:
            self._closed = True
            self._lost(ConnectionResetError("reset by peer") if kind == "reset" else None)

    def _lost(self, error: Exception | None) -> None:
        if self.protocol is not None:
            protocol, self.protocol = self.protocol, None
            protocol.connection_lost(error)


class MemoryHosts:
    """Who listens where, in memory."""

    def __init__(self) -> None:
        self._listeners: dict[Endpoint, Factory] = {}

    def listen(self, endpoint: Endpoint, factory: Factory) -> None:
        """Accept connections at `endpoint` with `factory()`."""
        self._listeners[endpoint] = factory

    def stop(self, endpoint: Endpoint) -> None:
        """Refuse from now on."""
        self._listeners.pop(endpoint, None)

    async def dial(self, endpoint: Endpoint, factory: Factory) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """A `network.service.Dialer`."""
        listener = self._listeners.get(endpoint)
        if listener is None:
            raise ConnectionRefusedError(f"nobody listens at {endpoint.host}:{endpoint.port}")
        near, far = PipeTransport(), PipeTransport()
        near_protocol, far_protocol = factory(), listener()
        near.join(far, near_protocol)
        far.join(near, far_protocol)
        near_protocol.connection_made(near)
        asyncio.get_running_loop().call_soon(far_protocol.connection_made, far)
        return near, near_protocol
