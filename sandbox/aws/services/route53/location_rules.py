"""Places and networks that record sets name: geolocation, geoproximity and CIDR locations. Pure.

In: the members GeoLocation, GeoProximityLocation and CidrRoutingConfig of a record set. Out: the first problem, or "".
Fact sheet §1.2; where AWS's words are unknown they name the rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sandbox.geography.places import read_countries, read_regions, read_subdivisions

CONTINENTS = ("AF", "AN", "AS", "EU", "NA", "OC", "SA")
WITHOUT_DATA = ("BV", "CX", "EH", "HM")  # countries that Route 53 has no data for
DEFAULT_COUNTRY = "*"
LATITUDE = re.compile(r"[-+]?[0-9]{1,2}(\.[0-9]{0,2})?")
LONGITUDE = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{0,2})?")
LOCAL_ZONE_GROUP = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)-[a-z]{3}-\d+[a-z]?")
MOST_BIAS = 99
ANYWHERE = "*"  # the CIDR location that contains every address


@cache
def countries() -> frozenset[str]:
    """Countries that a geolocation record may name."""
    return frozenset(read_countries()) - set(WITHOUT_DATA)


@cache
def states() -> frozenset[str]:
    """The states of the USA."""
    return frozenset(read_subdivisions())


@cache
def regions() -> frozenset[str]:
    """AWS Regions."""
    return frozenset(read_regions())


def problem_of_geo_location(location: Mapping[str, Any]) -> str:
    """GeoLocation names a continent, a country, a state of the USA, or "*"."""
    continent, country, state = (location.get(f"{part}Code") for part in ("Continent", "Country", "Subdivision"))
    if continent and (country or state):
        return "Invalid request: ContinentCode cannot be specified with CountryCode or SubdivisionCode"
    if not continent and not country:
        return "Invalid request: GeoLocation must specify a ContinentCode or a CountryCode"
    if continent and continent not in CONTINENTS:
        return f"Invalid request: {continent} is not a valid ContinentCode"
    if country and country != DEFAULT_COUNTRY and country not in countries():
        return f"Invalid request: {country} is not a valid CountryCode"
    if state and country != "US":
        return "Invalid request: SubdivisionCode can be specified only with CountryCode US"
    if state and state not in states():
        return f"Invalid request: {state} is not a valid SubdivisionCode of US"
    return ""


def problem_of_geoproximity(location: Mapping[str, Any]) -> str:
    """GeoProximityLocation names one place and a bias."""
    places = [member for member in ("AWSRegion", "LocalZoneGroup", "Coordinates") if location.get(member)]
    if len(places) != 1:
        return "Invalid request: Expected exactly one of [AWSRegion, LocalZoneGroup, or Coordinates]"
    if abs(int(location.get("Bias") or 0)) > MOST_BIAS:
        return f"Invalid request: Bias must be between -{MOST_BIAS} and {MOST_BIAS}"
    if places == ["AWSRegion"] and location["AWSRegion"] not in regions():
        return f"Invalid request: {location['AWSRegion']} is not a valid AWSRegion"
    if places == ["LocalZoneGroup"]:
        match = LOCAL_ZONE_GROUP.fullmatch(location["LocalZoneGroup"])
        if match is None or match[1] not in regions():
            return f"Invalid request: {location['LocalZoneGroup']} is not a valid LocalZoneGroup"
    return problem_of_coordinates(location["Coordinates"]) if places == ["Coordinates"] else ""


def problem_of_coordinates(coordinates: Mapping[str, Any]) -> str:
    """Degrees with at most two decimals."""
    for member, pattern, most in (("Latitude", LATITUDE, 90), ("Longitude", LONGITUDE, 180)):
        text = str(coordinates.get(member) or "")
        if not pattern.fullmatch(text) or abs(float(text)) > most:
            return f"Invalid request: {text or 'nothing'} is not a valid {member}: up to {most} degrees, two decimals"
    return ""


def problem_of_cidr(routing: Mapping[str, Any], collections: Mapping[str, Collection[str]]) -> str:
    """CidrRoutingConfig names a location of a collection. collections: location names by collection id."""
    collection_id, location = str(routing.get("CollectionId") or ""), str(routing.get("LocationName") or "")
    locations = collections.get(collection_id)
    if locations is None:
        return f"The CIDR collection {collection_id} does not exist."
    if location != ANYWHERE and location not in locations:
        return f"The CIDR location {location} does not exist in the CIDR collection {collection_id}."
    return ""
