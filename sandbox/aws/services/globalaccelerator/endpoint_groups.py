"""An endpoint group: a region's endpoints, dial, health check, port overrides (section 2.3). Nothing stored here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.aws.services.globalaccelerator.endpoints import Endpoint
from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException, LimitExceededException
from sandbox.aws.services.globalaccelerator.values import Surroundings

MOST_ENDPOINTS = 10  # section 2.6
MOST_OVERRIDES = 10
INTERVALS_S = (10, 30)
SETTINGS = (
    "TrafficDialPercentage",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "ThresholdCount",
)
USUAL: Mapping[str, Any] = {
    "TrafficDialPercentage": 100.0,
    "HealthCheckProtocol": "TCP",
    "HealthCheckIntervalSeconds": 30,
    "ThresholdCount": 3,
}
USUAL_PATH = "/"

Overrides = tuple[tuple[int, int], ...]


class EndpointGroup:
    """One group. settings: SETTINGS as AWS names them. overrides: (listener port, endpoint port)."""

    def __init__(self, *, arn: str, number: int, region: str, settings: Mapping[str, Any]) -> None:
        self.arn = arn
        self.number = number
        self.region = region
        self.settings = dict(settings)
        self.overrides: Overrides = ()
        self.endpoints: tuple[Endpoint, ...] = ()

    @property
    def health_check_path(self) -> str | None:
        """Of HTTP and HTTPS checks."""
        if self.settings["HealthCheckProtocol"] == "TCP":
            return None
        return str(self.settings.get("HealthCheckPath", USUAL_PATH))

    def image(self, seen: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """As AWS shows it. seen: what the edges last saw, by endpoint id."""
        return {
            "EndpointGroupArn": self.arn,
            "EndpointGroupRegion": self.region,
            "EndpointDescriptions": [
                {
                    "EndpointId": endpoint.id,
                    "Weight": endpoint.weight,
                    "HealthState": seen.get(endpoint.id, {}).get("state", "INITIAL"),
                    "HealthReason": seen.get(endpoint.id, {}).get("reason"),
                    "ClientIPPreservationEnabled": endpoint.preserves_client,
                }
                for endpoint in self.endpoints
            ],
            **self.settings,
            "HealthCheckPath": self.health_check_path,
            "PortOverrides": [
                {"ListenerPort": listener_port, "EndpointPort": port} for listener_port, port in self.overrides
            ],
        }

    def published(self, account: str, around: Surroundings) -> dict[str, Any]:
        """As the data plane gets it; a region that does not run has no endpoints."""
        address = around.addresses.get(self.region)
        return {
            "arn": self.arn,
            "region": self.region,
            "traffic_dial_percentage": self.settings["TrafficDialPercentage"],
            "health_check": {
                "protocol": self.settings["HealthCheckProtocol"],
                "port": self.settings["HealthCheckPort"],
                "path": self.health_check_path or USUAL_PATH,
                "interval_s": self.settings["HealthCheckIntervalSeconds"],
                "threshold": self.settings["ThresholdCount"],
            },
            "port_overrides": [
                {"listener_port": listener_port, "endpoint_port": port} for listener_port, port in self.overrides
            ],
            "endpoints": [
                endpoint.published(address, account, self.region) for endpoint in self.endpoints if address is not None
            ],
        }


def settings_of(asked: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after a call, over those before it; an InvalidArgumentException for what the model cannot say."""
    settings = {**before, **{name: asked[name] for name in SETTINGS if name in asked}}
    settings["TrafficDialPercentage"] = float(settings["TrafficDialPercentage"])
    if settings["HealthCheckIntervalSeconds"] not in INTERVALS_S:
        raise InvalidArgumentException(
            f"HealthCheckIntervalSeconds is {settings['HealthCheckIntervalSeconds']}; it can be 10 or 30."
        )
    return settings


def overrides_of(
    asked: Sequence[Mapping[str, int]], own: Iterable[tuple[int, int]], every: Iterable[tuple[int, int]]
) -> Overrides:
    """PortOverrides as pairs. own: the port ranges of the group's listener; every: of all of the accelerator."""
    if len(asked) > MOST_OVERRIDES:
        raise LimitExceededException(MOST_OVERRIDES, "port overrides for an endpoint group")
    if any("ListenerPort" not in each or "EndpointPort" not in each for each in asked):
        raise InvalidArgumentException("A port override needs ListenerPort and EndpointPort.")
    overrides = tuple((each["ListenerPort"], each["EndpointPort"]) for each in asked)
    own, every = tuple(own), tuple(every)
    for listener_port, port in overrides:
        if not any(first <= listener_port <= last for first, last in own):
            raise InvalidArgumentException(f"Listener port {listener_port} is in no port range of the listener.")
        if any(first <= port <= last for first, last in every):
            raise InvalidArgumentException(f"Endpoint port {port} is in a port range of a listener of the accelerator.")
    for number, what in ((0, "Listener"), (1, "Endpoint")):
        if len({override[number] for override in overrides}) < len(overrides):
            raise InvalidArgumentException(f"{what} ports of port overrides of one group must differ.")
    return overrides


def check_endpoints(endpoints: Sequence[Endpoint]) -> None:
    """How many there may be, and each once."""
    if len(endpoints) > MOST_ENDPOINTS:
        raise LimitExceededException(MOST_ENDPOINTS, "endpoints for an endpoint group")
    if len({endpoint.id for endpoint in endpoints}) < len(endpoints):
        raise InvalidArgumentException("An endpoint can be in a group only once.")
