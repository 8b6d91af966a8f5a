"""DNS ports: UDP and TCP on one loopback port, for the authority and for the resolver of a place.

In: packets from dig and other programs on this machine. Out: replies. These ports belong to nobody's place, so a packet
to or from them has no latency; what a resolver asks on behalf of its port does cross the ocean.

A `Serve` gets a packet and a way to reply, and may reply later or never; `from_authority` and `from_resolver` make one.
The UDP side is in `datagrams`.
"""

from __future__ import annotations

import asyncio
import socket

from sandbox.dns.datagrams import Datagrams, bound
from sandbox.dns.rendering import header_only, render
from sandbox.dns.service import Answers, Resolver
from sandbox.dns.values import Answer, Lookup, Send, Serve
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.dns_wire import (
    CLASS_IN,
    FORMERR,
    NOTIMP,
    OPCODE_MASK,
    QR,
    REFUSED,
    BadPacket,
    Query,
    rcode_number,
    read_query,
)

IDLE_S = 30.0  # a TCP client that asks nothing for so long is dropped (RFC 7766 §6.2.3)
CONNECTIONS_MOST = 1000
WAITING_MOST = 2000  # questions a resolver works on at once; more are dropped, and clients ask again
PORT_TRIES = 20  # to find a number free for both UDP and TCP


def from_authority(authority: Answers, place: str) -> Serve:
    """Questions without a client subnet stand in `place`."""

    def serve(packet: bytes, tcp: bool, send: Send) -> None:
        reply = authority.answer(packet, place, tcp=tcp)
        if reply is not None:
            send(reply)

    return serve


def from_resolver(resolver: Resolver, tasks: Tasks) -> Serve:
    """Questions to the resolver of a place. tasks: of the program that owns the port."""

    async def answer(query: Query, tcp: bool, send: Send) -> None:
        send(resolver_reply(query, await resolver.lookup(query.name, query.rtype), tcp=tcp))

    def serve(packet: bytes, tcp: bool, send: Send) -> None:
        if len(packet) < 12 or packet[2] & (QR >> 8):
            return
        if packet[2] & (OPCODE_MASK >> 8):
            send(header_only(packet, NOTIMP))
            return
        try:
            query = read_query(packet)
        except BadPacket:
            send(header_only(packet, FORMERR))
            return
        if query.rclass != CLASS_IN or query.rtype in ("AXFR", "IXFR"):
            send(header_only(packet, REFUSED))
        elif len(tasks) < WAITING_MOST:
            tasks.start(answer(query, tcp, send), f"{query.name} {query.rtype}")

    return serve


def resolver_reply(query: Query, lookup: Lookup, *, tcp: bool) -> bytes:
    """What a resolver tells a client of its port."""
    answer = Answer(
        name=lookup.name,
        rtype=lookup.rtype,
        rcode=rcode_number(lookup.rcode),
        authoritative=False,
        answer=lookup.records,
        authority=lookup.authority,
        why=lookup.why,
    )
    rendered = render(query, answer, speed=1, tcp=tcp, recursive=True)
    return b"".join((query.id.to_bytes(2, "big"), rendered.head, query.question, rendered.tail))


class DnsServer:
    """One port, UDP and TCP."""

    def __init__(self, serve: Serve, clock: Clock) -> None:
        self._serve = serve
        self._clock = clock
        self._streams: set[Stream] = set()
        self._datagrams: socket.socket | None = None
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port (0 picks one). A Refusal when it is taken."""
        for _ in range(PORT_TRIES):
            taken = await self._listen(host, port)
            if taken is None:
                assert self._server is not None
                return int(self._server.sockets[0].getsockname()[1])
            await self.close()
            if port != 0:
                raise Refusal("PortTaken", f"DNS port {host}:{port} cannot be used: {taken.strerror}", status=409)
        raise Refusal("PortTaken", f"no port of {host} is free for both UDP and TCP", status=409)

    async def close(self) -> None:
        """Stop listening and drop every client."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._datagrams is not None:
            asyncio.get_running_loop().remove_reader(self._datagrams)
            self._datagrams.close()
            self._datagrams = None
        for stream in tuple(self._streams):
            stream.drop()

    async def _listen(self, host: str, port: int) -> OSError | None:
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, host, port)
            number = self._server.sockets[0].getsockname()[1]
            self._datagrams = bound(host, number)
        except OSError as error:
            return error
        loop.add_reader(self._datagrams, Datagrams(self._serve, self._clock, self._datagrams).turn)
        return None

    def _accept(self) -> asyncio.Protocol:
        return Stream(self._serve, self._streams)


class Stream(asyncio.Protocol):
    """One TCP client: messages with two bytes of length before each (RFC 1035 §4.2.2), as many as it likes."""

    def __init__(self, serve: Serve, streams: set[Stream]) -> None:
        self._serve = serve
        self._streams = streams
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream server makes stream transports
        self._streams.add(self)
        if len(self._streams) > CONNECTIONS_MOST:
            self.drop()
        else:
            self._wait()

    def connection_lost(self, error: Exception | None) -> None:
        self._streams.discard(self)
        if self._idle is not None:
            self._idle.cancel()
        self._transport = None

    def data_received(self, chunk: bytes) -> None:
        self._wait()
        self._received += chunk
        while len(self._received) >= 2:
            after = 2 + int.from_bytes(self._received[:2], "big")
            if len(self._received) < after:
                return
            packet = bytes(self._received[2:after])
            del self._received[:after]
            self._serve(packet, True, self._send)

    def pause_writing(self) -> None:
        """The client does not read its answers: take no more questions."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def drop(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self, reply: bytes) -> None:
        if self._transport is not None:
            self._transport.write(len(reply).to_bytes(2, "big") + reply)

    def _wait(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.drop)
