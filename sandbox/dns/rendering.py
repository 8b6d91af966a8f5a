"""An `Answer` as bytes for one query: sections, size limits, EDNS, TTL on the wire. Pure.

In: the query, the answer, the speed of the sandbox. Out: the bytes before and after the question of the reply, so that
one rendering serves every asker of the same question, whatever id and letter case they sent. `core` calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from sandbox.dns.values import Answer
from sandbox.protocols.dns_wire import (
    AA,
    EDNS_UDP_BYTES,
    OPCODE_MASK,
    PLAIN_UDP_BYTES,
    QR,
    RA,
    RD,
    TC,
    TCP_BYTES,
    Query,
    Rrset,
    Section,
    Subnet,
    opt_record,
    subnet_option,
    why_option,
)

NO_COUNTS = b"\0\0" * 4
ONE = b"\0\1"
IPV4, PLACE_BITS = 1, 24


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A reply without its id and question. head: flags and counts; tail: all after the question."""

    head: bytes
    tail: bytes


def wire_ttl_s(ttl_s: int, speed: float) -> int:
    """The TTL a client is told: a sandbox at speed 10 tells 6 s of 60. Never 0 unless it is 0."""
    return ceil(ttl_s / speed)


def render(query: Query, answer: Answer, *, speed: float, tcp: bool, recursive: bool = False) -> Rendered:
    """The reply; shortened without a sign if only extras are lost, marked TC (ask by TCP) otherwise. [R53 4.1]

    recursive: the reply of a resolver, which offers recursion.
    """
    limit = TCP_BYTES if tcp else udp_limit(query)
    form = _Form(query, answer, speed, RA if recursive else 0)
    whole = (answer.answer, answer.authority, answer.additional)
    bare = (answer.answer, (), ()) if answer.answer else ((), answer.authority, ())
    for sections, why in ((whole, answer.why), (whole, ""), (bare, "")):
        rendered = form.filled(sections, why)
        if 2 + len(rendered.head) + len(query.question) + len(rendered.tail) <= limit:
            return rendered
    return form.filled(((), (), ()), "", truncated=True)


def _place_bits(subnet: Subnet) -> int:
    """The plan gives each place a /24 of IPv4; who tells less could be anywhere in it. No place has IPv6 addresses."""
    return PLACE_BITS if subnet.family == IPV4 else 0


def udp_limit(query: Query) -> int:
    """Bytes a UDP reply may have: what the client can take, between 512 and 4096."""
    if query.edns is None:
        return PLAIN_UDP_BYTES
    return min(max(query.edns.udp_bytes, PLAIN_UDP_BYTES), EDNS_UDP_BYTES)


def render_error(query: Query, rcode: int) -> Rendered:
    """A reply with nothing but an rcode (BADVERS needs the OPT record for its upper bits)."""
    opt = b"" if query.edns is None else opt_record(udp_bytes=EDNS_UDP_BYTES, rcode=rcode)
    flags = QR | (query.flags & RD) | (rcode & 0xF)
    return Rendered(head=flags.to_bytes(2, "big") + ONE + b"\0\0\0\0" + _count(opt), tail=opt)


def header_only(packet: bytes, rcode: int) -> bytes:
    """The reply to what cannot be read any further than its header."""
    flags = QR | (int.from_bytes(packet[2:4], "big") & (OPCODE_MASK | RD)) | rcode
    return packet[:2] + flags.to_bytes(2, "big") + NO_COUNTS


def _count(opt: bytes) -> bytes:
    return ONE if opt else b"\0\0"


Sections = tuple[Sequence[Rrset], Sequence[Rrset], Sequence[Rrset]]


class _Form:
    """A reply to be filled with more or fewer records."""

    def __init__(self, query: Query, answer: Answer, speed: float, flags: int) -> None:
        self.query = query
        self.answer = answer
        self.speed = speed
        self.flags = flags | QR | (query.flags & RD) | (answer.rcode & 0xF) | (AA if answer.authoritative else 0)

    def filled(self, sections: Sections, why: str, *, truncated: bool = False) -> Rendered:
        """The reply with these records."""
        section = Section(self.query)
        written = [section.write([self._told(rrset) for rrset in rrsets]) for rrsets in sections]
        opt = self._opt(why)
        counts = (1, written[0][0], written[1][0], written[2][0] + (1 if opt else 0))
        flags = self.flags | (TC if truncated else 0)
        head = b"".join(number.to_bytes(2, "big") for number in (flags, *counts))
        return Rendered(head=head, tail=b"".join((written[0][1], written[1][1], written[2][1], opt)))

    def _told(self, rrset: Rrset) -> Rrset:
        return rrset if self.speed == 1 else replace(rrset, ttl_s=wire_ttl_s(rrset.ttl_s, self.speed))

    def _opt(self, why: str) -> bytes:
        """No OPT in the query, none in the reply; a client subnet comes back with its scope. [R53 4.1, 4.2]"""
        edns = self.query.edns
        if edns is None:
            return b""
        options = b""
        if edns.subnet is not None:
            options = subnet_option(edns.subnet, self.answer.scope(edns.subnet.source, _place_bits(edns.subnet)))
        if edns.asks_why and why:
            options += why_option(why)
        return opt_record(udp_bytes=EDNS_UDP_BYTES, dnssec_ok=edns.dnssec_ok, options=options)
