"""Which zone holds a name, and where an alias leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.dns.records import Zone
from sandbox.dns.zones import Zones

ZoneOf = Callable[..., dict[str, Any]]


def test_the_longest_name_wins(zone: ZoneOf) -> None:
    zones = Zones()
    outer, inner = Zone("Z1", zone("")), Zone("Z2", zone("", "sub.example.test."))
    zones.put(outer)
    zones.put(inner)
    assert zones.holding("a.sub.example.test.") is inner
    assert zones.holding("sub.example.test.") is inner
    assert zones.holding("other.example.test.") is outer
    assert zones.holding("example.com.") is None
    assert zones.holding("sub.example.test.", "DS") is outer
    assert zones.holding("example.test.", "DS") is outer


def test_of_zones_with_one_name_the_first_answers_and_the_next_takes_over(zone: ZoneOf) -> None:
    zones = Zones()
    first, second = Zone("Z1", zone("")), Zone("Z2", zone(""))
    zones.put(first)
    zones.put(second)
    again = Zone("Z1", zone(""))
    zones.put(again)
    assert zones.holding("example.test.") is again
    zones.remove("Z1")
    assert zones.holding("example.test.") is second
    zones.remove("Z2")
    zones.remove("Z2")
    assert zones.holding("example.test.") is None
    assert len(zones) == 0


def test_a_zone_that_changes_its_name_leaves_the_old_one(zone: ZoneOf) -> None:
    zones = Zones()
    zones.put(Zone("Z1", zone("")))
    moved = Zone("Z1", zone("", "other.test."))
    zones.put(moved)
    assert zones.holding("example.test.") is None
    assert zones.holding("other.test.") is moved is zones.by_id("Z1")


def test_private_zones_do_not_answer(zone: ZoneOf) -> None:
    zones = Zones()
    zones.put(Zone("Z1", {**zone(""), "private": True}))
    assert zones.holding("example.test.") is None


def test_an_alias_finds_its_target_in_its_own_zone_first(zone: ZoneOf) -> None:
    """R53 1.4: record-to-record aliases stay in the zone they name, though another zone has a longer name."""
    zones = Zones()
    own = Zone("Z1", zone("www alias a.sub\n gone alias nowhere\n a.sub 60 A 192.0.2.1\n up alias a.elb.test."))
    zones.put(own)
    zones.put(Zone("Z2", zone("", "sub.example.test.")))
    aws = Zone("Z3", zone("a 60 A 192.0.2.2", "elb.test."))
    zones.put(aws)
    assert zones.target(own, own.group("www.example.test.", "A")[0]) == (own, "a.sub.example.test.")
    assert zones.target(own, own.group("gone.example.test.", "A")[0]) is None
    assert zones.target(own, own.group("up.example.test.", "A")[0]) == (aws, "a.elb.test.")


def test_a_footprint_fits_until_what_it_read_is_something_else(zone: Any) -> None:
    zones = Zones()
    zones.put(Zone("Z1", zone("a 60 A 192.0.2.1\n b 60 A 192.0.2.1")))
    read = zones.by_id("Z1")
    assert read is not None
    read.exists("a.example.test.")
    read.exists("x.example.test.")
    footprint = zones.reads.taken()
    footprint.verdicts["check"] = False
    assert zones.fit(footprint, {"other"})
    assert not zones.fit(footprint, {"check"})
    assert zones.put(Zone("Z1", zone("a 60 A 192.0.2.1\n b 60 A 192.0.2.2\n c 60 A 192.0.2.1")))
    assert zones.fit(footprint, set())
    zones.put(Zone("Z1", zone("a 60 A 192.0.2.1\n y.x 60 A 192.0.2.1")))
    assert not zones.fit(footprint, set())
    zones.put(Zone("Z1", zone("a 60 A 192.0.2.2")))
    assert not zones.fit(footprint, set())
    zones.remove("Z1")
    assert not zones.fit(footprint, set())


def test_only_a_zone_of_the_same_name_takes_a_zones_place(zone: Any) -> None:
    zones = Zones()
    assert not zones.put(Zone("Z1", zone("")))
    assert zones.put(Zone("Z1", zone("a 60 A 192.0.2.1")))
    assert not zones.put(Zone("Z1", {**zone(""), "private": True}))
    assert not zones.put(Zone("Z1", zone("", "other.test.")))
