"""Packets <-> values, with dnspython as the second opinion."""

from __future__ import annotations

import contextlib
import struct

import dns.edns
import dns.flags
import dns.message
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.protocols import dns_wire
from sandbox.protocols.dns_wire import BadPacket, Rrset, Section, read_query, read_reply, write_query

QUESTION = b"\x03App\x07eXample\x04test\x00\x00\x01\x00\x01"
OPT_HEAD = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00"


def packet(*, additional: bytes = b"", records: int = 0, answers: int = 0) -> bytes:
    return struct.pack("!HHHHHH", 9, 0x0100, 1, answers, 0, records) + QUESTION + additional


def opt(options: bytes) -> bytes:
    return OPT_HEAD + struct.pack("!H", len(options)) + options


def option(code: int, body: bytes) -> bytes:
    return struct.pack("!HH", code, len(body)) + body


def with_options(options: bytes) -> bytes:
    return packet(additional=opt(options), records=1)


def test_a_query_is_read_and_its_question_is_kept_letter_by_letter() -> None:
    query = read_query(packet())
    assert (query.id, query.name, query.rtype, query.rclass) == (9, "app.example.test.", "A", 1)
    assert query.question == QUESTION
    assert query.edns is None


def test_edns_is_read() -> None:
    subnet = option(8, b"\x00\x01\x18\x00\x64\x40\x07")
    edns = read_query(with_options(subnet + option(10, b"12345678") + option(65001, b""))).edns
    assert edns is not None
    assert edns.subnet is not None
    assert (edns.udp_bytes, edns.version, edns.asks_why) == (1232, 0, True)
    assert (edns.subnet.address, edns.subnet.source, edns.subnet.octets) == ("100.64.7.0", 24, b"\x64\x40\x07")


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\x03\x18\x00\x64\x40\x07",  # unknown family
        b"\x00\x01\x18\x00\x64\x40",  # too few bytes
        b"\x00\x01\x18\x00\x64\x40\x07\x01",  # too many
        b"\x00\x01\x17\x00\x64\x40\x07",  # bits beyond the prefix
        b"\x00\x01\x21\x00\x64\x40\x07\x01\x01",  # longer than an address
        b"\x00\x01\x18\x18\x64\x40\x07",  # a scope in a query
        b"\x00\x01",
    ],
)
def test_a_malformed_client_subnet_is_a_bad_packet(body: bytes) -> None:
    """R53 4.2: malformed, for instance an unknown FAMILY -> FORMERR."""
    with pytest.raises(BadPacket):
        read_query(with_options(option(8, body)))


def test_dig_says_do_not_look_at_my_address_with_family_zero() -> None:
    edns = read_query(with_options(option(8, b"\x00\x00\x00\x00"))).edns
    assert edns is not None
    assert edns.subnet is not None
    assert (edns.subnet.family, edns.subnet.source) == (0, 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        packet()[:20],
        packet() + b"x",
        packet(additional=opt(b"") + opt(b""), records=2),  # R53 4.1: more than one OPT
        packet(additional=b"\x01a" + opt(b""), records=1),  # OPT of a name
        packet(additional=opt(b""), answers=1),  # OPT among the answers
        packet(records=1),
        with_options(b"\x00\x0a\x00"),
        with_options(b"\x00\x0a\x00\x09a"),
        struct.pack("!HHHHHH", 9, 0, 2, 0, 0, 0) + QUESTION + QUESTION,
        struct.pack("!HHHHHH", 9, 0, 1, 0, 0, 0) + b"\xc0\x0c\x00\x01\x00\x01",  # a question that points
        struct.pack("!HHHHHH", 9, 0, 1, 0, 0, 0) + (b"\x3f" + b"x" * 63) * 4 + b"\x00\x00\x01\x00\x01",
    ],
)
def test_what_is_not_well_formed_is_a_bad_packet(bad: bytes) -> None:
    with pytest.raises(BadPacket):
        read_query(bad)


@given(st.binary(max_size=200))
@example(packet())
def test_no_bytes_do_worse_than_bad_packet(junk: bytes) -> None:
    for candidate in (junk, packet()[:12] + junk, packet(records=1) + junk, with_options(junk)):
        with contextlib.suppress(BadPacket):
            read_query(candidate)
        read_reply(candidate)
        read_reply(candidate[:2] + b"\x80" + candidate[3:])


def test_dnspython_reads_our_queries() -> None:
    wire = write_query(77, "app.example.test.", "AAAA", subnet="100.64.7.0/24", asks_why=True, recursive=True)
    message = dns.message.from_wire(wire)
    assert message.id == 77
    assert message.question[0].to_text() == "app.example.test. IN AAAA"
    assert message.flags & dns.flags.RD
    assert [type(found).__name__ for found in message.options] == ["GenericOption", "ECSOption"]
    assert message.options[1].to_text() == "ECS 100.64.7.0/24 scope/0"


