"""Routes: global tables: status, conflicts, what differs now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from sandbox.console.asking import Asking
from sandbox.console.models import Conflicts, Difference, Line, TableStatus
from sandbox.console.picture import streams_of

TableName = Annotated[str, Path(min_length=1, max_length=255), Line]
Account = Annotated[str | None, Query(pattern=r"^\d{12}$", description="Default: the sandbox's own")]
Most = Annotated[int, Query(ge=1, le=1000)]


def table_routes(asking: Asking) -> APIRouter:
    """What `sandbox table` asks."""
    routes = APIRouter(tags=["tables"])

    @routes.get("/tables", response_model=TableStatus)
    async def tables() -> dict[str, Any]:
        """Every global table: its replicas, and for each direction what waits and how late it is."""
        asked = await asking.tables(lambda tables: tables.status())
        members: dict[str, dict[str, str]] = {}
        for views in asked.answers.values():
            for view in views:
                members.setdefault(view["table"], {}).update(view["members"])
        return {"streams": streams_of(asked.answers), "members": members, "silent": dict(asked.silent)}

    @routes.get("/tables/{table}/conflicts", response_model=Conflicts)
    async def conflicts(table: TableName, account: Account = None, limit: Most = 100) -> dict[str, Any]:
        """Writes that lost, with both images; empty for a table without any."""
        found = await asking.tables(lambda tables: tables.conflicts(table, account=account, most=limit))
        return {"table": table, "conflicts": found}

    @routes.get("/tables/{table}/diff", response_model=Difference)
    async def diff(table: TableName, account: Account = None, limit: Most = 100) -> dict[str, Any]:
        """What differs between the replicas now."""
        found = asdict(await asking.tables(lambda tables: tables.diff(table, account=account, most=limit)))
        for difference in found["differences"]:
            difference["written"] = {
                region: None if written is None else {"stamp_us": written[0], "region": written[1]}
                for region, written in difference["written"].items()
            }
        return found

    return routes
