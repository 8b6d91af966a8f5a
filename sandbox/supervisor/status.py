"""What `sandbox status` tells: programs, regions, faults, ports, memory, and what would not survive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sandbox.kernel.errors import Refusal
from sandbox.management.memory import descendants, pss_mb
from sandbox.supervisor.asking import ask
from sandbox.supervisor.core import WITH_PROCESS

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
        "faults": await supervisor.faults.listing(),
        "ports": supervisor.hub.retained["settings"]["ports"],
        "pss_mb": with_total({**own_mb, **remote_mb}),
        "control": control,
        "planet": planet,
        "not_kept": _not_kept(control),
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
