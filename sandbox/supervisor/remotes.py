"""Programs that run in containers of their own: the supervisor does not start them, it awaits them.

In: programs that join the hub, leave it, say that they leave. Out: their states as `sandbox status` shows them, and
events. What only the host can do to a container (kill, pause, start, unplug) is asked of the program `agent`, which
runs there (`sandbox agent`); without one such faults are refused, but for isolate: it is then the planet's rule alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from sandbox.chaos.values import Fault
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Hub
from sandbox.supervisor.asking import ask
from sandbox.supervisor.core import AWAY_S, WITH_PROCESS, ProgramState
from sandbox.supervisor.values import ProgramEnded, ProgramStarted

AGENT = "agent"
AGENT_WITHIN_S = 60.0  # to kill, pause or start a container and its engine's
CONTAINER_FAULTS = ("stop", "freeze", "isolate")
RETURN_WITHIN_S = 15.0  # of a region that was isolated, once there is a way; it looks for one every 0.3 s
ONLY_BY_RULE = "only by the planet's rule, not by its container's network, as no `sandbox agent` runs"

OnStart = Callable[[str, int], None]


class Remotes:
    """The programs `names`, whose states are in `states`. on_start(name, pid): one has joined."""

    def __init__(
        self, names: Iterable[str], states: dict[str, ProgramState], hub: Hub, clock: Clock, on_start: OnStart
    ) -> None:
        self.names = frozenset(names)
        self._states = states
        self._hub = hub
        self._clock = clock
        self._on_start = on_start
        self._leaving: set[str] = set()
        self._cuts: dict[str, list[str]] = {}  # the faults that have cut a program off its network
        self._returned: dict[str, asyncio.Event] = {}
        self._tasks = Tasks("remotes")
        hub.on_join = self._joined
        hub.on_leave = self._left
        hub.handle("leaving", self._says_goodbye)
        hub.handle("has_agent", self._has_agent)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    async def close(self) -> None:
        """Expect nobody any more."""
        await self._tasks.close()

    def _joined(self, name: str, pid: int, returning: bool) -> None:
        if name not in self.names:
            return
        if (returned := self._returned.get(name)) is not None:
            returned.set()
        if returning:
            self._came_back(name, pid)
            return
        if self._states[name].state in WITH_PROCESS and self._states[name].pid:
            self._gone(name)  # its old connection is dead, and nobody has noticed yet
        self._leaving.discard(name)
        self._on_start(name, pid)

    def _came_back(self, name: str, pid: int) -> None:
        """The same process, which went on by itself while there was no way between us."""
        state, now_s = self._states[name], self._clock.wall_s()
        if state.state not in ("restarting", "ended"):
            return
        state.pid = pid
        state.ready(now_s)
        why = "it has gone on by itself, and is in reach again"
        self._hub.journal.note(ProgramStarted(at_s=now_s, program=name, pid=pid, took_s=0.0, why=why))

    def _left(self, name: str) -> None:
        if name in self.names and name not in self._cuts:
            self._gone(name)

    async def _says_goodbye(self, program: str) -> None:
        self._leaving.add(program)

    async def _has_agent(self) -> bool:
        return AGENT in self._hub.programs

    def _gone(self, name: str) -> None:
        state, now_s = self._states[name], self._clock.wall_s()
        wanted = name in self._leaving
        how = "it was asked to end" if wanted else "it has left the hub"
        if state.state == "stopped by fault":
            how = f"killed by fault {state.why}"
        self._forget(name)
        state.lost(how, now_s, wanted=wanted)
        self._hub.journal.note(ProgramEnded(at_s=now_s, why=how, program=name, pid=state.pid, restart_in_s=None))
        if state.state == "restarting":
            self._tasks.start(self._await_return(name), f"await {name}")

    async def _await_return(self, name: str) -> None:
        await self._clock.sleep(AWAY_S)
        if self._states[name].still_away(self._clock.wall_s()):
            self._forget(name)

    def _forget(self, name: str) -> None:
        for topic in topics_of(name):
            self._hub.publish(topic, None)

    # -- faults of containers -----------------------------------------------------------------------------------

    def check(self, fault: Fault, name: str) -> str:
        """A Refusal when this fault needs somebody on the host to do or undo it, and nobody is there.

        Otherwise what is to be said of how it is done, if anything.
        """
        if fault.kind not in CONTAINER_FAULTS or name not in self.names or AGENT in self._hub.programs:
            return ""
        if fault.kind == "isolate" and fault.id not in self._cuts.get(name, ()):
            return ONLY_BY_RULE
        raise Refusal(
            "NoAgent",
            f"Only the host can {fault.kind} a container, and no `sandbox agent` runs there. Start it: sandbox agent",
            status=409,
        )

    async def obey(self, fault: Fault, name: str, *, active: bool, ready: asyncio.Event) -> None:
        """Have the containers of a program killed or started, paused or let run, cut off or plugged in again.

        ready: cleared when it must start first, and set once it works again.
        """
        if fault.kind == "isolate" and active:
            await self._cut_off(fault, name)
        elif fault.kind == "isolate":
            await self._plug_in(fault, name)
        else:
            await self._stop_or_freeze(fault, name, active=active, ready=ready)

    async def _cut_off(self, fault: Fault, name: str) -> None:
        if AGENT not in self._hub.programs:
            return  # as `check` has said
        cuts = self._cuts.setdefault(name, [])  # first: its silence must not look like a crash
        cuts.append(fault.id)
        try:
            await self._ask_agent(fault, name, active=True)
        except Refusal:
            self._end_cut(fault, name)
            raise
        state = self._states[name]
        if state.state in ("running", "restarting", "ended"):
            state.isolated(self._clock.wall_s(), fault.id)
        self._hub.drop(name)

    async def _plug_in(self, fault: Fault, name: str) -> None:
        cuts = self._cuts.get(name, [])
        if cuts != [fault.id]:  # it was never cut, or is still cut by another fault
            self._end_cut(fault, name)
            return
        returned = self._returned[name] = asyncio.Event()
        state = self._states[name]
        try:
            await self._ask_agent(fault, name, active=False)
        finally:
            self._end_cut(fault, name)
            if state.state == "isolated" and name in self._hub.programs:
                state.ready(self._clock.wall_s())  # somebody has plugged it in by hand
            elif state.state == "isolated":
                state.awaited(self._clock.wall_s())
                self._tasks.start(self._await_return(name), f"await {name}")
        if state.state != "restarting":
            return  # it had been stopped or was frozen before
        with suppress(TimeoutError):  # its state says so
            async with asyncio.timeout(RETURN_WITHIN_S):
                await returned.wait()

    def _end_cut(self, fault: Fault, name: str) -> None:
        cuts = [one for one in self._cuts.pop(name, []) if one != fault.id]
        if cuts:
            self._cuts[name] = cuts

    async def _ask_agent(self, fault: Fault, name: str, *, active: bool) -> None:
        await ask(self._hub, AGENT, "container", AGENT_WITHIN_S, kind=fault.kind, target=name, active=active)

    async def _stop_or_freeze(self, fault: Fault, name: str, *, active: bool, ready: asyncio.Event) -> None:
        state = self._states[name]
        before, now_s = state.state, self._clock.wall_s()
        if fault.kind == "stop" and active:
            state.stopped_by_fault(now_s, fault.id)  # first: its end must not look like a crash
        elif fault.kind == "stop" and before == "stopped by fault" and name not in self._cuts:
            ready.clear()
        try:
            await self._ask_agent(fault, name, active=active)
        except Refusal:
            if active and before == "running" and name in self._hub.programs:
                state.ready(now_s)
            raise
        if fault.kind == "freeze" and active and state.state == "running":
            state.frozen(now_s, fault.id)
        elif not active and state.state in ("frozen", "stopped by fault") and name in self._cuts:
            state.isolated(now_s, self._cuts[name][0])
        elif fault.kind == "freeze" and not active and before == "frozen" and state.state == "frozen":
            state.ready(now_s)

    async def memory(self) -> dict[str, float | None]:
        """Megabytes of PSS of each program that answers."""
        present = [name for name in sorted(self.names) if name in self._hub.programs]
        found = await asyncio.gather(*(self._memory_of(name) for name in present))
        return dict(zip(present, found, strict=True))

    async def _memory_of(self, name: str) -> float | None:
        try:
            used: float | None = await ask(self._hub, name, "memory")
        except Refusal:  # frozen, or gone just now; its state says so
            return None
        return used


def topics_of(program: str) -> tuple[str, ...]:
    """Topics that say where a program listens: nobody does once its process has ended."""
    if program == "control":
        return "engine", "gateway"
    if not program.startswith("region:"):
        return ()
    code = program.removeprefix("region:")
    return f"region/{code}", f"region-engine/{code}"
