"""DNS on the wire: packets <-> values, and the only file that imports dnspython.

In: packets of clients and servers, record values as people write them. Out: `Query`, `Reply`, `Rrset`, bytes. `dns`
calls it. Packets are read and written here by hand, because a query must be judged by rules that a library hides (two
OPT records, a bad client subnet) and an answer must be cheap; dnspython knows the formats of record data.
Names are canonical text: see dns_names.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from sandbox.protocols.dns_names import Compression, labels_text, name_wire

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
QR, AA, TC, RD, RA = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080
OPCODE_MASK = 0x7800
EDNS_DO = 0x8000
CLASS_IN = 1
OPT = 41
OPTION_SUBNET, OPTION_COOKIE, OPTION_PADDING = 8, 10, 12
OPTION_WHY = 65001  # ours, of the range for local use (RFC 6891 §9): in a query "explain", in a reply the explanation
PLAIN_UDP_BYTES = 512  # without EDNS [R53 4.1]
EDNS_UDP_BYTES = 4096  # what Route 53 sends at most [R53 4.1]
TCP_BYTES = 65535

_OCTAL_ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
_HEADER = struct.Struct("!HHHHHH")
_RR_TAIL = struct.Struct("!HHIH")
_OPT_RECORD = struct.Struct("!BHHBBHH")
_TWO = struct.Struct("!HH")


class BadPacket(ValueError):
    """A packet that is not a well-formed message: FORMERR."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """EDNS Client Subnet (RFC 7871). address: the network's address as text, "" for family 0."""

    family: int
    source: int
    scope: int
    address: str
    octets: bytes


@dataclass(frozen=True, kw_only=True)
class Edns:
    """What the OPT record of a query says."""

    udp_bytes: int
    version: int
    dnssec_ok: bool
    subnet: Subnet | None
    asks_why: bool


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question. question: its bytes as they came, upper and lower case kept. name: canonical text."""

    id: int
    flags: int
    name: str
    rtype: str
    rclass: int
    question: bytes
    edns: Edns | None


@dataclass(frozen=True, kw_only=True)
class Rrset:
    """Records of one name and type. values: as people read them; wires: the same record data as bytes."""

    name: str
    rtype: str
    ttl_s: int
    values: tuple[str, ...]
    wires: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer as a resolver reads it. why: the explanation, when it asked for one."""

    id: int
    rcode: int
    authoritative: bool
    truncated: bool
    name: str
    rtype: str
    answer: tuple[Rrset, ...]
    authority: tuple[Rrset, ...]
    scope: int | None
    why: str


# --- record data --------------------------------------------------------------------------------------------------


def type_number(rtype: str) -> int | None:
    """The number of a type name such as "AAAA" or "TYPE65280"; None when there is no such type."""
    try:
        return int(dns.rdatatype.from_text(rtype))
    except (dns.exception.DNSException, ValueError):
        return None


def type_name(number: int) -> str:
    """The name of a type."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(number))


def rdata_wire(rtype: str, value: str) -> bytes | None:
    """Record data in Route 53's notation (octal escapes) as bytes; None when it is not of that type."""
    number = type_number(rtype)
    if number is None:
        return None
    decimal = _OCTAL_ESCAPE.sub(lambda m: f"\\{int(m[1], 8):03d}", value)
    try:
        rdata = dns.rdata.from_text(
            dns.rdataclass.IN, dns.rdatatype.RdataType.make(number), decimal, origin=dns.name.root, relativize=False
        )
        wire = rdata.to_wire(origin=dns.name.root)
    except (dns.exception.DNSException, ValueError, struct.error, OverflowError):
        return None
    return wire if wire is not None and len(wire) <= TCP_BYTES else None


def pointed_name(rtype: str, wire: bytes) -> str | None:
    """The name that record data points to; None for types that point nowhere."""
    at = {"CNAME": 0, "NS": 0, "MX": 2, "SRV": 6}.get(rtype)
    return None if at is None else labels_text(_plain_labels(wire, at)[0])


# --- reading queries ----------------------------------------------------------------------------------------------


