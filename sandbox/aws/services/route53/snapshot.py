"""Route 53's zones and health checks of all accounts, as the data plane gets them.

In: moto's backends. Out: a mapping from topic to value ("zone/<id>", "health-check/<id>").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.route53.models import route53_backends

from sandbox.aws.services.route53.models import as_record_set
from sandbox.aws.services.route53.records import normal_name


def topics() -> dict[str, Any]:
    """Everything there is now. Safe beside requests: each collection is copied before it is walked."""
    found: dict[str, Any] = {}
    for backend in _backends():
        for zone in list(backend.zones.values()):
            found[f"zone/{zone.resource_id}"] = zone_value(zone)
        for check in list(backend.health_checks.values()):
            found[f"health-check/{check.id}"] = check_value(check)
    return found


def _backends() -> Iterator[Any]:
    for partitions in list(route53_backends.values()):
        yield from list(partitions.values())


def zone_value(zone: Any) -> dict[str, Any]:
    """One zone as published."""
    return {
        "id": zone.resource_id,
        "name": normal_name(zone.name),
        "name_servers": list(zone.delegation_set.name_servers) if zone.delegation_set else [],
        "private": bool(zone.private_zone),
        "records": [as_record_set(record_set) for record_set in list(zone.rrsets)],
    }


def check_value(check: Any) -> dict[str, Any]:
    """One health check as published."""
    config = {name: value for name, value in check.health_check_config.items() if value is not None}
    for name in ("Port", "RequestInterval", "FailureThreshold", "HealthThreshold"):
        if name in config:
            config[name] = int(config[name])
    return {"id": check.id, "version": check.health_check_version, "config": config}
