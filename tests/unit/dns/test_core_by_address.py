"""Records that follow addresses and distances, through packets (R53 1.2 IP-based and Geoproximity)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.dns.core import Authority
from sandbox.kernel.errors import Refusal
from sandbox.protocols.dns_wire import Reply, write_query

Make = Callable[..., Authority]
Ask = Callable[..., Reply]


def addresses(reply: Reply) -> set[str]:
    return {value for rrset in reply.answer for value in rrset.values}


BY_ADDRESS = """
    ip 60 A 192.0.2.1 | cidr=tokyo
    ip 60 A 192.0.2.2 | cidr=six
    ip alias geo | cidr=* evaluate
    geo 60 A 192.0.2.21 | country=JP
    geo 60 A 192.0.2.22 | country=*
    strict 60 A 192.0.2.1 | cidr=tokyo
    near 60 A 192.0.2.31 | near=0,50
    near 60 A 192.0.2.32 | near=0,2000 bias=99
    near 60 A 192.0.2.33 | zone=us-west-2-lax-1
    zone 60 A 192.0.2.33 | zone=us-west-2-lax-1
    zone 60 A 192.0.2.34 | zone=us-west-2-zzz-1
"""
OFFICES: dict[str, Any] = {
    "id": "C1",
    "name": "offices",
    "version": 1,
    "locations": {"tokyo": ["100.64.2.0/24"], "six": ["2001:db8::/32"]},
}


@pytest.fixture
def offices(authority: Make) -> Authority:
    made = authority(BY_ADDRESS)
    made.put_collection("C1", OFFICES)
    return made


@pytest.mark.parametrize(
    ("place", "subnet", "address", "scope"),
    [
        ("tokyo", "", "192.0.2.1", None),  # the resolver's address
        ("paris", "100.64.2.0/24", "192.0.2.1", 24),  # the client's subnet, if it is told
        ("tokyo", "100.64.1.0/24", "192.0.2.22", 24),  # the default, an alias to geolocation records
        ("paris", "2001:db8:1234::/48", "192.0.2.2", 32),  # the block is wider than what was told
        ("tokyo", "100.64.0.0/16", "192.0.2.21", 24),  # shorter than the block: the default; more bits were wanted
        ("tokyo", "0.0.0.0/0", "192.0.2.1", 0),  # "do not look at my client": the resolver's address
    ],
)
def test_ip_based_records_follow_the_client_subnet_else_the_resolver(
    place: str, subnet: str, address: str, scope: int | None, offices: Authority, ask: Ask
) -> None:
    """R53 1.2 IP-based and its pattern for overrides; R53 4.2: a truthful scope. Twice: the copy is as true."""
    for _ in range(2):
        reply = ask(offices, "ip", place=place, subnet=subnet)
        assert addresses(reply) == {address}
        assert reply.scope == (0 if scope is None and subnet else scope)


@pytest.mark.parametrize(("bits", "scope"), [(0, 0), (8, 24), (16, 24), (24, 24), (28, 28)])
def test_an_answer_by_place_never_claims_to_hold_for_a_subnet_with_several_places(
    bits: int, scope: int, offices: Authority, ask: Ask
) -> None:
    """R53 4.2: scope = source is safe, but a /16 holds many places here, so more bits are asked for."""
    subnet = str(ip_network(f"100.64.2.0/{bits}", strict=False))
    assert ask(offices, "geo", subnet=subnet).scope == scope


def test_no_block_and_no_default_is_no_data_for_everyone(offices: Authority, ask: Ask) -> None:
    """R53 8, by analogy with geolocation: NODATA, with scope 0 (R53 4.2)."""
    reply = ask(offices, "strict", subnet="100.64.1.0/24")
    assert (reply.rcode, reply.answer, reply.authority[0].rtype, reply.scope) == (0, (), "SOA", 0)


def test_a_change_of_collection_shows_in_the_next_answer(offices: Authority, ask: Ask) -> None:
    """Compiled answers never survive a change of blocks."""
    assert addresses(ask(offices, "ip", place="paris")) == {"192.0.2.22"}
    offices.put_collection("C1", OFFICES | {"locations": {"tokyo": ["100.64.0.0/16"]}})
    assert addresses(ask(offices, "ip", place="paris")) == {"192.0.2.1"}
    offices.put_collection("C1", None)
    assert addresses(ask(offices, "ip", place="paris")) == {"192.0.2.22"}
    with pytest.raises(Refusal):
        offices.put_collection("C1", {"name": "no locations"})


@pytest.mark.parametrize(
    ("name", "place", "address"),
    [
        ("near", "paris", "192.0.2.32"),  # 2,000 km with +99 are 20, against 50
        ("near", "tokyo", "192.0.2.32"),
        ("near", "denver", "192.0.2.32"),  # 2,900 km with +99 are 29, against the Local Zone's 100
        ("zone", "denver", "192.0.2.33"),  # the edge location of Los Angeles, 100 km; the region is 316 km away
        ("near", "atlantis", "192.0.2.32"),  # nowhere: no distance, so the first by label
    ],
)
def test_geoproximity_measures_to_points_and_local_zones(
    name: str, place: str, address: str, offices: Authority, ask: Ask
) -> None:
    """R53 1.2 Geoproximity: AWSRegion, LocalZoneGroup or Coordinates."""
    assert addresses(ask(offices, name, place=place)) == {address}


def test_a_client_subnet_may_be_asked_for_without_a_packet(offices: Authority) -> None:
    """R53 6.5: the mask is 24 unless told."""
    for subnet, value in (("100.64.2.9", "192.0.2.1"), ("100.64.0.0/23", "192.0.2.22"), ("2001:db8::1", "192.0.2.2")):
        assert offices.decide("ip.example.test", "A", "paris", subnet=subnet).answer[0].values == (value,)
    with pytest.raises(Refusal, match="client subnet"):
        offices.decide("ip.example.test", "A", "paris", subnet="here")


SUBNETS = ["", "100.64.1.0/24", "100.64.2.0/24", "100.64.2.8/30", "100.64.0.0/16", "10.0.0.0/8", "2001:db8:7::/48"]
BLOCKS = ["100.64.2.0/24", "100.64.0.0/15", "100.64.1.0/24", "2001:db8::/32", "2001:db8:7::/48"]
steps_of = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(["ip", "near", "strict"]), st.sampled_from(SUBNETS)),
        st.tuples(st.just("blocks"), st.sampled_from(["tokyo", "six"]), st.lists(st.sampled_from(BLOCKS), max_size=2)),
        st.tuples(st.just("health"), st.sampled_from(["a", "b"]), st.booleans()),
        st.tuples(st.just("zone"), st.integers(-99, 99), st.just("")),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(steps=steps_of)
def test_copies_by_address_equal_fresh_answers_through_every_change(
    authority: Make, zone: Any, steps: list[tuple[str, Any, Any]]
) -> None:
    """Two authorities live through one story; the second forgets its compiled answers before each question."""
    text = BY_ADDRESS.replace("cidr=tokyo", "cidr=tokyo check=a").replace("bias=99", "bias={bias} check=b")
    keeping, forgetting = (authority(text.format(bias=9)) for _ in range(2))
    for number, (kind, subject, detail) in enumerate(steps):
        for made in (keeping, forgetting):
            if kind == "blocks":
                made.put_collection("C1", OFFICES | {"locations": OFFICES["locations"] | {subject: detail}})
            elif kind == "health":
                made.put_health(subject, detail)
            elif kind == "zone":
                made.put_zone("Z1", zone(text.format(bias=subject)))
        if kind == "ask":
            query = write_query(number, f"{subject}.example.test.", "A", subnet=detail or None, asks_why=True)
            for _ in range(2):
                forgetting.compiled.clear()
                assert keeping.answer(query, "tokyo") == forgetting.answer(query, "tokyo")