def read_query(packet: bytes) -> Query:
    """The one question in a packet of opcode QUERY; a BadPacket when it is not well formed."""
    if len(packet) < 12:
        raise BadPacket("shorter than a header")
    ident, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(packet)
    if questions != 1:
        raise BadPacket("not one question")
    labels, at = _plain_labels(packet, 12)
    if at + 4 > len(packet):
        raise BadPacket("the question is cut short")
    number, rclass = _TWO.unpack_from(packet, at)
    question = packet[12 : at + 4]
    edns, end = _walk_records(packet, at + 4, answers + authorities, additionals)
    if end != len(packet):
        raise BadPacket("bytes after the message")
    return Query(
        id=ident,
        flags=flags,
        name=labels_text(labels),
        rtype=type_name(number),
        rclass=rclass,
        question=question,
        edns=edns,
    )


def _plain_labels(packet: bytes, at: int) -> tuple[list[bytes], int]:
    """The labels of an uncompressed name (a question can point nowhere) and where it ends."""
    labels: list[bytes] = []
    start = at
    while True:
        if at >= len(packet):
            raise BadPacket("a name is cut short")
        length = packet[at]
        at += 1
        if length == 0:
            break
        if length > 63 or at + length > len(packet) or at + length - start > 254:
            raise BadPacket("a label is not one")
        labels.append(packet[at : at + length])
        at += length
    return labels, at


