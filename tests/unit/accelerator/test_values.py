"""Claims about what control pushes: read whole, defaults of the API, and what cannot be is named [GA 2]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.accelerator.values import parse_accelerator
from sandbox.kernel.errors import Refusal


def test_all_of_it_is_read(value: Callable[..., Any]) -> None:
    found = parse_accelerator("a1", value(overrides=[{"listener_port": 80, "endpoint_port": 8080}], dials=[50, 0, 100]))
    [listener] = found.listeners
    assert (found.name, found.enabled, found.addresses) == ("shop", True, ("192.0.2.1", "198.51.100.1"))
    assert (listener.takes("TCP", 81), listener.takes("TCP", 82), listener.takes("UDP", 80)) == (True, False, False)
    assert [group.dial for group in listener.groups] == [50, 0, 100]
    assert listener.groups[0].port_overrides == {80: 8080}
    assert listener.groups[1].endpoints[0].address == "198.18.2.10"
    assert (found.zone_of("192.0.2.1"), found.zone_of("198.51.100.1")) == ("1", "2")


def test_defaults_are_the_apis() -> None:
    # GA 2.3: dial 100, health check TCP on the listener's first port, 30 s, threshold 3; weight 128.
    group = {"arn": "g", "region": "us-east-1", "endpoints": [{"endpoint_id": "e", "address": "198.18.1.10"}]}
    listener = {"arn": "l", "port_ranges": [[443, 443]], "endpoint_groups": [group]}
    [read] = parse_accelerator("a", {"arn": "a", "addresses": [], "listeners": [listener]}).groups()
    check = read.health_check
    assert (check.protocol, check.port, check.path, check.interval_s, check.threshold) == ("TCP", 443, "/", 30, 3)
    assert (read.dial, read.endpoints[0].weight) == (100.0, 128)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dials": [101, 100, 100]}, "group/us-east-1: its traffic dial is 101"),
        ({"interval_s": 20}, "its health check interval is 20; it must be 10 or 30"),
        ({"threshold": 11}, "its threshold is 11"),
        ({"weights": [[256], [1], [1]]}, "a weight must be 0 to 255"),
        ({"addresses": None}, "malformed"),
        ({"listeners": [{"arn": "l", "port_ranges": "80"}]}, "malformed"),
    ],
)
def test_what_cannot_be_is_refused_by_name(value: Callable[..., Any], wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_accelerator("a1", value(**wrong))
    assert said in refusal.value.message
    assert refusal.value.code == "InvalidArgumentException"
