"""The agent: does for a sandbox of containers what only their host can do, kill and start, pause and let run.

In: the card of a stack. Out: a program `agent` at its hub that answers `container`. Console, API and FIS need
`sandbox agent` to run; the command line and the Python API start one that stays as long as such a fault is active.
No container holds the Docker socket.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.client import containers
from sandbox.client.summoning import needs_agent
from sandbox.kernel.errors import Refusal
from sandbox.management.spoke import Spoke

NAME = "agent"
LOOK_EVERY_S = 1.0
UNNEEDED_AFTER = 3  # looks in a row that found no fault of containers

Say = Callable[[str], None]


async def serve(card: Mapping[str, Any], *, while_needed: bool, say: Say) -> None:
    """Be the agent until SIGTERM, Ctrl-C, or the hub's end; while_needed: or until no such fault is active."""
    address, project = card["management"], str(card["stack"])
    spoke = Spoke(NAME, address["host"], address["port"], address["token"])
    end = asyncio.Event()
    spoke.on_lost = end.set

    async def container(kind: str, target: str, active: bool) -> list[str]:
        done = await asyncio.to_thread(containers.act, project, kind, target, active)
        say(f"{kind if active else 'heal'} {target}: {', '.join(done) or 'nothing to do'}")
        return done

    spoke.handle("container", container)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await spoke.connect()
    say(f"The agent of {project} is there: stop and freeze act on its containers.")
    try:
        if while_needed:
            await _until_unneeded(spoke, end)
        else:
            await end.wait()
    finally:
        await spoke.close()


async def _until_unneeded(spoke: Spoke, end: asyncio.Event) -> None:
    unneeded = 0
    while unneeded < UNNEEDED_AFTER:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await end.wait()
            return
        except TimeoutError:
            try:
                faults = await spoke.call("hub", "fault_list")
            except Refusal:  # the hub has gone
                return
            unneeded = 0 if any(needs_agent(fault) for fault in faults) else unneeded + 1
