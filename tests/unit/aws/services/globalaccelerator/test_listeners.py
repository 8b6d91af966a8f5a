"""Ports (section 2.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.globalaccelerator.endpoint_groups import EndpointGroup
from sandbox.aws.services.globalaccelerator.exceptions import (
    InvalidArgumentException,
    InvalidPortRangeException,
    LimitExceededException,
)
from sandbox.aws.services.globalaccelerator.listeners import Listener, check_ports, covers, overlap, ranges_of, words

PORTS = st.tuples(st.integers(1, 40), st.integers(0, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def ports(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"FromPort": first, "ToPort": last} for first, last in pairs]


@given(PORTS, PORTS)
def test_ranges_overlap_when_they_share_a_port(one: tuple[int, int], other: tuple[int, int]) -> None:
    shared = set(range(one[0], one[1] + 1)) & set(range(other[0], other[1] + 1))
    assert overlap(one, other) is overlap(other, one) is bool(shared)
    assert all(covers((one, other), port) for port in shared)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (ports((90, 80)), InvalidPortRangeException),
        (ports((80, 90), (90, 91)), InvalidPortRangeException),
        (ports(*[(n, n) for n in range(1, 12)]), LimitExceededException),
        ([{"FromPort": 80}], InvalidArgumentException),
        ([{"ToPort": 80}], InvalidArgumentException),
    ],
)
def test_port_ranges_that_cannot_be(asked: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ranges_of(asked)


def test_ten_ranges_of_one_listener_are_kept_in_order() -> None:
    pairs = tuple((n * 10, n * 10 + 9) for n in range(10, 0, -1))
    assert ranges_of(ports(*pairs)) == pairs


def listener(protocol: str, *ranges: tuple[int, int]) -> Listener:
    return Listener(arn="l", number=1, protocol=protocol, ranges=ranges, affinity="NONE")


def test_a_port_belongs_to_one_listener_of_its_protocol() -> None:
    others = [listener("TCP", (80, 80)), listener("UDP", (53, 53))]
    check_ports("TCP", ((53, 53), (81, 90)), others, ())
    with pytest.raises(InvalidPortRangeException, match="TCP ports 80 belong"):
        check_ports("TCP", ((70, 80),), others, ())


def test_no_listener_takes_the_endpoint_port_of_an_override() -> None:
    group = EndpointGroup(arn="g", number=1, region="r", settings={})
    group.overrides = ((80, 8080),)
    check_ports("TCP", ((8081, 8081),), (), [group])
    with pytest.raises(InvalidPortRangeException, match="Port 8080"):
        check_ports("TCP", ((8000, 8100),), (), [group])


def test_ports_in_words() -> None:
    assert [words((80, 80)), words((80, 81))] == ["80", "80-81"]
