"""Clients that people use, unmodified, against the ports of the authority and of a place's resolver."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

import dns.asyncquery
import dns.asyncresolver
import dns.message
import dns.resolver
import pytest
from dns_ports import HOST, with_ports

from sandbox.dns.core import Authority
from sandbox.dns.habits import Habits
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas

pytestmark = pytest.mark.live

Story = Callable[[int, int], Awaitable[None]]


def simple(name: str, rtype: str, *values: str, **rest: Any) -> dict[str, Any]:
    record = {"Name": f"{name}.example.test.", "Type": rtype, "TTL": 60}
    return {**record, "ResourceRecords": [{"Value": value} for value in values], **rest}


def near(address: str, **location: Any) -> dict[str, Any]:
    return simple("near", "A", address, SetIdentifier=address, GeoProximityLocation=location)


def by_block(address: str, location: str) -> dict[str, Any]:
    config = {"CollectionId": "offices", "LocationName": location}
    return simple("ip", "A", address, SetIdentifier=location, CidrRoutingConfig=config)


RECORDS = [
    near("192.0.2.1", AWSRegion="us-east-1"),
    near("192.0.2.2", AWSRegion="ap-northeast-1", Bias=-50),
    near("192.0.2.3", Coordinates={"Latitude": "48.85", "Longitude": "2.35"}),
    by_block("192.0.2.11", "tokyo"),
    by_block("192.0.2.12", "*"),
    simple("many", "A", *(f"198.51.100.{number}" for number in range(1, 251))),
    simple("www", "CNAME", "near.example.test"),
    simple("*.wild", "TXT", '"wild"'),
    simple("sub", "NS", "ns.sub.example.test."),
    simple("ns.sub", "A", "192.0.2.53"),
]


def tell(story: Story) -> None:
    """Run a story with the authority's port and the port of Tokyo's resolver, which keeps answers."""
    atlas = Atlas.load()
    plan = AddressPlan(atlas, ["us-east-1"])
    authority = Authority(
        geography=atlas, place_of=plan.place_of, address_of=plan.client_address, dice=random.Random(1)
    )
    authority.put_zone("Z1", {"name": "example.test.", "records": RECORDS})
    blocks = {"tokyo": [plan.client_subnet("tokyo")]}
    authority.put_collection("offices", {"id": "offices", "name": "o", "version": 1, "locations": blocks})
    with_ports(authority, plan, story, habits=Habits(min_ttl_s=300))


def stub(port: int) -> dns.asyncresolver.Resolver:
    """dnspython's stub resolver, as a program would use it."""
    made = dns.asyncresolver.Resolver(configure=False)
    made.nameservers, made.port, made.lifetime = [HOST], port, 5
    return made


def test_a_stub_resolver_gets_answers_by_policy_and_follows_a_cname() -> None:
    async def story(authority: int, tokyo: int) -> None:
        assert [str(rdata) for rdata in await stub(authority).resolve("near.example.test")] == ["192.0.2.3"]
        found = await stub(tokyo).resolve("www.example.test")
        assert (str(found.canonical_name), [str(rdata) for rdata in found]) == ("near.example.test.", ["192.0.2.2"])
        assert [str(rdata) for rdata in await stub(tokyo).resolve("ip.example.test")] == ["192.0.2.11"]
        assert found.rrset is not None
        assert found.rrset.ttl == 300, "this resolver keeps answers for at least 300 s"

    tell(story)


def test_a_stub_resolver_tells_no_such_name_from_no_such_type() -> None:
    async def story(authority: int, tokyo: int) -> None:
        for port in (authority, tokyo):
            with pytest.raises(dns.resolver.NXDOMAIN):
                await stub(port).resolve("nothing.example.test")
            with pytest.raises(dns.resolver.NoAnswer) as none:
                await stub(port).resolve("many.example.test", "AAAA")
            assert none.value.response().authority[0].ttl == 900

    tell(story)


def test_a_stub_resolver_turns_to_tcp_for_what_udp_cannot_carry() -> None:
    async def story(authority: int, tokyo: int) -> None:
        for port in (authority, tokyo):
            assert len(await stub(port).resolve("many.example.test")) == 250

    tell(story)


def test_a_stub_that_mixes_letter_cases_gets_its_own_back_from_both() -> None:
    """0x20: 20 spellings each, by UDP; what differs in a letter would be thrown away by such a stub."""

    async def story(authority: int, tokyo: int) -> None:
        dice = random.Random(20)
        for port in (authority, tokyo):
            for _ in range(20):
                name = "".join(dice.choice((letter.lower(), letter.upper())) for letter in "near.example.test.")
                query = dns.message.make_query(name, "A")
                reply = await dns.asyncquery.udp(query, HOST, 2, port)
                assert reply.question[0].name.labels == query.question[0].name.labels
                assert reply.answer[0].name.labels == query.question[0].name.labels

    tell(story)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["dig", "@HOST", "-p", "AUTHORITY", "near.example.test", "+short"], "192.0.2.3"),
        (["dig", "@HOST", "-p", "AUTHORITY", "near.example.test", "+short", "+subnet=100.64.16.0/24"], "192.0.2.2"),
        (["dig", "@HOST", "-p", "AUTHORITY", "ip.example.test", "+subnet=100.64.16.77/32"], "100.64.16.77/32/24"),
        (["dig", "@HOST", "-p", "AUTHORITY", "ip.example.test", "+subnet=2001:db8::/48"], "2001:db8::/48/0"),
        (["dig", "@HOST", "-p", "AUTHORITY", "ip.example.test", "+ednsopt=65001"], "longest block that holds"),
        (["dig", "@HOST", "-p", "AUTHORITY", "many.example.test", "+noedns"], "ANSWER: 250"),
        (["dig", "@HOST", "-p", "AUTHORITY", "a.b.WILD.example.test", "TXT", "+short"], '"wild"'),
        (
            ["dig", "@HOST", "-p", "AUTHORITY", "x.sub.example.test", "+norec"],
            "ns.sub.example.test. 60 IN A 192.0.2.53",
        ),
        (["dig", "@HOST", "-p", "AUTHORITY", "x.sub.example.test", "+norec"], "flags: qr; QUERY: 1, ANSWER: 0"),
        (["dig", "@HOST", "-p", "TOKYO", "www.example.test", "+short"], "near.example.test. 192.0.2.2"),
        (["dig", "@HOST", "-p", "TOKYO", "x.sub.example.test"], "status: SERVFAIL"),
        (["host", "-p", "TOKYO", "www.example.test", "HOST"], "near.example.test has address 192.0.2.2"),
        (["nslookup", "-port=TOKYO", "many.example.test", "HOST"], "198.51.100.250"),
        (["delv", "@HOST", "-p", "AUTHORITY", "+noroot", "-i", "near.example.test"], "192.0.2.3"),
    ],
)
def test_tools_agree(command: list[str], line: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")

    async def story(authority: int, tokyo: int) -> None:
        places = {"HOST": HOST, "AUTHORITY": str(authority), "TOKYO": str(tokyo)}
        words = command
        for name, value in places.items():
            words = [word.replace(name, value) for word in words]
        done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False, timeout=20)
        assert line in " ".join(done.stdout.split()), done.stdout + done.stderr

    tell(story)
