"""The shell of health checks: checkers in their Regions, each probing on its own beat, and who is told of verdicts.

In: `put_check(id, value)` for each value of topic "health-check/<id>", `put_told(id, value)` for "health-verdict/<id>",
by which control tells the state of checks that nobody probes. Out: `on_change(id, healthy, why)` with the
first verdict of a check and at each flip, journal events, and observations on request. `probe.py` does one probe,
`core.py` decides.

    checker:  sleep(phase) -> probe -> streak -> (verdict) -> sleep(interval) -> probe ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.health.core import Streak, Verdict, judge_checkers, judge_children, judge_told, next_probe_in_s
from sandbox.health.probe import Prober
from sandbox.health.values import (
    CALCULATED,
    TOLD,
    Chance,
    HealthChanged,
    HealthCheck,
    HealthSettings,
    Observation,
    Outcome,
    ProbeFailed,
    Told,
    World,
    parse_check,
    parse_told,
)
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks

OnChange = Callable[[str, bool, str], None]


@dataclass
class Checker:
    """One of a check's checkers. seen: its last observation; failed: the last one that was a failure."""

    place: str
    address: str
    streak: Streak
    seen: Observation | None = None
    failed: Observation | None = None


@dataclass
class Watch:
    """A check, its checkers and its present verdict."""

    check: HealthCheck
    verdict: Verdict
    checkers: dict[tuple[str, int], Checker] = field(default_factory=dict)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def stop(self) -> None:
        """No more probes."""
        for task in self.running:
            task.cancel()
        self.running.clear()


