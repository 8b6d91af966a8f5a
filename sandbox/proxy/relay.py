"""A tunnel: two pipes, each end's bytes written to the other, without looking at them.

In: bytes, EOF, loss of either transport. Out: the same on the other. After the join a chunk costs one call and one
write. Back-pressure goes both ways; a half-close is passed on; a reset stays a reset. Callers: `http_side.py` after
CONNECT, `socks_side.py` after its request.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST instead of FIN


def nothing(*_: object) -> None:
    """The listener of nobody."""


def reset(transport: asyncio.Transport) -> None:
    """End a connection so that its peer sees ECONNRESET, as it would without a proxy in between."""
    sock = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing() and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()


class Pipe(asyncio.Protocol):
    """One end of a tunnel. on_half_closed(pipe): this end has sent its last byte. on_lost(pipe): it is gone."""

    def __init__(
        self,
        *,
        on_half_closed: Callable[[Pipe], None] = nothing,
        on_lost: Callable[[Pipe], None] = nothing,
        transport: asyncio.Transport | None = None,
    ) -> None:
        self.transport = transport
        self.peer: Pipe | None = None
        self.has_sent_all = False
        self.has_moved = False  # bytes since somebody last asked; kept up to date only while half closed
        self._lost: tuple[Exception | None] | None = None
        self._early: list[bytes] = []  # what arrives between connecting and the join, at most a turn of the loop
        self._write: Callable[[bytes], object] = self._early.append
        self._on_half_closed = on_half_closed
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        self._write(data)

    def eof_received(self) -> bool:
        if self.has_sent_all:
            return True
        self.has_sent_all = True
        return self._pass_eof() if self.peer is not None else True

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = (exc,)
        self._write = nothing
        self._on_lost(self)
        if self.peer is not None:
            self._pass_loss(self.peer, exc)

    def pause_writing(self) -> None:
        if (source := self._source()) is not None:
            source.pause_reading()

    def resume_writing(self) -> None:
        if (source := self._source()) is not None:
            source.resume_reading()

    def _source(self) -> asyncio.Transport | None:
        """Where the bytes written here come from, while they still come (asyncio reports an EOF twice if resumed)."""
        peer = self.peer
        if peer is None or peer.has_sent_all or peer.transport is None or peer.transport.is_closing():
            return None
        return peer.transport

    def _pass_eof(self) -> bool:
        """True keeps this end open for the other's answer."""
        peer = self.peer
        assert peer is not None, self
        assert peer.transport is not None, self
        if peer.has_sent_all or not peer.transport.can_write_eof():
            peer.transport.close()
            return False
        if not peer.transport.is_closing():
            peer.transport.write_eof()
        peer._write_and_tell()
        self._on_half_closed(self)
        return True

    def _write_and_tell(self) -> None:
        """From now on `has_moved` says whether bytes still come from this end."""
        write = self._write

        def write_and_tell(data: bytes) -> None:
            self.has_moved = True
            write(data)

        if self._lost is None:
            self._write = write_and_tell

    def _pass_loss(self, peer: Pipe, exc: Exception | None) -> None:
        peer._write = nothing
        if peer.transport is None or peer.transport.is_closing():
            return
        if exc is None:
            peer.transport.close()
        else:
            reset(peer.transport)

    def tell_first(self, told: Callable[[], None]) -> None:
        """Call `told` at this end's next chunk; those after it cost nothing. To be called after the join."""
        write, waiting = self._write, [told]

        def write_first(data: bytes) -> None:
            if self._write is write_first:  # not when a half-close has wrapped it meanwhile
                self._write = write
            write(data)
            if waiting:
                waiting.pop()()

        if self._lost is None:
            self._write = write_first

    def was_idle(self) -> bool:
        """No byte has come since the last question; asked of the end that has not sent all."""
        idle, self.has_moved = not self.has_moved, False
        return idle

    def end(self) -> None:
        """Give both ends up."""
        for pipe in (self, self.peer):
            if pipe is not None and pipe.transport is not None:
                pipe.transport.abort()

    def _go(self) -> None:
        """Everything that happened before the join, then writing straight through."""
        peer = self.peer
        assert peer is not None, self
        assert peer.transport is not None, self
        early = b"".join(self._early)
        self._early.clear()
        if early and not peer.transport.is_closing():
            peer.transport.write(early)
        if self._lost is None:
            self._write = peer.transport.write
            if self.has_sent_all and not self._pass_eof() and self.transport is not None:
                self.transport.close()
        else:
            self._pass_loss(peer, self._lost[0])


def join(one: Pipe, other: Pipe) -> None:
    """Make two pipes with transports one tunnel."""
    one.peer, other.peer = other, one
    one._go()
    other._go()
