"""Datagrams between places: each by itself late, lost or dropped as the link is; at the far end a real UDP socket.

In: payloads of a client, the place and endpoint they are for. Out: the endpoint's replies, the same way back. Nothing
is sent again, nothing is ordered; where nobody listens nothing comes back (ICMP does not cross the ocean), and links
that reset only lose: UDP has no reset.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from sandbox.network.core import is_lost, spread_s
from sandbox.network.service import Network
from sandbox.network.values import Endpoint

DATAGRAM_BYTES_MOST = 65535
IN_A_TURN_MOST = 32  # read before the loop looks for what else is due

OnReply = Callable[[bytes], None]


class FarSocket(Protocol):
    """A socket of this machine that one conversation has to itself."""

    def send(self, payload: bytes) -> None: ...
    def close(self) -> None: ...


DialUdp = Callable[[Endpoint, OnReply], FarSocket]


class UdpSocket:
    """A connected UDP socket, read by the running loop."""

    def __init__(self, endpoint: Endpoint, on_reply: OnReply) -> None:
        self._on_reply = on_reply
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect((endpoint.host, endpoint.port))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)

    def send(self, payload: bytes) -> None:
        """Send; what the system does not take, or nobody wants, is lost."""
        try:
            self._socket.send(payload)
        except OSError:
            return

    def _read(self) -> None:
        for _ in range(IN_A_TURN_MOST):
            try:
                reply = self._socket.recv(DATAGRAM_BYTES_MOST)
            except OSError:  # no more for now, or nobody listens there
                return
            self._on_reply(reply)

    def close(self) -> None:
        """No more replies."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()


def fly(network: Network, src: str, dst: str, payload: bytes, arrive: Callable[[], None]) -> None:
    """One datagram from place to place; `arrive` is called when it is there, if it gets there."""
    links, now_s = network.links, network.clock.now_s()
    state = links.state(src, dst)
    if state.cut is not None or is_lost(state, network.dice):
        return
    due_s = links.serialised_s(state, len(payload), now_s) + state.delay_s + spread_s(state, network.dice)
    network.departures.at(due_s, lambda at_s: arrive() if links.state(src, dst).cut is None else None)


class Datagrams:
    """The datagrams between one client in a place and one endpoint in another."""

    def __init__(
        self, network: Network, src: str, dst: str, endpoint: Endpoint, on_reply: OnReply, dial: DialUdp = UdpSocket
    ) -> None:
        self.src, self.dst = src, dst
        self._network = network
        self._on_reply = on_reply
        self._far: FarSocket | None = dial(endpoint, self._replied) if endpoint.port else None

    def send(self, payload: bytes) -> None:
        """To the endpoint."""
        fly(self._network, self.src, self.dst, payload, lambda: self._arrived(payload))

    def _arrived(self, payload: bytes) -> None:
        if self._far is not None:
            self._far.send(payload)

    def _replied(self, payload: bytes) -> None:
        fly(self._network, self.dst, self.src, payload, lambda: self._on_reply(payload))

    def close(self) -> None:
        """No more replies; what is under way to the endpoint is dropped there."""
        far, self._far = self._far, None
        if far is not None:
            far.close()
