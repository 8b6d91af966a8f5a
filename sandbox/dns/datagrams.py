"""The UDP side of a DNS port: questions are taken from the socket in short turns, and answered one by one.

In: a bound socket, told by the loop that it can be read. Out: replies, sent at once or later. `server` makes both.

A transport of asyncio or uvloop hands over all that has come (uvloop: up to 32 packets) before a timer may run; when
each needs a new decision, these are milliseconds by which every connection through the ocean is late. A turn here ends
after TURN_S, and what is left waits until all else that is due on the loop is done. Replies leave some at a time: one
that leaves alone wakes a client that waits, which costs as much as finding the answer. Tried and refused: to look only
once a millisecond while questions come fast. It halves the processor time for each, but the looks fall together with
the ocean's departures and make those late, and clients with few questions under way wait for every look.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import Any, Protocol

from sandbox.dns.values import Serve
from sandbox.kernel.clock import Clock

TURN_S = 0.0005  # of work before everything else has its turn
TOGETHER_MOST = 32  # replies of a turn that leave together; more would keep a client waiting that could ask again
DATAGRAM_BYTES_MOST = 65535
WAITING_BYTES_MOST = (
    1024 * 1024
)  # what the system keeps for us; its default holds 280 questions, the kernel may allow less


class DatagramEnd(Protocol):
    """What is needed of a socket that does not block."""

    def recvfrom(self, bufsize: int, /) -> tuple[bytes, Any]: ...
    def sendto(self, reply: bytes, address: Any, /) -> int: ...


def bound(host: str, port: int) -> socket.socket:
    """A socket for `Datagrams`; OSError when the port is taken."""
    end = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WAITING_BYTES_MOST)
        end.bind((host, port))
    except OSError:
        end.close()
        raise
    return end


class Datagrams:
    """Questions of one socket."""

    def __init__(self, serve: Serve, clock: Clock, end: DatagramEnd) -> None:
        self._serve = serve
        self._clock = clock
        self._end = end
        self._replies: list[tuple[bytes, Any]] = []
        self._together = 1  # how many replies leave together: one, but within a turn

    def turn(self) -> None:
        """Answer what has come, for TURN_S at most. The loop calls again while there is more."""
        self._together = TOGETHER_MOST
        try:
            self._take()
        finally:
            self._together = 1
            self._send()

    def _take(self) -> None:
        now_s, receive, serve, reply_to = self._clock.now_s, self._end.recvfrom, self._serve, self._reply_to
        until_s = now_s() + TURN_S
        while True:
            try:
                packet, address = receive(DATAGRAM_BYTES_MOST)
            except BlockingIOError:
                return
            serve(packet, False, partial(reply_to, address))
            if now_s() >= until_s:
                return

    def _reply_to(self, address: Any, reply: bytes) -> None:
        self._replies.append((reply, address))
        if len(self._replies) >= self._together:
            self._send()

    def _send(self) -> None:
        send = self._end.sendto
        for reply, address in self._replies:
            try:
                send(reply, address)
            except OSError:  # no room, no such way, closed meanwhile: a lost datagram, and clients ask again
                continue
        self._replies.clear()
