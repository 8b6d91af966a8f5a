"""The ocean's shell: opens delayed connections and carries datagrams between places.

In: `connect(src, dst, endpoint, factory)` and `exchange(src, dst, payload, serve)` from proxies, checkers, resolvers.
Out: transports that are as slow, lossy or cut as the link is now. A `Dialer` opens the real socket at the far end.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sandbox.kernel.clock import Clock
from sandbox.network.core import SYN_RTO_S, Links, is_lost, spread_s
from sandbox.network.departures import Departures
from sandbox.network.flow import Flow
from sandbox.network.rules.catalogue import Areas, nowhere, rule_of
from sandbox.network.values import Cut, Endpoint

SYN_GIVE_UP_S = 127.0  # Linux: six SYN retransmissions, then ETIMEDOUT

Factory = Callable[[], asyncio.Protocol]


class Dialer(Protocol):
    """Opens the real connection behind a virtual address."""

    async def __call__(self, endpoint: Endpoint, factory: Factory) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """As asyncio's `create_connection`; OSError when there is nobody."""
        ...


async def dial_tcp(endpoint: Endpoint, factory: Factory) -> tuple[asyncio.Transport, asyncio.Protocol]:
    """A TCP connection on this machine."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(factory, endpoint.host, endpoint.port)
    return transport, protocol


class Network:
    """All flows of a planet."""

    def __init__(
        self,
        links: Links,
        clock: Clock,
        dice: random.Random,
        dial: Dialer = dial_tcp,
        areas: Areas = nowhere,
    ) -> None:
        self.links = links
        self.clock = clock
        self.dice = dice
        self.departures = Departures(clock)
        self._dial = dial
        self._areas = areas
        self._flows: dict[Flow, None] = {}
        self._waiting: dict[asyncio.Future[None], None] = {}
        links.on_change(self._links_changed)

    def __len__(self) -> int:
        """Open flows."""
        return len(self._flows)

    def rtt_ms(self, src: str, dst: str) -> float:
        """Base round trip, without faults."""
        return self.links.rtt_ms(src, dst)

    def put_fault(self, fault_id: str, fault: Mapping[str, Any] | None) -> None:
        """Install, replace or (None) heal a fault; kinds that are not of the links are passed over."""
        if fault is None:
            self.links.heal(fault_id)
            return
        target: Sequence[str] = fault["target"]
        rule = rule_of(fault["kind"], target, fault["parameters"], self._areas)
        if rule is not None:
            self.links.install(fault_id, rule)

    async def connect(
        self, src: str, dst: str, endpoint: Endpoint, factory: Factory, *, dial: Dialer | None = None
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Open a connection from place `src` to `endpoint` in place `dst`: one round trip, then delayed bytes.

        dial: what stands at the far end instead of a socket, such as a `Junction` from which another flow goes on.
        Raises ConnectionRefusedError one round trip later when nobody listens, ConnectionResetError when a rule
        resets, TimeoutError when the handshake stays unanswered for `SYN_GIVE_UP_S`.
        """
        protocol = factory()
        flow = Flow(self, src, dst, protocol)
        self._flows[flow] = None
        try:
            async with asyncio.timeout(SYN_GIVE_UP_S):
                await self._handshake(flow, endpoint, dial or self._dial)
        except BaseException:
            flow.ended = True
            self.forget(flow)
            if flow.far.transport is not None:
                flow.far.transport.abort()
            raise
        flow.establish()
        return flow.transport, protocol

    async def _handshake(self, flow: Flow, endpoint: Endpoint, dial: Dialer) -> None:
        await self._cross(flow.src, flow.dst)
        refused: OSError | None = None
        try:
            await dial(endpoint, lambda: flow.far)
        except OSError as error:
            refused = error
        await self._cross(flow.dst, flow.src)
        if refused is not None:
            raise ConnectionRefusedError(f"nobody listens at {endpoint.host}:{endpoint.port}") from refused

    async def _cross(self, src: str, dst: str) -> None:
        """One handshake packet from `src` to `dst`, sent again as TCP does while it is lost or the link is cut."""
        wait_s = SYN_RTO_S
        sent_at_s = self.clock.now_s()
        while True:
            state = self.links.state(src, dst)
            if state.cut is Cut.DROP:
                await self._link_change()
                while sent_at_s <= self.clock.now_s():
                    sent_at_s += wait_s
                    wait_s = min(2 * wait_s, 4.0)
                await self.departures.after(sent_at_s - self.clock.now_s())
                continue
            await self.departures.after(state.delay_s + spread_s(state, self.dice))
            arriving = self.links.state(src, dst)
            if arriving.cut is Cut.RESET:
                raise ConnectionResetError(arriving.why)
            if arriving.cut is None and not is_lost(state, self.dice):
                return
            await self.departures.after(wait_s)
            wait_s *= 2

    async def exchange(self, src: str, dst: str, payload: bytes, serve: Callable[[bytes], bytes | None]) -> bytes:
        """A datagram there and its answer back. What is lost is not sent again: the caller sets a time-out."""
        await self._fly(src, dst)
        reply = serve(payload)
        if reply is None:
            await self._for_ever()
        await self._fly(dst, src)
        assert reply is not None
        return reply

    async def _fly(self, src: str, dst: str) -> None:
        state = self.links.state(src, dst)
        if state.cut is not None or is_lost(state, self.dice):
            await self._for_ever()
        await self.departures.after(state.delay_s + spread_s(state, self.dice))
        if self.links.state(src, dst).cut is not None:
            await self._for_ever()

    async def _for_ever(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def _link_change(self) -> None:
        change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[change] = None
        try:
            await change
        finally:
            self._waiting.pop(change, None)

    def _links_changed(self) -> None:
        for flow in list(self._flows):
            flow.link_changed()
        for change in list(self._waiting):
            if not change.done():
                change.set_result(None)

    def forget(self, flow: Flow) -> None:
        """A flow has ended."""
        self._flows.pop(flow, None)

    def close(self) -> None:
        """Reset everything."""
        for flow in list(self._flows):
            flow.reset()
