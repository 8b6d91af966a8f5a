"""Which health checks are made, and which are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.check_rules import CHECKER_REGIONS, refuse_change, refuse_check
from sandbox.kernel.errors import Refusal

METRIC = {
    "Type": "CLOUDWATCH_METRIC",
    "AlarmIdentifier": {"Region": "eu-west-1", "Name": "slow"},
    "InsufficientDataHealthStatus": "Healthy",
}
ARN = "arn:aws:route53-recovery-control::000000000000:controlpanel/0123abcd/routingcontrol/4567ef"
HTTP = {"Type": "HTTP", "FullyQualifiedDomainName": "app.example.test"}


@pytest.mark.parametrize(
    "config",
    [
        HTTP,
        {**HTTP, "RequestInterval": 10, "FailureThreshold": 1},
        {**HTTP, "Regions": ["us-east-1", "eu-west-1", "sa-east-1"]},
        {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80},
        {"Type": "HTTPS_STR_MATCH", "IPAddress": "198.18.1.10", "SearchString": "ok"},
        {"Type": "CALCULATED", "ChildHealthChecks": ["a"], "HealthThreshold": 1},
        METRIC,
        {"Type": "RECOVERY_CONTROL", "RoutingControlArn": ARN},
    ],
)
def test_what_aws_would_make_is_made(config: dict[str, Any]) -> None:
    refuse_check(config)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"Type": "CLOUDWATCH_METRIC"}, "AlarmIdentifier must be specified"),
        ({**METRIC, "InsufficientDataHealthStatus": "Fine"}, "one of Healthy, Unhealthy, LastKnownStatus"),
        ({**METRIC, "Port": 80}, "Port is not allowed"),
        ({"Type": "RECOVERY_CONTROL"}, "RoutingControlArn must be the ARN"),
        (
            {"Type": "RECOVERY_CONTROL", "RoutingControlArn": ARN, "RequestInterval": 10},
            "RequestInterval is not allowed",
        ),
        ({"Type": "CALCULATED", "HealthThreshold": 1, "Port": 80}, "Port is not allowed for CALCULATED"),
        ({"Type": "PING"}, "Type must be one of"),
        ({"Type": "HTTP"}, "either IPAddress or FullyQualifiedDomainName"),
        ({"Type": "TCP", "IPAddress": "198.18.1.10"}, "Port must be specified"),
        ({**HTTP, "SearchString": "x"}, "SearchString is not allowed"),
        ({**HTTP, "Type": "HTTP_STR_MATCH"}, "SearchString is required"),
        ({**HTTP, "RequestInterval": 20}, "10 or 30"),
        ({**HTTP, "FailureThreshold": 11}, "between 1 and 10"),
        ({**HTTP, "Regions": ["us-east-1"]}, "at least 3"),
        ({**HTTP, "Regions": ["eu-north-1", "us-east-1", "us-west-1"]}, "eu-north-1 is not a region of"),
        ({"Type": "CALCULATED"}, "HealthThreshold and ChildHealthChecks"),
        ({"Type": "CALCULATED", "HealthThreshold": 257}, "between 0 and 256"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["gone"]}, "the child health check gone does not exist"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["sum"]}, "sum is CALCULATED itself"),
        ({**HTTP, "Port": 0}, "Port must be between 1 and 65535"),
        ({**HTTP, "ResourcePath": "/" * 256}, "ResourcePath must be 255"),
        ({"Type": "TCP", "Port": 80, "IPAddress": "10.0.0.1"}, "IPAddress 10.0.0.1 is in a local, private"),
        ({"Type": "TCP", "Port": 80, "IPAddress": "224.0.0.1"}, "multicast"),
        ({"Type": "TCP", "Port": 80, "IPAddress": "here"}, "here is not an IP address"),
    ],
)
def test_the_rest_is_refused_with_the_reason(config: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        refuse_check(config, {"sum": "CALCULATED", "a": "TCP"})
    assert refused.value.code == "InvalidInput"


def test_an_address_is_not_added_to_a_check_without_one() -> None:
    """R53 2.1, IPAddress: "cannot be added or removed later"; an update that leaves it out keeps it."""
    with pytest.raises(Refusal, match="cannot be added") as refused:
        refuse_change(HTTP, {**HTTP, "IPAddress": "198.18.1.10"})
    assert refused.value.code == "InvalidInput"
    refuse_change({**HTTP, "IPAddress": "198.18.1.10"}, {**HTTP, "IPAddress": "198.18.2.10"})


def test_the_regions_of_checkers_are_those_of_the_sheet() -> None:
    """R53 2.1, Regions."""
    sheet = "us-east-1 us-west-1 us-west-2 eu-west-1 ap-southeast-1 ap-southeast-2 ap-northeast-1 sa-east-1"
    assert " ".join(CHECKER_REGIONS) == sheet
