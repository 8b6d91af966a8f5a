"""A group's settings, overrides and endpoints (sections 2.3 and 2.6)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.globalaccelerator.endpoint_groups import (
    USUAL,
    EndpointGroup,
    check_endpoints,
    overrides_of,
    settings_of,
)
from sandbox.aws.services.globalaccelerator.endpoints import Endpoint
from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException, LimitExceededException
from sandbox.aws.services.globalaccelerator.values import Surroundings

ACCOUNT = "123456789012"

OWN, EVERY = [(80, 89)], [(80, 89), (443, 443)]


def overrides(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"ListenerPort": listener, "EndpointPort": endpoint} for listener, endpoint in pairs]


def group(**settings: Any) -> EndpointGroup:
    made = EndpointGroup(arn="g", number=1, region="eu-west-1", settings={**USUAL, "HealthCheckPort": 80, **settings})
    made.endpoints = (Endpoint(id="e", kind="EIP"), Endpoint(id="f", kind="EC2", weight=0, preserves_client=True))
    return made


@pytest.mark.parametrize("interval_s", [11, 20, 29])
def test_checks_come_every_10_or_30_seconds(interval_s: int) -> None:
    with pytest.raises(InvalidArgumentException, match="10 or 30"):
        settings_of({"HealthCheckIntervalSeconds": interval_s}, USUAL)
    assert settings_of({"HealthCheckIntervalSeconds": 10}, USUAL)["HealthCheckIntervalSeconds"] == 10


def test_settings_are_kept_unless_they_are_named() -> None:
    assert settings_of({"TrafficDialPercentage": 0}, USUAL) == {**USUAL, "TrafficDialPercentage": 0.0}
    assert settings_of({}, USUAL) == dict(USUAL)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (overrides((90, 8080)), InvalidArgumentException, "Listener port 90 is in no port range"),
        (overrides((80, 81)), InvalidArgumentException, "Endpoint port 81 is in a port range"),
        (overrides((80, 443)), InvalidArgumentException, "Endpoint port 443 is in a port range"),
        (overrides((80, 8080), (81, 8080)), InvalidArgumentException, "Endpoint ports"),
        (overrides((80, 8080), (80, 8081)), InvalidArgumentException, "Listener ports"),
        (overrides(*[(80, 8000 + n) for n in range(11)]), LimitExceededException, "10 port overrides"),
        ([{"ListenerPort": 80}], InvalidArgumentException, "needs"),
    ],
)
def test_overrides_that_cannot_be(asked: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        overrides_of(asked, OWN, EVERY)


def test_overrides_that_can_be() -> None:
    assert overrides_of(overrides((80, 8080), (81, 1080)), OWN, EVERY) == ((80, 8080), (81, 1080))


def test_ten_endpoints_each_once() -> None:
    endpoints = [Endpoint(id=str(n), kind="EIP") for n in range(11)]
    check_endpoints(endpoints[:10])
    with pytest.raises(LimitExceededException):
        check_endpoints(endpoints)
    with pytest.raises(InvalidArgumentException, match="only once"):
        check_endpoints([endpoints[0], endpoints[0]])


def test_the_data_plane_gets_a_group_with_the_addresses_of_its_region() -> None:
    made = group(HealthCheckProtocol="HTTP", HealthCheckPath="/health")
    made.overrides = ((80, 8080),)
    assert made.published(ACCOUNT, Surroundings(addresses={"eu-west-1": "198.18.2.10"})) == {
        "arn": "g",
        "region": "eu-west-1",
        "traffic_dial_percentage": 100.0,
        "health_check": {"protocol": "HTTP", "port": 80, "path": "/health", "interval_s": 30, "threshold": 3},
        "port_overrides": [{"listener_port": 80, "endpoint_port": 8080}],
        "endpoints": [
            {
                "endpoint_id": "e",
                "kind": "EIP",
                "address": "198.18.2.10",
                "weight": 128,
                "client_ip_preservation": False,
                "missing": "the Elastic IP address e was released",
            },
            {
                "endpoint_id": "f",
                "kind": "EC2",
                "address": "198.18.2.10",
                "weight": 0,
                "client_ip_preservation": True,
                "missing": "the instance f is terminated",
            },
        ],
    }
    assert made.published(ACCOUNT, Surroundings())["endpoints"] == [], "its region does not run"


def test_a_path_is_shown_for_http_only() -> None:
    assert [group(HealthCheckProtocol=each).image({})["HealthCheckPath"] for each in ("TCP", "HTTP", "HTTPS")] == [
        None,
        "/",
        "/",
    ]


def test_endpoints_are_initial_until_the_edges_have_looked() -> None:
    seen = {"e": {"state": "UNHEALTHY", "reason": "refused"}}
    shown = group().image(seen)["EndpointDescriptions"]
    assert [(each["HealthState"], each["HealthReason"]) for each in shown] == [
        ("UNHEALTHY", "refused"),
        ("INITIAL", None),
    ]