class HealthCheckers:
    """All health checks of a planet."""

    def __init__(
        self,
        *,
        world: World,
        clock: Clock,
        journal: Journal,
        chance: Chance,
        on_change: OnChange,
        settings: HealthSettings | None = None,
    ) -> None:
        self.settings = settings or HealthSettings()
        self.speed = self.settings.speed  # may be changed while running; the next sleep obeys
        self._clock = clock
        self._journal = journal
        self._chance = chance
        self._on_change = on_change
        self._prober = Prober(world)
        self._world = world
        self._tasks = Tasks("health")
        self._watches: dict[str, Watch] = {}
        self._told: dict[str, Told] = {}  # control removes what it has told

    def __len__(self) -> int:
        """Checks known."""
        return len(self._watches)

    def put_check(self, check_id: str, value: Mapping[str, Any] | None) -> None:
        """Add, change or (None) remove a check. Raises `Refusal` for one that is not emulated or not valid."""
        if value is None:
            if (watch := self._watches.pop(check_id, None)) is not None:
                watch.stop()
                self._tell_parents(check_id)
            return
        check = parse_check(check_id, value)
        watch = self._watches.get(check_id)
        if watch is not None and watch.check == check:
            return
        if watch is None:
            if len(self._watches) >= self.settings.most_checks:
                message = f"{self.settings.most_checks} health checks are the most one planet probes (most_checks)."
                raise Refusal("TooManyHealthChecks", message)
            self._begin(check)
        else:
            watch.check = check
            self._staff(watch)
            self._judge(watch)

    def is_healthy(self, check_id: str) -> bool:
        """The verdict; a check that is not known counts as healthy."""
        watch = self._watches.get(check_id)
        return watch is None or watch.verdict.healthy

    def why(self, check_id: str) -> str:
        """The verdict in words."""
        watch = self._watches.get(check_id)
        return "not known here: it counts as healthy" if watch is None else watch.verdict.why

    def observations(self, check_id: str) -> list[dict[str, Any]]:
        """The last observation of each checker, in GetHealthCheckStatus's shape."""
        watch = self._watches.get(check_id)
        if watch is None:
            return []
        return [checker.seen.as_reply() for checker in watch.checkers.values() if checker.seen is not None]

    def last_failures(self, check_id: str) -> list[dict[str, Any]]:
        """What each checker saw when it last saw a failure, in the shape of `GetHealthCheckLastFailureReason`."""
        watch = self._watches.get(check_id)
        checkers = () if watch is None else watch.checkers.values()
        return [checker.failed.as_reply() for checker in checkers if checker.failed is not None]

    def put_told(self, check_id: str, value: Mapping[str, Any] | None) -> None:
        """What control found out; None when there is nothing to tell any more. It may come before its check."""
        if value is None:
            self._told.pop(check_id, None)
        else:
            self._told[check_id] = parse_told(value)
        watch = self._watches.get(check_id)
        if watch is not None and watch.check.kind in TOLD:
            self._judge(watch)

    async def close(self) -> None:
        """End all probes."""
        self._watches.clear()
        await self._tasks.close()

    def _begin(self, check: HealthCheck) -> None:
        watch = Watch(check=check, verdict=Verdict(healthy=True, why=""))
        self._watches[check.check_id] = watch
        self._staff(watch)
        watch.verdict = self._verdict(watch)
        self._on_change(check.check_id, watch.verdict.healthy, watch.verdict.why)
        self._tell_parents(check.check_id)

    def _staff(self, watch: Watch) -> None:
        """One checker for each place and number, keeping the opinions of those that stay; start them anew."""
        check = watch.check
        watch.stop()
        posts = [(region, number) for region in check.regions for number in range(self.settings.checkers_per_region)]
        before, watch.checkers = watch.checkers, {}
        if check.kind == CALCULATED or check.kind in TOLD:
            return
        for region, number in posts:
            checker = before.get((region, number))
            if checker is None:
                address = self._world.checker_address(region, number)
                checker = Checker(place=region, address=address, streak=Streak(check.threshold))
            checker.streak.threshold = check.threshold
            watch.checkers[region, number] = checker
            if not check.is_disabled:
                name = f"{check.check_id}/{region}/{number}"
                watch.running.append(self._tasks.start(self._go_round(watch, checker), name))

    async def _go_round(self, watch: Watch, checker: Checker) -> None:
        phase = self._chance.random()
        await self._clock.sleep(phase * next_probe_in_s(watch.check, speed=self.speed))
        while True:
            outcome = await self._prober.probe(watch.check, checker.place, speed=self.speed)
            self._observe(watch, checker, outcome)
            await self._clock.sleep(next_probe_in_s(watch.check, speed=self.speed))

    def _observe(self, watch: Watch, checker: Checker, outcome: Outcome) -> None:
        is_first = checker.seen is None
        checker.seen = Observation(
            region=checker.place,
            address=checker.address,
            status=outcome.status,
            checked_at_s=self._clock.wall_s(),
        )
        if not outcome.passed:
            checker.failed = checker.seen
        flipped = checker.streak.on_result(outcome.passed)
        if flipped and not outcome.passed:
            self._note_failure(watch.check, checker, outcome)
        if flipped or is_first:
            self._judge(watch)

    def _note_failure(self, check: HealthCheck, checker: Checker, outcome: Outcome) -> None:
        event = ProbeFailed(
            at_s=self._clock.wall_s(),
            check_id=check.check_id,
            region=checker.place,
            address=checker.address,
            status=outcome.status,
            why=f"{check.threshold} failures in a row seen from {checker.place}",
        )
        self._journal.note(event)

    def _verdict(self, watch: Watch) -> Verdict:
        check = watch.check
        if check.kind == CALCULATED:
            return judge_children(check, states=[self.is_healthy(child) for child in check.children])
        if check.kind in TOLD:
            return judge_told(check, self._told.get(check.check_id))
        opinions = [checker.streak.healthy for checker in watch.checkers.values() if checker.seen is not None]
        return judge_checkers(check, opinions=opinions, checkers=len(watch.checkers))

    def _judge(self, watch: Watch) -> None:
        before, watch.verdict = watch.verdict, self._verdict(watch)
        healthy, why = watch.verdict.healthy, watch.verdict.why
        if healthy == before.healthy:
            return
        check_id = watch.check.check_id
        self._journal.note(HealthChanged(at_s=self._clock.wall_s(), check_id=check_id, healthy=healthy, why=why))
        self._on_change(check_id, healthy, why)
        self._tell_parents(check_id)

    def _tell_parents(self, check_id: str) -> None:
        """A calculated check cannot be a child, so this goes one step only."""
        for watch in list(self._watches.values()):
            if watch.check.kind == CALCULATED and check_id in watch.check.children:
                self._judge(watch)
