"""The data files hold what they say, and own cities are checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.geography import places
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Place
from sandbox.kernel.errors import Refusal

LYON: dict[str, Any] = {
    "code": "lyon",
    "kind": "city",
    "name": "Lyon",
    "country_code": "FR",
    "continent_code": "",
    "latitude": 45.7485,
    "longitude": 4.8467,
    "access_ms": 14.0,
}


def test_the_files_hold_as_many_places_as_their_sources_say(atlas: Atlas) -> None:
    assert (len(atlas.cities), len(atlas.regions), len(atlas.edges)) == (68, 39, 66)
    assert (len(atlas.countries), len(atlas.subdivisions)) == (250, 51)
    assert len(atlas.model.hubs) == 33


def test_files_keep_their_order_because_the_address_plan_numbers_by_it(atlas: Atlas) -> None:
    assert list(atlas.cities)[:3] == ["cairo", "addis-ababa", "nairobi"]
    assert next(iter(atlas.regions)) == "af-south-1"
    assert next(iter(atlas.edges)) == "edge:NBO"


def test_a_row_becomes_a_place_with_every_field(atlas: Atlas) -> None:
    assert atlas.place("new-york") == Place(
        code="new-york",
        kind="city",
        name="New York",
        country_code="US",
        continent_code="NA",
        subdivision="NY",
        latitude=40.7143,
        longitude=-74.006,
        access_ms=5.0,
    )
    assert atlas.place("us-east-1").name == "US East (N. Virginia)"
    assert atlas.place("edge:CDG").name == "Paris"


def test_every_place_is_in_a_known_country_and_on_its_continent(atlas: Atlas) -> None:
    everywhere = [*atlas.cities.values(), *atlas.regions.values(), *atlas.edges.values()]
    assert all(atlas.countries[place.country_code].continent_code == place.continent_code for place in everywhere)


def test_us_cities_and_only_they_have_a_subdivision(atlas: Atlas) -> None:
    for city in atlas.cities.values():
        assert (city.subdivision in atlas.subdivisions) == (city.country_code == "US")
        assert (city.subdivision is None) == (city.country_code != "US")


def test_every_city_has_a_fibre_line_and_no_other_place_has_one(atlas: Atlas) -> None:
    assert {city.access_ms for city in atlas.cities.values()} == {5.0}
    assert {p.access_ms for p in (*atlas.regions.values(), *atlas.edges.values())} == {0.0}


@pytest.mark.parametrize("name", sorted(path.name for path in places.DATA.glob("*.csv")))
def test_every_file_names_its_source_and_has_full_rows(name: str) -> None:
    assert (places.DATA / name).read_text(encoding="utf-8").startswith("#")
    assert all(None not in row and None not in row.values() for row in places.rows(name))


def test_geonames_gets_its_credit() -> None:
    assert "contains data from GeoNames (geonames.org), CC BY 4.0".lower() in (
        (places.DATA / "SOURCES.md").read_text(encoding="utf-8").lower()
    )


def test_an_own_city_comes_last_with_the_continent_of_its_country() -> None:
    atlas = Atlas.load(extra_cities=[Place(**LYON)])
    assert list(atlas.cities)[-1] == "lyon"
    assert atlas.place("Lyon").continent_code == "EU"
    assert atlas.path("lyon", "eu-west-3").segments[0].rtt_ms == 14.0


def test_an_own_city_with_a_known_code_replaces_it_in_its_place(atlas: Atlas) -> None:
    slow = Place(**{**vars(atlas.place("paris")), "access_ms": 600.0})
    changed = Atlas.load(extra_cities=[slow])
    assert list(changed.cities) == list(atlas.cities)
    assert changed.rtt_ms("paris", "eu-west-3") == pytest.approx(atlas.rtt_ms("paris", "eu-west-3") + 595)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"code": "us-east-1"}, "an AWS region has this code"),
        ({"code": "Lyon"}, "small letters"),
        ({"code": "edge:LYS"}, "small letters"),
        ({"code": ""}, "small letters"),
        ({"kind": "region"}, "only cities"),
        ({"latitude": 145.0}, "no such position"),
        ({"longitude": float("nan")}, "no such position"),
        ({"access_ms": -1.0}, "access_ms must be 0 or more"),
        ({"access_ms": float("inf")}, "access_ms must be 0 or more"),
        ({"country_code": "fr"}, "no country 'fr'"),
        ({"continent_code": "AS"}, "France is in EU"),
        ({"subdivision": "NY"}, "US state"),
        ({"country_code": "US", "subdivision": "XX"}, "US state"),
    ],
)
def test_a_wrong_own_city_is_refused_by_name(wrong: dict[str, Any], says: str) -> None:
    extra: Sequence[Place] = [Place(**{**LYON, **wrong})]
    with pytest.raises(Refusal, match=says) as caught:
        Atlas.load(extra_cities=extra)
    assert str(caught.value).startswith(f"city {extra[0].code!r}: ")
