"""The one register of faults, with its effects on processes and its announcements.

In: inject, heal, list from the management channel. Out: "fault/<id>" topics that planet, control and regions obey,
signals to processes, events; faults with a duration are healed when it is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.chaos.core import Register
from sandbox.chaos.values import Fault, FaultHealed, FaultInjected
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal, unknown
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Hub

ProcessEffect = Callable[[Fault, bool], Awaitable[None]]
GlobalTables = Callable[[], Awaitable[Sequence[str] | None]]
Check = Callable[[Fault], str]
RETRY_S = 1.0  # how often a fault is looked at whose time is over, and that nobody can undo


class Faults:
    """Shell around the register. `on_process(fault, active)` stops, freezes, thaws and starts processes.

    global_tables: names of all there are; None when that cannot be known now, as a region does not answer.
    check(fault): a Refusal while nobody is there who could do it, or undo it; else what `why` should add, if anything.
    """

    def __init__(
        self,
        register: Register,
        hub: Hub,
        clock: Clock,
        on_process: ProcessEffect,
        global_tables: GlobalTables,
        check: Check = lambda fault: "",
    ) -> None:
        self._check = check
        self.register = register
        self._global_tables = global_tables
        self._hub = hub
        self._clock = clock
        self._on_process = on_process
        self._tasks = Tasks("faults")
        self._changed = asyncio.Event()

    def start(self) -> None:
        """Answer calls, and heal faults whose time is over."""
        self._hub.handle("fault_inject", self.inject)
        self._hub.handle("fault_list", self.listing)
        self._hub.handle("fault_heal", self.heal)
        self._tasks.start(self._heal_in_time(), "timer")

    async def close(self) -> None:
        """Stop the timer."""
        await self._tasks.close()

    async def inject(
        self,
        kind: str,
        target: Sequence[str],
        parameters: Mapping[str, Any] | None = None,
        for_s: float | None = None,
    ) -> dict[str, Any]:
        """Break something. Returns the fault."""
        if kind == "pause-replication" and target:
            await self._check_table(target[0])
        fault = self.register.inject(
            kind, target, {} if parameters is None else parameters, for_s, self._clock.wall_s()
        )
        try:
            note = self._check(fault)
        except Refusal:
            self.register.heal(fault.id)
            raise
        if note:
            fault = self.register.faults[fault.id] = replace(fault, why=f"{fault.why}; {note}")
        self._hub.publish(f"fault/{fault.id}", fault.as_record())
        self._note_injected(fault)
        try:
            await self._on_process(fault, True)
        except Refusal:
            self.register.faults.pop(fault.id, None)
            self._tell_healed(fault, "it could not be done")
            raise
        self._changed.set()
        return fault.as_record()

    async def _check_table(self, name: str) -> None:
        names = await self._global_tables()
        if names is not None and name not in names:
            raise unknown("global table", name, names, see="sandbox table status")

    async def listing(self) -> list[dict[str, Any]]:
        """What is broken now."""
        return [fault.as_record() for fault in self.register.faults.values()]

    async def heal(self, id: str) -> list[dict[str, Any]]:
        """Mend one fault, or "all". Returns those that were mended."""
        for fault in self.register.faults.values():
            if id in ("all", fault.id):
                self._check(fault)
        healed = self.register.heal(id)
        await asyncio.gather(*(self._undo(fault, "healed by hand") for fault in healed))
        return [fault.as_record() for fault in healed]

    def _note_injected(self, fault: Fault) -> None:
        self._hub.journal.note(
            FaultInjected(
                at_s=fault.since,
                why=fault.why,
                id=fault.id,
                fault=fault.kind,
                target=list(fault.target),
                until=fault.until,
            )
        )

    async def _undo(self, fault: Fault, why: str) -> None:
        if (
            fault.kind == "isolate"
        ):  # first the wire, if it was cut, and then the rule: else what passes would hit the cut
            try:
                await self._on_process(fault, False)
            finally:
                self._tell_healed(fault, why)
        else:
            self._tell_healed(fault, why)
            await self._on_process(fault, False)

    def _tell_healed(self, fault: Fault, why: str) -> None:
        self._hub.publish(f"fault/{fault.id}", None)
        now_s = self._clock.wall_s()
        self._hub.journal.note(
            FaultHealed(
                at_s=now_s,
                why=why,
                id=fault.id,
                fault=fault.kind,
                target=list(fault.target),
                lasted_s=round(now_s - fault.since, 3),
            )
        )

    async def _heal_in_time(self) -> None:
        least_s = 0.0
        while True:
            next_end_s = self.register.next_end_s()
            self._changed.clear()
            try:
                wait_s = None if next_end_s is None else max(least_s, next_end_s - self._clock.wall_s())
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                overdue = self.register.overdue(self._clock.wall_s())
                for fault in filter(self._can_be_undone, overdue):
                    self.register.heal(fault.id)  # as a task: a region that takes long to start holds no other up
                    self._tasks.start(self._undo(fault, "its time was over"), f"heal {fault.id}")
                least_s = RETRY_S if self.register.overdue(self._clock.wall_s()) else 0.0

    def _can_be_undone(self, fault: Fault) -> bool:
        try:
            self._check(fault)
        except Refusal:
            return False
        return True
