"""The stage: what every act does things with. Steps, visits from all cities, waits, faults.

In: a running sandbox. Out: calls and visits. It remembers what it made and broke, for `undoing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from sandbox.client.aws_steps import CHANGE, Aws, Runner, Step, cli_line
from sandbox.demo.load import BackgroundLoad
from sandbox.demo.records import check_name
from sandbox.demo.screen import Screen
from sandbox.demo.values import Ground
from sandbox.demo.visits import held_up
from sandbox.geography.atlas import Atlas
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.errors import Refusal
from sandbox.serving.measured import Measured

if TYPE_CHECKING:
    from sandbox.client.faults import Injected
    from sandbox.client.sandbox import Sandbox

POLL_S = 0.05
IN_SYNC_WITHIN_S = 20.0
VISIT_TIMEOUT_S = 5.0
APART_S = 0.1
SECOND_TRIES = 2
RATE_PER_S = 5.0  # of each city, in a steady load
PATIENCE_S = 1.0  # of a user: more than three round trips of the longest way, less than any checker's threshold

Result = TypeVar("Result")


class Stage:
    """One sandbox, prepared for the demo."""

    def __init__(self, sandbox: Sandbox, ground: Ground, screen: Screen, atlas: Atlas) -> None:
        self.sandbox = sandbox
        self.ground = ground
        self.screen = screen
        self.clock = SystemClock()
        self.aws = Aws(sandbox.endpoint_url())
        self.runner = Runner(self.aws)
        self.made_tables: list[tuple[str, str]] = []
        self.broken: list[tuple[str, ...]] = []  # kind and targets of every fault that was asked for
        self._atlas = atlas

    # -- AWS ----------------------------------------------------------------------------------------------------

    def do(self, steps: Iterable[Step]) -> None:
        """Show and make each call, then wait until name servers and checkers know of it."""
        for step in steps:
            self.screen.step(step.says, cli_line(step))
            self.runner.run(step)
            if step.keep == CHANGE:
                self.wait_until_in_sync()
        self.screen.line("")

    def make_tables(self, steps: Iterable[Step]) -> None:
        """As `do`, but a table that somebody has already made is left as it is, now and at the end."""
        for step in steps:
            self.screen.step(step.says, cli_line(step))
            name = str(step.arguments["TableName"])
            if name in self.aws.client("dynamodb", step.region).list_tables()["TableNames"]:
                self.screen.line("  there already", "dim")
                continue
            self.made_tables.append((step.region, name))  # before it is done: Ctrl-C may come in between
            self.runner.run(step)

    def wait_until_in_sync(self) -> None:
        """Until Route 53 says that all its name servers have the last change."""
        route53 = self.aws.client("route53", "us-east-1")
        give_up_at_s = self.clock.now_s() + IN_SYNC_WITHIN_S
        while route53.get_change(Id=self.runner.kept[CHANGE])["ChangeInfo"]["Status"] != "INSYNC":
            if self.clock.now_s() > give_up_at_s:
                raise Refusal(
                    "NotInSync", f"A change of records is not INSYNC after {IN_SYNC_WITHIN_S:g} s", status=500
                )
            pause_s(POLL_S)
        self.sandbox.call("planet", "status")  # the name servers read in order: once they answer, they know the change

    # -- users --------------------------------------------------------------------------------------------------

    def visit(self, url: str) -> list[Measured]:
        """One visit from each city, each on a connection of its own, so far apart that none is in another's way.

        One that our own machine held up is made again: its stalls are no property of an ocean.
        """
        visits = asyncio.run(self._visit([(city, url) for city in self.ground.cities]))
        for _ in range(SECOND_TRIES):
            again = [(visit.place, url) for visit in visits if held_up(visit, self.rtt_ms)]
            if not again:
                break
            better = {visit.place: visit for visit in asyncio.run(self._visit(again)) if visit.ok}
            visits = [min(visit, better.get(visit.place, visit), key=lambda v: v.total_ms) for visit in visits]
        return visits

    def warm_up(self) -> None:
        """The first request of a process loads code; that is no property of an ocean."""
        addresses = [(region, f"http://{address}/") for region, address in self.ground.addresses.items()]
        asyncio.run(self._visit(addresses))

    async def _visit(self, visits: list[tuple[str, str]]) -> list[Measured]:
        async def one(number: int, place: str, url: str) -> Measured:
            await self.clock.sleep(number * APART_S)
            return await self.sandbox.place(place).probe_async(url, timeout_s=VISIT_TIMEOUT_S)

        return list(await asyncio.gather(*(one(number, *visit) for number, visit in enumerate(visits))))

    def load(self, url: str, *, rate_per_s: float = RATE_PER_S) -> BackgroundLoad:
        """Steady visits from every city."""
        proxy_port = int(self.sandbox.ports["proxy"])
        return BackgroundLoad(proxy_port, self.ground.cities, url, rate_per_s=rate_per_s, timeout_s=PATIENCE_S)

    def rtt_ms(self, place: str, other: str) -> float:
        """Round trip without faults."""
        return self._atlas.rtt_ms(place, other)

    # -- faults and what comes of them --------------------------------------------------------------------------

    def inject(self, kind: str, *target: str, **parameters: float) -> Injected:
        """Break something; it is healed at the end of the demo if not before."""
        self.broken.append((kind, *target))  # before it is done: Ctrl-C may come in between
        return self.sandbox.fault.inject(kind, *target, **parameters)

    def verdict_at_s(self, region: str, *, healthy: bool, since_s: float) -> float | None:
        """When the health check of a region got this verdict, after `since_s`; None: not yet."""
        check_id = self.runner.kept[check_name(region)]
        for record in self.sandbox.events(kinds=("health_changed",)):
            if record["check_id"] == check_id and record["healthy"] is healthy and record["at_s"] >= since_s:
                return float(record["at_s"])
        return None

    def wait_until(self, holds: Callable[[], Result], *, what: str, within_s: float) -> Result | None:
        """Ask again and again, saying what for; None when it does not come about."""
        give_up_at_s = self.clock.now_s() + within_s
        with self.screen.waiting(what):
            while not (result := holds()):
                if self.clock.now_s() > give_up_at_s:
                    return None
                pause_s(POLL_S)
            return result
