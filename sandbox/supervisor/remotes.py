"""Programs that run in containers of their own: the supervisor does not start them, it awaits them.

In: programs that join the hub, leave it, say that they leave. Out: their states as `sandbox status` shows them, and
events. What only the host can do to a container (kill, pause, start) is asked of the program `agent`, which runs there
(`sandbox agent`); without one such faults are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from sandbox.chaos.values import Fault
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Hub
from sandbox.supervisor.asking import ask
from sandbox.supervisor.core import AWAY_S, WITH_PROCESS, ProgramState
from sandbox.supervisor.values import ProgramEnded

AGENT = "agent"
AGENT_WITHIN_S = 60.0  # to kill, pause or start a container and its engine's
CONTAINER_FAULTS = ("stop", "freeze")

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

    def _joined(self, name: str, pid: int) -> None:
        if name not in self.names:
            return
        if self._states[name].state in WITH_PROCESS and self._states[name].pid:
            self._gone(name)  # its old connection is dead, and nobody has noticed yet
        self._leaving.discard(name)
        self._on_start(name, pid)

    def _left(self, name: str) -> None:
        if name in self.names:
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
        for topic in topics_of(name):
            self._hub.publish(topic, None)
        state.lost(how, now_s, wanted=wanted)
        self._hub.journal.note(ProgramEnded(at_s=now_s, why=how, program=name, pid=state.pid, restart_in_s=None))
        if state.state == "restarting":
            self._tasks.start(self._await_return(name), f"await {name}")

    async def _await_return(self, name: str) -> None:
        await self._clock.sleep(AWAY_S)
        self._states[name].still_away(self._clock.wall_s())

    # -- faults of containers -----------------------------------------------------------------------------------

    def check(self, kind: str, name: str) -> None:
        """A Refusal when this fault needs somebody on the host, and nobody is there."""
        if kind in CONTAINER_FAULTS and name in self.names and AGENT not in self._hub.programs:
            raise Refusal(
                "NoAgent",
                f"Only the host can {kind} a container, and no `sandbox agent` runs there. Start it: sandbox agent",
                status=409,
            )

    async def obey(self, fault: Fault, name: str, *, active: bool, ready: asyncio.Event) -> None:
        """Have the containers of a program killed or started, paused or let run. ready: set once it works again."""
        state = self._states[name]
        before, now_s = state.state, self._clock.wall_s()
        if fault.kind == "stop" and active:
            state.stopped_by_fault(now_s, fault.id)  # first: its end must not look like a crash
        elif fault.kind == "stop" and before == "stopped by fault":
            ready.clear()
        try:
            await ask(self._hub, AGENT, "container", AGENT_WITHIN_S, kind=fault.kind, target=name, active=active)
        except Refusal:
            if active and before == "running" and name in self._hub.programs:
                state.ready(now_s)
            raise
        if fault.kind == "freeze" and active and state.state == "running":
            state.frozen(now_s, fault.id)
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
