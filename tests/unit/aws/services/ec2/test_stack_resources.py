"""AWS::EC2::VPCPeeringConnection, as CloudFormation makes and deletes it."""

from __future__ import annotations

import pytest

from sandbox.aws.services.ec2.stack_resources import StackPeering
from sandbox.kernel.errors import Refusal

from .conftest import ACCOUNT, HERE, OTHER_ACCOUNT, THERE, Two


def make(two: Two, **more: str) -> StackPeering:
    properties = {"VpcId": two.mine, "PeerVpcId": two.theirs, "PeerRegion": THERE, **more}
    return StackPeering.create_from_cloudformation_json("Peering", {"Properties": properties}, ACCOUNT, HERE)


def states(two: Two) -> list[str]:
    return [each.state(each.expires_at.replace(year=2020)) for each in two.there.seen_peerings()]


def test_in_ones_own_account_it_is_accepted_at_once_and_deleted_with_the_stack(two: Two) -> None:
    made = make(two)
    assert states(two) == ["active"]
    assert made.get_cfn_attribute("Id") == made.physical_resource_id
    StackPeering.delete_from_cloudformation_json(made.physical_resource_id, {}, ACCOUNT, HERE)
    assert states(two) == ["deleted"]


def test_one_that_fails_fails_the_resource(two: Two) -> None:
    with pytest.raises(Refusal, match="overlapping CIDR range"):
        make(two, PeerVpcId="vpc-0123456789abcdef0")


def test_another_accounts_vpc_is_refused_by_name(two: Two) -> None:
    with pytest.raises(Refusal, match="does not emulate AWS::EC2::VPCPeeringConnection with another account's VPC"):
        make(two, PeerOwnerId=OTHER_ACCOUNT)
