"""Routes: status, places, faults, health checks, metrics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response

from sandbox.console.metrics import CONTENT_TYPE, metrics_text
from sandbox.console.models import Check, Fault, Heal, Healed, NewFault, Place, Status
from sandbox.console.places import Places
from sandbox.console.watch import Watch

FaultId = Annotated[str, Path(max_length=100, description='As in the list, or "all"')]


def state_routes(watch: Watch, places: Places) -> APIRouter:
    """What is, and what is broken."""
    routes = APIRouter()
    asking = watch.asking

    @routes.get("/status", response_model=Status, tags=["state"])
    async def status() -> dict[str, Any]:
        """Programs, regions, faults, ports, memory, and what would not survive."""
        found = await asking.hub("status")
        watch.picture.put_programs(found["programs"])
        return {
            **found,
            "regions": watch.picture.regions(),
            "account": asking.card["account"],
            "default_place": asking.card["default_place"],
            "ca_bundle": asking.card["ca_bundle"],
            "started_at_s": asking.card["started_at_s"],
            "now_s": asking.card["started_at_s"] + found["uptime_s"],
            "memory_mb": found["pss_mb"],
        }

    @routes.get("/places", response_model=list[Place], tags=["state"])
    async def everywhere() -> list[dict[str, Any]]:
        """Regions, cities and edge locations with their coordinates."""
        return places.all()

    @routes.get("/health-checks", response_model=list[Check], tags=["state"])
    async def health_checks() -> list[dict[str, Any]]:
        """Verdicts, and what each checker saw last."""
        return watch.picture.checks()

    @routes.get("/faults", response_model=list[Fault], tags=["faults"])
    async def faults() -> list[dict[str, Any]]:
        """What is broken now."""
        found: list[dict[str, Any]] = await asking.hub("fault_list")
        return found

    @routes.post("/faults", response_model=Fault, status_code=201, tags=["faults"])
    async def inject(fault: NewFault) -> dict[str, Any]:
        """Break something."""
        injected: dict[str, Any] = await asking.hub(
            "fault_inject",
            kind=fault.kind,
            target=fault.target,
            parameters={name: value for name, value in fault.parameters.items() if value is not None},
            for_s=fault.for_s,
        )
        return injected

    @routes.post("/faults/{fault_id}/heal", response_model=Healed, tags=["faults"])
    async def heal(fault_id: FaultId, nothing: Annotated[Heal, Body()] = Heal()) -> dict[str, Any]:  # noqa: B008
        """Mend one fault, or all."""
        return {"healed": await asking.hub("fault_heal", id=fault_id)}

    return routes


def metrics_route(watch: Watch) -> APIRouter:
    """For Prometheus."""
    routes = APIRouter()

    @routes.get("/metrics", tags=["state"], response_class=Response)
    async def metrics() -> Response:
        """Requests, latencies, health, replication, faults and programs as Prometheus text."""
        await watch.look()
        return Response(metrics_text(watch.traffic, watch.picture), headers={"Content-Type": CONTENT_TYPE})

    return routes
