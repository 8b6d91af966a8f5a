"""Route 53 of all accounts, as the data plane gets it.

In: moto's backends, the time. Out: a mapping from topic to value ("zone/<id>", "health-check/<id>",
"health-verdict/<id>", "cidr/<id>", "query-logging/<zone id>"). A zone that did
not change is the same object as before, so that whoever compares need not walk its records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.route53.models import route53_backends

from sandbox.aws.services.route53 import query_logs
from sandbox.aws.services.route53.verdicts import verdict_of


def topics(now_s: float, *, speed: float) -> dict[str, Any]:
    """Everything there is now. Safe beside requests: each collection is copied before it is walked."""
    found: dict[str, Any] = {}
    for backend in backends():
        for zone in list(backend.zones.values()):
            found[f"zone/{zone.resource_id}"] = zone.published()
        for check in list(backend.health_checks.values()):
            found[f"health-check/{check.id}"] = check_value(check)
            verdict = verdict_of(backend, check, now_s, speed=speed)
            if verdict is not None:
                found[f"health-verdict/{check.id}"] = verdict
        for collection in list(backend.cidr.by_id.values()):
            found[f"cidr/{collection.id}"] = collection.pushed()
        found |= query_logs.topics_of(backend)
    return found


def backends() -> Iterator[Any]:
    """Every account's."""
    for partitions in list(route53_backends.values()):
        yield from list(partitions.values())


def check_value(check: Any) -> dict[str, Any]:
    """One health check as published."""
    return {"id": check.id, "version": check.health_check_version, "config": dict(check.health_check_config)}


def routing_control_call(account: str, action: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One call of route53-recovery-cluster, whose switches the health checks of an account name."""
    backend: Any = route53_backends[account]["aws"]
    result: dict[str, Any] = backend.routing_control_call(action, asked)
    return result


def write_query_log(lines: list[dict[str, Any]]) -> int:
    """What name servers saw, into the log groups that the zones' accounts chose."""
    return query_logs.write(list(backends()), lines)


def settle(zone_id: str, version: int | None) -> None:
    """All name servers have a zone up to this version (None: the zone is gone)."""
    for backend in backends():
        backend.settle(zone_id, version)


def settle_all() -> None:
    """After a restart: what is kept is published."""
    for backend in backends():
        backend.settle_all()
