"""Peering connections between two regions' backends, and the routes over them [VPC B1, B2]."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.exceptions import ServiceException

from sandbox.aws.services.ec2 import models
from sandbox.kernel.errors import Refusal

from .conftest import ACCOUNT, OTHER_ACCOUNT, THERE, Two


def refused(call: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(ServiceException) as error:
        call(*arguments)
    return str(error.value.code), str(error.value.message)


def state(two: Two, connection: Any) -> list[str]:
    """As both regions describe it."""
    found = [each for backend in (two.here, two.there) for each in backend.seen_peerings() if each.id == connection.id]
    return [each.status(each.expires_at.replace(year=2020))["Code"] for each in found]


def test_a_request_is_seen_in_both_regions_under_one_id(two: Two) -> None:
    assert state(two, two.ask()) == ["pending-acceptance", "pending-acceptance"]


@pytest.mark.parametrize("block", ["10.1.0.0/16", "10.1.128.0/20"])
def test_overlapping_blocks_fail_and_the_call_succeeds(two: Two, block: str) -> None:
    theirs = two.there.create_vpc(block).id
    made = two.here.request_peering(two.mine, theirs, ACCOUNT, THERE)
    assert state(two, made) == ["failed"]  # the accepter sees nothing of it


def test_a_secondary_block_that_overlaps_fails_too(two: Two) -> None:
    two.there.associate_vpc_cidr_block(two.theirs, "10.1.4.0/24", amazon_provided_ipv6_cidr_block=False)
    assert state(two, two.ask()) == ["failed"]


@pytest.mark.parametrize(("account", "region"), [(ACCOUNT, THERE), (OTHER_ACCOUNT, THERE), (ACCOUNT, "xx-nowhere-1")])
def test_an_unknown_vpc_account_or_region_fails(two: Two, account: str, region: str) -> None:
    made = two.here.request_peering(two.mine, "vpc-0123456789abcdef0", account, region)
    assert state(two, made) == ["failed"]


def test_only_the_accepters_region_answers(two: Two) -> None:
    made = two.ask()
    text = f"Incorrect region (us-east-1) specified for this request. VPC peering connection {made.id} must be"
    assert refused(two.here.answer_peering, made.id, "accept") == (
        "OperationNotPermitted",
        f"{text} accepted in region eu-west-1",
    )
    assert refused(two.here.answer_peering, made.id, "reject") == (
        "OperationNotPermitted",
        f"{text} accepted or rejected in region eu-west-1",
    )
    two.there.answer_peering(made.id, "accept")
    assert state(two, made) == ["active", "active"]


def test_only_the_accepters_account_answers_and_only_the_requesters_takes_back(backends: Any, two: Two) -> None:
    stranger = backends[OTHER_ACCOUNT][THERE]
    made = two.here.request_peering(two.mine, stranger.create_vpc("10.9.0.0/16").id, OTHER_ACCOUNT, THERE)
    refusal = ("OperationNotPermitted", f"User ({ACCOUNT}) cannot accept peering {made.id}")
    assert refused(two.here.answer_peering, made.id, "accept") == refusal
    refusal = ("OperationNotPermitted", f"User ({OTHER_ACCOUNT}) cannot delete peering {made.id}")
    assert refused(stranger.end_peering, made.id) == refusal
    two.here.end_peering(made.id)
    assert state(two, made) == ["deleted"]


@pytest.mark.parametrize(
    "step",
    [
        lambda two, made: two.there.answer_peering(made.id, "accept"),
        lambda two, made: two.there.answer_peering(made.id, "reject"),
        lambda two, made: two.here.end_peering(made.id),
        lambda two, made: two.here.set_peering_options(made.id, {}),
    ],
)
def test_nothing_follows_from_a_rejection(two: Two, step: Any) -> None:
    made = two.ask()
    two.there.answer_peering(made.id, "reject")
    assert refused(step, two, made)[0] == "InvalidStateTransition"


def test_two_vpcs_have_one_connection_at_a_time_whoever_asks(two: Two) -> None:
    made = two.ask()
    assert refused(two.ask)[0] == "VpcPeeringConnectionAlreadyExists"
    assert refused(two.there.request_peering, two.theirs, two.mine, ACCOUNT, "us-east-1")[0] == (
        "VpcPeeringConnectionAlreadyExists"
    )
    two.here.end_peering(made.id)
    assert two.ask().id != made.id


def test_quotas_are_those_of_the_guide(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """[VPC B1]: 50 active per VPC, 25 outstanding requests; smaller here, so that few VPCs show it."""
    assert (models.ACTIVE_MOST, models.OUTSTANDING_MOST) == (50, 25)
    monkeypatch.setattr(models, "ACTIVE_MOST", 1)
    monkeypatch.setattr(models, "OUTSTANDING_MOST", 2)
    others = [two.there.create_vpc(f"10.{number}.0.0/16").id for number in (20, 21, 22)]
    asked = [two.here.request_peering(two.mine, other, ACCOUNT, THERE) for other in others[:2]]
    too_many = refused(two.here.request_peering, two.mine, others[2], ACCOUNT, THERE)
    assert too_many[0] == "OutstandingVpcPeeringConnectionLimitExceeded"
    two.there.answer_peering(asked[0].id, "accept")
    too_many = refused(two.there.answer_peering, asked[1].id, "accept")
    assert too_many[0] == "ActiveVpcPeeringConnectionPerVpcLimitExceeded"


def test_an_unknown_id_is_refused(two: Two) -> None:
    assert refused(two.here.end_peering, "pcx-0") == (
        "InvalidVpcPeeringConnectionId.NotFound",
        "VpcPeeringConnectionID pcx-0 does not exist.",
    )


def test_options_are_each_sides_own_and_what_has_no_effect_is_refused(two: Two) -> None:
    made = two.ask()
    two.there.answer_peering(made.id, "accept")
    off, on = {"AllowDnsResolutionFromRemoteVpc": "false"}, {"AllowDnsResolutionFromRemoteVpc": "true"}
    two.here.set_peering_options(made.id, {"requester": off, "accepter": {}})
    assert refused(two.here.set_peering_options, made.id, {"accepter": off})[0] == "OperationNotPermitted"
    with pytest.raises(Refusal, match="does not emulate AllowDnsResolutionFromRemoteVpc of VPC peering connections"):
        two.here.set_peering_options(made.id, {"requester": on})


def test_a_deleted_vpc_ends_its_connections(two: Two) -> None:
    made = two.ask()
    two.there.answer_peering(made.id, "accept")
    two.there.delete_vpc(two.theirs)
    assert state(two, made) == ["deleted", "deleted"]


def test_a_vpc_that_another_account_waits_for_is_not_deleted(backends: Any, two: Two) -> None:
    stranger = backends[OTHER_ACCOUNT][THERE]
    theirs = stranger.create_vpc("10.9.0.0/16").id
    made = two.here.request_peering(two.mine, theirs, OTHER_ACCOUNT, THERE)
    assert refused(stranger.delete_vpc, theirs)[0] == "DependencyViolation"
    stranger.answer_peering(made.id, "reject")
    stranger.delete_vpc(theirs)
