"""The authority as its clients meet it: packets in, packets out (R53 1, 4)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import sqrt
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.dns.core import Authority
from sandbox.kernel.errors import Refusal
from sandbox.protocols.dns_wire import BADVERS, FORMERR, NOTIMP, NXDOMAIN, REFUSED, Reply, read_reply

Make = Callable[..., Authority]
Ask = Callable[..., Reply]

ZONE = """
    app 60 A 198.18.1.10 | region=us-east-1 check=us
    app 60 A 198.18.2.10 | region=eu-west-1 check=eu
    app 60 A 198.18.3.10 | region=ap-northeast-1 check=jp
    pair 60 A 192.0.2.1 | failover=PRIMARY check=first
    pair 60 A 192.0.2.2 | failover=SECONDARY check=second
    w 60 A 192.0.2.11 | weight=10 id=a
    w 60 A 192.0.2.12 | weight=20 id=b
    w 60 A 192.0.2.13 | weight=70 id=c
    geo 60 A 192.0.2.21 | country=JP
    geo 60 A 192.0.2.22 | country=*
    many 60 A 192.0.2.31,192.0.2.32,192.0.2.33
    tree alias w | weight=1 id=left
    tree alias many | weight=1 id=right
    mv 60 A 192.0.2.41 | multivalue id=m1
    mv 60 A 192.0.2.42 | multivalue id=m2
    www 60 CNAME app.example.test.
    sub 60 NS ns.else.test.
    * 60 A 192.0.2.99
    t 60 TXT "Case Kept"
"""


@contextmanager
def decisions_of(authority: Authority) -> Iterator[list[str]]:
    """The names that are decided anew within a `with`."""
    decided: list[str] = []
    before, authority.on_decision = authority.on_decision, lambda view, answer: decided.append(answer.name)
    yield decided
    authority.on_decision = before


def wire(name: str, rtype: str = "A", **options: Any) -> bytes:
    return dns.message.make_query(f"{name}.example.test", rtype, **options).to_wire()


def answered(authority: Authority, packet: bytes, place: str = "paris", *, tcp: bool = False) -> dns.message.Message:
    reply = authority.answer(packet, place, tcp=tcp)
    assert reply is not None
    return dns.message.from_wire(reply)


def addresses(reply: Reply) -> set[str]:
    return {value for rrset in reply.answer for value in rrset.values}


@pytest.mark.parametrize(
    ("place", "address"), [("paris", "198.18.2.10"), ("tokyo", "198.18.3.10"), ("denver", "198.18.1.10")]
)
def test_the_place_decides_by_source_and_by_client_subnet(
    place: str, address: str, authority: Make, ask: Ask, planet: Any
) -> None:
    """R53 1.2 Latency: location is that of the ECS subnet when one is sent, else of the packet's source."""
    made = authority(ZONE)
    assert addresses(ask(made, "app", place=place)) == {address}
    told = ask(made, "app", place="sydney", subnet=planet.subnet_of(place))
    assert addresses(told) == {address}
    assert told.scope == 24


def test_a_subnet_that_is_nobodys_leaves_the_source_in_place(authority: Make, ask: Ask) -> None:
    made = authority(ZONE)
    for subnet in ("8.8.8.0/24", "0.0.0.0/0", "2001:db8::/48"):
        assert addresses(ask(made, "app", place="tokyo", subnet=subnet)) == {"198.18.3.10"}
    assert ask(made, "app", subnet="0.0.0.0/0").scope == 0


def test_the_scope_is_zero_where_the_place_does_not_matter(authority: Make, ask: Ask, planet: Any) -> None:
    """R53 4.2; negative answers and delegations too."""
    made = authority(ZONE)
    for name, rtype in (("w", "A"), ("t", "TXT"), ("x.sub", "A"), ("t", "A"), ("mv", "A")):
        assert ask(made, name, rtype, subnet=planet.subnet_of("tokyo")).scope == 0


def test_a_packet_from_nowhere_gets_what_there_is_for_nowhere(authority: Make, ask: Ask) -> None:
    """R53 1.2 Geolocation: the default also serves addresses that map to no location."""
    made = authority(ZONE)
    assert addresses(ask(made, "geo", place="atlantis")) == {"192.0.2.22"}
    assert len(addresses(ask(made, "app", place="atlantis"))) == 1


def test_the_question_comes_back_letter_by_letter(authority: Make) -> None:
    """0x20: also from the compiled answers, whatever case the first asker used."""
    made = authority(ZONE)
    for name in ("App", "aPP", "APP"):
        message = answered(made, wire(name))
        assert message.question[0].name.labels[0] == name.encode()
        assert message.answer[0].name.labels[0] == name.encode()


