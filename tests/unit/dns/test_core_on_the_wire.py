"""The authority read by dnspython: record types, wildcards, referrals, truncation, letter case, and broken packets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.dns.core import Authority
from sandbox.protocols.dns_wire import FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED

Make = Callable[..., Authority]


def ask(authority: Authority, name: str, rtype: str = "A", *, tcp: bool = False, **options: Any) -> dns.message.Message:
    packet = authority.answer(dns.message.make_query(name, rtype, **options).to_wire(), "paris", tcp=tcp)
    assert packet is not None
    return dns.message.from_wire(packet)


# Values as Route 53's console and API write them. [R53 6.1: all types; SOA and NS at the apex are there anyway]
TYPES = {
    "A": "198.18.1.10",
    "AAAA": "2001:db8::1",
    "CAA": '0 issuewild "amazon.com"',
    "CNAME": "target.example.test.",
    "DS": "12345 13 2 49fd46e6c4b45c55d4ac69cbd3cd34ac1afe51de49fd46e6c4b45c55d4ac69cb",
    "HTTPS": '1 . alpn="h2,h3" ipv4hint="192.0.2.1"',
    "MX": "10 mail.example.test.",
    "NAPTR": '100 50 "s" "SIP+D2U" "" _sip._udp.example.test.',
    "NS": "ns.elsewhere.test.",
    "PTR": "host.example.test.",
    "SOA": "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
    "SPF": '"v=spf1 ip4:192.0.2.0/24 -all"',
    "SRV": "1 10 5269 xmpp.example.test.",
    "SSHFP": "2 1 123456789abcdef67890123456789abcdef67890",
    "SVCB": '16 foo.example.test. port="8443"',
    "TLSA": "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
    "TXT": '"one string" "and another" "back\\\\slash"',
}


@pytest.mark.parametrize("rtype", TYPES)
def test_every_record_type_of_route_53_goes_over_the_wire(rtype: str, authority: Make) -> None:
    """R53 6.1: what dnspython reads is what was written, type by type."""
    name = "example.test." if rtype == "SOA" else "record.example.test."
    made = authority("")
    record = {"Name": name, "Type": rtype, "TTL": 60, "ResourceRecords": [{"Value": TYPES[rtype]}]}
    made.put_zone("Z1", {"name": "example.test.", "records": [record]})
    reply = ask(made, name, rtype)
    section = reply.authority if rtype == "NS" else reply.answer  # an NS set below the apex is a delegation
    assert section == [dns.rrset.from_text(name, 60, "IN", rtype, TYPES[rtype])]


# RFC 4592 §2.2.1, the zone of its examples (its NS set below `subdel` included), under example.test.
RFC_4592 = """
    * 3600 TXT "this is a wildcard"
    * 3600 MX 10 host1.example.test.
    sub.* 3600 TXT "this is not a wildcard"
    host1 3600 A 192.0.2.1
    _ssh._tcp.host1 3600 SRV 0 0 22 host1.example.test.
    _ssh._tcp.host2 3600 SRV 0 0 22 host2.example.test.
    subdel 3600 NS ns.example.com.,ns.example.net.
"""
WILD = '"this is a wildcard"'


@pytest.mark.parametrize(
    ("name", "rtype", "rcode", "answer"),
    [
        ("host3", "MX", NOERROR, "10 host1.example.test."),
        ("host3", "A", NOERROR, ""),  # the wildcard has no such type: NODATA
        ("foo.bar", "TXT", NOERROR, WILD),  # covers deeper names
        ("host1", "MX", NOERROR, ""),  # the name exists
        ("sub.*", "MX", NOERROR, ""),  # the name exists; `*` is an ordinary label in it
        ("sub.*", "TXT", NOERROR, '"this is not a wildcard"'),
        ("_telnet._tcp.host1", "SRV", NXDOMAIN, ""),  # the closest name that exists has no wildcard below it
        ("host.subdel", "A", NOERROR, ""),  # a referral
        ("ghost.*", "MX", NXDOMAIN, ""),  # the name `*` exists, and there is no `*.*`
        ("host2", "TXT", NOERROR, ""),  # an empty non-terminal exists
        ("*", "TXT", NOERROR, WILD),  # asked for by its own name
    ],
)
def test_wildcards_follow_the_examples_of_the_standard(
    name: str, rtype: str, rcode: int, answer: str, authority: Make
) -> None:
    """RFC 4592 §2.2.1, R53 4.5."""
    reply = ask(authority(RFC_4592), f"{name}.example.test", rtype)
    assert (int(reply.rcode()), [str(rdata) for rrset in reply.answer for rdata in rrset]) == (
        rcode,
        [answer] if answer else [],
    )
    assert all(rrset.name == reply.question[0].name for rrset in reply.answer)
    if not answer:
        referred = name == "host.subdel"
        assert [rrset.rdtype for rrset in reply.authority] == [dns.rdatatype.NS if referred else dns.rdatatype.SOA]
        assert bool(reply.flags & dns.flags.AA) != referred


def test_a_wildcard_may_have_a_policy_an_alias_or_a_cname(authority: Make) -> None:
    """R53 4.5: a wildcard's records are records like others."""
    made = authority("""
        *.geo 60 A 192.0.2.1 | country=FR
        *.geo 60 A 192.0.2.2 | country=*
        *.alias alias x.geo
        *.cname 60 CNAME x.geo.example.test.
    """)
    for name in ("a.geo", "a.alias"):
        assert ask(made, f"{name}.example.test").answer == [
            dns.rrset.from_text(f"{name}.example.test.", 60, "IN", "A", "192.0.2.1")
        ]
    assert ask(made, "b.cname.example.test").answer[0].rdtype == dns.rdatatype.CNAME


