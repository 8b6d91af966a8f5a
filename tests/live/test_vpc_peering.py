"""Two VPCs on two continents, made by boto3: what an application in one needs to reach the other [VPC B1, B2]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

VIRGINIA, DUBLIN = "us-east-1", "eu-west-1"
TIMEOUT_S = 1.0  # of a request that packets are lost for; the round trip is 0.08 s


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=[VIRGINIA, DUBLIN], seed=1) as started:
        yield started


@dataclass(frozen=True, kw_only=True)
class Side:
    """A VPC with an interface in it. client: boto3's EC2 of its region."""

    client: Any
    vpc: str
    address: str

    def table(self) -> str:
        [found] = self.client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]
        return str(found["RouteTableId"])

    def add_route(self, block: str, connection: str) -> None:
        self.client.create_route(
            RouteTableId=self.table(), DestinationCidrBlock=block, VpcPeeringConnectionId=connection
        )

    def route_state(self, block: str) -> str:
        [table] = self.client.describe_route_tables(RouteTableIds=[self.table()])["RouteTables"]
        [route] = [each for each in table["Routes"] if each["DestinationCidrBlock"] == block]
        return str(route["State"])

    def open_port(self, port: int, block: str) -> None:
        [group] = self.client.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])[
            "SecurityGroups"
        ]
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": block}]}
        self.client.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[permission])


def stand(planet: Sandbox, region: str, number: int) -> Side:
    client = planet.client("ec2", region=region)
    vpc = client.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
    subnet = client.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.0.0/24")["Subnet"]["SubnetId"]
    address = f"10.{number}.0.10"
    client.create_network_interface(SubnetId=subnet, PrivateIpAddress=address)
    return Side(client=client, vpc=vpc, address=address)


def code_of(side: Side, connection: str) -> str:
    [found] = side.client.describe_vpc_peering_connections(VpcPeeringConnectionIds=[connection])[
        "VpcPeeringConnections"
    ]
    return str(found["Status"]["Code"])


def test_a_private_address_is_reached_only_when_every_piece_is_there(planet: Sandbox) -> None:
    """Before each step the request times out, and `traceroute` names the step; after the last it is answered by the
    other region's application after one round trip; after the deletion it times out again, with black holes left."""
    here, there = stand(planet, VIRGINIA, 1), stand(planet, DUBLIN, 2)
    made = here.client.create_vpc_peering_connection(VpcId=here.vpc, PeerVpcId=there.vpc, PeerRegion=DUBLIN)
    connection = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    assert made["VpcPeeringConnection"]["Status"]["Code"] == "initiating-request"
    assert [code_of(side, connection) for side in (here, there)] == ["pending-acceptance"] * 2
    with pytest.raises(ClientError, match="must be accepted in region eu-west-1"):
        here.client.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)

    def missing() -> str:
        way = planet.call("planet", "traceroute", target=there.address, place=VIRGINIA)
        return str(way["blocked"])

    steps = [
        ("no route table of us-east-1", lambda: here.add_route("10.2.0.0/16", connection)),
        ("black hole", lambda: there.client.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)),
        ("no way back", lambda: there.add_route("10.1.0.0/16", connection)),
        ("let nothing in on port 80", lambda: there.open_port(80, "10.1.0.0/16")),
    ]
    url = f"http://{there.address}/"
    for reason, step in steps:
        assert reason in missing()
        assert planet.place(VIRGINIA).probe(url, timeout_s=TIMEOUT_S).error == "timeout"
        step()
    visit = planet.place(VIRGINIA).probe(url)
    assert (visit.status, visit.served_by) == (200, DUBLIN)
    assert visit.connect_ms is not None
    assert visit.connect_ms >= planet.call("planet", "traceroute", target=DUBLIN, place=VIRGINIA)["rtt_ms"] - 1
    assert planet.place("paris").probe(url).error == "outside"

    there.client.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)
    assert code_of(here, connection) == "deleted"
    assert [here.route_state("10.2.0.0/16"), there.route_state("10.1.0.0/16")] == ["blackhole"] * 2
    assert planet.place(VIRGINIA).probe(url, timeout_s=TIMEOUT_S).error == "timeout"


def test_a_stack_connects_two_regions(planet: Sandbox) -> None:
    """CloudFormation accepts in the other region by itself, and its end ends the connection."""
    here, there = stand(planet, VIRGINIA, 11), stand(planet, DUBLIN, 12)
    properties = {"VpcId": here.vpc, "PeerVpcId": there.vpc, "PeerRegion": DUBLIN}
    resource = f'{{"Type": "AWS::EC2::VPCPeeringConnection", "Properties": {properties}}}'.replace("'", '"')
    stacks = planet.client("cloudformation", region=VIRGINIA)
    stacks.create_stack(StackName="peering", TemplateBody=f'{{"Resources": {{"Peering": {resource}}}}}')
    [made] = stacks.describe_stack_resources(StackName="peering")["StackResources"]
    connection = made["PhysicalResourceId"]
    assert [code_of(side, connection) for side in (here, there)] == ["active"] * 2
    stacks.delete_stack(StackName="peering")
    planet.wait_until(lambda: code_of(there, connection) == "deleted")


def test_connections_live_on_when_control_is_restarted(planet: Sandbox) -> None:
    """The planet goes on with what it was told while control is down; afterwards both regions know the connection."""
    here, there = stand(planet, VIRGINIA, 21), stand(planet, DUBLIN, 22)
    made = here.client.create_vpc_peering_connection(VpcId=here.vpc, PeerVpcId=there.vpc, PeerRegion=DUBLIN)
    connection = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    there.client.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    here.add_route("10.22.0.0/16", connection)
    there.add_route("10.21.0.0/16", connection)
    there.open_port(80, "10.21.0.0/16")
    url = f"http://{there.address}/"
    assert planet.place(VIRGINIA).probe(url).status == 200
    planet.call("control", "save")
    with planet.fault.stop("control"):
        assert planet.place(VIRGINIA).probe(url).status == 200
    planet.wait_until(lambda: code_of(there, connection) == "active")
    assert here.route_state("10.22.0.0/16") == "active"
    assert planet.place(VIRGINIA).probe(url).status == 200