def test_text_keeps_its_case(authority: Make) -> None:
    assert answered(authority(ZONE), wire("t", "TXT")).answer[0][0].to_text() == '"Case Kept"'


def test_errors_are_those_of_the_standards(authority: Make) -> None:
    made = authority(ZONE)
    update = dns.message.make_query("example.test", "SOA")
    update.set_opcode(dns.opcode.UPDATE)
    cases = [
        (update.to_wire()[:12], NOTIMP),
        (wire("app") + b"x", FORMERR),
        (wire("app", rdclass="CH"), REFUSED),
        (wire("app", "AXFR"), REFUSED),
        (wire("app", use_edns=1), BADVERS),
        (dns.message.make_query("www.amazon.com", "A").to_wire(), REFUSED),
        (dns.message.make_query("no.t.example.test", "A").to_wire(), NXDOMAIN),
    ]
    assert [answered(made, packet).rcode() for packet, _ in cases] == [rcode for _, rcode in cases]


def test_what_is_no_query_gets_no_reply(authority: Make) -> None:
    made = authority(ZONE)
    reply = made.answer(wire("app"), "paris")
    assert reply is not None
    assert made.answer(reply, "paris") is None
    assert made.answer(b"", "paris") is None
    assert made.answer(b"\0" * 11, "paris") is None


def test_a_change_of_health_shows_in_the_next_answer(authority: Make, ask: Ask) -> None:
    """Compiled answers never survive a change of the health they depend on."""
    made = authority(ZONE)
    assert addresses(ask(made, "pair")) == {"192.0.2.1"}
    made.put_health("first", False)
    assert addresses(ask(made, "pair")) == {"192.0.2.2"}
    made.put_health("second", False)
    assert addresses(ask(made, "pair")) == {"192.0.2.1"}
    made.put_health("first", None)
    made.put_health("first", True)
    assert addresses(ask(made, "pair")) == {"192.0.2.1"}


def test_a_verdict_that_changes_nothing_keeps_what_is_compiled(authority: Make, ask: Ask) -> None:
    made = authority(ZONE)
    ask(made, "pair")
    made.put_health("first", True)
    with decisions_of(made) as decided:
        ask(made, "pair")
    assert decided == []


def test_a_push_or_a_verdict_costs_only_those_answers_that_depend_on_it(
    authority: Make, ask: Ask, zone: Any, planet: Any
) -> None:
    """A batch changes other records of the zone, then a check of another name fails: `app`, asked for three cities
    before, is not decided again. Its own check is, and its own records are."""
    made = authority(ZONE)

    def asked() -> list[str]:
        with decisions_of(made) as decided:
            for place in ("paris", "tokyo", "denver"):
                ask(made, "app", subnet=planet.subnet_of(place))
        return decided

    assert asked() == ["app.example.test."] * 3
    made.put_zone("Z1", zone(ZONE + "".join(f"\n host-{number} 60 A 192.0.2.1" for number in range(500))))
    made.put_health("first", False)
    assert asked() == []
    made.put_health("jp", False)
    assert asked() == ["app.example.test."] * 3
    made.put_zone("Z1", zone(ZONE.replace("198.18.3.10", "198.18.3.11")))
    assert asked() == ["app.example.test."] * 3


@pytest.mark.parametrize(
    ("name", "rtype", "before", "after"),
    [
        ("a.b", "A", "x.a.b 60 A 192.0.2.1", "c 60 A 192.0.2.1"),  # an empty name, then none: NODATA, NXDOMAIN
        ("a.b", "A", "* 60 A 192.0.2.1", "* 60 A 192.0.2.1\n c.b 60 A 192.0.2.2"),  # b exists now: the wildcard ends
        ("a.b", "A", "* 60 A 192.0.2.1", "c 60 A 192.0.2.1"),
        ("a.b", "A", "c 60 A 192.0.2.1", "c 60 A 192.0.2.1\n * 60 A 192.0.2.1"),
        ("a.b", "A", "a.b 60 A 192.0.2.1", "a.b 60 A 192.0.2.1\n b 60 NS ns.else.test."),  # delegated now
        ("a", "A", "a alias b\n b 60 A 192.0.2.1", "a alias b\n b 60 A 192.0.2.2"),
        ("a", "A", "a alias b\n b 60 A 192.0.2.1", "a alias b"),
        ("a", "AAAA", "a 60 A 192.0.2.1", "a 60 AAAA 2001:db8::1"),
        ("a", "MX", "a 60 MX 10 b.example.test.", "a 60 MX 10 b.example.test.\n b 60 A 192.0.2.1"),  # its address
        ("a", "A", "a 60 A 192.0.2.1", "a 60 A 192.0.2.1\n @ 60 NS ns.else.test."),  # beside the answer
    ],
)
def test_a_change_anywhere_on_the_way_to_an_answer_shows_in_the_next_one(
    name: str, rtype: str, before: str, after: str, authority: Make, zone: Any
) -> None:
    made, anew = authority(before), authority(after)
    packet = wire(name, rtype)
    first = made.answer(packet, "paris")
    made.put_zone("Z1", zone(after))
    assert made.answer(packet, "paris") == anew.answer(packet, "paris") != first


