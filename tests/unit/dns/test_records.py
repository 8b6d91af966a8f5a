"""Zones as control pushes them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.dns.records import Zone, default_name_servers, parse_record, policy_of
from sandbox.dns.values import CidrRouting, Proximity
from sandbox.kernel.errors import Refusal

ZoneOf = Callable[..., dict[str, Any]]


def record(**fields: Any) -> dict[str, Any]:
    return {"Name": "app.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}], **fields}


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        ({}, "simple"),
        ({"Weight": 0}, "weighted"),
        ({"Weight": "5"}, "weighted"),
        ({"Region": "us-east-1"}, "latency"),
        ({"GeoLocation": {"CountryCode": "*"}}, "geolocation"),
        ({"Failover": "PRIMARY"}, "failover"),
        ({"MultiValueAnswer": True}, "multivalue"),
        ({"MultiValueAnswer": False, "Weight": None, "Region": ""}, "simple"),
        ({"GeoProximityLocation": {"AWSRegion": "us-east-1"}}, "geoproximity"),
        ({"CidrRoutingConfig": {"CollectionId": "c"}}, "IP-based"),
    ],
)
def test_one_field_makes_the_policy(fields: dict[str, Any], policy: str) -> None:
    """R53 1.2, column Discriminator."""
    assert policy_of(record(**fields)) == policy


def test_numbers_and_truths_may_be_strings_as_moto_has_them() -> None:
    alias = {"HostedZoneId": "/hostedzone/Z1", "DNSName": "Other.example.test", "EvaluateTargetHealth": "true"}
    found = parse_record("app.example.test.", {"Name": "x", "Type": "a", "Weight": "7", "AliasTarget": alias})
    assert (found.weight, found.ttl_s, found.rtype) == (7, 0, "A")
    assert found.alias is not None
    assert (found.alias.zone_id, found.alias.name) == ("Z1", "other.example.test.")
    assert found.alias.evaluate_target_health


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ({"AWSRegion": "us-east-1"}, Proximity(label="us-east-1", places=("us-east-1",))),
        ({"AWSRegion": "us-east-1", "Bias": "-7"}, Proximity(label="us-east-1", places=("us-east-1",), bias=-7)),
        (
            {"LocalZoneGroup": "us-west-2-lax-1", "Bias": 5},
            Proximity(label="us-west-2-lax-1", places=("edge:LAX", "us-west-2"), bias=5),
        ),
        ({"LocalZoneGroup": "moon"}, Proximity(label="moon")),
        (
            {"Coordinates": {"Latitude": "+48.85", "Longitude": "-2.3"}},
            Proximity(label="48.85,-2.3", latitude=48.85, longitude=-2.3),
        ),
    ],
)
def test_a_geoproximity_location_is_one_of_three(location: dict[str, Any], found: Proximity) -> None:
    """R53 1.2 Geoproximity."""
    assert parse_record("app.example.test.", record(GeoProximityLocation=location)).proximity == found


def test_an_ip_based_record_names_a_location_of_a_collection() -> None:
    """R53 1.2 IP-based: the zero-length block is location `*`."""
    config = {"CollectionId": "C1", "LocationName": "*"}
    cidr = parse_record("app.example.test.", record(CidrRoutingConfig=config)).cidr
    assert cidr == CidrRouting(collection="C1", location="*")
    assert str(cidr) == "default"


def test_a_name_is_found_however_it_was_written(zone: ZoneOf) -> None:
    made = Zone("Z1", zone("APP 60 A 192.0.2.1\n \\052.wild 60 A 192.0.2.2"))
    assert made.group("app.example.test.", "A")[0].values == ("192.0.2.1",)
    assert made.source_of("anything.wild.example.test.") == "*.wild.example.test."


def test_a_zone_has_soa_and_four_name_servers_of_its_own_kind(zone: ZoneOf) -> None:
    """R53 4.3 default SOA, 4.6 names: one server in each of .com .net .org .co.uk."""
    made = Zone("Z1", zone(""))
    soa, servers = made.rrset("example.test.", "SOA"), made.rrset("example.test.", "NS")
    assert soa is not None
    assert servers is not None
    assert (soa.ttl_s, servers.ttl_s, len(servers.values)) == (900, 172800, 4)
    assert soa.values == (f"{servers.values[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",)
    assert default_name_servers("Z1") == servers.values
    assert default_name_servers("Z2") != servers.values


def test_name_servers_of_the_push_win_and_need_no_final_dot(zone: ZoneOf) -> None:
    """moto's delegation set has no dots at the end, its NS records are bare strings."""
    made = Zone("Z1", {**zone(""), "name_servers": ["ns-2048.awsdns-64.com"]})
    servers = made.rrset("example.test.", "NS")
    assert servers is not None
    assert servers.wires == (b"\x07ns-2048\x09awsdns-64\x03com\x00",)
    bare = record(Name="example.test.", Type="NS", ResourceRecords=["ns-2049.awsdns-65.net"])
    other = Zone("Z1", {"name": "example.test.", "records": [bare]}).rrset("example.test.", "NS")
    assert other is not None
    assert other.values == ("ns-2049.awsdns-65.net",)


