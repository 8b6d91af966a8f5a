"""Who reaches a private address: the rules of VPC peering [VPC B2], each shown by what is missing without it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.vpc.core import PrivateNetworks, is_private
from sandbox.vpc.values import Lost, Reached

Told = dict[str, dict[str, Any]]
OPEN = [{"protocol": "-1", "from_port": None, "to_port": None, "block": "0.0.0.0/0", "group": None}]
PEERING = {"id": "pcx-ab", "state": "active", "sides": ["vpc-a", "vpc-b"]}


def region(letter: str, number: int, routes: list[list[str]], peerings: list[dict[str, Any]]) -> dict[str, Any]:
    block = f"10.{number}.0.0/16"
    return {
        "interfaces": [
            {
                "id": f"eni-{letter}",
                "address": f"10.{number}.0.10",
                "vpc": f"vpc-{letter}",
                "table": f"rtb-{letter}",
                "groups": [f"sg-{letter}"],
            }
        ],
        "tables": {f"rtb-{letter}": [[block, "local"], *routes]},
        "groups": {f"sg-{letter}": {"inbound": OPEN, "outbound": OPEN}},
        "vpcs": {f"vpc-{letter}": [block]},
        "peerings": peerings,
    }


def two_peered() -> Told:
    """us-east-1 (10.1) and eu-west-1 (10.2), connected, routes on both sides."""
    return {
        "us-east-1": region("a", 1, [["10.2.0.0/16", "pcx-ab"]], [PEERING]),
        "eu-west-1": region("b", 2, [["10.1.0.0/16", "pcx-ab"]], [PEERING]),
    }


def networks(told: Told) -> PrivateNetworks:
    made = PrivateNetworks()
    for code, each in told.items():
        made.put_region(code, each)
    return made


def test_with_a_connection_and_two_routes_both_sides_reach_each_other() -> None:
    peered = networks(two_peered())
    assert peered.way("us-east-1", "10.2.0.10", 80) == Reached(
        region="eu-west-1",
        why="eni-a (10.1.0.10 in vpc-a, us-east-1) to eni-b (10.2.0.10 in vpc-b, eu-west-1) through pcx-ab",
    )
    assert isinstance(peered.way("eu-west-1", "10.1.0.10", 80), Reached)


def no_route_there(told: Told) -> None:
    told["us-east-1"]["tables"]["rtb-a"].pop()


def no_route_back(told: Told) -> None:
    told["eu-west-1"]["tables"]["rtb-b"].pop()


def another_way_back(told: Told) -> None:
    told["eu-west-1"]["tables"]["rtb-b"].append(["10.1.0.0/24", "igw-1"])


def pending(told: Told) -> None:
    for each in told.values():
        each["peerings"] = [{**PEERING, "state": "pending-acceptance"}]


def through_the_internet(told: Told) -> None:
    told["us-east-1"]["tables"]["rtb-a"].append(["10.2.0.0/24", "igw-1"])


def nothing_in(told: Told) -> None:
    told["eu-west-1"]["groups"]["sg-b"]["inbound"] = []


def another_port(told: Told) -> None:
    rule = {"protocol": "tcp", "from_port": 443, "to_port": 443, "block": "10.1.0.0/16", "group": None}
    told["eu-west-1"]["groups"]["sg-b"]["inbound"] = [rule]


def udp_only(told: Told) -> None:
    told["eu-west-1"]["groups"]["sg-b"]["inbound"] = [{**OPEN[0], "protocol": "udp"}]


def nothing_out(told: Told) -> None:
    told["us-east-1"]["groups"]["sg-a"]["outbound"] = []


def nobody_there(told: Told) -> None:
    told["eu-west-1"]["interfaces"][0]["address"] = "10.2.0.11"


def not_ours(told: Told) -> None:
    told["us-east-1"]["peerings"] = [{**PEERING, "sides": ["vpc-x", "vpc-b"]}]


@pytest.mark.parametrize(
    ("without", "why"),
    [
        (no_route_there, "no route table of us-east-1 has a route to 10.2.0.10 (rtb-a)"),
        (no_route_back, "no way back: rtb-b in eu-west-1 has no route for 10.1.0.10, not pcx-ab"),
        (another_way_back, "no way back: rtb-b in eu-west-1 has a route to igw-1 for 10.1.0.10, not pcx-ab"),
        (pending, "pcx-ab is pending-acceptance: the route to 10.2.0.0/16 is a black hole"),
        (through_the_internet, "rtb-a sends 10.2.0.0/24 to igw-1, which carries no private addresses"),
        (nothing_in, "security groups of eni-b (sg-b) let nothing in on port 80 from 10.1.0.10"),
        (another_port, "security groups of eni-b (sg-b) let nothing in on port 80 from 10.1.0.10"),
        (udp_only, "security groups of eni-b (sg-b) let nothing in on port 80 from 10.1.0.10"),
        (nothing_out, "security groups of eni-a (sg-a) let nothing out to 10.2.0.10"),
        (nobody_there, "no network interface of vpc-b has the address 10.2.0.10"),
        (not_ours, "pcx-ab does not begin in vpc-a"),
    ],
)
def test_each_thing_that_is_missing_is_named(without: Callable[[Told], None], why: str) -> None:
    told = copy.deepcopy(two_peered())
    without(told)
    assert networks(told).way("us-east-1", "10.2.0.10", 80) == Lost(why=why)


def test_a_rule_for_the_port_and_the_block_is_enough() -> None:
    told = two_peered()
    another_port(told)
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 443), Reached)


def test_a_rule_may_name_the_group_of_the_peer() -> None:
    """Across regions EC2 refuses such rules; inside one they count."""
    told = two_peered()
    told["eu-west-1"]["groups"]["sg-b"]["inbound"] = [{**OPEN[0], "block": None, "group": "sg-a"}]
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 80), Reached)
    told["eu-west-1"]["groups"]["sg-b"]["inbound"] = [{**OPEN[0], "block": None, "group": "sg-x"}]
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 80), Lost)


def test_the_most_specific_route_wins() -> None:
    """A wide route through the connection would do; a narrower one that leads elsewhere takes the packets."""
    told = two_peered()
    told["us-east-1"]["tables"]["rtb-a"] = [["10.1.0.0/16", "local"], ["10.0.0.0/8", "pcx-ab"]]
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 80), Reached)
    told["us-east-1"]["tables"]["rtb-a"].append(["10.2.0.10/32", "nat-1"])
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 80), Lost)


def three_in_a_row() -> Told:
    """A peers with B and with C. B has a route to C's block through its connection with A, and C one to B's."""
    to_c = {"id": "pcx-ac", "state": "active", "sides": ["vpc-a", "vpc-c"]}
    return {
        "us-east-1": region("a", 1, [["10.2.0.0/16", "pcx-ab"], ["10.3.0.0/16", "pcx-ac"]], [PEERING, to_c]),
        "eu-west-1": region("b", 2, [["10.1.0.0/16", "pcx-ab"], ["10.3.0.0/16", "pcx-ab"]], [PEERING]),
        "ap-northeast-1": region("c", 3, [["10.1.0.0/16", "pcx-ac"], ["10.2.0.0/16", "pcx-ac"]], [to_c]),
    }


def test_peering_is_not_transitive() -> None:
    peered = networks(three_in_a_row())
    assert isinstance(peered.way("eu-west-1", "10.1.0.10", 80), Reached)
    assert isinstance(peered.way("ap-northeast-1", "10.1.0.10", 80), Reached)
    assert peered.way("eu-west-1", "10.3.0.10", 80) == Lost(
        why="pcx-ab leads to vpc-a (10.1.0.0/16) and no further: peering is not transitive"
    )


def test_inside_a_vpc_no_connection_is_needed() -> None:
    told = two_peered()
    second = {**told["us-east-1"]["interfaces"][0], "id": "eni-a2", "address": "10.1.0.20"}
    told["us-east-1"]["interfaces"].append(second)
    way = networks(told).way("us-east-1", "10.1.0.20", 80)
    assert isinstance(way, Reached)
    assert way.region == "us-east-1"
    assert way.why.endswith("inside its VPC")


def test_a_region_without_an_interface_has_no_private_addresses() -> None:
    peered = networks(two_peered())
    peered.put_region("us-east-1", None)
    assert peered.way("us-east-1", "10.2.0.10", 80) == Lost(
        why="us-east-1 has no network interface in a VPC, so nothing there has a private address"
    )


def test_what_is_no_address_is_lost() -> None:
    assert networks(two_peered()).way("us-east-1", "10.2.0", 80) == Lost(why="10.2.0 is no IPv4 address")


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("10.0.0.1", True),
        ("172.16.0.1", True),
        ("172.31.255.254", True),
        ("172.15.0.1", False),
        ("172.32.0.1", False),
        ("192.168.1.1", True),
        ("192.169.1.1", False),
        ("198.18.1.10", False),
        ("100.64.1.1", False),
        ("", False),
    ],
)
def test_private_is_what_rfc_1918_says(address: str, is_one: bool) -> None:
    assert is_private(address) is is_one


@given(st.permutations(["there", "back", "state", "in"]), st.integers(0, 4))
def test_nothing_less_than_everything_makes_a_way(order: list[str], done: int) -> None:
    """In whatever order the pieces come, the way exists when the last one is there, and not before."""
    told = two_peered()
    pieces: dict[str, Callable[[Told], None]] = {
        "there": no_route_there,
        "back": no_route_back,
        "state": pending,
        "in": nothing_in,
    }
    for missing in order[done:]:
        pieces[missing](told)
    assert isinstance(networks(told).way("us-east-1", "10.2.0.10", 80), Reached) is (done == 4)
