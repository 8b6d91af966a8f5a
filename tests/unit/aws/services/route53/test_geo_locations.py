"""The places of ListGeoLocations."""

from __future__ import annotations

import pytest

from sandbox.aws.services.route53.geo_locations import all_locations, find, pages_from
from sandbox.aws.services.route53.location_rules import problem_of_geo_location
from sandbox.geography.places import read_countries
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


# R53 1.2 Geolocation, the table of continents as it stands there.
SHEET = {
    "AF": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW "
    "MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "AN": "AQ GS TF",
    "AS": "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV "
    "MY NP OM PH PK PS QA SA SG SY TH TJ TM TW UZ VN YE",
    "EU": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV "
    "MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK",
    "NA": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR "
    "SV SX TC TT US VC VG VI",
    "OC": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS",
    "SA": "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
}


def test_countries_lie_on_the_continents_where_route53_puts_them() -> None:
    """Georgia and Azerbaijan in Asia, Turkey and Cyprus in Europe: not every atlas agrees."""
    wanted = {country: continent for continent, countries in SHEET.items() for country in countries.split()}
    known = {code: country.continent_code for code, country in read_countries().items()}
    assert {code: known.get(code) for code in wanted} == wanted
    listed = {
        place["CountryCode"] for place in all_locations() if "CountryCode" in place and "SubdivisionCode" not in place
    }
    assert listed - {"*"} == set(wanted)