def test_a_referral_brings_the_glue_it_has(authority: Make) -> None:
    """R53 4.4: AA = 0, empty answer, NS in authority, A and AAAA in additional; also for the child's own NS and SOA."""
    made = authority("""
        sub 300 NS ns.sub.example.test.,ns.elsewhere.test.
        ns.sub 300 A 192.0.2.53
        ns.sub 300 AAAA 2001:db8::53
    """)
    for name, rtype in (("deep.x.sub", "A"), ("sub", "NS"), ("sub", "SOA"), ("ns.sub", "A")):
        reply = ask(made, f"{name}.example.test", rtype)
        assert not reply.flags & dns.flags.AA
        assert not reply.answer
        assert [(str(rrset.name), len(rrset)) for rrset in reply.authority] == [("sub.example.test.", 2)]
        assert {str(rdata) for rrset in reply.additional for rdata in rrset} == {"192.0.2.53", "2001:db8::53"}


@settings(deadline=None)
@given(count=st.integers(1, 400), payload=st.sampled_from([None, 100, 512, 1232, 4096, 65535]), signed=st.booleans())
def test_what_udp_cannot_carry_is_marked_and_comes_whole_by_tcp(
    authority: Make, count: int, payload: int | None, signed: bool
) -> None:
    """R53 4.1: 512 bytes without EDNS, what is advertised with it, 4096 at most."""
    made = authority("many 60 A " + ",".join(f"192.0.{n >> 8}.{n & 255}" for n in range(count)))
    options: dict[str, Any] = {} if payload is None else {"use_edns": 0, "payload": payload, "want_dnssec": signed}
    query = dns.message.make_query("many.example.test", "A", **options).to_wire()
    by_udp = made.answer(query, "paris")
    assert by_udp is not None
    assert len(by_udp) <= min(max(payload or 512, 512), 4096)
    short = dns.message.from_wire(by_udp)
    whole = ask(made, "many.example.test", tcp=True, **options)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == count
    bare = len(query) + 16 * count  # header, question, OPT, and an A record behind a pointer each
    assert bool(short.flags & dns.flags.TC) == (bare > min(max(payload or 512, 512), 4096))
    if not short.flags & dns.flags.TC:
        assert len(short.answer[0]) == count


@given(data=st.data())
def test_the_letters_of_a_question_come_back_as_they_were_sent(data: Any, authority: Make) -> None:
    """0x20 for every kind of reply: a stub that checks the case accepts them all."""
    made = authority("www 60 A 192.0.2.1\n *.wild 60 A 192.0.2.2\n sub 60 NS ns.else.test.\n cn 60 CNAME www")
    name = data.draw(st.sampled_from(["www", "a.wild", "x.sub", "cn", "nothing.www", "wild", "zone.elsewhere.test"]))
    name = name if name.endswith("test") else f"{name}.example.test"
    upper = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    mixed = "".join(letter.upper() if up else letter for letter, up in zip(name, upper, strict=True))
    query = dns.message.make_query(mixed, "A").to_wire()
    for _ in range(2):
        reply = made.answer(query, "paris")
        assert reply is not None
        assert reply[12 : 12 + len(mixed) + 6] == query[12 : 12 + len(mixed) + 6]


HEADER = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
WWW = b"\x03www\x07example\x04test\x00\x00\x01\x00\x01"


def with_edns(options: bytes, *, owner: bytes = b"\0", opts: int = 1) -> bytes:
    opt = owner + b"\x00\x29\x04\xd0\x00\x00\x00\x00" + len(options).to_bytes(2, "big") + options
    return HEADER[:-1] + bytes((opts,)) + WWW + opt * opts


