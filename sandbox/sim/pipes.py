"""In-memory connections with asyncio's own transport interface, and the hosts that listen on them.

In: `listen(endpoint, factory)`. Out: a `Dialer` for the network. What is written arrives in the next turn of the
loop; distance is the network's business, not that of pipes. As with a socket, `close` looks like the end of the bytes
to the other end, and who writes to an end that is closed is reset.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from sandbox.network.values import Endpoint

Factory = Callable[[], asyncio.Protocol]
Answer = Callable[[bytes], "bytes | None"]


class PipeTransport(asyncio.Transport):
    """One end of an in-memory connection."""

    def __init__(self) -> None:
        super().__init__({"peername": ("pipe", 0)})
        self.peer: PipeTransport | None = None
        self.protocol: asyncio.Protocol | None = None
        self._reading = True
        self._waiting: deque[tuple[str, bytes]] = deque()
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
            self.write_eof()
            self._closed = True
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
        asyncio.get_running_loop().call_soon(self._take_waiting)

    def is_reading(self) -> bool:
        return self._reading

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits here: what is written has left."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self.protocol is not None
        return self.protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

    def _send(self, kind: str, data: bytes = b"") -> None:
        assert self.peer is not None
        asyncio.get_running_loop().call_soon(self.peer._take, kind, data)

    def _take(self, kind: str, data: bytes) -> None:
        if self._closed:
            if kind == "data":
                self._send("reset")
        elif kind == "reset":
            self._closed = True
            self._lost(ConnectionResetError("reset by peer"))
        elif self._reading and not self._waiting:
            self._give(kind, data)
        else:
            self._waiting.append((kind, data))

    def _take_waiting(self) -> None:
        while self._waiting and self._reading and not self._closed:
            self._give(*self._waiting.popleft())

    def _give(self, kind: str, data: bytes) -> None:
        assert self.protocol is not None
        if kind == "data":
            self.protocol.data_received(data)
        elif not self.protocol.eof_received():
            self.close()

    def _lost(self, error: Exception | None) -> None:
        if self.protocol is not None:
            protocol, self.protocol = self.protocol, None
            protocol.connection_lost(error)


class MemorySocket:
    """A UDP socket in memory, connected to whoever answers there."""

    def __init__(self, answer: Answer | None, on_reply: Callable[[bytes], None]) -> None:
        self._answer = answer
        self._on_reply = on_reply

    def send(self, payload: bytes) -> None:
        if self._answer is not None and (reply := self._answer(payload)) is not None:
            asyncio.get_running_loop().call_soon(self._on_reply, reply)

    def close(self) -> None:
        self._answer = None


class MemoryHosts:
    """Who listens where, in memory."""

    def __init__(self) -> None:
        self._listeners: dict[Endpoint, Factory] = {}
        self._answers: dict[Endpoint, Answer] = {}

    def answer_datagrams(self, endpoint: Endpoint, answer: Answer) -> None:
        """Reply to datagrams at `endpoint` with `answer(payload)`; None is no reply."""
        self._answers[endpoint] = answer

    def dial_udp(self, endpoint: Endpoint, on_reply: Callable[[bytes], None]) -> MemorySocket:
        """A `network.datagrams.DialUdp`."""
        return MemorySocket(self._answers.get(endpoint), on_reply)

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
        asyncio.get_running_loop().call_soon(far_protocol.connection_made, far)  # before anything near writes
        near_protocol.connection_made(near)
        return near, near_protocol
