"""Route 53 of all accounts, as the data plane gets it.

In: moto's backends. Out: a mapping from topic to value ("zone/<id>", "health-check/<id>", "cidr/<id>"). A zone that did
not change is the same object as before, so that whoever compares need not walk its records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.route53.models import route53_backends


def topics() -> dict[str, Any]:
    """Everything there is now. Safe beside requests: each collection is copied before it is walked."""
    found: dict[str, Any] = {}
    for backend in backends():
        for zone in list(backend.zones.values()):
            found[f"zone/{zone.resource_id}"] = zone.published()
        for check in list(backend.health_checks.values()):
            found[f"health-check/{check.id}"] = check_value(check)
        for collection in list(backend.cidr.by_id.values()):
            found[f"cidr/{collection.id}"] = collection.pushed()
    return found


def backends() -> Iterator[Any]:
    """Every account's."""
    for partitions in list(route53_backends.values()):
        yield from list(partitions.values())


def check_value(check: Any) -> dict[str, Any]:
    """One health check as published."""
    return {"id": check.id, "version": check.health_check_version, "config": dict(check.health_check_config)}


def settle(zone_id: str, version: int | None) -> None:
    """All name servers have a zone up to this version (None: the zone is gone)."""
    for backend in backends():
        backend.settle(zone_id, version)


def settle_all() -> None:
    """After a restart: what is kept is published."""
    for backend in backends():
        backend.settle_all()
