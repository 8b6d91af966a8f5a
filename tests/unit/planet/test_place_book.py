"""Settings of places become standpoints, habits and stories."""

from __future__ import annotations

from math import inf

import pytest

from sandbox.dns.habits import Habits
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal
from sandbox.planet.place_book import PlaceBook


@pytest.fixture
def book() -> PlaceBook:
    atlas = Atlas.load()
    plan = AddressPlan(atlas, ["us-east-1", "eu-west-1"])
    given = {"sao-paulo": {"resolver_in": "us-east-1", "client_subnet": False}, "tokyo": {"min_ttl_s": 300}}
    return PlaceBook(atlas, plan, 10, given)


def test_an_ordinary_place_has_its_resolver_at_home_and_no_story(book: PlaceBook) -> None:
    stands = book.standpoint("paris")
    assert (stands.place, stands.edge, stands.subnet, stands.is_elsewhere) == (
        "paris",
        "edge:CDG",
        book._plan.client_subnet("paris"),
        False,
    )
    assert book.habits("paris") == Habits().at_speed(10)
    assert (book.story("paris"), book.app_cache_s("paris"), book.given("paris")) == ([], None, {})


def test_a_far_resolver_asks_from_where_it_stands(book: PlaceBook) -> None:
    stands = book.standpoint("sao-paulo")
    assert (stands.place, stands.edge, stands.subnet, stands.serves) == ("us-east-1", "edge:IAD", None, "sao-paulo")
    assert book.story("sao-paulo") == [
        "the resolver of Sao Paulo stands in US East (N. Virginia), 140 ms away",
        "it tells no client subnet, so the authority sees US East (N. Virginia), not who asks",
    ]
    book.put("sao-paulo", book.changed("sao-paulo", {"client_subnet": True}))
    assert book.story("sao-paulo")[1].startswith("it tells its clients' subnet 100.64.")
    assert book.story("sao-paulo")[1].endswith("so the authority sees Sao Paulo")


def test_seconds_are_divided_by_speed_but_told_as_on_aws(book: PlaceBook) -> None:
    assert book.habits("tokyo").min_ttl_s == 30
    assert book.story("tokyo") == ["it keeps answers for at least 300 s, whatever their TTL"]
    book.put("tokyo", {"app_cache_s": 60})
    assert book.app_cache_s("tokyo") == 6
    book.put("tokyo", {"app_cache_s": "forever"})
    assert book.app_cache_s("tokyo") == inf
    assert book.story("tokyo") == ["applications in Tokyo keep an address for ever, whatever DNS says"]


def test_changes_are_merged_and_none_is_as_usual(book: PlaceBook) -> None:
    assert book.changed("tokyo", {"max_ttl_s": 900}) == {"min_ttl_s": 300, "max_ttl_s": 900}
    assert book.changed("tokyo", {"min_ttl_s": None}) == {}
    assert book.given("tokyo") == {"min_ttl_s": 300}, "asking changes nothing"
    book.put("tokyo", {})
    assert book.given("tokyo") == {}
    assert book.were_changed() == ["tokyo"]
    book.put("tokyo", None)
    assert book.were_changed() == []
    assert book.given("tokyo") == {"min_ttl_s": 300}, "as the sandbox was started"


def test_what_cannot_be_is_refused_and_nothing_changes(book: PlaceBook) -> None:
    for changes, words in (
        ({"min_ttl": 1}, "tokyo: min_ttl: unknown key"),
        ({"max_ttl_s": 1}, "more than max_ttl_s"),
        ({"resolver_in": "tokio"}, "Did you mean tokyo"),
    ):
        with pytest.raises(Refusal, match=words):
            book.changed("tokyo", changes)
    assert book.changed("tokyo", {"resolver_in": "US-East-1"})["resolver_in"] == "us-east-1"
