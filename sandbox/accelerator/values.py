"""Values of accelerators: what control pushes, a flow and what was chosen for it, health, and the journal's events.

In: the value of topic "accelerator/<id>" (plain JSON). Out: a frozen `Accelerator`, or a Refusal that names what is
wrong with it. [GA n.n] in this room: section of the fact sheet on Global Accelerator, from AWS's API model and guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Event

NONE, SOURCE_IP = "NONE", "SOURCE_IP"
TCP, UDP = "TCP", "UDP"
PROBES = ("TCP", "HTTP", "HTTPS")
INTERVALS_S = (10, 30)
THRESHOLDS = range(1, 11)
WEIGHTS = range(256)


class State(Enum):
    """Health of an endpoint, in the API's words [GA 2.3]."""

    INITIAL = "INITIAL"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where flows end: an address of the planet. weight: 0 to 255, 0 takes nothing. missing: why nothing is there any
    more, e.g. "the load balancer app/shop/0123 was deleted"; "" as long as there is."""

    endpoint_id: str
    address: str
    weight: int = 128
    client_ip_preservation: bool = False
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the endpoints of a group are probed. UDP listeners are probed over TCP as well [GA 3.3]."""

    protocol: str = TCP
    port: int = 80
    path: str = "/"
    interval_s: int = 30
    threshold: int = 3


@dataclass(frozen=True, kw_only=True)
class Group:
    """An endpoint group: the endpoints of one region. dial: percent of the traffic that comes here which stays."""

    arn: str
    region: str
    dial: float = 100.0
    health_check: HealthCheck = HealthCheck()
    port_overrides: Mapping[int, int]
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Ports of an accelerator. affinity: NONE or SOURCE_IP."""

    arn: str
    protocol: str = TCP
    port_ranges: tuple[tuple[int, int], ...]
    affinity: str = NONE
    groups: tuple[Group, ...] = ()

    def takes(self, protocol: str, port: int) -> bool:
        """Whether this listener is meant."""
        return self.protocol == protocol and any(first <= port <= last for first, last in self.port_ranges)


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """Two addresses, one in each network zone, and what listens there."""

    accelerator_id: str
    arn: str
    name: str
    account: str = ""
    dns_name: str = ""
    enabled: bool = True
    addresses: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()

    def zone_of(self, address: str) -> str:
        """Network zone of one of the addresses: "1" or "2"."""
        return str(self.addresses.index(address) + 1)

    def groups(self) -> list[Group]:
        """All endpoint groups."""
        return [group for listener in self.listeners for group in listener.groups]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One connection, or the datagrams between two sockets: what the hash is made of [GA 3.2]."""

    protocol: str = TCP
    client: str
    client_port: int
    address: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Where a flow goes. group and endpoint None: nowhere, and `why` says why."""

    group: Group | None
    endpoint: Endpoint | None
    why: str
    fails_open: bool = False


@dataclass(frozen=True, kw_only=True)
class FlowRouted(Event):
    """A flow from `place` entered at `edge` and goes to `endpoint` in `region`."""

    place: str
    accelerator: str
    address: str
    port: int
    protocol: str
    edge: str
    region: str
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class FlowRefused(Event):
    """A flow found no way: no listener, a disabled accelerator, no endpoint."""

    place: str
    accelerator: str
    address: str
    port: int
    protocol: str
    edge: str


@dataclass(frozen=True, kw_only=True)
class FlowsBroken(Event):
    """Open flows were reset: their network zone was taken down, or nothing moved on them for too long."""

    accelerator: str
    flows: int


@dataclass(frozen=True, kw_only=True)
class EndpointHealthChanged(Event):
    """The verdict over all probes of an endpoint is another one."""

    accelerator: str
    group: str
    region: str
    endpoint: str
    state: str


def parse_accelerator(accelerator_id: str, value: Mapping[str, Any]) -> Accelerator:
    """The value of topic "accelerator/<id>"."""
    try:
        accelerator = Accelerator(
            accelerator_id=accelerator_id,
            arn=str(value["arn"]),
            name=str(value.get("name") or accelerator_id),
            account=str(value.get("account") or ""),
            dns_name=str(value.get("dns_name") or ""),
            enabled=bool(value.get("enabled", True)),
            addresses=tuple(str(address) for address in value["addresses"]),
            listeners=tuple(_listener(listener) for listener in value.get("listeners") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("InvalidArgumentException", f"Accelerator {accelerator_id}: malformed: {error!r}") from error
    for group in accelerator.groups():
        if problem := _problem(group):
            raise Refusal("InvalidArgumentException", f"Endpoint group {group.arn}: {problem}")
    return accelerator


def _listener(value: Mapping[str, Any]) -> Listener:
    ranges = tuple((int(first), int(last)) for first, last in value["port_ranges"])
    return Listener(
        arn=str(value["arn"]),
        protocol=str(value.get("protocol") or TCP),
        port_ranges=ranges,
        affinity=str(value.get("client_affinity") or NONE),
        groups=tuple(_group(group, ranges[0][0]) for group in value.get("endpoint_groups") or ()),
    )


def _group(value: Mapping[str, Any], first_port: int) -> Group:
    """first_port: of the listener, which is probed when no port is given [GA 2.3]."""
    check = value.get("health_check") or {}
    return Group(
        arn=str(value["arn"]),
        region=str(value["region"]),
        dial=float(value.get("traffic_dial_percentage", 100.0)),
        health_check=HealthCheck(
            protocol=str(check.get("protocol") or TCP),
            port=int(check.get("port") or first_port),
            path=str(check.get("path") or "/"),
            interval_s=int(check.get("interval_s") or 30),
            threshold=int(check.get("threshold") or 3),
        ),
        port_overrides={
            int(override["listener_port"]): int(override["endpoint_port"])
            for override in value.get("port_overrides") or ()
        },
        endpoints=tuple(
            Endpoint(
                endpoint_id=str(endpoint["endpoint_id"]),
                address=str(endpoint["address"]),
                weight=int(endpoint.get("weight", 128)),
                client_ip_preservation=bool(endpoint.get("client_ip_preservation")),
                missing=str(endpoint.get("missing") or ""),
            )
            for endpoint in value.get("endpoints") or ()
        ),
    )


def _problem(group: Group) -> str:
    """The first broken rule of [GA 2.3], or nothing."""
    check = group.health_check
    rules = {
        f"its traffic dial is {group.dial:g}; it must be 0 to 100.": 0 <= group.dial <= 100,
        f"health checks are one of {', '.join(PROBES)}, not {check.protocol}.": check.protocol in PROBES,
        f"its health check interval is {check.interval_s}; it must be 10 or 30.": check.interval_s in INTERVALS_S,
        f"its threshold is {check.threshold}; it must be 1 to 10.": check.threshold in THRESHOLDS,
        "a weight must be 0 to 255.": all(endpoint.weight in WEIGHTS for endpoint in group.endpoints),
    }
    return next((problem for problem, holds in rules.items() if not holds), "")
