"""What is noted of a decision's reads."""

from __future__ import annotations

from sandbox.dns.reads import Footprint, Reads
from sandbox.dns.record_health import RecordHealth
from sandbox.dns.records import Zone
from sandbox.dns.zones import Zones

A = {"Name": "a.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
VALUE = {"name": "example.test.", "records": [A]}


def test_each_decision_has_a_footprint_of_its_own() -> None:
    reads = Reads()
    reads.now.verdicts["check"] = True
    first = reads.taken()
    assert first.verdicts == {"check": True}
    assert reads.taken().verdicts == {}


def test_records_names_and_verdicts_are_noted_as_they_are_looked_at() -> None:
    zones = Zones()
    zone = Zone("Z1", {**VALUE, "records": [{**A, "HealthCheckId": "check"}]})
    zones.put(zone)
    [record] = zone.group("a.example.test.", "A")
    RecordHealth(zones, {"check"}).problem(zone, record)
    assert not zone.exists("b.example.test.")
    taken = zones.reads.taken()
    assert taken.records == {("Z1", "a.example.test."): zone.raw("a.example.test."), ("Z1", "b.example.test."): None}
    assert taken.exists == {("Z1", "b.example.test."): False}
    assert taken.verdicts == {"check": True}


def test_footprints_are_the_same_when_the_same_was_read_and_found() -> None:
    made = [Footprint() for _ in range(3)]
    for footprint, found in zip(made, (A, dict(A), None), strict=True):
        footprint.records["Z1", "a.example.test."] = found
    assert made[0].subject() == made[1].subject() == made[2].subject()
    assert made[0].is_same(made[1])
    assert not made[0].is_same(made[2])
