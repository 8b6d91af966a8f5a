"""One scenario, two worlds: a story runs in simulated time, and on real processes when live tests are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.sim.loop import run_virtual
from sandbox.sim.world import SimulatedPlanet, Visit

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
SPEED = 10.0

Story = Callable[[Any], Awaitable[None]]


class LivePlanet:
    """`SimulatedPlanet`'s interface on real processes: zones and checks are made by AWS calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.route53 = sandbox.client("route53", region="us-east-1")
        self.zones: list[str] = []
        self.checks: list[str] = []
        self.places: list[str] = []

    async def set_zone(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        reference = f"{name}{len(self.sandbox.events())}"
        zone = self.route53.create_hosted_zone(Name=name, CallerReference=reference)["HostedZone"]["Id"]
        self.zones.append(zone)
        changes = [{"Action": "UPSERT", "ResourceRecordSet": dict(record)} for record in records]
        self.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    async def set_check(self, check_id: str, config: Mapping[str, Any]) -> str:
        reference = f"{check_id}{len(self.sandbox.events())}"
        made = self.route53.create_health_check(CallerReference=reference, HealthCheckConfig=dict(config))
        self.checks.append(made["HealthCheck"]["Id"])
        return str(made["HealthCheck"]["Id"])

    async def unhealthy(self) -> list[str]:
        seen = await asyncio.to_thread(self.sandbox.call, "planet", "health")
        return sorted(check["id"] for check in seen if not check["healthy"])

    async def inject(self, kind: str, *target: str, **parameters: Any) -> str:
        call = self.sandbox.call
        fault = await asyncio.to_thread(
            call, "hub", "fault_inject", kind=kind, target=list(target), parameters=parameters
        )
        return str(fault["id"])

    async def heal(self, fault_id: str) -> None:
        await asyncio.to_thread(self.sandbox.call, "hub", "fault_heal", id=fault_id)

    async def set_place(self, place: str, **changes: Any) -> None:
        self.places.append(place)
        await asyncio.to_thread(self.sandbox.set_place, place, **changes)

    async def forget_place(self, place: str) -> None:
        await asyncio.to_thread(self.sandbox.forget_place, place)

    async def visit(self, place: str, host: str, *, timeout_s: float = 10.0) -> Visit:
        measured = await asyncio.to_thread(self.sandbox.place(place).probe, f"http://{host}/", timeout_s=timeout_s)
        return Visit(
            place=place,
            ok=measured.ok,
            status=measured.status or 0,
            served_by=measured.served_by or "",
            error=measured.error or "",
            took_s=measured.total_ms / 1000,
        )

    async def wait_until(self, condition: Callable[[], Awaitable[bool]], *, within_s: float) -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while not await condition():
            assert loop.time() - began_s < within_s, f"not within {within_s:g} s"
            await asyncio.sleep(0.05)
        return loop.time() - began_s

    def tidy(self) -> None:
        self.sandbox.fault.heal_all()
        for place in self.places:
            self.sandbox.set_place(place, usual=True)
            self.sandbox.forget_place(place)
        for zone in self.zones:
            records = self.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
            changes = [
                {"Action": "DELETE", "ResourceRecordSet": record}
                for record in records
                if record["Type"] not in ("NS", "SOA")
            ]
            if changes:
                self.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
            self.route53.delete_hosted_zone(Id=zone)
        for check in self.checks:
            self.route53.delete_health_check(HealthCheckId=check)


@pytest.fixture(scope="session")
def live_sandbox() -> Any:
    with Sandbox(regions=REGIONS, speed=SPEED, seed=1) as started:
        yield started


@pytest.fixture(params=["virtual", pytest.param("live", marks=pytest.mark.live)])
def in_both_worlds(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Runs a story in the world of this round."""

    def virtually(story: Story) -> None:
        async def run() -> None:
            planet = SimulatedPlanet(REGIONS, speed=SPEED)
            try:
                await story(planet)
            finally:
                await planet.close()

        run_virtual(run())

    def live(story: Story) -> None:
        planet = LivePlanet(request.getfixturevalue("live_sandbox"))
        try:
            asyncio.run(story(planet))
        finally:
            planet.tidy()

    return virtually if request.param == "virtual" else live
