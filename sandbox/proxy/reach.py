"""From a host's name to an open connection, as seen from one place.

In: place, host, port and a protocol factory. Out: transport, protocol and a `Report`, or a `Failure` that says what
went wrong where. Addresses are tried in the order of the answer: the next one when one fails, or when it has not
answered for `next_address_after_s`, while the first goes on trying; whichever connects first is taken (RFC 8305 section
5, by which browsers do so). Callers: both sides of the proxy.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks, tell_stderr
from sandbox.proxy.core import ALLOW_INTERNET_HINT, judge_lookup, literal_address
from sandbox.proxy.values import Connected, Factory, Failure, ProxySettings, Refused, Report, Why, World

Opened = tuple[asyncio.Transport, asyncio.Protocol, Report]


class Race:
    """Attempts at several addresses, each begun when the one before it has failed or taken too long."""

    def __init__(self, tasks: Tasks, attempt: Callable[[str], Coroutine[Any, Any, Opened]]) -> None:
        self.tried: list[str] = []
        self._tasks = tasks
        self._attempt = attempt
        self._running: dict[asyncio.Task[Opened], str] = {}

    async def run(self, addresses: Sequence[str], next_after_s: float) -> Opened:
        """The first that connects; when none does, the Failure of the one that failed last."""
        waiting = list(addresses)
        while True:
            if waiting:
                address = waiting.pop(0)
                self._running[self._tasks.start(self._attempt(address), f"connect {address}")] = address
            ended = await self._next_end(next_after_s if waiting else None)
            if not ended:
                self.tried.append(f"{address}: no answer for {next_after_s:g} s")
            for task in ended:
                opened = self._result(task, more=bool(waiting))
                if opened is not None:
                    return opened

    async def _next_end(self, within_s: float | None) -> list[asyncio.Task[Opened]]:
        """Attempts that have ended, once one has; none when that takes too long."""
        ended, _ = await asyncio.wait(self._running, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        return [task for task in list(self._running) if task in ended]

    def _result(self, task: asyncio.Task[Opened], *, more: bool) -> Opened | None:
        address = self._running.pop(task)
        try:
            return task.result()
        except Failure as failure:
            self.tried.append(f"{address}: {failure.cause.word}")
            if not (more or self._running) or failure.cause is Why.OUTSIDE:
                raise
            return None

    def end(self) -> None:
        """Give up what still runs; what connects all the same is closed."""
        for task in self._running:
            task.add_done_callback(_close)
            task.cancel()


def _tell_bugs(name: str, error: BaseException) -> None:
    if not isinstance(error, Failure):  # those are for the race
        tell_stderr(name, error)


def _close(task: asyncio.Task[Opened]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result()[0].abort()


class Reach:
    """Looks up and connects; keeps nothing."""

    def __init__(self, *, world: World, clock: Clock, journal: Journal, settings: ProxySettings) -> None:
        self._world = world
        self._clock = clock
        self._journal = journal
        self._settings = settings
        self._tasks = Tasks("reach", _tell_bugs)

    async def connect(self, place: str, host: str, port: int, factory: Factory) -> Opened:
        """Open `host:port` as seen from `place`. Raises `Failure`."""
        report = Report(place=place, host=host, port=port)
        try:
            report, addresses = await self._look_up(report)
            opened = await self._unless_given_up(report, addresses, factory)
        except Failure as failure:
            if failure.cause is not Why.OUTSIDE or not self._settings.allow_internet:
                raise
            opened = await self._open_outside(report, factory)
        self._note(opened[2])
        return opened

    async def _look_up(self, report: Report) -> tuple[Report, list[str]]:
        host = report.host
        if literal := literal_address(host):
            return replace(report, lookup_ms=0.0, why="an address, nothing to look up"), [literal]
        if host.startswith("["):
            raise Failure(Why.OUTSIDE, f"{host}: IPv6 is not on the planet. {ALLOW_INTERNET_HINT}", report)
        try:
            lookup = await self._world.resolve(report.place, host)
        except TimeoutError:
            raise Failure(Why.TIMEOUT, f"{host} could not be looked up: no answer from DNS in time.", report) from None
        except Refusal as refusal:
            raise Failure(Why.UNREACHABLE, refusal.message, report) from refusal
        report = replace(report, lookup_ms=lookup.took_ms, lookup_cached=lookup.from_cache, why=lookup.why)
        if not lookup.addresses:
            raise judge_lookup(host, lookup.rcode, report)
        return report, list(lookup.addresses)

    async def _unless_given_up(self, report: Report, addresses: list[str], factory: Factory) -> Opened:
        """A client that hangs up while it is being connected has waited in vain: that is an entry, too."""
        began_s = self._clock.now_s()
        try:
            return await self._first_that_answers(report, addresses, factory)
        except asyncio.CancelledError:
            event = Refused(
                at_s=self._clock.wall_s(),
                place=report.place,
                host=report.host,
                port=report.port,
                address=addresses[0],
                error="given-up",
                why=f"the client hung up: {addresses[0]} had not answered for {self._since_ms(began_s) / 1000:.1f} s",
            )
            self._journal.note(event)
            raise

    async def _first_that_answers(self, report: Report, addresses: list[str], factory: Factory) -> Opened:
        if len(addresses) == 1:
            return await self._open(replace(report, address=addresses[0]), factory)
        race = Race(self._tasks, lambda address: self._open(replace(report, address=address), factory))
        try:
            transport, protocol, won = await race.run(addresses, self._settings.next_address_after_s)
        finally:
            race.end()
        return transport, protocol, replace(won, why="; ".join([won.why, *race.tried]))

    async def _open(self, report: Report, factory: Factory) -> Opened:
        started_s = self._clock.now_s()
        there = f"{report.host} ({report.address}) port {report.port}"
        timeout_s = self._settings.connect_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                transport, protocol = await self._world.open(report.place, report.address, report.port, factory)
        except Refusal as refusal:
            inside = refusal.status >= 500
            message = refusal.message if inside else f"{refusal.message} {ALLOW_INTERNET_HINT}"
            raise Failure(Why.UNREACHABLE if inside else Why.OUTSIDE, message, report) from refusal
        except OSError as error:
            report = replace(report, connect_ms=self._since_ms(started_s))
            raise _connect_failure(error, there, report) from error
        report = replace(report, connect_ms=self._since_ms(started_s), owner=transport.get_extra_info("place") or "")
        return transport, protocol, report

    async def _open_outside(self, report: Report, factory: Factory) -> Opened:
        """A real connection to the real internet (`allow_internet`): no latency of ours on it."""
        started_s = self._clock.now_s()
        loop = asyncio.get_running_loop()
        host = report.host.strip("[]")
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                transport, protocol = await loop.create_connection(factory, host, report.port)
        except socket.gaierror as error:
            raise Failure(Why.NOT_FOUND, f"{host} is not known on the internet either: {error}.", report) from error
        except OSError as error:
            raise _connect_failure(error, f"{host} port {report.port} on the internet", report) from error
        report = replace(
            report,
            address=str(transport.get_extra_info("peername")[0]),
            owner="internet",
            connect_ms=self._since_ms(started_s),
            why="outside the planet, connected directly (--allow-internet)",
        )
        return transport, protocol, report

    def _since_ms(self, started_s: float) -> float:
        return (self._clock.now_s() - started_s) * 1000

    def _note(self, report: Report) -> None:
        event = Connected(
            at_s=self._clock.wall_s(),
            place=report.place,
            host=report.host,
            port=report.port,
            address=report.address,
            owner=report.owner,
            lookup_ms=report.lookup_ms or 0.0,
            connect_ms=report.connect_ms or 0.0,
            why=report.why,
        )
        self._journal.note(event)


def _connect_failure(error: OSError, there: str, report: Report) -> Failure:
    if isinstance(error, TimeoutError):
        return Failure(Why.TIMEOUT, f"{there} did not answer in time.", report)
    if isinstance(error, ConnectionRefusedError):
        return Failure(Why.REFUSED, f"{there} refused the connection: nobody listens there.", report)
    if isinstance(error, ConnectionResetError):
        return Failure(Why.RESET, f"{there} reset the connection.", report)
    return Failure(Why.UNREACHABLE, f"{there} cannot be reached: {error}.", report)
