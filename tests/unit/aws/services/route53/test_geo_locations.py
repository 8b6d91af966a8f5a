"""The places of ListGeoLocations."""

from __future__ import annotations

import pytest

from sandbox.aws.services.route53.geo_locations import all_locations, find, pages_from
from sandbox.aws.services.route53.location_rules import problem_of_geo_location
from sandbox.kernel.errors import Refusal


def test_every_place_that_is_listed_may_be_named_by_a_record() -> None:
    places = all_locations()
    assert [problem_of_geo_location(place) for place in places] == [""] * len(places)
    assert sum("ContinentCode" in place for place in places) == 7
    assert sum("SubdivisionCode" in place for place in places) == 51
    assert not {"BV", "CX", "EH", "HM"} & {place.get("CountryCode") for place in places}


def test_pages_follow_each_other() -> None:
    seen = []
    start: dict[str, str] | None = {}
    while start is not None:
        listed, start = pages_from(start, 100)
        seen += listed
    assert tuple(seen) == all_locations()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"CountryCode": "XX"}, "NoSuchGeoLocation"),
        ({"CountryCode": "US", "SubdivisionCode": "ZZ"}, "NoSuchGeoLocation"),
        ({"SubdivisionCode": "NY"}, "InvalidInput"),
        ({"ContinentCode": "EU", "CountryCode": "FR"}, "InvalidInput"),
    ],
)
def test_other_places_are_aws_errors(wanted: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        find(wanted)
    assert refused.value.code == code


def test_a_state_is_named_with_its_country() -> None:
    assert find({"CountryCode": "US", "SubdivisionCode": "NY"}) == {
        "CountryCode": "US",
        "CountryName": "United States",
        "SubdivisionCode": "NY",
        "SubdivisionName": "New York",
    }
