"""EC2's answers about peering connections, as HTTP."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlencode

import pytest

from sandbox.aws.moto_host import moto_application, moto_environ
from sandbox.aws.wsgi import Application, run
from sandbox.protocols.http1 import Headers, Request

from .conftest import ACCOUNT, HERE, THERE, Two


@cache
def application() -> Application:
    return moto_application()


def call(action: str, region: str = HERE, **members: str) -> tuple[int, str]:
    """Status and body of one call."""
    body = urlencode({"Action": action, "Version": "2016-11-15", **members}).encode()
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body)))])
    request = Request(method="POST", target="/", headers=headers, body=body)
    answer = run(application(), moto_environ(request, account=ACCOUNT, service="ec2", region=region))
    return answer.status, answer.body.decode()


def member(body: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", body, re.DOTALL)
    assert found, (name, body)
    return found.group(1)


def create(two: Two, **more: str) -> str:
    status, body = call("CreateVpcPeeringConnection", VpcId=two.mine, PeerVpcId=two.theirs, PeerRegion=THERE, **more)
    assert status == 200
    assert member(body, "code") == "initiating-request"
    return member(body, "vpcPeeringConnectionId")


def test_a_connection_goes_from_initiating_to_active_over_both_regions(two: Two) -> None:
    made = create(two)
    assert member(call("DescribeVpcPeeringConnections", THERE)[1], "code") == "pending-acceptance"
    _, accepted = call("AcceptVpcPeeringConnection", THERE, VpcPeeringConnectionId=made)
    assert member(accepted, "code") == "provisioning"
    shown = call("DescribeVpcPeeringConnections")[1]
    assert member(shown, "code") == "active"
    assert "<cidrBlock>10.2.0.0/16</cidrBlock>" in member(shown, "accepterVpcInfo")
    assert member(call("DeleteVpcPeeringConnection", VpcPeeringConnectionId=made)[1], "return") == "true"
    assert member(call("DescribeVpcPeeringConnections", THERE)[1], "code") == "deleted"


def test_tags_are_seen_only_where_they_were_set(two: Two) -> None:
    tags = {"TagSpecification.1.ResourceType": "vpc-peering-connection"}
    create(two, **tags, **{"TagSpecification.1.Tag.1.Key": "for", "TagSpecification.1.Tag.1.Value": "tests"})
    assert "<value>tests</value>" in call("DescribeVpcPeeringConnections")[1]
    assert "<value>tests</value>" not in call("DescribeVpcPeeringConnections", THERE)[1]


@pytest.mark.parametrize(
    ("name", "value", "is_found"),
    [
        ("status-code", "pending-acceptance", True),
        ("status-code", "active", False),
        ("requester-vpc-info.owner-id", ACCOUNT, True),
    ],
)
def test_descriptions_are_filtered(two: Two, name: str, value: str, is_found: bool) -> None:
    made = create(two)
    _, body = call("DescribeVpcPeeringConnections", **{"Filter.1.Name": name, "Filter.1.Value.1": value})
    assert (made in body) is is_found


def test_unknown_ids_and_filters_are_refused(two: Two) -> None:
    status, body = call("DescribeVpcPeeringConnections", **{"VpcPeeringConnectionId.1": "pcx-0"})
    assert (status, member(body, "Code")) == (400, "InvalidVpcPeeringConnectionId.NotFound")
