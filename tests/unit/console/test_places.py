"""Claims about places of the map and the lines that let one stand there."""

import pytest

from sandbox.console.places import Places, lines_to_copy
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal

REGIONS = ["us-east-1", "eu-west-1"]
CARD = {"ports": {"proxy": 3128}}


@pytest.fixture(scope="module")
def places():
    atlas = Atlas.load()
    return Places(atlas, AddressPlan(atlas, REGIONS), REGIONS)


def test_regions_cities_and_edges_have_coordinates(places):
    by_code = {place["code"]: place for place in places.all()}
    assert by_code["eu-west-1"]["runs"]
    assert by_code["eu-west-1"]["address"] == "198.18.2.10"
    assert not by_code["sa-east-1"]["runs"]
    assert by_code["paris"]["rtt_ms"]["eu-west-1"] < by_code["paris"]["rtt_ms"]["us-east-1"]
    assert {place["kind"] for place in places.all()} == {"region", "city", "edge"}
    assert by_code["edge:CDG"]["subnet"] is None


def test_a_place_is_found_as_people_write_it(places):
    assert places.check("New York") == "new-york"
    with pytest.raises(Refusal, match="Did you mean paris"):
        places.check("pariss")


def test_an_address_has_an_owner(places):
    assert places.owner_of("198.18.2.10") == "eu-west-1"
    assert places.owner_of("10.0.0.1") is None
    assert places.owner_of("") is None


def test_lines_name_the_place_and_the_ports():
    lines = lines_to_copy("tokyo", CARD, None, "http://app.example.test/x")
    assert lines["curl"] == "curl -x http://tokyo:x@localhost:3128 http://app.example.test/x"
    assert lines["why"] == "sandbox dig app.example.test --from tokyo --trace"
    with_door = lines_to_copy(
        "tokyo", CARD, {"pac_url": "http://127.0.0.1:1/proxy.pac", "dns_port": 5}, "http://a.test/"
    )
    assert with_door["dig"] == "dig @127.0.0.1 -p 5 a.test"
