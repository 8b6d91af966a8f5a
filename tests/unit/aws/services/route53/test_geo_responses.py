"""The calls about places name the next page in three parts."""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.route53.geo_responses import GeoResponses


class Asked(GeoResponses):
    """A handler with these parameters."""

    def __init__(self, **parameters: Any) -> None:
        self._get_param = parameters.get


def test_a_page_says_where_the_next_one_starts() -> None:
    first = Asked(MaxItems="8").list_geo_locations().result
    assert (first["NextCountryCode"], first["NextContinentCode"], first["IsTruncated"]) == ("AD", None, True)
    second = Asked(MaxItems="1", StartCountryCode="AD").list_geo_locations().result
    assert second["GeoLocationDetailsList"][0]["CountryName"] == "Andorra"
    states = Asked(MaxItems="1", StartCountryCode="US", StartSubdivisionCode="WY").list_geo_locations().result
    assert states["NextCountryCode"] == "UY"


def test_no_place_is_the_default() -> None:
    assert Asked().get_geo_location().result["GeoLocationDetails"]["CountryCode"] == "*"
