"""HealthCheckConfig in boto3's shape, and GetHealthCheckStatus's (R53 2.1, 2.4)."""

import pytest

from sandbox.health.values import CHECKER_REGIONS, Observation, parse_check
from sandbox.kernel.errors import Refusal


def parsed(**config):
    return parse_check("abc-1", {"id": "abc-1", "version": 4, "config": config})


def test_defaults_are_route_53s():
    check = parsed(Type="HTTPS", FullyQualifiedDomainName="App.example.test.")
    assert (check.interval_s, check.threshold, check.port, check.path) == (30, 3, 443, "/")
    assert check.regions == CHECKER_REGIONS
    assert len(check.regions) == 8
    assert (check.host, check.address, check.version) == ("App.example.test", None, 4)
    assert check.sends_server_name
    assert not parsed(Type="HTTPS", IPAddress="198.18.1.10", EnableSNI=False).sends_server_name


def test_every_field_is_read():
    check = parsed(
        Type="HTTP_STR_MATCH", IPAddress="198.18.1.10", Port=8080, ResourcePath="health?deep=1", SearchString="ok",
        RequestInterval=10, FailureThreshold=1, Inverted=True, Disabled=True,
        Regions=["us-east-1", "eu-west-1", "sa-east-1"],
    )  # fmt: skip
    assert (check.path, check.search, check.port) == ("/health?deep=1", "ok", 8080)
    assert (check.interval_s, check.threshold, check.is_inverted, check.is_disabled) == (10, 1, True, True)
    assert check.regions == ("us-east-1", "eu-west-1", "sa-east-1")
    calculated = parsed(Type="CALCULATED", ChildHealthChecks=["a", "b"], HealthThreshold=1)
    assert (calculated.children, calculated.children_needed) == (("a", "b"), 1)


@pytest.mark.parametrize("kind", ["PING", "LAMBDA"])
def test_types_that_are_not_emulated_say_so(kind):
    with pytest.raises(Refusal, match=f"does not emulate health checks of type {kind}") as refusal:
        parsed(Type=kind)
    assert refusal.value.status == 501


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"Type": "HTTP"}, "IPAddress or FullyQualifiedDomainName"),
        ({"Type": "TCP", "IPAddress": "198.18.1.10"}, "Port"),
        ({"Type": "HTTP", "IPAddress": "198.18.1.10", "Port": 70000}, "Port"),
        ({"Type": "HTTP", "IPAddress": "198.18.1.10", "RequestInterval": 20}, "RequestInterval"),
        ({"Type": "HTTP", "IPAddress": "198.18.1.10", "FailureThreshold": 11}, "FailureThreshold"),
        ({"Type": "HTTP", "IPAddress": "198.18.1.10", "Regions": ["us-east-1"]}, "Regions"),
        ({"Type": "HTTP_STR_MATCH", "IPAddress": "198.18.1.10"}, "SearchString"),
        ({"Type": "HTTP_STR_MATCH", "IPAddress": "198.18.1.10", "SearchString": "a" * 256}, "SearchString"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["a"] * 257}, "children"),
    ],
)
def test_a_broken_rule_is_named(config, problem):
    with pytest.raises(Refusal, match=problem) as refusal:
        parsed(**config)
    assert refusal.value.code == "InvalidInput"


def test_an_observation_reads_like_get_health_check_status():
    # R53 2.4: CheckedTime is ISO 8601 UTC with milliseconds.
    seen = Observation(region="eu-west-1", address="100.64.9.1", status="Success: x", checked_at_s=1_767_225_600.25)
    assert seen.as_reply() == {
        "Region": "eu-west-1",
        "IPAddress": "100.64.9.1",
        "StatusReport": {"Status": "Success: x", "CheckedTime": "2026-01-01T00:00:00.250Z"},
    }
