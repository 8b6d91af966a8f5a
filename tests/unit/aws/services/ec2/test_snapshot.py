"""What planet is told of private networks, as its own room reads it."""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.ec2.snapshot import topics
from sandbox.vpc.core import PrivateNetworks
from sandbox.vpc.values import Lost, Reached

from .conftest import OTHER_ACCOUNT, THERE, Two


def stand(backend: Any, vpc_id: str, block: str, address: str) -> Any:
    subnet = backend.create_subnet(vpc_id, block, availability_zone=f"{backend.region_name}a")
    return backend.create_network_interface(subnet, address)


def way(address: str) -> Any:
    networks = PrivateNetworks()
    for topic, told in topics().items():
        networks.put_region(topic.removeprefix("vpc/"), told)
    return networks.way("us-east-1", address, 80)


def main_table(backend: Any, vpc_id: str) -> str:
    [table] = backend.describe_route_tables(filters={"vpc-id": [vpc_id]})
    return str(table.id)


def test_nothing_is_told_before_something_stands_in_a_vpc(two: Two) -> None:
    assert topics() == {}


def test_what_the_api_was_told_is_what_the_planet_obeys(two: Two) -> None:
    """Each call is one more thing in place; only after the last one is there a way."""
    stand(two.here, two.mine, "10.1.0.0/24", "10.1.0.10")
    target = stand(two.there, two.theirs, "10.2.0.0/24", "10.2.0.10")
    made = two.ask()
    steps = [
        lambda: two.here.create_route(main_table(two.here, two.mine), "10.2.0.0/16", vpc_peering_connection_id=made.id),
        lambda: two.there.create_route(
            main_table(two.there, two.theirs), "10.1.0.0/16", vpc_peering_connection_id=made.id
        ),
        lambda: two.there.authorize_security_group_ingress(
            target.group_set[0].id, "tcp", "80", "80", [{"CidrIp": "10.1.0.0/16"}]
        ),
        lambda: two.there.answer_peering(made.id, "accept"),
    ]
    for step in steps:
        assert isinstance(way("10.2.0.10"), Lost)
        step()
    assert isinstance(way("10.2.0.10"), Reached)


def test_a_subnets_own_table_counts_before_the_main_one(two: Two) -> None:
    interface = stand(two.here, two.mine, "10.1.0.0/24", "10.1.0.10")
    own = two.here.create_route_table(two.mine)
    two.here.associate_route_table(own.id, subnet_id=interface.subnet.id)
    [told] = topics()["vpc/us-east-1"]["interfaces"]
    assert told["table"] == own.id
    assert topics()["vpc/us-east-1"]["tables"] == {own.id: [["10.1.0.0/16", "local"]]}


def test_accounts_share_a_region(backends: Any, two: Two) -> None:
    stand(two.there, two.theirs, "10.2.0.0/24", "10.2.0.10")
    stranger = backends[OTHER_ACCOUNT][THERE]
    stand(stranger, stranger.create_vpc("10.9.0.0/16").id, "10.9.0.0/24", "10.9.0.10")
    told = topics()["vpc/eu-west-1"]
    assert [each["address"] for each in told["interfaces"]] == ["10.2.0.10", "10.9.0.10"]
    assert sorted(block for blocks in told["vpcs"].values() for block in blocks) == ["10.2.0.0/16", "10.9.0.0/16"]
