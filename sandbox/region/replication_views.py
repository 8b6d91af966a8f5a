"""What operators see of a region's global tables over the management channel. In: names. Out: JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.management.hub import Handler
from sandbox.replication.service import Replication


def replication_views(replication: Replication) -> Mapping[str, Handler]:
    """Method -> handler."""

    async def table_status() -> list[dict[str, Any]]:
        return replication.status()

    async def table_conflicts(account: str, table: str, most: int) -> list[dict[str, Any]]:
        return replication.conflicts(account, table, most)

    async def table_digests(account: str, table: str) -> list[str] | None:
        return await replication.digests(account, table)

    async def table_items(account: str, table: str, buckets: list[int], most: int) -> list[dict[str, Any]]:
        return await replication.items_in(account, table, buckets, most)

    return {
        "table_status": table_status,
        "table_conflicts": table_conflicts,
        "table_digests": table_digests,
        "table_items": table_items,
    }