def test_a_query_for_a_type_that_is_none_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no such record type"):
        write_query(1, "example.test.", "HOUSE")


@pytest.mark.parametrize(
    ("rtype", "value", "wire"),
    [
        ("A", "198.18.1.10", b"\xc6\x12\x01\x0a"),
        ("NS", "ns-2048.awsdns-64.com", b"\x07ns-2048\x09awsdns-64\x03com\x00"),  # no dot at its end: still absolute
        ("TXT", '"a\\040b" "c"', b"\x03a b\x01c"),  # octal, as Route 53 has it
        ("MX", "10 mail.example.test.", b"\x00\x0a\x04mail\x07example\x04test\x00"),
        ("CAA", '0 issue "amazon.com"', b"\x00\x05issueamazon.com"),
        ("SPF", '"v=spf1 -all"', b"\x0bv=spf1 -all"),
    ],
)
def test_record_data_becomes_bytes(rtype: str, value: str, wire: bytes) -> None:
    assert dns_wire.rdata_wire(rtype, value) == wire


@pytest.mark.parametrize(
    ("rtype", "value"), [("A", "198.18.1"), ("A", ""), ("AAAA", "x"), ("MX", "mail"), ("HOUSE", "1"), ("TXT", "\ud800")]
)
def test_what_is_not_of_the_type_has_no_bytes(rtype: str, value: str) -> None:
    assert dns_wire.rdata_wire(rtype, value) is None


@given(st.sampled_from(["A", "AAAA", "TXT", "MX", "SRV", "CNAME", "CAA", "NAPTR", "DS", "SVCB", "SOA"]), st.text())
def test_no_value_makes_record_data_raise(rtype: str, value: str) -> None:
    dns_wire.rdata_wire(rtype, value)


def test_every_type_number_has_a_name_that_leads_back() -> None:
    numbers = range(0, 65536, 7)
    assert [dns_wire.type_number(dns_wire.type_name(number)) for number in numbers] == list(numbers)


def test_names_in_record_data_are_found() -> None:
    wire = dns_wire.rdata_wire("SRV", "0 5 443 App.example.test.")
    assert wire is not None
    assert dns_wire.pointed_name("SRV", wire) == "app.example.test."
    assert dns_wire.pointed_name("A", b"\x01\x02\x03\x04") is None


def test_sections_are_compressed_and_dnspython_reads_them() -> None:
    query = read_query(packet())
    section = Section(query)
    address = Rrset(name="app.example.test.", rtype="A", ttl_s=60, values=(), wires=(b"\xc6\x12\x01\x0a",) * 2)
    servers = Rrset(name="example.test.", rtype="NS", ttl_s=9, values=(), wires=(b"\x02ns\x03com\x00",))
    elsewhere = Rrset(name="b.other.", rtype="A", ttl_s=1, values=(), wires=(b"\xc6\x12\x01\x0a",))
    written = [section.write([rrset]) for rrset in (address, servers, elsewhere)]
    head = struct.pack("!HHHHHH", 9, 0x8400, 1, 2, 1, 1)
    wire = head + QUESTION + b"".join(part for _, part in written)
    assert [count for count, _ in written] == [2, 1, 1]
    assert section.size == len(wire)
    assert len(written[0][1]) == 2 * (2 + 10 + 4)
    message = dns.message.from_wire(wire)
    assert [rrset.to_text() for rrset in message.authority] == ["eXample.test. 9 IN NS ns.com."]
    assert [rrset.to_text() for rrset in message.additional] == ["b.other. 1 IN A 198.18.1.10"]


def test_a_reply_is_read_with_its_scope_and_explanation() -> None:
    message = dns.message.make_response(dns.message.make_query("App.example.test", "A", use_edns=0, payload=1232))
    message.flags |= dns.flags.AA
    message.use_edns(
        0, payload=4096, options=[dns.edns.ECSOption("100.64.7.0", 24, 24), dns.edns.GenericOption(65001, b"because")]
    )
    message.answer = [dns.rrset.from_text("app.example.test.", 60, "IN", "A", "198.18.1.10", "198.18.2.10")]
    reply = read_reply(message.to_wire())
    assert reply is not None
    assert (reply.name, reply.rtype, reply.rcode, reply.authoritative) == ("app.example.test.", "A", 0, True)
    assert sorted(reply.answer[0].values) == ["198.18.1.10", "198.18.2.10"]  # dnspython shuffles
    assert (reply.scope, reply.why) == (24, "because")


def test_a_query_is_not_taken_for_a_reply() -> None:
    assert read_reply(write_query(1, "example.test.", "A")) is None


def test_rcodes_have_names() -> None:
    assert [dns_wire.rcode_name(code) for code in (0, 2, 3, 5)] == ["NOERROR", "SERVFAIL", "NXDOMAIN", "REFUSED"]
    assert dns_wire.rcode_number("NXDOMAIN") == 3
