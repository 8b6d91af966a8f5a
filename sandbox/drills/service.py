"""A drill on a running sandbox: the plan's requests as open-loop visits, its faults and calls in time.

In: a sandbox, a drill, a seed. Out: a `Run`. A slow answer never makes the next request later; what could not be sent
in time counts as failed. Progress is told while it goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.client.endings import undisturbed
from sandbox.drills.core import end_of, first_visits, look_of, plan_of
from sandbox.drills.items import Asked, asked_of, is_served, sample_of
from sandbox.drills.stage import Stage
from sandbox.drills.values import (
    Audit,
    CallAt,
    CallSeen,
    Drill,
    FaultAt,
    FaultSeen,
    Images,
    Plan,
    Request,
    Run,
    Sample,
)
from sandbox.kernel.clock import Clock, SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.serving.measured import Measured
from sandbox.serving.visit import Trust, probe, trust_of

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

MOST_AT_ONCE = 2_000
READY_WITHIN_S = 20.0
TRY_EVERY_S = 0.1
BEFORE_S = 0.2  # between the last preparation and the first request
TOLD_EVERY_S = 0.25


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is. words: what has just happened, "" for nothing."""

    at_s: float
    length_s: float
    ended: int
    failed: int
    words: str = ""


OnProgress = Callable[[Progress], None]


def run_drill(sandbox: Sandbox, drill: Drill, *, seed: int, on_progress: OnProgress) -> Run:
    """Set up, run, mend. The caller ends the sandbox, or goes on with it. A Refusal when it is broken already."""
    stage = Stage(sandbox, drill)
    stage.refuse_beside_faults()
    plan = plan_of(drill, seed)
    try:
        on_progress(told_before(plan, f"making the architecture of {drill.name}"))
        stage.set_up()
        for words in stage.odd_places():
            on_progress(told_before(plan, words))
        on_progress(told_before(plan, "waiting until every city is served"))
        return asyncio.run(LiveRun(stage, plan, on_progress).run())
    finally:
        with undisturbed():
            stage.leave()


def told_before(plan: Plan, words: str) -> Progress:
    """Progress before the first request."""
    return Progress(at_s=0.0, length_s=plan.length_s, ended=0, failed=0, words=words)


def _told_by_who_waits(name: str, error: BaseException) -> None:
    """The run waits for every task, and ends with the first error."""


