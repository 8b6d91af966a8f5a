"""UDP through an accelerator: forwarded at the edge location, not terminated [GA 3.1].

In: a client's datagrams to an anycast address. Out: the endpoint's replies. The first datagram of a flow chooses the
endpoint; the others follow it, whatever becomes of its health, until nothing has come for 30 s [GA 3.4]: the next one
is a new flow. So is one that enters at another edge location, because its own has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sandbox.kernel.clock import Clock
from sandbox.network.datagrams import Datagrams, DialUdp, OnReply, fly
from sandbox.network.service import Network
from sandbox.network.values import Endpoint as Socket

IDLE_UDP_S = 30.0  # [GA 3.4]

Route = Callable[[str], "tuple[str, Socket] | None"]  # edge location -> region and socket, None: nowhere


class Ways(Protocol):
    """What a conversation asks its accelerator."""

    def entry(self) -> str | None:
        """The edge location that its client enters at now; None when its zone or every edge location is down."""
        ...

    def route(self, edge: str) -> tuple[str, Socket] | None:
        """Choose an endpoint for a new flow: its region and socket; None where nobody takes it."""
        ...


@dataclass
class _Flow:
    edge: str
    onward: Datagrams | None
    last_s: float


class Conversation:
    """The datagrams of one client socket to one anycast address and port."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        place: str,
        ways: Ways,
        on_reply: OnReply,
        *,
        idle_s: float,
        dial: DialUdp,
    ) -> None:
        self._network = network
        self._clock = clock
        self._place = place
        self._ways = ways
        self._on_reply = on_reply
        self._idle_s = idle_s
        self._dial = dial
        self._flow: _Flow | None = None

    def send(self, payload: bytes) -> None:
        """Towards the edge location."""
        edge = self._ways.entry()
        if edge is not None:
            fly(self._network, self._place, edge, payload, lambda: self._at_edge(edge, payload))

    def _at_edge(self, edge: str, payload: bytes) -> None:
        flow, now_s = self._flow, self._clock.now_s()
        if flow is None or flow.edge != edge or now_s - flow.last_s > self._idle_s:
            flow = self._begin(edge, now_s)
        flow.last_s = now_s
        if flow.onward is not None:
            flow.onward.send(payload)

    def _begin(self, edge: str, now_s: float) -> _Flow:
        self.close()
        found = self._ways.route(edge)
        onward = None
        if found is not None:
            region, socket = found
            onward = Datagrams(
                self._network, edge, region, socket, lambda reply: self._back_at_edge(edge, reply), self._dial
            )
        self._flow = _Flow(edge=edge, onward=onward, last_s=now_s)
        return self._flow

    def _back_at_edge(self, edge: str, reply: bytes) -> None:
        if self._flow is not None and self._flow.edge == edge:
            self._flow.last_s = self._clock.now_s()
            fly(self._network, edge, self._place, reply, lambda: self._on_reply(reply))

    def close(self) -> None:
        """The client has gone."""
        flow, self._flow = self._flow, None
        if flow is not None and flow.onward is not None:
            flow.onward.close()