def test_a_zone_that_comes_or_goes_shows_in_the_next_answer(authority: Make, ask: Ask, zone: Any) -> None:
    """A child zone takes its names from the parent, and gives them back."""
    made = authority("a.sub 60 A 192.0.2.1")
    assert addresses(ask(made, "a.sub")) == {"192.0.2.1"}
    made.put_zone("Z2", zone("a 60 A 192.0.2.2", "sub.example.test."))
    assert addresses(ask(made, "a.sub")) == {"192.0.2.2"}
    made.put_zone("Z2", {**zone("a 60 A 192.0.2.2", "sub.example.test."), "private": True})
    assert addresses(ask(made, "a.sub")) == {"192.0.2.1"}
    made.put_zone("Z2", zone("a 60 A 192.0.2.2", "sub.example.test."))
    made.put_zone("Z2", None)
    assert addresses(ask(made, "a.sub")) == {"192.0.2.1"}


def test_a_change_of_zone_shows_in_the_next_answer(authority: Make, ask: Ask, zone: Any) -> None:
    """Compiled answers never survive a change of the records they depend on."""
    made = authority("a 60 A 192.0.2.1")
    assert addresses(ask(made, "a")) == {"192.0.2.1"}
    made.put_zone("/hostedzone/Z1", zone("a 60 A 192.0.2.2"))
    assert addresses(ask(made, "a")) == {"192.0.2.2"}
    made.put_zone("Z1", None)
    assert ask(made, "a").rcode == REFUSED


NAMES = ["app", "pair", "w", "geo", "many", "tree", "safe", "mv", "www", "x.sub", "any", "t", "nothing.t", "y.x"]
VARIANTS = [  # what is put for what into ZONE
    ("", ""),
    ("alias w", "alias geo"),
    ("weight=70", "weight=0"),
    ("* 60 A", "y.x 60 A"),
    ("sub 60 NS", "t 60 NS"),
    ("weight=1 id=left", "weight=0 id=left"),
    ("192.0.2.31,", ""),
]
SAFE = """
    safe alias pair | failover=PRIMARY evaluate
    safe 60 A 192.0.2.61 | failover=SECONDARY
"""
names = st.sampled_from(NAMES)
changes = st.one_of(
    st.tuples(st.just("health"), st.sampled_from(["us", "eu", "jp", "first", "second"]), st.booleans()),
    st.tuples(st.just("ask"), names, st.sampled_from(["paris", "tokyo", "denver"])),
    st.tuples(st.just("zone"), st.sampled_from(VARIANTS), st.sampled_from(["192.0.2.51", "192.0.2.52"])),
    st.tuples(st.just("child"), st.booleans(), st.just("")),
)


@settings(deadline=None)
@given(steps=st.lists(changes, max_size=30), seed=st.integers(0, 1000))
def test_cached_answers_equal_uncached_ones(
    authority: Make, zone: Any, steps: list[tuple[str, Any, Any]], seed: int
) -> None:
    """Two authorities with one seed live through the same story; the second forgets its compiled answers before each
    question. Byte for byte they say the same: nothing stale, and chance is not bent by compiling."""
    keeping, forgetting = (authority(ZONE + SAFE, seed=seed) for _ in range(2))
    for kind, subject, detail in steps:
        for made in (keeping, forgetting):
            if kind == "health":
                made.put_health(subject, detail)
            elif kind == "zone":
                changed = ZONE.replace(*subject) if subject[0] else ZONE
                made.put_zone("Z1", zone(changed + SAFE + f'extra 60 A {detail}\n many 60 TXT "{detail}"'))
            elif kind == "child":
                made.put_zone("Z2", zone("x 60 A 192.0.2.71", "sub.example.test.") if subject else None)
        if kind == "ask":
            for _ in range(3):
                forgetting.compiled.clear()
                packet = wire(subject, use_edns=0)
                assert keeping.answer(packet, detail) == forgetting.answer(packet, detail)