def test_the_value_that_was_pushed_is_not_changed(zone: ZoneOf) -> None:
    value = zone("@ 60 MX 10 mail\n @ 60 A 192.0.2.1")
    before = repr(value)
    Zone("Z1", value).types_at("example.test.")
    assert repr(value) == before


def test_names_between_exist_and_others_do_not(zone: ZoneOf) -> None:
    """R53 4.3: an empty non-terminal exists."""
    made = Zone("Z1", zone("a.b.c 60 A 192.0.2.1"))
    assert [made.exists(f"{name}example.test.") for name in ("a.b.c.", "b.c.", "c.", "", "b.", "x.c.")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("x.example.test.", "*.example.test."),
        ("x.y.example.test.", "*.example.test."),  # covers deeper names
        ("example.test.", "example.test."),  # not its own parent
        ("explicit.example.test.", "explicit.example.test."),
        ("x.explicit.example.test.", None),  # an explicit name on the way blocks it (RFC 4592)
        ("between.example.test.", "between.example.test."),
        ("*.example.test.", "*.example.test."),
    ],
)
def test_wildcards_cover_what_does_not_exist(name: str, source: str | None, zone: ZoneOf) -> None:
    """R53 4.5."""
    made = Zone("Z1", zone('* 60 A 192.0.2.1\n explicit 60 TXT "x"\n a.between 60 A 192.0.2.2'))
    assert made.source_of(name) == source


def test_a_delegation_cuts_at_its_highest_point(zone: ZoneOf) -> None:
    """R53 4.4; DS is asked above the cut."""
    made = Zone("Z1", zone("sub 60 NS ns.else.test.\n a.sub 60 NS ns.more.test.\n @ 60 NS ns.here.test."))
    assert made.cut_above("x.a.sub.example.test.", "A") == "sub.example.test."
    assert made.cut_above("sub.example.test.", "A") == "sub.example.test."
    assert made.cut_above("sub.example.test.", "DS") is None
    assert made.cut_above("x.sub.example.test.", "DS") == "sub.example.test."
    assert made.cut_above("example.test.", "NS") is None


def test_what_cannot_be_read_is_left_out_and_told() -> None:
    records = [
        record(TTL="soon"),
        record(ResourceRecords=[{"Value": "not an address"}, {"Value": "192.0.2.7"}]),
        record(AliasTarget={"DNSName": "x" * 70}),
        record(ResourceRecords=[{}]),
    ]
    made = Zone("Z1", {"name": "example.test.", "records": records})
    assert [found.values for found in made.group("app.example.test.", "A")] == [("192.0.2.7",)]
    assert len(made.problems) == 4
    assert "a value is not of this type" in made.problems[1]


def test_a_zone_whose_name_is_none_is_refused() -> None:
    with pytest.raises(Refusal, match="zone Z1"):
        Zone("Z1", {"name": "a..b", "records": []})


def test_a_push_parses_nothing() -> None:
    """10,000 record sets must not stall planet: what is not asked is not parsed (nonsense raises nothing here), and
    grouping costs a small part of what parsing does (a ratio, so that a slow machine does not matter)."""
    records = [{"Name": f"h{n}.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": 7} for n in range(10_000)]
    gc.collect()
    started_s = time.perf_counter()
    made = Zone("Z1", {"name": "example.test.", "records": records})
    push_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    for number in range(1_000):
        made.types_at(f"h{number}.example.test.")
    parse_thousand_s = time.perf_counter() - started_s
    assert len(made.problems) == 100
    assert push_s < 10 * parse_thousand_s
    assert "10000 names" in repr(made) or "10001 names" in repr(made)
