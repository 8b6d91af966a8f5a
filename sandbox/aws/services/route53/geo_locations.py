"""ListGeoLocations and GetGeoLocation: the places that geolocation records may name. Pure.

In: codes in boto3's shape. Out: GeoLocationDetails. Order: continents, the default, countries by code, the states of
the USA after it. Countries that Route 53 has no data for are left out (fact sheet §1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sandbox.aws.services.route53.location_rules import WITHOUT_DATA, problem_of_geo_location
from sandbox.geography.places import read_countries, read_subdivisions
from sandbox.kernel.errors import Refusal

Details = dict[str, str]
CONTINENT_NAMES = (
    ("AF", "Africa"),
    ("AN", "Antarctica"),
    ("AS", "Asia"),
    ("EU", "Europe"),
    ("NA", "North America"),
    ("OC", "Oceania"),
    ("SA", "South America"),
)
CODES = ("ContinentCode", "CountryCode", "SubdivisionCode")


@cache
def all_locations() -> tuple[Details, ...]:
    """Every place."""
    continents = [{"ContinentCode": code, "ContinentName": name} for code, name in CONTINENT_NAMES]
    found = [*continents, {"CountryCode": "*", "CountryName": "Default"}]
    for code, country in sorted(read_countries().items()):
        if code in WITHOUT_DATA:
            continue
        named = {"CountryCode": code, "CountryName": country.name}
        found.append(named)
        if code == "US":
            found += [
                {**named, "SubdivisionCode": state.code, "SubdivisionName": state.name}
                for state in read_subdivisions().values()
            ]
    return tuple(found)


def codes_of(location: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells a place from all others."""
    return tuple(str(location.get(code) or "") for code in CODES)


def find(location: Mapping[str, Any]) -> Details:
    """The details of one place."""
    problem = problem_of_geo_location(location)
    wanted = codes_of(location)
    found = next((details for details in all_locations() if codes_of(details) == wanted), None)
    if found is None:
        if problem and "is not a valid" not in problem:
            raise Refusal("InvalidInput", problem)
        message = f"The specified geolocation {'/'.join(filter(None, wanted))} is not valid."
        raise Refusal("NoSuchGeoLocation", message, status=404)
    return found


def pages_from(start: Mapping[str, Any], most: int) -> tuple[list[Details], Details | None]:
    """Up to `most` places from `start` on (empty: the first), and the one after them."""
    places = all_locations()
    first = 0
    if any(codes_of(start)):
        first = places.index(find(start))
    after = first + most
    return list(places[first:after]), places[after] if after < len(places) else None
