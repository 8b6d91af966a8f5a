"""Places that records name (fact sheet §1.2)."""

from __future__ import annotations

import pytest

from sandbox.aws.services.route53.location_rules import (
    problem_of_cidr,
    problem_of_geo_location,
    problem_of_geoproximity,
)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ({"ContinentCode": "EU"}, ""),
        ({"CountryCode": "FR"}, ""),
        ({"CountryCode": "*"}, ""),
        ({"CountryCode": "US", "SubdivisionCode": "NY"}, ""),
        ({"ContinentCode": "EU", "CountryCode": "FR"}, "ContinentCode cannot be specified with CountryCode"),
        ({"ContinentCode": "NA", "SubdivisionCode": "NY"}, "ContinentCode cannot be specified with CountryCode"),
        ({}, "must specify"),
        ({"ContinentCode": "XX"}, "XX is not a valid ContinentCode"),
        ({"CountryCode": "BV"}, "BV is not a valid CountryCode"),
        ({"CountryCode": "FR", "SubdivisionCode": "NY"}, "only with CountryCode US"),
        ({"CountryCode": "US", "SubdivisionCode": "PR"}, "PR is not a valid SubdivisionCode"),
    ],
)
def test_geolocation(location: dict[str, str], words: str) -> None:
    problem = problem_of_geo_location(location)
    assert (words in problem) if words else not problem


def at(latitude: str, longitude: str) -> dict[str, object]:
    return {"Coordinates": {"Latitude": latitude, "Longitude": longitude}}


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ({"AWSRegion": "eu-west-1", "Bias": -99}, ""),
        ({"AWSRegion": "eu-west-1", "Bias": 100}, "Bias must be between -99 and 99"),
        ({"AWSRegion": "eu-west-9"}, "eu-west-9 is not a valid AWSRegion"),
        ({"LocalZoneGroup": "us-west-2-lax-1"}, ""),
        ({"LocalZoneGroup": "us-west-9-lax-1"}, "is not a valid LocalZoneGroup"),
        ({"AWSRegion": "eu-west-1", "LocalZoneGroup": "us-west-2-lax-1"}, "Expected exactly one of"),
        ({"Bias": 1}, "Expected exactly one of"),
        (at("48.85", "2.35"), ""),
        (at("-33.", "+151.2"), ""),
        (at("48.857", "2.35"), "48.857 is not a valid Latitude"),
        (at("48.85", "181"), "181 is not a valid Longitude"),
    ],
)
def test_geoproximity(location: dict[str, object], words: str) -> None:
    problem = problem_of_geoproximity(location)
    assert (words in problem) if words else not problem


@pytest.mark.parametrize(("collection", "location", "good"), [("c", "x", True), ("c", "*", True), ("c", "y", False)])
def test_cidr(collection: str, location: str, good: bool) -> None:
    routing = {"CollectionId": collection, "LocationName": location}
    assert (problem_of_cidr(routing, {"c": {"x"}}) == "") is good
    assert "collection c does not exist" in problem_of_cidr(routing, {})
