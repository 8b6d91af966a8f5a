"""Filters of DescribeVpcPeeringConnections."""

from __future__ import annotations

import pytest

from sandbox.aws.services.ec2.filters import member_of

SHOWN = {
    "VpcPeeringConnectionId": "pcx-1",
    "Status": {"Code": "active", "Message": "Active"},
    "RequesterVpcInfo": {"OwnerId": "000000000000", "VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16"},
    "AccepterVpcInfo": {"OwnerId": "111111111111", "VpcId": "vpc-2"},
    "Tags": [{"Key": "for", "Value": "tests"}],
}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("vpc-peering-connection-id", {"pcx-1"}),
        ("status-code", {"active"}),
        ("status-message", {"Active"}),
        ("requester-vpc-info.cidr-block", {"10.1.0.0/16"}),
        ("requester-vpc-info.owner-id", {"000000000000"}),
        ("requester-vpc-info.vpc-id", {"vpc-1"}),
        ("accepter-vpc-info.cidr-block", set()),  # not shown while pending
        ("accepter-vpc-info.owner-id", {"111111111111"}),
        ("accepter-vpc-info.vpc-id", {"vpc-2"}),
        ("tag-key", {"for"}),
        ("tag:for", {"tests"}),
        ("tag:other", set()),
    ],
)
def test_each_filter_looks_at_its_member(name: str, values: set[str]) -> None:
    assert member_of(SHOWN, name) == values


def test_a_filter_that_ec2_has_not_is_no_filter() -> None:
    with pytest.raises(KeyError):
        member_of(SHOWN, "colour")
