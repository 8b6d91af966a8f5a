"""Runs experiments: each action of a template becomes a fault of the sandbox, for as long as the action lasts.

In: templates to start, experiments to stop. Out: faults injected and healed through `Faults`. An experiment lives in
memory: when control ends the fault goes on until its time is over, and then heals by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sandbox.aws.services.fis.experiments import Action, Experiment
from sandbox.aws.services.fis.targets import EMPTY, GlobalTable, resolved
from sandbox.aws.services.fis.templates import PAUSE, current, duration_s
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks


class Faults(Protocol):
    """What the supervisor and the regions do for an experiment."""

    async def global_tables(self, account: str, region: str) -> Sequence[GlobalTable]:
        """Those that this region has."""
        ...

    async def pause(self, table: GlobalTable, region: str, for_s: float, experiment: str) -> str:
        """Inject `pause-replication`; its id. A Refusal when it cannot be."""
        ...

    async def heal(self, fault_id: str) -> None:
        """Mend it; nothing when somebody has done so already."""
        ...


class Runner:
    """The experiments that run. speed: service timers run this many times as fast."""

    def __init__(self, faults: Faults, clock: Clock, tasks: Tasks, *, speed: float) -> None:
        self._faults = faults
        self._clock = clock
        self._tasks = tasks
        self._speed = speed
        self._stops: dict[str, asyncio.Event] = {}

    def start(self, experiment: Experiment, account: str, region: str) -> None:
        """Begin; the caller does not wait."""
        self._stops[experiment.id] = asyncio.Event()
        self._tasks.start(self._run(experiment, account, region), experiment.id)

    def stop(self, experiment: Experiment) -> None:
        """End its actions now."""
        experiment.stop()
        self._stops[experiment.id].set()

    async def _run(self, experiment: Experiment, account: str, region: str) -> None:
        try:
            targets = await self._resolve(experiment, account, region)
            if experiment.status != "initiating":
                pass  # it was stopped meanwhile
            elif isinstance(targets, str):
                experiment.fail(targets, self._clock.wall_s())
                return
            else:
                experiment.run(self._clock.wall_s())
                await self._actions(experiment, targets, region)
            experiment.end(self._clock.wall_s())
        finally:
            del self._stops[experiment.id]

    async def _resolve(self, experiment: Experiment, account: str, region: str) -> dict[str, list[GlobalTable]] | str:
        """The tables of each target, or why there are none."""
        try:
            tables = await self._faults.global_tables(account, region)
        except Refusal as refusal:
            return refusal.message
        wanted = experiment.template["targets"]
        found = {name: resolved(target, tables) for name, target in wanted.items()}
        if not experiment.skips_empty_targets and not all(found.values()):
            return EMPTY
        return found

    async def _actions(self, experiment: Experiment, targets: Mapping[str, list[GlobalTable]], region: str) -> None:
        """Start each action when what it starts after is over, until none runs and none can start."""
        running: dict[asyncio.Task[None], Action] = {}
        while True:
            if experiment.status == "running" and not self._stops[experiment.id].is_set():
                for action in [each for each in experiment.actions.values() if experiment.may_start(each)]:
                    action.move("initiating", "Action is initiating.", self._clock.wall_s())
                    tables = [
                        table for name in (action.template.get("targets") or {}).values() for table in targets[name]
                    ]
                    task = self._tasks.start(self._act(experiment, action, tables, region), action.name)
                    running[task] = action
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if running.pop(task).status == "failed":
                    self._stops[experiment.id].set()  # one that fails ends the others, as in AWS

    async def _act(self, experiment: Experiment, action: Action, tables: list[GlobalTable], region: str) -> None:
        wall_s: Callable[[], float] = self._clock.wall_s
        for_s = duration_s(action.template["parameters"]["duration"]) / self._speed
        pauses = current(action.template["actionId"]) == PAUSE
        if pauses and not tables:
            action.move("skipped", EMPTY, wall_s())
            return
        faults: list[str] = []
        try:
            if pauses:
                for table in tables:
                    faults.append(await self._faults.pause(table, region, for_s, experiment.id))
            action.move("running", "Action is running.", wall_s())
            if await self._stopped_within(experiment, for_s):
                action.move("stopped", "Action was stopped.", wall_s())
            else:
                action.move("completed", "Action was completed.", wall_s())
        except Refusal as refusal:
            action.move("failed", refusal.message, wall_s())
        finally:
            for fault_id in faults:
                await self._faults.heal(fault_id)

    async def _stopped_within(self, experiment: Experiment, for_s: float) -> bool:
        try:
            async with asyncio.timeout(for_s):
                await self._stops[experiment.id].wait()
        except TimeoutError:
            return False
        return True
