"""What goes in and out of a DNS port, without the port."""

from __future__ import annotations

import asyncio
from typing import Any

import dns.flags
import dns.message
import pytest

from sandbox.dns.server import CONNECTIONS_MOST, Stream, from_authority, from_resolver
from sandbox.dns.values import Lookup
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.dns_wire import FORMERR, NOTIMP, REFUSED, Rrset


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.aborted = False
        self.reading = True

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Known:
    """A resolver that knows one answer."""

    async def lookup(self, name: str, rtype: str = "A") -> Lookup:
        wire = Rrset(name=name, rtype="A", ttl_s=42, values=("192.0.2.1",), wires=(b"\xc0\x00\x02\x01",))
        return Lookup(
            name=name,
            rtype=rtype,
            rcode="NOERROR",
            addresses=("192.0.2.1",),
            records=(wire,),
            ttl_s=42.0,
            from_cache=True,
            took_ms=0.0,
            why="",
        )


QUERY = dns.message.make_query("app.example.test", "A").to_wire()


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


@pytest.fixture
def serve(authority: Any) -> Any:
    return from_authority(authority("app 60 A 192.0.2.1"), "paris")


def test_tcp_messages_come_in_any_pieces(serve: Any) -> None:
    """Two questions byte by byte, then two at once: four answers."""

    async def story() -> None:
        wire, streams = Wire(), set[Stream]()
        stream = Stream(serve, streams)
        stream.connection_made(wire)
        for byte in framed(QUERY) * 2:
            stream.data_received(bytes((byte,)))
        stream.data_received(framed(QUERY) * 2)
        assert len(wire.written) == 4
        assert all(int.from_bytes(reply[:2], "big") == len(reply) - 2 for reply in wire.written)
        assert dns.message.from_wire(wire.written[0][2:]).answer[0][0].to_text() == "192.0.2.1"
        stream.connection_lost(None)
        assert not streams

    asyncio.run(story())


def test_a_client_that_reads_nothing_is_not_read_either(serve: Any) -> None:
    async def story() -> None:
        wire = Wire()
        stream = Stream(serve, set())
        stream.connection_made(wire)
        stream.pause_writing()
        assert not wire.reading
        stream.resume_writing()
        assert wire.reading
        stream.connection_lost(None)
        stream.drop()

    asyncio.run(story())


def test_connections_have_a_limit(serve: Any) -> None:
    async def story() -> None:
        streams = {Stream(serve, set()) for _ in range(CONNECTIONS_MOST)}
        wire = Wire()
        one_more = Stream(serve, streams)
        one_more.connection_made(wire)
        assert wire.aborted

    asyncio.run(story())


def test_a_resolvers_port_answers_with_what_it_found_and_offers_recursion() -> None:
    async def story() -> None:
        tasks, sent = Tasks("test"), asyncio.get_running_loop().create_future()
        serve = from_resolver(Known(), tasks)  # type: ignore[arg-type]  # stands in for a Resolver
        serve(QUERY, False, sent.set_result)
        message = dns.message.from_wire(await sent)
        assert message.flags & dns.flags.RA
        assert not message.flags & dns.flags.AA
        assert message.answer[0].to_text() == "app.example.test. 42 IN A 192.0.2.1"
        await tasks.close()

    asyncio.run(story())


def test_a_resolvers_port_refuses_what_it_does_not_do() -> None:
    async def story() -> None:
        tasks, sent = Tasks("test"), list[bytes]()
        serve = from_resolver(Known(), tasks)  # type: ignore[arg-type]  # stands in for a Resolver
        transfer = dns.message.make_query("example.test", "AXFR").to_wire()
        for packet in (QUERY[:2] + b"\x29\x00" + QUERY[4:], QUERY + b"x", transfer, QUERY[:5]):
            serve(packet, False, sent.append)
        assert [reply[3] & 0xF for reply in sent] == [NOTIMP, FORMERR, REFUSED]
        assert len(tasks) == 0

    asyncio.run(story())
