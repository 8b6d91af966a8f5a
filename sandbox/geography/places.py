"""Reading the data files: from CSV rows to frozen values, and what an own city must fulfil.

In: the files in `data/` (their origin: data/SOURCES.md). Out: places, countries and measured round trips, in file
order, because the address plan numbers places in that order. `Atlas.load` calls this; all of it takes less than 10 ms.
"""

from __future__ import annotations

import csv
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sandbox.geography.values import FIBRE_ACCESS_MS, Country, Place, PlaceKind, Subdivision
from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean

DATA = pathlib.Path(__file__).parent / "data"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # usable as proxy user and in a URL


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a data file by column name; lines that start with `#` are its comments."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def read_cities() -> dict[str, Place]:
    """68 cities by slug, each with a fibre line."""
    return {row["slug"]: _place(row, row["slug"], row["name"], "city") for row in rows("cities.csv")}


def read_regions() -> dict[str, Place]:
    """39 public AWS regions by code; AWS publishes an area, so the position is that of its main city."""
    return {row["code"]: _place(row, row["code"], row["name"], "region") for row in rows("aws-regions.csv")}


def read_edges() -> dict[str, Place]:
    """66 cities with CloudFront points of presence, as "edge:" and the airport code."""
    found = (_place(row, f"edge:{row['pop_code']}", row["city"], "edge") for row in rows("edge-locations.csv"))
    return {edge.code: edge for edge in found}


def _place(row: Mapping[str, str], code: str, name: str, kind: PlaceKind) -> Place:
    return Place(
        code=code,
        kind=kind,
        name=name,
        country_code=row["country_code"],
        continent_code=row["continent_code"],
        subdivision=row.get("subdivision") or None,
        latitude=float(row["latitude"]),
        longitude=float(row["longitude"]),
        access_ms=FIBRE_ACCESS_MS if kind == "city" else 0.0,
    )


def read_round_trips() -> dict[tuple[str, str], float]:
    """Measured p50 round trips in ms by (probing region, target region), each direction as measured."""
    return {(row["from"], row["to"]): float(row["p50_ms"]) for row in rows("aws-interregion-rtt-ms.csv")}


def read_spreads() -> dict[tuple[str, str], float]:
    """Measured p90 - p50 in ms by (probing region, target region)."""
    return {
        (row["from"], row["to"]): float(row["p90_ms"]) - float(row["p50_ms"])
        for row in rows("aws-interregion-rtt-ms.csv")
    }


def read_countries() -> dict[str, Country]:
    """249 countries by ISO code, and Kosovo (XK)."""
    found = (
        Country(code=row["country_code"], name=row["country_name"], continent_code=row["continent_code"])
        for row in rows("country-continent.csv")
    )
    return {country.code: country for country in found}


def read_subdivisions() -> dict[str, Subdivision]:
    """The 50 states of the USA and DC, by postal code."""
    found = (
        Subdivision(country_code=row["country_code"], code=row["subdivision_code"], name=row["name"])
        for row in rows("us-subdivisions.csv")
    )
    return {state.code: state for state in found}


def with_extra_cities(
    cities: Mapping[str, Place],
    extra: Sequence[Place],
    *,
    countries: Mapping[str, Country],
    subdivisions: Mapping[str, Subdivision],
    regions: Mapping[str, Place],
) -> dict[str, Place]:
    """The cities and the user's own after them; an own city with a known code takes its place (and its number)."""
    merged = dict(cities)
    for city in extra:
        if city.code in regions:
            raise _bad_city(city, "an AWS region has this code")
        merged[city.code] = checked_city(city, countries, subdivisions)
    return merged


def checked_city(city: Place, countries: Mapping[str, Country], subdivisions: Mapping[str, Subdivision]) -> Place:
    """The city with its continent filled in from its country, or a Refusal that names what is wrong with it."""
    if city.kind != "city":
        raise _bad_city(city, f"only cities can be added, not a place of kind {city.kind}")
    if not SLUG.fullmatch(city.code):
        raise _bad_city(city, "a code has small letters, digits and single hyphens only, such as cape-town")
    if not -90 <= city.latitude <= 90 or not -180 <= city.longitude <= 180:
        raise _bad_city(city, f"no such position: latitude {city.latitude}, longitude {city.longitude}")
    if not 0 <= city.access_ms < float("inf"):
        raise _bad_city(city, f"access_ms must be 0 or more, not {city.access_ms}")
    country = countries.get(city.country_code)
    if country is None:
        raise _bad_city(city, f"no country {city.country_code!r}{did_you_mean(city.country_code, countries)}")
    if city.continent_code not in ("", country.continent_code):
        raise _bad_city(city, f"{country.name} is in {country.continent_code}, not in {city.continent_code!r}")
    if city.subdivision is not None and (country.code != "US" or city.subdivision not in subdivisions):
        raise _bad_city(city, f"subdivision is a US state such as NY or left out, not {city.subdivision!r}")
    return replace(city, continent_code=country.continent_code)


def _bad_city(city: Place, problem: str) -> Refusal:
    return bad_setting(f"city {city.code!r}", problem)
