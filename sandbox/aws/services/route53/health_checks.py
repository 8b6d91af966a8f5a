"""Health checks of one account, with every member of HealthCheckConfig (fact sheet §2.1, §2.4).

In: a config in boto3's shape that `check_rules` let through. Out: `Check`s, which show their config as AWS does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sandbox.aws.services.route53.alarm_rules import AlarmSettings
from sandbox.kernel.errors import Refusal

DEFAULT_PORTS = MappingProxyType({"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443})
NUMBERS = ("Port", "RequestInterval", "FailureThreshold", "HealthThreshold")
FLAGS = ("Inverted", "Disabled", "MeasureLatency", "EnableSNI")
# What UpdateHealthCheck may change; all else is for good.
CHANGEABLE = (
    "IPAddress",
    "Port",
    "ResourcePath",
    "FullyQualifiedDomainName",
    "SearchString",
    "FailureThreshold",
    "Inverted",
    "Disabled",
    "HealthThreshold",
    "ChildHealthChecks",
    "EnableSNI",
    "Regions",
    "AlarmIdentifier",
    "InsufficientDataHealthStatus",
)
RESETTABLE = ("FullyQualifiedDomainName", "Regions", "ResourcePath", "ChildHealthChecks")


class Check:
    """One health check, with the attributes that moto's serializer asks for. config: complete, in boto3's shape."""

    def __init__(self, check_id: str, caller_reference: str, config: Mapping[str, Any]) -> None:
        self.id = check_id
        self.caller_reference = caller_reference
        self.health_check_version = 1
        self.config = complete(config)
        self.asked_for = clean(config)
        self.alarm: AlarmSettings | None = None  # of a CLOUDWATCH_METRIC check, as it was at the last change
        self.last_known = True

    @property
    def health_check_config(self) -> dict[str, Any]:
        """The config under AWS's name."""
        return self.config

    @property
    def cloud_watch_alarm_configuration(self) -> dict[str, Any] | None:
        """The alarm under AWS's name."""
        return None if self.alarm is None else self.alarm.shown()

    def update(self, changes: Mapping[str, Any], resets: Sequence[str]) -> None:
        """A new version: members left out stay, members reset get their default."""
        kept = {name: value for name, value in self.config.items() if name not in resets}
        given = {name: value for name, value in clean(changes).items() if name in CHANGEABLE}
        self.config = complete({**kept, **given})
        self.health_check_version += 1


def complete(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config with AWS's defaults."""
    kind = config["Type"]
    full: dict[str, Any] = {"Inverted": False, "Disabled": False, **clean(config)}
    if kind in (*DEFAULT_PORTS, "TCP"):
        full = {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False, **full}
        full.setdefault("EnableSNI", kind.startswith("HTTPS"))
    if kind in DEFAULT_PORTS:
        full.setdefault("Port", DEFAULT_PORTS[kind])
        if path := full.get("ResourcePath"):
            full["ResourcePath"] = path if path.startswith("/") else f"/{path}"
    return full


def clean(config: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is there; numbers as numbers and flags as flags, which a stack may give as text."""
    found = {name: value for name, value in config.items() if value not in (None, "", [])}
    found |= {name: int(found[name]) for name in NUMBERS if name in found}
    return found | {name: str(found[name]).lower() == "true" for name in FLAGS if name in found}


class CallerReferences:
    """Which caller references were used: each is good for one check, for good (fact sheet §2.4)."""

    def __init__(self) -> None:
        self._checks: dict[str, Check | None] = {}

    def existing(self, caller_reference: str, config: Mapping[str, Any]) -> Check | None:
        """The check that this very request made before; a Refusal when it was another request."""
        if caller_reference not in self._checks:
            return None
        present = self._checks[caller_reference]
        if present is None or present.asked_for != clean(config):
            message = f"A health check with the caller reference {caller_reference} has already been created."
            raise Refusal("HealthCheckAlreadyExists", message, status=409)
        return present

    def note(self, check: Check) -> None:
        """A check was made."""
        self._checks[check.caller_reference] = check

    def forget_check(self, check: Check) -> None:
        """It was deleted; its reference stays used."""
        self._checks[check.caller_reference] = None
