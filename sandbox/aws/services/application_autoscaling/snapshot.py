"""Write auto scaling of DynamoDB's tables and indexes, of all accounts, as regions get it.

In: moto's backends. Out: a mapping from topic to value: "scaling/<region>" is the list of what has both a scalable
target for its write capacity and a policy, which a provisioned table needs before it can have replicas (GT 1.16).
"""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

WRITES = {"dynamodb:table:WriteCapacityUnits": "table", "dynamodb:index:WriteCapacityUnits": "index"}


def topics() -> dict[str, Any]:
    """Everything there is now. Safe beside requests: each collection is copied before it is walked."""
    found: dict[str, list[dict[str, Any]]] = {}
    for account, regions in list(applicationautoscaling_backends.items()):
        for region, backend in list(regions.items()):
            scaled = [{"account": account, **each} for each in scaled_writes(backend)]
            if scaled:
                found.setdefault(f"scaling/{region}", []).extend(scaled)
    return dict(found)


def scaled_writes(backend: Any) -> list[dict[str, Any]]:
    """One account's in one region: {"table", "index"}, the index None for the table itself."""
    with_policy = {(policy.scalable_dimension, policy.resource_id) for policy in list(backend.policies.values())}
    found = []
    for dimension in WRITES:
        for resource in list(backend.targets.get(dimension, ())):
            if (dimension, resource) in with_policy:
                table, _, index = resource.removeprefix("table/").partition("/index/")
                found.append({"table": table, "index": index or None})
    return sorted(found, key=lambda each: (each["table"], each["index"] or ""))
