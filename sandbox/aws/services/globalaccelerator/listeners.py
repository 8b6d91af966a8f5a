"""A listener: ports, protocol, client affinity (section 2.2). Rules and values, nothing stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.aws.services.globalaccelerator.endpoint_groups import EndpointGroup
from sandbox.aws.services.globalaccelerator.exceptions import (
    InvalidArgumentException,
    InvalidPortRangeException,
    LimitExceededException,
)
from sandbox.aws.services.globalaccelerator.values import Surroundings

MOST_PORT_RANGES = 10  # section 2.6

Ranges = tuple[tuple[int, int], ...]


class Listener:
    """One listener. ranges: (first, last) ports, as given."""

    def __init__(self, *, arn: str, number: int, protocol: str, ranges: Ranges, affinity: str) -> None:
        self.arn = arn
        self.number = number
        self.protocol = protocol
        self.ranges = ranges
        self.affinity = affinity
        self.groups: dict[str, EndpointGroup] = {}

    def image(self) -> dict[str, Any]:
        """As AWS shows it."""
        return {
            "ListenerArn": self.arn,
            "PortRanges": [{"FromPort": first, "ToPort": last} for first, last in self.ranges],
            "Protocol": self.protocol,
            "ClientAffinity": self.affinity,
        }

    def published(self, account: str, around: Surroundings) -> dict[str, Any]:
        """As the data plane gets it."""
        return {
            "arn": self.arn,
            "protocol": self.protocol,
            "port_ranges": [[first, last] for first, last in self.ranges],
            "client_affinity": self.affinity,
            "endpoint_groups": [group.published(account, around) for group in self.groups.values()],
        }


def ranges_of(asked: Sequence[Mapping[str, int]]) -> Ranges:
    """PortRanges as pairs; an error for ranges that are none, or that overlap each other."""
    if len(asked) > MOST_PORT_RANGES:
        raise LimitExceededException(MOST_PORT_RANGES, "port ranges for a listener")
    if any("FromPort" not in each or "ToPort" not in each for each in asked):
        raise InvalidArgumentException("A port range needs FromPort and ToPort.")
    ranges = tuple((each["FromPort"], each["ToPort"]) for each in asked)
    for first, last in ranges:
        if first > last:
            raise InvalidPortRangeException(f"The port range {first}-{last} ends before it begins.")
    for number, one in enumerate(ranges):
        for other in ranges[number + 1 :]:
            if overlap(one, other):
                raise InvalidPortRangeException(f"The port ranges {words(one)} and {words(other)} overlap.")
    return ranges


def check_ports(protocol: str, ranges: Ranges, others: Iterable[Listener], groups: Iterable[EndpointGroup]) -> None:
    """Ports of one protocol belong to one listener of an accelerator, and port overrides lead to none of them.

    others: the accelerator's other listeners. groups: all of its endpoint groups.
    """
    for other in others:
        taken = next((one for one in other.ranges for mine in ranges if overlap(one, mine)), None)
        if other.protocol == protocol and taken is not None:
            raise InvalidPortRangeException(
                f"The {protocol} ports {words(taken)} belong to the listener {other.arn} of this accelerator."
            )
    for group in groups:
        port = next((port for _, port in group.overrides if covers(ranges, port)), None)
        if port is not None:
            raise InvalidPortRangeException(f"Port {port} is an endpoint port of a port override of {group.arn}.")


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two ranges share a port."""
    return one[0] <= other[1] and other[0] <= one[1]


def covers(ranges: Ranges, port: int) -> bool:
    """Whether a port is in one of the ranges."""
    return any(first <= port <= last for first, last in ranges)


def words(ports: tuple[int, int]) -> str:
    """80 or 80-90."""
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"