def _skip_name(packet: bytes, at: int) -> int:
    while at < len(packet):
        length = packet[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2
        if length > 63:
            raise BadPacket("a label is not one")
        at += 1 + length
    raise BadPacket("a name is cut short")


def _walk_records(packet: bytes, at: int, before: int, additionals: int) -> tuple[Edns | None, int]:
    edns: Edns | None = None
    for number in range(before + additionals):
        at, start = _skip_name(packet, at), at
        if at + 10 > len(packet):
            raise BadPacket("a record is cut short")
        rtype, rclass, ttl, length = _RR_TAIL.unpack_from(packet, at)
        at += 10 + length
        if at > len(packet):
            raise BadPacket("record data is cut short")
        if rtype == OPT:
            if edns is not None or packet[start] != 0 or number < before:
                raise BadPacket("more than one OPT, or one out of place (RFC 6891 §6.1.1)")
            edns = _read_opt(rclass, ttl, packet[at - length : at])
    return edns, at


def _read_opt(rclass: int, ttl: int, options: bytes) -> Edns:
    subnet: Subnet | None = None
    asks_why = False
    at = 0
    while at < len(options):
        if at + 4 > len(options):
            raise BadPacket("an EDNS option is cut short")
        code, length = _TWO.unpack_from(options, at)
        at += 4 + length
        if at > len(options):
            raise BadPacket("an EDNS option is cut short")
        if code == OPTION_SUBNET:
            subnet = _read_subnet(options[at - length : at])
        asks_why = asks_why or code == OPTION_WHY
    return Edns(
        udp_bytes=rclass,
        version=(ttl >> 16) & 0xFF,
        dnssec_ok=bool(ttl & EDNS_DO),
        subnet=subnet,
        asks_why=asks_why,
    )


def _read_subnet(body: bytes) -> Subnet:
    if len(body) < 4:
        raise BadPacket("a client subnet is cut short")
    family, source, scope = struct.unpack_from("!HBB", body)
    octets = body[4:]
    # Family 0 is not assigned, but `dig +subnet=0` sends it for "do not look at my address".
    width = {0: 0, 1: 32, 2: 128}.get(family)
    if width is None or source > width or scope != 0 or len(octets) != (source + 7) // 8:
        raise BadPacket("a client subnet is malformed (RFC 7871 §7.1.2)")
    if source % 8 and octets[-1] & (0xFF >> source % 8):
        raise BadPacket("a client subnet has bits beyond its prefix")
    address = str(ip_address(octets.ljust(width // 8, b"\0"))) if width else ""
    return Subnet(family=family, source=source, scope=scope, address=address, octets=octets)


# --- writing --------------------------------------------------------------------------------------------------------


def subnet_option(subnet: Subnet, scope: int) -> bytes:
    """The option of a reply: as it came, with the scope for which the answer holds. [R53 4.2]"""
    body = struct.pack("!HBB", subnet.family, subnet.source, scope) + subnet.octets
    return _TWO.pack(OPTION_SUBNET, len(body)) + body


def why_option(why: str) -> bytes:
    """The explanation of an answer, for those who asked (`dig +ednsopt=65001`)."""
    text = why.encode()[:2000]
    return _TWO.pack(OPTION_WHY, len(text)) + text


def opt_record(*, udp_bytes: int, rcode: int = 0, dnssec_ok: bool = False, options: bytes = b"") -> bytes:
    """An OPT record of version 0."""
    flags = EDNS_DO if dnssec_ok else 0
    return _OPT_RECORD.pack(0, OPT, udp_bytes, rcode >> 4, 0, flags, len(options)) + options


class Section:
    """Records being written, with owner names compressed against everything before them."""

    def __init__(self, query: Query) -> None:
        self.size = 12 + len(query.question)
        self._names = Compression(query.name, 12)

    def write(self, rrsets: Sequence[Rrset]) -> tuple[int, bytes]:
        """The number of records and their bytes."""
        parts: list[bytes] = []
        count = 0
        for rrset in rrsets:
            number = type_number(rrset.rtype)
            assert number is not None, rrset
            for wire in rrset.wires:
                owner = self._names.written(rrset.name, self.size)
                parts += (owner, _RR_TAIL.pack(number, CLASS_IN, rrset.ttl_s, len(wire)), wire)
                self.size += len(owner) + 10 + len(wire)
                count += 1
        return count, b"".join(parts)


def write_query(
    ident: int, name: str, rtype: str, *, subnet: str | None = None, asks_why: bool = False, recursive: bool = False
) -> bytes:
    """A query as a resolver sends it. subnet: "100.64.1.0/24" of the client it asks for."""
    number = type_number(rtype)
    if number is None:
        raise ValueError(f"no such record type: {rtype}")
    options = _TWO.pack(OPTION_WHY, 0) if asks_why else b""
    if subnet is not None:
        network = ip_network(subnet)
        family, octets = 1 if network.version == 4 else 2, (network.prefixlen + 7) // 8
        asked = Subnet(
            family=family,
            source=network.prefixlen,
            scope=0,
            address=str(network.network_address),
            octets=network.network_address.packed[:octets],
        )
        options += subnet_option(asked, 0)
    header = _HEADER.pack(ident, RD if recursive else 0, 1, 0, 0, 1)
    return (
        header + name_wire(name) + _TWO.pack(number, CLASS_IN) + opt_record(udp_bytes=EDNS_UDP_BYTES, options=options)
    )


# --- reading replies ------------------------------------------------------------------------------------------------


def read_reply(packet: bytes) -> Reply | None:
    """A server's answer to one question; None when the packet is not one."""
    try:
        message = dns.message.from_wire(packet)
    except (dns.exception.DNSException, ValueError, struct.error):
        return None
    if not packet[2] & 0x80 or len(message.question) != 1:
        return None
    asked = message.question[0]
    flags = int(message.flags)
    options = {int(option.otype): option.to_wire() or b"" for option in message.options}
    subnet = options.get(OPTION_SUBNET, b"")
    return Reply(
        id=message.id,
        rcode=int(message.rcode()),
        authoritative=bool(flags & AA),
        truncated=bool(flags & TC),
        name=labels_text(asked.name.labels[:-1]),
        rtype=type_name(int(asked.rdtype)),
        answer=tuple(_read_rrset(rrset) for rrset in message.answer),
        authority=tuple(_read_rrset(rrset) for rrset in message.authority),
        scope=subnet[3] if len(subnet) > 3 else None,
        why=options.get(OPTION_WHY, b"").decode("utf-8", "replace"),
    )


def _read_rrset(rrset: dns.rrset.RRset) -> Rrset:
    return Rrset(
        name=labels_text(rrset.name.labels[:-1]),
        rtype=type_name(int(rrset.rdtype)),
        ttl_s=int(rrset.ttl),
        values=tuple(rdata.to_text() for rdata in rrset),
        wires=tuple(rdata.to_wire() or b"" for rdata in rrset),
    )


def rcode_name(rcode: int) -> str:
    """NOERROR, NXDOMAIN, ..."""
    return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))


def rcode_number(name: str) -> int:
    """The inverse of `rcode_name`."""
    return int(dns.rcode.from_text(name))
