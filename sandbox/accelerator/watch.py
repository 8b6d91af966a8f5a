"""The probes of endpoints: one round for each endpoint and each edge location that probes, on its own beat.

In: accelerators, and a way to probe (`Probe`, which the planet makes of its health checkers' prober). Out: the state of
each endpoint, `on_change(accelerator id)`, journal events. A probe begins every interval, whether the last one was
answered or not, so an endpoint that refuses is seen within threshold x interval, one that swallows packets within a
time-out more.

    sleep(phase) -> probe -> opinion -> (verdict) -> sleep to the next beat -> probe ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.accelerator.values import Accelerator, Endpoint, EndpointHealthChanged, Group, HealthCheck, State
from sandbox.accelerator.verdicts import Opinion, judge
from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks


class Probe(Protocol):
    """One probe through the ocean; never raises for what a network or a server can do."""

    async def __call__(self, place: str, address: str, check: HealthCheck) -> tuple[bool, str]:
        """Whether it passed, and Route 53's sentence about it."""
        ...


Key = tuple[str, str]  # group arn, endpoint id


@dataclass
class Watch:
    """One endpoint under watch."""

    accelerator_id: str
    accelerator: str
    group: Group
    endpoint: Endpoint
    opinions: dict[str, Opinion]
    state: State = State.INITIAL
    reason: str = ""
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def stop(self) -> None:
        """No more probes."""
        for task in self.running:
            task.cancel()
        self.running.clear()


class Watches:
    """All endpoints of a planet."""

    def __init__(
        self,
        *,
        probe: Probe,
        checkers: tuple[str, ...],
        clock: Clock,
        journal: Journal,
        speed: float,
        phase: Callable[[], float],
        on_change: Callable[[str], None],
    ) -> None:
        self._probe = probe
        self._checkers = checkers
        self._clock = clock
        self._journal = journal
        self._speed = speed
        self._phase = phase
        self._on_change = on_change
        self._tasks = Tasks("accelerator health")
        self._watches: dict[Key, Watch] = {}

    def put(self, accelerator_id: str, accelerator: Accelerator | None) -> None:
        """Watch its endpoints and no others. An endpoint whose check and address stay keeps its state; one
        whose resource is gone is unhealthy at once."""
        name = "" if accelerator is None else accelerator.name
        wanted = {
            (group.arn, endpoint.endpoint_id): (group, endpoint)
            for group in (accelerator.groups() if accelerator is not None else ())
            for endpoint in group.endpoints
        }
        before = report_of(self._of(accelerator_id))
        for key, watch in list(self._watches.items()):
            if watch.accelerator_id == accelerator_id and not _still_holds(watch, wanted.get(key)):
                watch.stop()
                del self._watches[key]
        for key, (group, endpoint) in wanted.items():
            known = self._watches.get(key)
            if known is None:
                self._begin(key, accelerator_id, name, group, endpoint)
            else:
                known.group, known.endpoint = group, endpoint
        if report_of(self._of(accelerator_id)) != before:
            self._on_change(accelerator_id)

    def state(self, group: Group, endpoint: Endpoint) -> State:
        """The present verdict."""
        watch = self._watches.get((group.arn, endpoint.endpoint_id))
        return State.INITIAL if watch is None else watch.state

    def report(self, accelerator_id: str) -> dict[str, Any]:
        """{"<group arn>": {"<endpoint id>": {"state", "reason"}}}"""
        return report_of(self._of(accelerator_id))

    def _of(self, accelerator_id: str) -> list[Watch]:
        return [watch for watch in self._watches.values() if watch.accelerator_id == accelerator_id]

    def _begin(self, key: Key, accelerator_id: str, name: str, group: Group, endpoint: Endpoint) -> None:
        opinions = {checker: Opinion(group.health_check.threshold) for checker in self._checkers}
        watch = Watch(
            accelerator_id=accelerator_id, accelerator=name, group=group, endpoint=endpoint, opinions=opinions
        )
        self._watches[key] = watch
        if endpoint.missing:  # nothing to probe
            self._turn(watch, State.UNHEALTHY, endpoint.missing)
            return
        for checker in self._checkers:
            watch.running.append(self._tasks.start(self._go_round(watch, checker), f"{endpoint.endpoint_id}/{checker}"))

    async def _go_round(self, watch: Watch, checker: str) -> None:
        interval_s = watch.group.health_check.interval_s / self._speed
        beat_s = self._clock.now_s() + self._phase() * interval_s
        while True:
            await self._clock.sleep(beat_s - self._clock.now_s())
            passed, reason = await self._probe(checker, watch.endpoint.address, watch.group.health_check)
            if watch.opinions[checker].on_result(passed, reason):
                self._judge(watch)
            beat_s = max(beat_s + interval_s, self._clock.now_s())

    def _judge(self, watch: Watch) -> None:
        state, reason = judge(list(watch.opinions.values()))
        if state is not watch.state:
            self._turn(watch, state, reason)
            self._on_change(watch.accelerator_id)

    def _turn(self, watch: Watch, state: State, reason: str) -> None:
        watch.state, watch.reason = state, reason
        self._journal.note(
            EndpointHealthChanged(
                at_s=self._clock.wall_s(),
                why=reason,
                accelerator=watch.accelerator,
                group=watch.group.arn,
                region=watch.group.region,
                endpoint=watch.endpoint.endpoint_id,
                state=state.value,
            )
        )

    async def close(self) -> None:
        """End all probes."""
        self._watches.clear()
        await self._tasks.close()


def _still_holds(watch: Watch, wanted: tuple[Group, Endpoint] | None) -> bool:
    if wanted is None:
        return False
    group, endpoint = wanted
    before = watch.endpoint
    same = before.address == endpoint.address and before.missing == endpoint.missing
    return same and watch.group.health_check == group.health_check


def report_of(watches: list[Watch]) -> dict[str, Any]:
    """What is published, and returned by DescribeEndpointGroup."""
    report: dict[str, dict[str, dict[str, str]]] = {}
    for watch in watches:
        of_group = report.setdefault(watch.group.arn, {})
        of_group[watch.endpoint.endpoint_id] = {"state": watch.state.value, "reason": watch.reason}
    return report
