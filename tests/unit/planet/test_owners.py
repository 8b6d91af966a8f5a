"""Claims about who is behind a virtual address, as regions come and go."""

from __future__ import annotations

import pytest

from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal
from sandbox.planet.owners import NOBODY, Owners

PORTS = {"echo": 1007, "app": 1001, "app_tls": 1002, "aws": 1003, "aws_tls": 1004, "replication": 1005}


@pytest.fixture
def owners() -> Owners:
    owners = Owners(AddressPlan(Atlas.load(), ["us-east-1", "eu-west-1"]))
    owners.put_region("eu-west-1", PORTS)
    return owners


@pytest.mark.parametrize(
    ("address", "port", "real_port"),
    [
        ("198.18.2.10", 80, 1001),
        ("198.18.2.10", 443, 1002),
        ("198.18.2.30", 80, 1003),
        ("198.18.2.30", 443, 1004),
        ("198.18.2.30", 7000, 1005),
    ],
)
def test_addresses_of_a_running_region_lead_to_its_ports(
    owners: Owners, address: str, port: int, real_port: int
) -> None:
    place, endpoint = owners.find(address, port)
    assert (place, endpoint.port) == ("eu-west-1", real_port)


@pytest.mark.parametrize(("address", "port"), [("198.18.2.10", 22), ("198.18.2.20", 80), ("198.18.1.10", 80)])
def test_other_ports_and_regions_that_do_not_run_refuse(owners: Owners, address: str, port: int) -> None:
    """They have an owner, so packets know where to go; nobody listens there."""
    place, endpoint = owners.find(address, port)
    assert place in ("us-east-1", "eu-west-1")
    assert endpoint == NOBODY


def test_a_region_that_ended_refuses(owners: Owners) -> None:
    owners.put_region("eu-west-1", None)
    assert owners.find("198.18.2.10", 80) == ("eu-west-1", NOBODY)
    assert owners.running() == []


@pytest.mark.parametrize("address", ["8.8.8.8", "198.18.3.10", "nonsense"])
def test_addresses_outside_the_planet_are_refused_by_name(owners: Owners, address: str) -> None:
    with pytest.raises(Refusal, match=address):
        owners.find(address, 80)
    assert owners.owner_of(address) is None


def test_the_echo_over_udp_is_at_port_7_of_the_application_address(owners: Owners) -> None:
    place, endpoint = owners.find_udp("198.18.2.10", 7)
    assert (place, endpoint.port) == ("eu-west-1", 1007)
    assert owners.find_udp("198.18.2.10", 80) == ("eu-west-1", NOBODY)
    assert owners.find_udp("198.18.1.10", 7) == ("us-east-1", NOBODY), "its region does not run"
    with pytest.raises(Refusal):
        owners.find_udp("203.0.113.1", 7)
