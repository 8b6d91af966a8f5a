"""Each kind of rule: what its items become, and what is wrong with it (fact sheet §3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.traffic_rules import READERS, Item, Problems

OLD, NEW = "2015-10-01", "2023-05-09"
END = {"EndpointReference": "e"}


def read(kind: str, version: str = OLD, **rule: Any) -> tuple[tuple[Item, ...], list[str]]:
    problems = Problems()
    items = READERS[kind]("r", {"RuleType": kind, **rule}, version, problems)
    return items, problems.found


@pytest.mark.parametrize(
    ("kind", "version", "rule", "policies"),
    [
        ("weighted", OLD, {"Items": [{**END, "Weight": "3"}]}, [{"Weight": 3}]),
        ("multivalue", OLD, {"Items": [END, END]}, [{"MultiValueAnswer": True}] * 2),
        ("latency", OLD, {"Regions": [{**END, "Region": "eu-west-1"}]}, [{"Region": "eu-west-1"}]),
        ("failover", OLD, {"Primary": END}, [{"Failover": "PRIMARY"}]),
        (
            "geo",
            OLD,
            {
                "Locations": [
                    {**END, "Country": "*"},
                    {**END, "Continent": "EU"},
                    {**END, "Country": "US", "Subdivision": "NY"},
                ]
            },
            [
                {"GeoLocation": {"CountryCode": "*"}},
                {"GeoLocation": {"ContinentCode": "EU"}},
                {"GeoLocation": {"CountryCode": "US", "SubdivisionCode": "NY"}},
            ],
        ),
        ("geo", OLD, {"Locations": [{**END, "IsDefault": "true"}]}, [{"GeoLocation": {"CountryCode": "*"}}]),
        (
            "geoproximity",
            OLD,
            {
                "GeoproximityLocations": [
                    {**END, "Region": "aws:route53:eu-west-1", "Bias": "10"},
                    {**END, "Latitude": "48.85", "Longitude": 2.35},
                ]
            },
            [
                {"GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 10}},
                {"GeoProximityLocation": {"Coordinates": {"Latitude": "48.85", "Longitude": "2.35"}, "Bias": 0}},
            ],
        ),
        (
            "geoproximity",
            NEW,
            {
                "GeoproximityLocations": [
                    {**END, "Location": {"Type": "Region", "LocationName": "aws:route53:eu-west-1"}},
                    {**END, "Location": {"Type": "LocalZone", "LocationName": "aws:route53:us-west-2-lax-1"}},
                    {**END, "Location": {"Type": "Coordinate", "Latitude": "1.0", "Longitude": "2.0"}, "Bias": -99},
                ]
            },
            [
                {"GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 0}},
                {"GeoProximityLocation": {"LocalZoneGroup": "us-west-2-lax-1", "Bias": 0}},
                {"GeoProximityLocation": {"Coordinates": {"Latitude": "1.0", "Longitude": "2.0"}, "Bias": -99}},
            ],
        ),
    ],
)
def test_items_become_what_a_record_set_has(
    kind: str, version: str, rule: dict[str, Any], policies: list[dict[str, Any]]
) -> None:
    items, problems = read(kind, version, **rule)
    assert problems == []
    assert [item.policy for item in items] == policies


@pytest.mark.parametrize(
    ("kind", "version", "rule", "words"),
    [
        ("weighted", OLD, {"Items": []}, "Items must be a list with at least one entry"),
        ("weighted", OLD, {"Regions": []}, "Regions is not allowed here"),
        ("weighted", OLD, {"Items": [1]}, "Items[0] must be an object"),
        ("weighted", OLD, {"Items": [{**END, "Weight": "x"}]}, "Weight must be a number, not x"),
        ("weighted", OLD, {"Items": [{**END, "Weight": 256}]}, "Weight must be between 0 and 255, not 256"),
        ("weighted", OLD, {"Items": [{**END, "RuleReference": "r", "Weight": 1}]}, "exactly one of EndpointReference"),
        ("weighted", OLD, {"Items": [{"Weight": 1}]}, "exactly one of EndpointReference"),
        ("weighted", OLD, {"Items": [{**END, "Weight": 1, "EvaluateTargetHealth": "maybe"}]}, "true or false"),
        ("weighted", OLD, {"Items": [{**END, "Weight": 1, "Region": "x"}]}, "Region is not allowed here"),
        ("multivalue", OLD, {"Items": [{"RuleReference": "r"}]}, "RuleReference is not allowed in a multivalue"),
        ("latency", OLD, {"Regions": [{**END, "Region": "mars-1"}]}, "mars-1 is not a Region"),
        ("latency", OLD, {"Regions": [{**END, "Region": "eu-west-1"}] * 2}, "Region eu-west-1 comes twice"),
        ("failover", OLD, {"Secondary": END}, "Primary must be an object"),
        ("failover", OLD, {"Primary": END, "Third": END}, "Third is not allowed here"),
        ("geo", OLD, {"Locations": [{**END, "Country": "*"}, {**END, "IsDefault": True}]}, "* comes twice"),
        ("geo", OLD, {"Locations": [{**END, "Country": "XX"}]}, "XX is not a valid CountryCode"),
        ("geo", OLD, {"Locations": [{**END, "IsDefault": True, "Country": "FR"}]}, "default location cannot name"),
        ("geoproximity", OLD, {"GeoproximityLocations": [END]}, "Expected exactly one of"),
        ("geoproximity", OLD, {"GeoproximityLocations": [{**END, "Location": {}}]}, "Location is not allowed here"),
        ("geoproximity", NEW, {"GeoproximityLocations": [{**END, "Region": "x"}]}, "Region is not allowed here"),
        ("geoproximity", NEW, {"GeoproximityLocations": [{**END, "Location": {"Type": "Moon"}}]}, "not Moon"),
        ("geoproximity", OLD, {"GeoproximityLocations": [{**END, "Region": "eu-west-1", "Bias": 100}]}, "-99 and 99"),
    ],
)
def test_what_is_wrong_is_said(kind: str, version: str, rule: dict[str, Any], words: str) -> None:
    _, problems = read(kind, version, **rule)
    assert any(words in problem for problem in problems), problems


def test_no_more_problems_are_told_than_can_be_read() -> None:
    _, problems = read("weighted", Items=[{}] * 100)
    assert len(problems) == 20