# Packets that have broken name servers, and what each gets: an rcode, or None for silence.
CORPUS: list[tuple[str, bytes, int | None]] = [
    ("nothing", b"", None),
    ("half a header", HEADER[:7], None),
    ("a header alone that promises a question", HEADER, FORMERR),
    ("no question", HEADER[:4] + b"\0\0" + HEADER[6:], FORMERR),
    ("two questions", HEADER[:5] + b"\x02" + HEADER[6:] + WWW + WWW, FORMERR),
    ("65535 questions", HEADER[:4] + b"\xff\xff" + HEADER[6:] + WWW, FORMERR),
    ("65535 additional records", HEADER[:10] + b"\xff\xff" + WWW, FORMERR),
    ("a name that points at itself", HEADER + b"\xc0\x0c\x00\x01\x00\x01", FORMERR),
    ("a name that points past the end", HEADER + b"\xff\xff\x00\x01\x00\x01", FORMERR),
    ("a label of the reserved kind 01", HEADER + b"\x41x\x00\x00\x01\x00\x01", FORMERR),
    ("a label of the reserved kind 10", HEADER + b"\x81x\x00\x00\x01\x00\x01", FORMERR),
    ("a label longer than the packet", HEADER + b"\x3fshort", FORMERR),
    ("a name without end", HEADER + b"\x01a" * 10, FORMERR),
    ("a name of 256 bytes", HEADER + b"\x3f" + b"x" * 63 + (b"\x3f" + b"y" * 63) * 3 + b"\0\0\1\0\1", FORMERR),
    ("a question without its class", HEADER + WWW[:-2], FORMERR),
    ("bytes after the message", HEADER + WWW + b"tail", FORMERR),
    ("record data longer than the packet", with_edns(b"")[:-2] + b"\xff\xff", FORMERR),
    ("two OPT records", with_edns(b"", opts=2), FORMERR),
    ("an OPT record with a name", with_edns(b"", owner=b"\x01a\x00"), FORMERR),
    ("an option cut short", with_edns(b"\x00\x08\x00"), FORMERR),
    ("an option longer than its record", with_edns(b"\x00\x08\xff\xff\x00"), FORMERR),
    ("a client subnet of family 9", with_edns(b"\x00\x08\x00\x04\x00\x09\x00\x00"), FORMERR),
    ("a client subnet of 200 bits", with_edns(b"\x00\x08\x00\x05\x00\x01\xc8\x00\x01"), FORMERR),
    ("an unknown option", with_edns(b"\xff\xfe\x00\x01x"), NOERROR),
    ("a reply", HEADER[:2] + b"\x81" + HEADER[3:] + WWW, None),
    ("a reply that is cut short", HEADER[:2] + b"\x80", None),
    ("an UPDATE", HEADER[:2] + b"\x28" + HEADER[3:] + WWW, NOTIMP),
    ("a NOTIFY", HEADER[:2] + b"\x20" + HEADER[3:] + WWW, NOTIMP),
    ("opcode 15", HEADER[:2] + b"\x78" + HEADER[3:] + WWW, NOTIMP),
    ("class CHAOS", HEADER + WWW[:-1] + b"\x03", REFUSED),
    ("class ANY", HEADER + WWW[:-2] + b"\x00\xff", REFUSED),
    ("a zone transfer", HEADER + WWW[:-4] + b"\x00\xfc\x00\x01", REFUSED),
    ("the root", HEADER + b"\0\0\1\0\1", REFUSED),
    ("type 0", HEADER + WWW[:-4] + b"\x00\x00\x00\x01", NOERROR),
    ("type OPT as a question", HEADER + WWW[:-4] + b"\x00\x29\x00\x01", NOERROR),
    ("type 65535", HEADER + WWW[:-4] + b"\xff\xff\x00\x01", NOERROR),
    ("a dot, a quote and a null inside labels", HEADER + b'\x03.\\"\x02\x00\xff' + WWW[4:], NXDOMAIN),
]


@pytest.mark.parametrize(("packet", "rcode"), [row[1:] for row in CORPUS], ids=[row[0] for row in CORPUS])
def test_broken_packets_get_what_they_deserve(packet: bytes, rcode: int | None, authority: Make) -> None:
    """Each twice and by both ways, so that what was compiled is asked too."""
    made = authority("www 60 A 192.0.2.1")
    for tcp in (False, True, False):
        reply = made.answer(packet, "paris", tcp=tcp)
        if rcode is None:
            assert reply is None
        else:
            assert reply is not None
            assert (reply[:2], reply[2] & 0x80, reply[3] & 0xF) == (packet[:2], 0x80, rcode)
            dns.message.from_wire(reply)
