"""The address plan is a bijection between places and networks, and knows who answers where."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.geography.addresses import ANYCAST_PAIRS, AddressPlan, anycast_pair, application_addresses
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Owner, Place
from sandbox.kernel.errors import Refusal

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
ATLAS = Atlas.load()  # strategies below need the codes before fixtures exist

sandboxes = st.lists(st.sampled_from(list(ATLAS.regions)), unique=True, max_size=8)


@pytest.fixture
def plan(atlas: Atlas) -> AddressPlan:
    return AddressPlan(atlas, REGIONS)


def test_the_plan_is_the_documented_one(plan: AddressPlan) -> None:
    written = {
        "us-east-1 app": plan.region_address("us-east-1", "app"),
        "us-east-1 api": plan.region_address("us-east-1", "api"),
        "ap-northeast-1 aws": plan.region_address("ap-northeast-1", "aws"),
        "cairo": plan.client_subnet("cairo"),
        "tokyo": plan.client_subnet("tokyo"),
        "client in tokyo": plan.client_address("Tokyo"),
        "clients in af-south-1": plan.client_subnet("af-south-1"),
        "edge:NBO": plan.edge_address("edge:NBO"),
        "edge:NBO as client": plan.client_address("edge:NBO"),
    }
    assert written == {
        "us-east-1 app": "198.18.1.10",
        "us-east-1 api": "198.18.1.20",
        "ap-northeast-1 aws": "198.18.3.30",
        "cairo": "100.64.1.0/24",
        "tokyo": "100.64.16.0/24",
        "client in tokyo": "100.64.16.1",
        "clients in af-south-1": "100.64.129.0/24",
        "edge:NBO": "198.19.1.10",
        "edge:NBO as client": "198.19.1.1",
    }


@given(sandboxes)
def test_no_two_networks_overlap_and_each_leads_back_to_its_place(regions: list[str]) -> None:
    plan = AddressPlan(ATLAS, regions)
    places = [*ATLAS.cities, *ATLAS.regions, *ATLAS.edges]
    networks = [ip_network(plan.client_subnet(place)) for place in places]
    networks += [ip_network(plan.region_address(r, "app")).supernet(new_prefix=24) for r in regions]
    assert len(set(networks)) == len(networks)  # all are /24, so distinct means disjoint
    for place in places:
        assert ip_address(plan.client_address(place)) in ip_network(plan.client_subnet(place))
        assert plan.place_of(plan.client_address(place)) == place


@given(sandboxes)
def test_every_service_address_has_one_owner_and_every_owner_one_address(regions: list[str]) -> None:
    plan = AddressPlan(ATLAS, regions)
    owned = {
        plan.region_address(region, role): Owner(place=region, role=role)
        for region in regions
        for role in ("app", "api", "aws")
    }
    owned |= {plan.edge_address(edge): Owner(place=edge, role="edge") for edge in ATLAS.edges}
    assert len(owned) == 3 * len(regions) + len(ATLAS.edges)
    for ip, owner in owned.items():
        assert plan.owner(ip) == owner
        assert plan.place_of(ip) == owner.place


@given(st.ip_addresses(v=4))
def test_an_address_outside_the_plan_is_nowhere(ip: Any) -> None:
    plan = AddressPlan(ATLAS, REGIONS)
    inside = any(ip in ip_network(net) for net in ("100.64.0.0/16", "198.18.0.0/15"))
    if not inside:
        assert plan.place_of(str(ip)) is None
        assert plan.owner(str(ip)) is None


@given(st.integers(0, 255), st.sampled_from(("100.64.16", "198.18.2", "198.19.1")))
def test_a_whole_network_is_in_its_place(host: int, prefix: str) -> None:
    plan = AddressPlan(ATLAS, REGIONS)
    expected = {"100.64.16": "tokyo", "198.18.2": "eu-west-1", "198.19.1": "edge:NBO"}
    assert plan.place_of(f"{prefix}.{host}") == expected[prefix]


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        ".",
        "100.64.1",
        "100.64.1.",
        "100.64.1.256",
        "100.64.1.01",
        "100.64.1.x",
        "100.64.1.²",
        "100.64.1.1.1",
        "::1",
        "paris",
    ],
)
def test_what_is_no_address_is_nowhere(plan: AddressPlan, malformed: str) -> None:
    assert plan.place_of(malformed) is None
    assert plan.owner(malformed) is None


def test_nobody_answers_at_a_client_address_or_an_unused_host(plan: AddressPlan) -> None:
    assert plan.owner(plan.client_address("paris")) is None
    assert plan.owner("198.18.1.11") is None
    assert plan.owner("198.18.4.10") is None  # a fourth region, of three


def test_numbers_of_cities_stay_when_own_cities_are_added(plan: AddressPlan) -> None:
    lyon = Place(
        code="lyon", kind="city", name="Lyon", country_code="FR", continent_code="", latitude=45.7, longitude=4.8
    )
    bigger = AddressPlan(Atlas.load(extra_cities=[lyon]), REGIONS)
    assert bigger.client_subnet("lyon") == "100.64.69.0/24"
    assert all(bigger.client_subnet(city) == plan.client_subnet(city) for city in ATLAS.cities)


def test_more_cities_than_networks_are_refused() -> None:
    own = [
        Place(
            code=f"town-{n}", kind="city", name="", country_code="FR", continent_code="", latitude=45.7, longitude=4.8
        )
        for n in range(60)
    ]
    with pytest.raises(Refusal, match="128 do not fit the address plan, which has room for 127"):
        AddressPlan(Atlas.load(extra_cities=own), REGIONS)
    AddressPlan(Atlas.load(extra_cities=own[:59]), REGIONS)


@pytest.mark.parametrize(
    ("regions", "says"),
    [
        (["us-east-1", "eu-wst-1"], "Unknown region 'eu-wst-1'. Did you mean eu-west-1"),
        (["us-east-1", "US-EAST-1"], "us-east-1 is named twice"),
        (["paris"], "Unknown region 'paris'"),
    ],
)
def test_a_wrong_list_of_regions_is_refused(atlas: Atlas, regions: list[str], says: str) -> None:
    with pytest.raises(Refusal) as caught:
        AddressPlan(atlas, regions)
    assert says in str(caught.value)


def test_a_region_that_does_not_run_has_no_address(plan: AddressPlan) -> None:
    with pytest.raises(Refusal, match=r"Unknown region 'eu-west-2'\. Did you mean eu-west-1.* See: sandbox status"):
        plan.region_address("eu-west-2", "app")


def test_only_edge_locations_have_an_edge_address(plan: AddressPlan) -> None:
    with pytest.raises(Refusal, match="Unknown edge location 'paris'"):
        plan.edge_address("paris")


@given(sandboxes)
def test_applications_have_the_addresses_of_the_plan(regions: list[str]) -> None:
    plan = AddressPlan(ATLAS, regions)
    assert application_addresses(regions) == {region: plan.region_address(region, "app") for region in regions}


def test_an_accelerator_has_one_address_in_each_network_zone_and_no_place_has_either(plan: AddressPlan) -> None:
    """RFC 5737: documentation addresses, nobody's on the Internet."""
    pairs = [anycast_pair(number) for number in range(1, ANYCAST_PAIRS + 1)]
    assert pairs[0] == ("192.0.2.1", "198.51.100.1")
    assert pairs[-1] == ("192.0.2.254", "198.51.100.254")
    addresses = [address for pair in pairs for address in pair]
    assert len(set(addresses)) == 2 * ANYCAST_PAIRS
    assert {ip_network(f"{ip}/24", strict=False) for ip in addresses} == {
        ip_network("192.0.2.0/24"),
        ip_network("198.51.100.0/24"),
    }
    assert not any(plan.place_of(address) for address in addresses)
