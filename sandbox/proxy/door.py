"""A door: one listening port, the place its clients stand in when they name none, and what both sides share.

In: a user, a failure, a lost connection. Out: a place, a journal entry, the count of clients. `service.py` opens
doors; `http_side.py` and `socks_side.py` are made by them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.proxy.reach import Reach
from sandbox.proxy.relay import Pipe, join
from sandbox.proxy.sweeper import Sweeper
from sandbox.proxy.values import Failure, ProxySettings, Refused, Report, Served, Why, World


class Hall:
    """What all doors of a proxy share: the world, the way to reach hosts, tasks, and the clients inside."""

    def __init__(self, *, world: World, clock: Clock, journal: Journal, settings: ProxySettings) -> None:
        self.world = world
        self.settings = settings
        self.tasks = Tasks("proxy")
        self.reach = Reach(world=world, clock=clock, journal=journal, settings=settings)
        self.sweeper = Sweeper(clock, settings.half_closed_s)
        self.clients: dict[asyncio.Transport, None] = {}
        self._clock = clock
        self._journal = journal

    def note(self, failure: Failure, place: str) -> None:
        """One journal entry for a request that was not served."""
        report = failure.report
        event = Refused(
            at_s=self._clock.wall_s(),
            place=report.place or place,
            host=report.host,
            port=report.port,
            address=report.address,
            error=failure.cause.word,
            why=failure.message,
        )
        self._journal.note(event)

    def now_s(self) -> float:
        """For `served`."""
        return self._clock.now_s()

    def served(self, report: Report, since_s: float, *, status: int = 0, kept: bool = False) -> None:
        """One journal entry for an answer whose first byte is here."""
        wait_ms = (self._clock.now_s() - since_s) * 1000
        before_ms = 0.0 if kept else (report.lookup_ms or 0.0) + (report.connect_ms or 0.0)
        event = Served(
            at_s=self._clock.wall_s(),
            place=report.place,
            host=report.host,
            owner=report.owner,
            status=status,
            wait_ms=wait_ms,
            took_ms=before_ms + wait_ms,
        )
        self._journal.note(event)

    def after_lingering(self, then: Callable[[], None]) -> None:
        """Call `then` in `linger_s`."""
        self.tasks.start(self._after(self.settings.linger_s, then), "linger")

    async def _after(self, seconds: float, then: Callable[[], None]) -> None:
        await self._clock.sleep(seconds)
        then()


class Door:
    """One port."""

    def __init__(self, hall: Hall, place: str) -> None:
        self.hall = hall
        self.place = place
        self.host, self.port = "", 0  # once listening
        self.server: asyncio.Server | None = None

    def __repr__(self) -> str:
        return f"Door({self.place} at {self.authority})"

    @property
    def authority(self) -> str:
        """host:port."""
        return f"{self.host}:{self.port}"

    def stand(self, user: str) -> str:
        """The place a client with this proxy user stands in."""
        if not user:
            return self.place
        try:
            return self.hall.world.check_place(user)
        except Refusal as refusal:
            raise Failure(Why.UNKNOWN_PLACE, refusal.message) from refusal

    def note(self, failure: Failure) -> None:
        """Into the journal."""
        self.hall.note(failure, self.place)

    def lost(self, transport: asyncio.Transport) -> None:
        """A client has gone."""
        self.hall.clients.pop(transport, None)

    def pipe(self) -> Pipe:
        """The far end of a tunnel to come."""
        return Pipe(on_half_closed=self._half_closed, on_lost=self._pipe_lost)

    def tunnel(self, transport: asyncio.Transport, upstream: Pipe, first: bytes, report: Report) -> None:
        """Make the client and `upstream` one tunnel; `first` was sent ahead by the client."""

        def client_lost(pipe: Pipe) -> None:
            self.lost(transport)
            self._pipe_lost(pipe)

        if transport.is_closing():
            assert upstream.transport is not None, upstream
            upstream.transport.abort()
            return
        client = Pipe(on_half_closed=self._half_closed, on_lost=client_lost, transport=transport)
        transport.set_protocol(client)
        if first:
            client.data_received(first)
        transport.resume_reading()  # it is paused if the client sent much ahead
        join(client, upstream)
        stood_s = self.hall.now_s()
        upstream.tell_first(lambda: self.hall.served(report, stood_s))

    def _half_closed(self, pipe: Pipe) -> None:
        assert pipe.peer is not None, pipe
        self.hall.sweeper.watch(pipe, pipe.peer.was_idle, pipe.end)

    def _pipe_lost(self, pipe: Pipe) -> None:
        self.hall.sweeper.forget(pipe)
        self.hall.sweeper.forget(pipe.peer)
