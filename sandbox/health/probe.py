"""One probe: look up, connect through the ocean, ask, read, judge.

In: a check, the checker's place, the speed. Out: an `Outcome` whose status is Route 53's sentence; every way to fail is
one. `core.py` holds the rules and time-outs, `service.py` calls this for each checker again and again.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from sandbox.health.core import (
    CONNECTED,
    NOT_RESOLVED,
    REFUSED,
    RESET,
    TIMED_OUT,
    Timeouts,
    judge_body,
    judge_status,
    request_bytes,
    timeouts,
)
from sandbox.health.reply import Reply
from sandbox.health.tls_layer import TlsLayer, unvalidating_context
from sandbox.health.values import TCP, HealthCheck, Outcome, World
from sandbox.kernel.errors import Refusal


class Conversation(asyncio.Protocol):
    """Sends one request as soon as it can, collects the reply."""

    def __init__(self, request: bytes) -> None:
        self.reply = Reply()
        self.error: Exception | None = None
        loop = asyncio.get_running_loop()
        self.has_status: asyncio.Future[None] = loop.create_future()
        self.has_body: asyncio.Future[None] = loop.create_future()
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self.reply.feed(data)
        self._tell(ended=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self.reply.end()
        self._tell(ended=True)

    def _tell(self, *, ended: bool) -> None:
        over = ended or bool(self.reply.problem)
        if (over or self.reply.status is not None) and not self.has_status.done():
            self.has_status.set_result(None)
        if (over or self.reply.body_is_complete) and not self.has_body.done():
            self.has_body.set_result(None)


class Listener(asyncio.Protocol):
    """For TCP checks: connecting is all."""


class Prober:
    """Probes for all checkers of a planet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tls = unvalidating_context()

    async def probe(self, check: HealthCheck, place: str, *, speed: float) -> Outcome:
        """Never raises for what a network or a server can do."""
        try:
            address = check.address or await self._look_up(check, place, speed)
            if address is None:
                return Outcome(passed=False, status=NOT_RESOLVED)
            limits = timeouts(check, rtt_ms=self._world.rtt_ms(place, address), speed=speed)
            if check.kind == TCP:
                return await self._connect(check, place, address, limits)
            server_name = check.host if check.uses_tls and check.sends_server_name and check.host else None
            return await self._ask(check, place, address, limits, server_name)
        except TimeoutError:
            return Outcome(passed=False, status=TIMED_OUT)
        except ConnectionRefusedError:
            return Outcome(passed=False, status=REFUSED)
        except ConnectionResetError:
            return Outcome(passed=False, status=RESET)
        except ssl.SSLError as error:
            return Outcome(passed=False, status=f"Failure: TLS handshake failed: {error.reason or error}.")
        except OSError as error:
            return Outcome(passed=False, status=f"Failure: {error}")
        except Refusal as refusal:
            return Outcome(passed=False, status=f"Failure: {refusal.message}")

    async def _look_up(self, check: HealthCheck, place: str, speed: float) -> str | None:
        limits = timeouts(check, rtt_ms=0.0, speed=min(speed, 1.0))  # a resolver has time-outs of its own
        try:
            async with asyncio.timeout(limits.connect_s):
                lookup = await self._world.resolve(place, check.host)
        except TimeoutError:
            return None
        return lookup.addresses[0] if lookup.addresses else None

    async def _connect(self, check: HealthCheck, place: str, address: str, limits: Timeouts) -> Outcome:
        async with asyncio.timeout(limits.connect_s):
            transport, _ = await self._world.open(place, address, check.port, Listener)
        transport.close()
        return Outcome(passed=True, status=CONNECTED)

    async def _ask(
        self, check: HealthCheck, place: str, address: str, limits: Timeouts, server_name: str | None
    ) -> Outcome:
        talk = Conversation(request_bytes(check))
        layer = TlsLayer(talk, self._tls, server_name) if check.uses_tls else None
        async with asyncio.timeout(limits.connect_s):
            transport, _ = await self._world.open(place, address, check.port, lambda: layer or talk)
        try:
            return await self._read(check, talk, limits)
        except ssl.SSLError:
            if server_name is None:
                raise
        finally:
            transport.close()
        return await self._ask(check, place, address, limits, None)  # as Route 53: once more without the name

    async def _read(self, check: HealthCheck, talk: Conversation, limits: Timeouts) -> Outcome:
        async with asyncio.timeout(limits.response_s):
            await talk.has_status
        if talk.reply.status is None:
            if talk.error is not None:
                raise talk.error
            return Outcome(passed=False, status=f"Failure: {talk.reply.problem}.")
        outcome = judge_status(*talk.reply.status)
        if not outcome.passed or not check.searches:
            return outcome
        async with asyncio.timeout(limits.body_s):
            await talk.has_body
        if talk.reply.problem:
            return Outcome(passed=False, status=f"Failure: {talk.reply.problem}.")
        return judge_body(outcome, talk.reply.body, check.search)
