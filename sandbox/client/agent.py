"""The agent: does for a sandbox of containers what only their host can do: kill and start, pause, unplug.

In: the card of a stack. Out: a program `agent` at its hub that answers `container`. Console, API and FIS need
`sandbox agent` to run; the command line and the Python API start one that stays as long as such a fault is active.
No container holds the Docker socket. A planet that ends has forgotten its faults: the agent that sees this plugs it in
again everywhere, since nobody could ask for that later.
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
    hub_has_gone = False

    def lost() -> None:
        nonlocal hub_has_gone
        hub_has_gone = True
        end.set()

    spoke.on_lost = lost

    at_work: set[str] = set()

    async def container(kind: str, target: str, active: bool) -> list[str]:
        at_work.add(target)  # a fault that is being healed is listed no more
        try:
            done = await asyncio.to_thread(containers.act, project, kind, target, active)
        finally:
            at_work.discard(target)
        say(f"{kind if active else 'heal'} {target}: {', '.join(done) or 'nothing to do'}")
        return done

    spoke.handle("container", container)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await spoke.connect()
    say(f"The agent of {project} is there: stop, freeze and isolate act on its containers.")
    try:
        if while_needed:
            await _until_unneeded(card, spoke, end, at_work)
        else:
            await end.wait()
    finally:
        await spoke.close()
    if hub_has_gone:
        try:
            networks = await asyncio.to_thread(containers.plug_all, project, card["regions"])
        except Refusal as refusal:  # the stack is being taken down
            say(f"The planet has gone. {refusal}")
        else:
            say(f"The planet has gone. Plugged in again: {', '.join(networks) or 'nothing to do'}")


async def _until_unneeded(card: Mapping[str, Any], spoke: Spoke, end: asyncio.Event, at_work: set[str]) -> None:
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
            unneeded = 0 if at_work or any(needs_agent(card, fault) for fault in faults) else unneeded + 1
