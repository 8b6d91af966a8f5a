"""Limits and counts through boto3, and what a full account is told (facts/route53.md 2.5)."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.live


def limit(route53: Any, kind: str) -> tuple[int, int]:
    """Count and value."""
    answer = route53.get_account_limit(Type=kind)
    assert answer["Limit"]["Type"] == kind
    return answer["Count"], answer["Limit"]["Value"]


def test_limits_count_what_was_made_and_what_was_deleted(rig: Any) -> None:
    """In an account of its own, so that no other test's zones are counted."""
    route53 = rig.client("route53", aws_access_key_id="222233334444")
    zone = route53.create_hosted_zone(Name="limits.test", CallerReference="l")["HostedZone"]["Id"]
    config = {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80}
    check = route53.create_health_check(CallerReference="l", HealthCheckConfig=config)["HealthCheck"]["Id"]
    shared = route53.create_reusable_delegation_set(CallerReference="l")["DelegationSet"]["Id"]
    assert limit(route53, "MAX_HOSTED_ZONES_BY_OWNER") == (1, 500)
    assert limit(route53, "MAX_HEALTH_CHECKS_BY_OWNER") == (1, 200)
    assert limit(route53, "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER") == (1, 100)
    assert limit(route53, "MAX_TRAFFIC_POLICIES_BY_OWNER") == (0, 50)
    assert limit(route53, "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER") == (0, 5)
    of_zone = route53.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_RRSETS_BY_ZONE")
    assert (of_zone["Count"], of_zone["Limit"]["Value"]) == (2, 10_000)
    of_set = route53.get_reusable_delegation_set_limit(
        DelegationSetId=shared, Type="MAX_ZONES_BY_REUSABLE_DELEGATION_SET"
    )
    assert (of_set["Count"], of_set["Limit"]["Value"]) == (0, 100)
    with pytest.raises(route53.exceptions.HostedZoneNotPrivate):
        route53.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")
    with pytest.raises(route53.exceptions.NoSuchHostedZone):
        route53.get_hosted_zone_limit(HostedZoneId="Z0", Type="MAX_RRSETS_BY_ZONE")
    with pytest.raises(route53.exceptions.NoSuchDelegationSet):
        route53.get_reusable_delegation_set_limit(DelegationSetId="N0", Type="MAX_ZONES_BY_REUSABLE_DELEGATION_SET")
    route53.delete_hosted_zone(Id=zone)
    route53.delete_health_check(HealthCheckId=check)
    assert limit(route53, "MAX_HOSTED_ZONES_BY_OWNER")[0] == limit(route53, "MAX_HEALTH_CHECKS_BY_OWNER")[0] == 0


def test_a_full_account_and_a_full_group_are_refused_by_aws_codes(rig: Any) -> None:
    route53 = rig.client("route53", aws_access_key_id="222233334445")
    for number in range(5):
        route53.create_cidr_collection(Name=f"c{number}", CallerReference="c")
    with pytest.raises(route53.exceptions.LimitsExceeded):
        route53.create_cidr_collection(Name="c5", CallerReference="c")
    zone = route53.create_hosted_zone(Name="group.test", CallerReference="g")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": "app.group.test",
                "Type": "A",
                "TTL": 60,
                "SetIdentifier": f"s{number}",
                "Weight": 1,
                "ResourceRecords": [{"Value": "198.18.1.10"}],
            },
        }
        for number in range(101)
    ]
    with pytest.raises(route53.exceptions.InvalidChangeBatch, match="Exceeded limit on number of weighted RRSets"):
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["ResourceRecordSetCount"] == 2
    for number in range(200):
        config = {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80}
        route53.create_health_check(CallerReference=f"c{number}", HealthCheckConfig=config)
    with pytest.raises(route53.exceptions.TooManyHealthChecks, match="Limits Exceeded: MAX_HEALTH_CHECKS_BY_OWNER"):
        route53.create_health_check(CallerReference="more", HealthCheckConfig=config)
