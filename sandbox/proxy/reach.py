"""From a host's name to an open connection, as seen from one place.

In: place, host, port and a protocol factory. Out: transport, protocol and a `Report`, or a `Failure` that says what
went wrong where. Addresses are tried in the order of the answer, as curl does. Callers: both sides of the proxy.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.proxy.core import ALLOW_INTERNET_HINT, judge_lookup, literal_address
from sandbox.proxy.values import Connected, Factory, Failure, ProxySettings, Report, Why, World

Opened = tuple[asyncio.Transport, asyncio.Protocol, Report]


class Reach:
    """Looks up and connects; keeps nothing."""

    def __init__(self, *, world: World, clock: Clock, journal: Journal, settings: ProxySettings) -> None:
        self._world = world
        self._clock = clock
        self._journal = journal
        self._settings = settings

    async def connect(self, place: str, host: str, port: int, factory: Factory) -> Opened:
        """Open `host:port` as seen from `place`. Raises `Failure`."""
        report = Report(place=place, host=host, port=port)
        try:
            report, addresses = await self._look_up(report)
            opened = await self._first_that_answers(report, addresses, factory)
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

    async def _first_that_answers(self, report: Report, addresses: list[str], factory: Factory) -> Opened:
        tried: list[str] = []
        while True:
            address = addresses.pop(0)
            try:
                return await self._open(replace(report, address=address), factory)
            except Failure as failure:
                tried.append(f"{address}: {failure.cause.word}")
                if not addresses or failure.cause is Why.OUTSIDE:
                    raise
            report = replace(report, why="; ".join([report.why, *tried]))

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
