"""Limits as they are: counts from the store, values from the quotas; through boto3 in tests/live/aws/."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.aws.services.route53.limit_responses import LimitResponses
from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.quotas import AWS_QUOTAS
from sandbox.kernel.errors import Refusal


class Asked(LimitResponses):
    """A handler with these parameters."""

    def __init__(self, backend: Any, **parameters: Any) -> None:
        self.backend = backend
        self._get_param = parameters.get


@pytest.fixture
def backend() -> Any:
    made = SandboxRoute53Backend("aws", "000000000000")
    made.quotas = replace(AWS_QUOTAS, hosted_zones=7)
    return made


def account(backend: Any, kind: str) -> tuple[int, int]:
    answer = Asked(backend, Type=kind).get_account_limit().result
    assert answer["Limit"]["Type"] == kind
    return answer["Count"], answer["Limit"]["Value"]


def test_the_account_counts_what_there_is(backend: Any) -> None:
    assert account(backend, "MAX_HOSTED_ZONES_BY_OWNER") == (0, 7)
    zone = backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    check = backend.create_health_check("c", {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80})
    backend.create_reusable_delegation_set("d")
    assert account(backend, "MAX_HOSTED_ZONES_BY_OWNER") == (1, 7)
    assert account(backend, "MAX_HEALTH_CHECKS_BY_OWNER") == (1, 200)
    assert account(backend, "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER") == (1, 100)
    assert account(backend, "MAX_TRAFFIC_POLICIES_BY_OWNER") == (0, 50)
    assert account(backend, "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER") == (0, 5)
    backend.delete_hosted_zone(zone.id)
    backend.delete_health_check(check.id)
    assert [account(backend, f"MAX_{kind}_BY_OWNER")[0] for kind in ("HOSTED_ZONES", "HEALTH_CHECKS")] == [0, 0]
    with pytest.raises(Refusal) as refused:
        account(backend, "MAX_LUCK")
    assert refused.value.code == "InvalidInput"


def test_a_deleted_policy_does_not_count(backend: Any) -> None:
    document = '{"AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartEndpoint": "e",'
    document += '"Endpoints": {"e": {"Type": "value", "Value": "198.18.1.10"}}}'
    policies = [backend.create_traffic_policy(name, document, None) for name in ("a", "b")]
    backend.traffic.delete(policies[0].policy_id, 1)
    assert account(backend, "MAX_TRAFFIC_POLICIES_BY_OWNER") == (1, 50)


def test_a_zone_counts_record_sets_and_a_private_one_its_vpcs(backend: Any) -> None:
    public = backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    private = backend.create_hosted_zone("p.test", True, "p", vpcid="vpc-1", vpcregion="us-east-1")

    def asked(zone: Any, kind: str) -> tuple[int, int]:
        answer = Asked(backend, HostedZoneId=zone.id, Type=kind).get_hosted_zone_limit().result
        return answer["Count"], answer["Limit"]["Value"]

    assert asked(public, "MAX_RRSETS_BY_ZONE") == (2, 10_000)
    assert asked(private, "MAX_VPCS_ASSOCIATED_BY_ZONE") == (1, 300)
    with pytest.raises(Refusal) as refused:
        asked(public, "MAX_VPCS_ASSOCIATED_BY_ZONE")
    assert refused.value.code == "HostedZoneNotPrivate"


def test_a_reusable_set_counts_its_zones(backend: Any) -> None:
    shared = backend.create_reusable_delegation_set("d").id
    backend.create_hosted_zone("a.test", False, "a", delegation_set_id=shared)
    backend.create_hosted_zone("b.test", False, "b")
    asked = Asked(backend, DelegationSetId=shared, Type="MAX_ZONES_BY_REUSABLE_DELEGATION_SET")
    answer = asked.get_reusable_delegation_set_limit().result
    assert (answer["Count"], answer["Limit"]["Value"]) == (1, 100)
