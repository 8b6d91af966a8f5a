"""What `sandbox status` tells: programs, regions, faults, ports, memory, and what would not survive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.kernel.errors import Refusal
from sandbox.management.memory import descendants, pss_mb
from sandbox.supervisor.asking import ask
from sandbox.supervisor.core import WITH_PROCESS
from sandbox.supervisor.settings import MOTO, Settings

if TYPE_CHECKING:
    from sandbox.supervisor.service import Supervisor


async def status_of(supervisor: Supervisor) -> dict[str, Any]:
    """The answer to the hub call `status`."""
    control, planet, remote_mb, own_mb = await asyncio.gather(
        _ask(supervisor, "control"),
        _ask(supervisor, "planet"),
        supervisor.remotes.memory(),
        asyncio.get_running_loop().run_in_executor(None, _memory, supervisor),
    )
    return {
        "home": str(supervisor.home),
        "uptime_s": round(supervisor.clock.wall_s() - supervisor.started_at_s, 1),
        "speed": supervisor.settings.speed,
        "seed": supervisor.settings.seed,
        "programs": [state.as_record() for state in supervisor.states.values()],
        "regions": {
            topic.removeprefix("region/"): value
            for topic, value in supervisor.hub.retained.items()
            if topic.startswith("region/")
        },
        "engines": engines_of(supervisor.settings, supervisor.hub.retained),
        "faults": await supervisor.faults.listing(),
        "ports": supervisor.hub.retained["settings"]["ports"],
        "pss_mb": with_total({**own_mb, **remote_mb}),
        "control": control,
        "planet": planet,
        "not_kept": [*_not_kept(control), *not_kept_by_engines(supervisor.settings)],
    }


async def _ask(supervisor: Supervisor, program: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await ask(supervisor.hub, program, "status")
    except Refusal as refusal:
        return {"unavailable": str(refusal)}
    return answer


def _memory(supervisor: Supervisor) -> dict[str, float | None]:
    by_program: dict[str, float | None] = {}
    for state in [supervisor.states[name] for name in supervisor.own]:
        if not state.pid or state.state not in WITH_PROCESS:
            continue
        pids = [state.pid] if state.name == "nursery" else descendants(state.pid)
        by_program[state.name] = pss_mb(pids)
    by_program["supervisor"] = pss_mb([supervisor.pid])
    return by_program


def with_total(by_program: dict[str, float | None]) -> dict[str, float | None]:
    """The same, and the sum of what is known."""
    return {**by_program, "total": round(sum(value for value in by_program.values() if value), 1)}


def engines_of(settings: Settings, retained: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Region -> who serves what it does not serve itself: engine, state, since_s, and the version that some tell."""
    engines = {}
    for code in settings.regions:
        setting = settings.region_settings[code].engine if code in settings.region_settings else settings.engine
        told = retained.get(f"region-engine/{code}") or {}
        if setting == MOTO:
            told = {"state": "up" if retained.get("engine") else "down"}
        engines[code] = {"state": "unknown", "since_s": None, "version": None, **told, "engine": setting}
    return engines


def not_kept_by_engines(settings: Settings) -> list[str]:
    """A line for each endpoint."""
    foreign: dict[str, list[str]] = {}
    for code, own in settings.region_settings.items():
        if own.engine != MOTO:
            foreign.setdefault(own.engine, []).append(code)
    return [
        f"what the engine {engine} of {', '.join(codes)} serves is kept by that engine: LocalStack forgets objects, "
        "queues and all else when it ends"
        for engine, codes in foreign.items()
    ]


def _not_kept(control: dict[str, Any]) -> list[str]:
    lines = []
    unsaved = control.get("services_not_saved") or []
    if unsaved:
        lines.append(f"control does not save, and forgets when it ends: {', '.join(unsaved)}")
    lines.append("control saves the other services every few seconds: a kill may lose the last of these seconds")
    lines.append(
        "regions keep every acknowledged DynamoDB write, but no stream records, backups and idempotency tokens"
    )
    return lines
