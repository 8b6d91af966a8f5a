"""Answers as bytes: size limits, EDNS, TTL on the wire (R53 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Sequence

import dns.edns
import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.rendering import header_only, render, render_error, udp_limit, wire_ttl_s
from sandbox.dns.values import Answer, Decision
from sandbox.protocols.dns_wire import BADVERS, FORMERR, NXDOMAIN, Query, Rrset, read_query

NAME = "app.example.test."


def query(edns: bool = True, payload: int = 1232, options: Sequence[dns.edns.Option] = ()) -> Query:
    message = dns.message.make_query(NAME, "A", use_edns=0 if edns else -1, payload=payload, options=list(options))
    return read_query(message.to_wire())


def addresses(count: int, ttl_s: int = 60) -> Rrset:
    wires = tuple(bytes((192, 0, 2, n % 256)) for n in range(count))
    return Rrset(name=NAME, rtype="A", ttl_s=ttl_s, values=("",) * count, wires=wires)


def servers(count: int) -> Rrset:
    wires = tuple(b"\x04ns%02d\x07example\x04test\x00" % n for n in range(count))
    return Rrset(name="example.test.", rtype="NS", ttl_s=60, values=("",) * count, wires=wires)


def read(asked: Query, answer: Answer, *, tcp: bool = False, speed: float = 1.0) -> dns.message.Message:
    made = render(asked, answer, speed=speed, tcp=tcp)
    return dns.message.from_wire(asked.id.to_bytes(2, "big") + made.head + asked.question + made.tail)


def answer(count: int, extras: int = 4, **rest: object) -> Answer:
    return Answer(name=NAME, rtype="A", answer=(addresses(count),), authority=(servers(extras),), **rest)  # type: ignore[arg-type]


def test_a_reply_says_what_the_answer_says() -> None:
    message = read(query(), answer(2))
    assert message.flags & (dns.flags.QR | dns.flags.AA | dns.flags.RD | dns.flags.RA | dns.flags.TC) == (
        dns.flags.QR | dns.flags.AA | dns.flags.RD
    )
    assert len(message.answer[0]) == 2
    assert len(message.authority[0]) == 4
    assert read(query(), Answer(name=NAME, rtype="A", rcode=NXDOMAIN)).rcode() == NXDOMAIN


@pytest.mark.parametrize(("payload", "limit"), [(100, 512), (512, 512), (1232, 1232), (65000, 4096)])
def test_udp_takes_what_the_client_can_between_512_and_4096(payload: int, limit: int) -> None:
    """R53 4.1; below 512 counts as 512 (RFC 6891 §6.2.3)."""
    assert udp_limit(query(payload=payload)) == limit
    assert udp_limit(query(edns=False)) == 512


def test_extras_go_first_and_without_a_sign() -> None:
    message = read(query(edns=False), answer(25, extras=10))
    assert len(message.answer[0]) == 25
    assert not message.authority
    assert not message.flags & dns.flags.TC


def test_an_answer_that_does_not_fit_is_empty_and_marked_truncated() -> None:
    """R53 4.1: the resolver asks again by TCP, where it fits."""
    message = read(query(edns=False), answer(100))
    assert message.flags & dns.flags.TC
    assert not message.answer
    assert len(read(query(edns=False), answer(100), tcp=True).answer[0]) == 100


@given(count=st.integers(0, 400), extras=st.integers(0, 60), payload=st.integers(0, 65535), edns=st.booleans())
def test_no_udp_reply_is_longer_than_agreed(count: int, extras: int, payload: int, edns: bool) -> None:
    asked = query(edns=edns, payload=payload)
    made = render(asked, answer(count, extras, why="x" * 900), speed=1, tcp=False)
    assert 2 + len(made.head) + len(asked.question) + len(made.tail) <= udp_limit(asked)


def test_no_opt_in_the_query_means_none_in_the_reply() -> None:
    """R53 4.1."""
    assert read(query(edns=False), answer(1)).edns == -1
    assert read(query(), answer(1)).edns == 0


def test_a_client_subnet_comes_back_with_a_truthful_scope() -> None:
    """R53 4.2: SOURCE for answers that depend on the place, 0 for others; none when none was sent."""
    asked = query(options=[dns.edns.ECSOption("100.64.7.0", 24)])
    by_place = Decision(name=NAME, rtype="A", policy="latency", candidates=(), chosen=(), why="", by_place=True)
    assert read(asked, answer(1, decisions=(by_place,))).options[0].to_text() == "ECS 100.64.7.0/24 scope/24"
    assert read(asked, answer(1)).options[0].to_text() == "ECS 100.64.7.0/24 scope/0"
    assert not read(query(), answer(1, decisions=(by_place,))).options


def test_the_explanation_is_for_those_who_ask() -> None:
    asked = query(options=[dns.edns.GenericOption(65001, b"")])
    assert read(asked, answer(1, why="because")).options[0].to_wire() == b"because"
    assert not read(query(), answer(1, why="because")).options


@pytest.mark.parametrize(("ttl_s", "speed", "told_s"), [(60, 1, 60), (60, 10, 6), (60, 7, 9), (1, 100, 1), (0, 10, 0)])
def test_the_ttl_on_the_wire_is_divided_by_speed_and_rounded_up(ttl_s: int, speed: float, told_s: int) -> None:
    assert wire_ttl_s(ttl_s, speed) == told_s
    asked = Answer(name=NAME, rtype="A", answer=(addresses(1, ttl_s),))
    assert read(query(), asked, speed=speed).answer[0].ttl == told_s


def test_badvers_needs_the_opt_record_for_its_upper_bits() -> None:
    asked = query()
    made = render_error(asked, BADVERS)
    message = dns.message.from_wire(asked.id.to_bytes(2, "big") + made.head + asked.question + made.tail)
    assert message.rcode() == BADVERS


def test_what_cannot_be_read_gets_a_header() -> None:
    reply = header_only(b"\x12\x34\x29\x20" + b"\xff" * 30, FORMERR)
    assert reply == b"\x12\x34\xa9\x01" + b"\0" * 8
