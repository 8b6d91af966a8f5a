"""What `x-amz-replication-status` says of a version (facts A5). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.replication.objects.values import State


def status_of(states: Iterable[State], *, is_replica: bool) -> str | None:
    """Of a version with these copies. One that failed decides, then one that waits; a replica that has come is REPLICA.

    None: no header. A replica has copies only when changes of it travel back (ReplicaModifications).
    """
    found = set(states)
    if "FAILED" in found:
        return "FAILED"
    if "PENDING" in found:
        return "PENDING"
    if is_replica:
        return "REPLICA"
    return "COMPLETED" if found else None
