"""Which health checks can be made. Pure: a HealthCheckConfig in boto3's shape in, a Refusal raised (fact sheet §2.1,
§2.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Any

from sandbox.aws.services.route53.quotas import AWS_QUOTAS, Quotas
from sandbox.kernel.errors import Refusal

PROBED = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
TYPES = (*PROBED, "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL")
CHECKER_REGIONS = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)
FEWEST_REGIONS = 3
MOST_THRESHOLD = 256
LONGEST_TEXT = 255
ENDPOINT = ("IPAddress", "Port", "FullyQualifiedDomainName", "SearchString")
NOT_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CALCULATED": ENDPOINT,
        "CLOUDWATCH_METRIC": ENDPOINT,
        "RECOVERY_CONTROL": (*ENDPOINT, "RequestInterval", "FailureThreshold"),
    }
)
INSUFFICIENT = ("Healthy", "Unhealthy", "LastKnownStatus")
ROUTING_CONTROL = re.compile(r"arn:aws:route53-recovery-control::\d{12}:controlpanel/[0-9a-zA-Z]+/routingcontrol/\w+")
# The addresses of the planet, which lie in ranges that are special on the Internet.
PLANET = tuple(map(ip_network, ("198.18.0.0/15", "192.0.2.0/24", "198.51.100.0/24", "100.64.0.0/10")))


def refuse_check(
    config: Mapping[str, Any], types: Mapping[str, str] | None = None, quotas: Quotas = AWS_QUOTAS
) -> None:
    """InvalidInput for a check that AWS would not make. types: of the checks that may be children; None: any."""
    kind = config.get("Type")
    if kind not in TYPES:
        raise invalid(f"Invalid parameter : Type must be one of {', '.join(TYPES)}, not {kind}")
    for member in NOT_FOR.get(kind, ()):
        if config.get(member) is not None:
            raise invalid(f"Invalid parameter : {member} is not allowed for {kind}")
    if kind in PROBED:
        refuse_probe(config)
    elif kind == "CALCULATED":
        refuse_calculated(config, types, quotas.child_health_checks)
    elif kind == "CLOUDWATCH_METRIC":
        refuse_metric(config)
    elif not ROUTING_CONTROL.fullmatch(str(config.get("RoutingControlArn") or "")):
        raise invalid("Invalid parameter : RoutingControlArn must be the ARN of a routing control for RECOVERY_CONTROL")


def refuse_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """An address cannot be given to a check that was made without one (fact sheet §2.1)."""
    if after.get("IPAddress") and not before.get("IPAddress"):
        raise invalid("Invalid parameter : IPAddress cannot be added to a health check that was made without one")


def refuse_probe(config: Mapping[str, Any]) -> None:
    """The members of a check that connects to an endpoint."""
    kind = config["Type"]
    if not config.get("IPAddress") and not config.get("FullyQualifiedDomainName"):
        raise invalid("Invalid parameter : either IPAddress or FullyQualifiedDomainName must be specified")
    if config.get("IPAddress"):
        refuse_address(str(config["IPAddress"]))
    if kind == "TCP" and config.get("Port") is None:
        raise invalid("Invalid parameter : Port must be specified for TCP")
    if config.get("Port") is not None and not 1 <= int(config["Port"]) <= 65535:
        raise invalid("Invalid parameter : Port must be between 1 and 65535")
    if kind.endswith("_STR_MATCH") != bool(config.get("SearchString")):
        raise invalid(
            f"Invalid parameter : SearchString is {'required' if kind.endswith('MATCH') else 'not allowed'} for {kind}"
        )
    for member in ("SearchString", "ResourcePath", "FullyQualifiedDomainName"):
        if len(str(config.get(member) or "")) > LONGEST_TEXT:
            raise invalid(f"Invalid parameter : {member} must be {LONGEST_TEXT} characters or fewer")
    if int(config.get("RequestInterval") or 30) not in (10, 30):
        raise invalid("Invalid parameter : RequestInterval must be 10 or 30")
    if not 1 <= int(config.get("FailureThreshold") or 3) <= 10:
        raise invalid("Invalid parameter : FailureThreshold must be between 1 and 10")
    refuse_regions(config)


def refuse_regions(config: Mapping[str, Any]) -> None:
    """The Regions that check."""
    regions = config.get("Regions") or ()
    unknown = sorted(set(regions) - set(CHECKER_REGIONS))
    if unknown:
        raise invalid(f"Invalid parameter : {unknown[0]} is not a region of health checkers")
    if regions and len(set(regions)) < FEWEST_REGIONS:
        raise invalid(f"Invalid parameter : at least {FEWEST_REGIONS} health checker regions must be specified")


def refuse_address(text: str) -> None:
    """Special ranges cannot be checked, but for those that the planet lives in."""
    try:
        address = ip_address(text)
    except ValueError as error:
        raise invalid(f"Invalid parameter : IPAddress {text} is not an IP address") from error
    if any(address.version == network.version and address in network for network in PLANET):
        return
    if not address.is_global or address.is_multicast:
        raise invalid(f"Invalid parameter : IPAddress {text} is in a local, private, multicast or reserved range")


def refuse_calculated(config: Mapping[str, Any], types: Mapping[str, str] | None, most: int) -> None:
    """Children that exist and are not calculated themselves."""
    children = config.get("ChildHealthChecks") or ()
    threshold = config.get("HealthThreshold")
    if not children and threshold is None:
        raise invalid("Invalid parameter : HealthThreshold and ChildHealthChecks must be specified for CALCULATED")
    if threshold is not None and not 0 <= int(threshold) <= MOST_THRESHOLD:
        raise invalid(f"Invalid parameter : HealthThreshold must be between 0 and {MOST_THRESHOLD}")
    if len(children) > most:
        raise invalid(f"Invalid parameter : there may be {most} ChildHealthChecks")
    for child in children if types is not None else ():
        if child not in (types or {}):
            raise invalid(f"Invalid parameter : the child health check {child} does not exist")
        if (types or {})[child] == "CALCULATED":
            raise invalid(f"Invalid parameter : the child health check {child} is CALCULATED itself")


def refuse_metric(config: Mapping[str, Any]) -> None:
    """A check of an alarm's metric; the alarm itself is looked at by `alarms`."""
    alarm = config.get("AlarmIdentifier") or {}
    if not alarm.get("Region") or not alarm.get("Name"):
        raise invalid("Invalid parameter : AlarmIdentifier must be specified for CLOUDWATCH_METRIC")
    if config.get("InsufficientDataHealthStatus") not in INSUFFICIENT:
        raise invalid(f"Invalid parameter : InsufficientDataHealthStatus must be one of {', '.join(INSUFFICIENT)}")


def invalid(message: str) -> Refusal:
    """Route 53's code for a wrong member."""
    return Refusal("InvalidInput", message)