@dataclass
class LiveRun:
    """One run. All times count from `start_s` (monotonic) and `start_wall_s` (Unix), the same moment."""

    stage: Stage
    plan: Plan
    on_progress: OnProgress
    clock: Clock = field(default_factory=SystemClock)
    start_s: float = 0.0
    start_wall_s: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    faults: list[FaultSeen] = field(default_factory=list)
    calls: list[CallSeen] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    under_way: int = 0
    failed: int = 0

    async def run(self) -> Run:
        """All of it, until the replicas have settled."""
        try:
            await self._go()
            return await self._conclude()
        finally:
            self.stage.stop_waiting()  # for threads, which an interrupted run would wait for

    async def _go(self) -> None:
        self.trust: Trust = trust_of(self.stage.sandbox.card["ca_bundle"])
        await self._wait_until_served()
        self.start_s = self.clock.now_s() + BEFORE_S
        self.start_wall_s = self.clock.wall_s() + BEFORE_S
        async with contextlib.AsyncExitStack() as stack:
            tasks = Tasks("drill", on_error=_told_by_who_waits)
            stack.push_async_callback(tasks.close)
            telling = tasks.start(self._tell(), "progress")
            work: list[Coroutine[Any, Any, None]] = [self._load(tasks)]
            work += [self._fault(fault) for fault in self.plan.faults]
            work += [self._call(call) for call in self.plan.calls]
            await asyncio.gather(*(tasks.start(each, "work") for each in work))  # the first error ends the run
            telling.cancel()
        await asyncio.to_thread(self.stage.heal_ours)

    async def _conclude(self) -> Run:
        settled = True
        final: Images = {}
        conflicts: tuple[tuple[str, int], ...] = ()
        if self.stage.drill.tables:
            self._say("waiting until the replicas have settled")
            settled = await asyncio.to_thread(self.stage.settle)
            final = await asyncio.to_thread(self.stage.images)
            conflicts = await asyncio.to_thread(self.stage.conflicts)
        return Run(
            samples=tuple(sorted(self.samples, key=lambda sample: sample.request.number)),
            faults=tuple(sorted(self.faults, key=lambda seen: seen.at_s)),
            calls=tuple(sorted(self.calls, key=lambda seen: seen.call.at_s)),
            audits=tuple(self.audits),
            final=final,
            conflicts=conflicts,
            settled=settled,
        )

    # -- time -----------------------------------------------------------------------------------------------------

    def now_s(self) -> float:
        return self.clock.now_s() - self.start_s

    async def _until(self, at_s: float) -> None:
        await self.clock.sleep(at_s - self.now_s())

    async def _tell(self) -> None:
        while True:
            self._say("")
            await self.clock.sleep(TOLD_EVERY_S)

    def _say(self, words: str) -> None:
        at_s = max(0.0, min(self.now_s(), self.plan.length_s))
        self.on_progress(
            Progress(at_s=at_s, length_s=self.plan.length_s, ended=len(self.samples), failed=self.failed, words=words)
        )

    # -- users ----------------------------------------------------------------------------------------------------

    async def _wait_until_served(self) -> None:
        """Every city gets an answer: name servers, checks and accelerators have heard of the architecture."""
        await asyncio.gather(*(self._wait_for(request) for request in first_visits(self.plan)))

    async def _wait_for(self, request: Request) -> None:
        give_up_at_s = self.clock.now_s() + READY_WITHIN_S
        while True:
            measured = await self._probe(request, asked_of(request), patience_s=5.0)
            if is_served(request, measured):
                return
            if self.clock.now_s() > give_up_at_s:
                told = measured.why or measured.error or f"status {measured.status}"
                since = f"{READY_WITHIN_S:g} s after the architecture was made"
                raise Refusal("NotReady", f"{request.url} is not served in {request.city} {since}: {told}", status=503)
            await self.clock.sleep(TRY_EVERY_S)

    async def _load(self, tasks: Tasks) -> None:
        """Each request at its moment, whatever has become of those before it; until all have ended."""
        visits = []
        for request in self.plan.requests:
            await self._until(request.at_s)
            visits.append(tasks.start(self._visit(request), f"request {request.number}"))
        await asyncio.gather(*visits)

    async def _visit(self, request: Request) -> None:
        sent_s = self.now_s()
        if self.under_way >= MOST_AT_ONCE:
            self._keep(Sample(request=request, sent_s=sent_s, took_ms=0, ok=False, error="not-sent"))
            return
        self.under_way += 1
        try:
            measured = await self._probe(request, asked_of(request), patience_s=request.patience_s)
        finally:
            self.under_way -= 1
        self._keep(sample_of(request, sent_s, measured))

    def _keep(self, sample: Sample) -> None:
        self.samples.append(sample)
        self.failed += not sample.ok

    async def _probe(self, request: Request, asked: Asked, *, patience_s: float) -> Measured:
        host, port = self.stage.proxy
        return await probe(
            host,
            port,
            request.city,
            asked.url,
            timeout_s=patience_s,
            ca=self.trust,
            method=asked.method,
            headers=asked.headers,
            body=asked.body,
            clock=self.clock,
        )

    # -- the timeline ---------------------------------------------------------------------------------------------

    async def _fault(self, fault: FaultAt) -> None:
        await self._until(fault.at_s)
        lasts_s = end_of(fault, fault.at_s, self.plan) - fault.at_s
        injected = await asyncio.to_thread(self.stage.inject, fault, lasts_s)
        at_s = injected.since - self.start_wall_s
        self._say(f"{at_s:.1f} s: {injected.why}")
        if self.stage.drill.tables:
            await self._until(look_of(fault, at_s, self.plan))
            images = await asyncio.to_thread(self.stage.images)
            self.audits.append(Audit(fault=fault, fault_at_s=at_s, at_s=self.now_s(), images=images))
        await self._until(end_of(fault, at_s, self.plan))
        await asyncio.to_thread(self.stage.heal, injected)
        until_s = self.now_s()
        self.faults.append(FaultSeen(fault=fault, at_s=at_s, until_s=until_s))
        self._say(f"{until_s:.1f} s: healed: {fault.words}")

    async def _call(self, call: CallAt) -> None:
        await self._until(call.at_s)
        seen = await asyncio.to_thread(self.stage.call, call)
        self.calls.append(seen)
        self._say(f"{self.now_s():.1f} s: {call.step.says}: {seen.error or 'succeeded'}")
