"""Which health checks can be made here. Pure: a HealthCheckConfig in boto3's shape in, a Refusal raised (fact sheet
§2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import Refusal

PROBED = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")
EMULATED = (*PROBED, "CALCULATED")
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


def refuse_check(config: Mapping[str, Any]) -> None:
    """InvalidInput for a check that AWS or the sandbox would not make."""
    kind = config.get("Type")
    if kind not in EMULATED:
        raise invalid(f"The sandbox does not emulate health checks of type {kind}. Emulated: {', '.join(EMULATED)}")
    if kind in PROBED:
        refuse_probe(config)
    elif not config.get("ChildHealthChecks") and config.get("HealthThreshold") is None:
        raise invalid("Invalid parameter : HealthThreshold and ChildHealthChecks must be specified for CALCULATED")


def refuse_probe(config: Mapping[str, Any]) -> None:
    """The members of a check that connects to an endpoint."""
    kind = config["Type"]
    if not config.get("IPAddress") and not config.get("FullyQualifiedDomainName"):
        raise invalid("Invalid parameter : either IPAddress or FullyQualifiedDomainName must be specified")
    if kind == "TCP" and config.get("Port") is None:
        raise invalid("Invalid parameter : Port must be specified for TCP")
    if kind.endswith("_STR_MATCH") != bool(config.get("SearchString")):
        raise invalid(
            f"Invalid parameter : SearchString is {'required' if kind.endswith('MATCH') else 'not allowed'} for {kind}"
        )
    if int(config.get("RequestInterval") or 30) not in (10, 30):
        raise invalid("Invalid parameter : RequestInterval must be 10 or 30")
    if not 1 <= int(config.get("FailureThreshold") or 3) <= 10:
        raise invalid("Invalid parameter : FailureThreshold must be between 1 and 10")
    regions = config.get("Regions") or ()
    unknown = sorted(set(regions) - set(CHECKER_REGIONS))
    if unknown:
        raise invalid(f"Invalid parameter : {unknown[0]} is not a region of health checkers")
    if regions and len(set(regions)) < FEWEST_REGIONS:
        raise invalid(f"Invalid parameter : at least {FEWEST_REGIONS} health checker regions must be specified")


def invalid(message: str) -> Refusal:
    """Route 53's code for a wrong member."""
    return Refusal("InvalidInput", message)