def test_weighted_answers_have_their_shares_over_100_000_draws(authority: Make) -> None:
    """R53 1.2 Weighted, through packets and compiled answers; five standard deviations, fixed seed."""
    made = authority(ZONE)
    packet, draws = wire("w"), 100_000
    seen: Counter[bytes | None] = Counter(made.answer(packet, "paris") for _ in range(draws))
    shares = {}
    for reply, count in seen.items():
        assert reply is not None
        read = read_reply(reply)
        assert read is not None
        shares[read.answer[0].values[0]] = count / draws
    for value, share in (("192.0.2.11", 0.1), ("192.0.2.12", 0.2), ("192.0.2.13", 0.7)):
        assert abs(shares[value] - share) < 5 * sqrt(share * (1 - share) / draws)


def test_chance_within_a_tree_stays_chance(authority: Make, ask: Ask) -> None:
    made = authority(ZONE)
    seen = Counter(next(iter(ask(made, "tree").answer)).values[0] for _ in range(400))
    assert set(seen) == {f"192.0.2.{n}" for n in (11, 12, 13, 31, 32, 33)}


def test_digs_cookies_do_not_fill_the_cache(authority: Make) -> None:
    made = authority(ZONE)
    dice = random.Random(1)
    for _ in range(200):
        packet = wire("app", use_edns=0, payload=1232, options=[dns.edns.GenericOption(10, dice.randbytes(8))])
        assert made.answer(packet, "paris") is not None
    assert len(made.compiled) == 1


CORPUS = [
    wire("app"),
    wire("w", use_edns=0, options=[dns.edns.ECSOption("100.64.2.0", 24)]),
    wire("tree", "ANY", use_edns=0, options=[dns.edns.GenericOption(65001, b"")]),
    wire("x.sub", "DS"),
    b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\1\0" * 20 + b"\0\0\1\0\1",  # zero bytes inside labels
]


@settings(deadline=None, max_examples=300)
@given(
    base=st.sampled_from(CORPUS),
    edits=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 90),
    junk=st.binary(max_size=30),
    tcp=st.booleans(),
)
@example(base=CORPUS[4], edits=[], cut=90, junk=b"", tcp=False)
def test_no_packet_makes_it_raise(
    authority: Make, base: bytes, edits: list[tuple[int, int]], cut: int, junk: bytes, tcp: bool
) -> None:
    """Real questions with bytes changed, cut off and added; each twice, so that what was compiled is asked too."""
    made = authority(ZONE)
    packet = bytearray(base[:cut] + junk)
    for at, byte in edits:
        if at < len(packet):
            packet[at] = byte
    for _ in range(2):
        reply = made.answer(bytes(packet), "paris", tcp=tcp)
        assert reply is None or reply[:2] == packet[:2]
        if reply is not None and len(packet) >= 12:
            assert reply[2] & 0x80


@settings(deadline=None)
@given(junk=st.binary(max_size=300))
def test_no_junk_makes_it_raise(authority: Make, junk: bytes) -> None:
    made = authority(ZONE)
    made.answer(junk, "paris")
    made.answer(junk, "paris", tcp=True)


def test_decisions_can_be_asked_for_without_a_packet(authority: Make) -> None:
    made = authority(ZONE)
    assert made.decide("App.Example.Test", "a", "tokyo").answer[0].values == ("198.18.3.10",)
    assert made.decide("app.example.test", "A", "tokyo", subnet="100.64.1.9").answer[0].values == ("198.18.2.10",)
    for name, rtype, place in (("a..b", "A", "paris"), ("a", "HOUSE", "paris"), ("a", "A", "atlantis")):
        with pytest.raises(Refusal):
            made.decide(name, rtype, place)


def test_decisions_are_told_once_and_copies_are_not(planet: Any, zone: Any, ask: Ask) -> None:
    told: list[tuple[str, str]] = []
    made = Authority(
        geography=planet,
        place_of=planet.place_of,
        dice=random.Random(1),
        on_decision=lambda view, answer: told.append((view.place, answer.name)),
    )
    made.put_zone("Z1", zone(ZONE))
    for _ in range(5):
        ask(made, "app")
    made.decide("app.example.test", "A", "tokyo")
    assert told == [("paris", "app.example.test.")]


def test_a_region_the_planet_does_not_know_is_the_last_choice(authority: Make, ask: Ask) -> None:
    made = authority("app 60 A 192.0.2.1 | region=mars-north-1\n app 60 A 192.0.2.2 | region=us-east-1")
    reply = ask(made, "app")
    assert addresses(reply) == {"192.0.2.2"}
    assert "mars-north-1 no latency known" in reply.why
