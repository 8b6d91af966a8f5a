"""One flow: a connection between two places, as two ends and two delayed directions.

In: bytes from the near end (a client, through `FlowTransport`) and from the far end (a real socket, through
`FarEnd`). Out: the same bytes at the other end, later. Asyncio's own transport and protocol interfaces are the port,
so sockets, TLS and the simulator's in-memory pipes fit alike.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from sandbox.network.core import Lane, next_retransmission_s
from sandbox.network.values import CLOSE, EOF, RESET, Cut, LinkState

if TYPE_CHECKING:
    from sandbox.network.service import Network

WINDOW_BYTES = 4 * 1024 * 1024  # what one direction holds before its source is paused, as a large TCP window
CUT_WINDOW_BYTES = 256 * 1024  # the same while the link is cut: senders stall soon, memory stays small
PIECE_BYTES = 16 * 1024  # chunks are cut to this on links with limited bandwidth, so that bytes trickle
FAR_LATENESS_MOST_S = 0.05  # of ours that an answer makes good; more than this is a machine that stood still
NEAR_LATENESS_MOST_S = 0.001  # that a client's next words make good: a round trip may be faster than light by this


class Direction:
    """Bytes from one end to the other: in order, each as late as the link says, held while the link is cut.

    What is delivered later than it was due, because this process was busy, makes whatever answers it late as well. The
    next chunk the other way (`opposite`) is therefore taken as sent so much earlier: round trips stay exact, and
    connections that one busy moment has bunched together do not stay a bunch for ever.
    """

    __slots__ = (
        "_fire", "_held", "_lane", "_lateness_most_s", "_network", "_owed_s", "_pause", "_paused", "_queue",
        "_queued_bytes", "_ready_at_s", "_scheduled", "_sink", "_state", "dst", "opposite", "src", "stalled",
    )  # fmt: skip

    def __init__(
        self, network: Network, src: str, dst: str, sink: Callable[[Any], None], *, lateness_most_s: float
    ) -> None:
        self.src, self.dst = src, dst
        self.stalled = True  # until the receiving end is there, and whenever it asks for a pause
        self.opposite: Direction | None = None
        self._owed_s = 0.0  # our own lateness in the chunk that the next one sent here answers
        self._lateness_most_s = lateness_most_s  # that an answer to what is delivered here makes good
        self._ready_at_s = 0.0  # when the receiving end last ended a pause: lateness before that is its own
        self._network = network
        self._sink = sink
        self._pause: Callable[[bool], None] = lambda paused: None
        self._paused = False
        self._queue: deque[tuple[float, Any]] = deque()
        self._held: deque[tuple[float, Any]] = deque()  # (sent at, item), oldest first, while the link is cut
        self._queued_bytes = 0
        self._scheduled = False
        self._lane = Lane()
        self._state: LinkState = network.links.state(src, dst)
        self._fire = self.flush

    @property
    def last_due_s(self) -> float:
        """When the last chunk that was sent arrives or has arrived."""
        return self._lane.last_s

    def on_pressure(self, pause: Callable[[bool], None]) -> None:
        """Call `pause(True)` when the source should stop, `pause(False)` when it may go on."""
        self._pause = pause

    def send(self, item: Any) -> None:
        """Take bytes, or EOF, CLOSE, RESET, from the sending end."""
        state = self._state
        now_s = self._network.clock.now_s()
        if state.cut is not None:
            self._hold(item, now_s)
            return
        now_s -= self._owed_s
        self._owed_s = 0.0
        if state.bytes_per_s is not None and isinstance(item, bytes) and len(item) > PIECE_BYTES:
            for start in range(0, len(item), PIECE_BYTES):
                self._enqueue(item[start : start + PIECE_BYTES], now_s)
            return
        self._enqueue(item, now_s)

    def _enqueue(self, item: Any, now_s: float) -> None:
        size = len(item) if isinstance(item, bytes) else 0
        network = self._network
        due_s = self._lane.arrival_s(network.links, self._state, size, now_s, network.dice)
        self._queue.append((due_s, item))
        if not self._scheduled:
            self._scheduled = True
            network.departures.at(due_s, self._fire)
        self._add(size, WINDOW_BYTES)

    def _hold(self, item: Any, now_s: float) -> None:
        self._held.append((now_s, item))
        self._add(len(item) if isinstance(item, bytes) else 0, CUT_WINDOW_BYTES)

    def _add(self, size: int, limit: int) -> None:
        self._queued_bytes += size
        if not self._paused and self._queued_bytes > limit:
            self._paused = True
            self._pause(True)

    def flush(self, now_s: float) -> None:
        """Deliver what is due."""
        self._scheduled = False
        queue = self._queue
        while queue and not self.stalled and queue[0][0] <= now_s:
            due_s, item = queue.popleft()
            if isinstance(item, bytes):
                self._queued_bytes -= len(item)
                if self.opposite is not None:
                    late_s = self._network.clock.now_s() - max(due_s, self._ready_at_s)
                    self.opposite._owed_s = min(late_s, self._lateness_most_s)
            self._sink(item)
        if self._paused and self._queued_bytes < WINDOW_BYTES // 2 and not self._held:
            self._paused = False
            self._pause(False)
        if queue and not self.stalled and not self._scheduled:
            self._scheduled = True
            self._network.departures.at(queue[0][0], self._fire)

    def resume(self) -> None:
        """The receiving end is ready (again)."""
        if self.stalled:
            self.stalled = False
            self._ready_at_s = now_s = self._network.clock.now_s()
            self.flush(now_s)

    def resume_soon(self) -> None:
        """The same for an end that may be in the midst of handling bytes: it gets no more before it has done."""
        self.stalled = False
        self._ready_at_s = self._network.clock.now_s()
        if self._queue and not self._scheduled:
            self._scheduled = True
            self._network.departures.at(self._queue[0][0], self._fire)

    def lose(self) -> None:
        """Drop all bytes from now on; EOF, CLOSE and RESET still arrive."""
        sink = self._sink
        self._sink = lambda item: None if isinstance(item, bytes) else sink(item)

    def drop_all(self) -> None:
        """Forget what is under way."""
        self._queue.clear()
        self._held.clear()
        self._queued_bytes = 0

    def link_changed(self) -> bool:
        """Obey the new state of the link; True when it resets this flow."""
        before, self._state = self._state, self._network.links.state(self.src, self.dst)
        if self._state.cut is Cut.RESET:
            return True
        if self._state.cut is Cut.DROP:
            self._lose_what_flies()
        elif self._held:
            self._send_again()
        elif self._state != before:
            self._overtake_what_flies()
        return False

    def _lose_what_flies(self) -> None:
        """Chunks on their way when the cable is cut are lost; TCP will send them again."""
        now_s = self._network.clock.now_s()
        while self._queue and self._queue[-1][0] > now_s:
            self._held.appendleft((now_s, self._queue.pop()[1]))

    def _overtake_what_flies(self) -> None:
        """What would arrive later than if it were sent now is sent now: it waited for a link that is faster again."""
        now_s = self._network.clock.now_s()
        late: list[Any] = []
        while self._queue and self._queue[-1][0] > now_s + self._state.delay_s:
            late.append(self._queue.pop()[1])
        if late:
            self._lane.last_s = self._queue[-1][0] if self._queue else 0.0
            self._scheduled = bool(self._queue)
            for item in reversed(late):
                self._queued_bytes -= len(item) if isinstance(item, bytes) else 0
                self._enqueue(item, now_s)

    def _send_again(self) -> None:
        """The link is whole again: everything held leaves at TCP's next retransmission."""
        held, self._held = self._held, deque()
        rtt_s = 2 * self._state.delay_s
        at_s = next_retransmission_s(held[0][0], rtt_s, self._network.clock.now_s())
        for _, item in held:
            self._queued_bytes -= len(item) if isinstance(item, bytes) else 0
            self._enqueue(item, at_s)


class FarEnd(asyncio.Protocol):
    """The protocol on the real socket at the far end."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's class is none of asyncio's

    def data_received(self, data: bytes) -> None:
        if not self._flow.ended:
            self._flow.back.send(data)

    def eof_received(self) -> bool:
        if not self._flow.ended:
            self._flow.back.send(EOF)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._flow.far_gone = True
        if self._flow.ended:
            self._flow.network.forget(self._flow)
        else:
            self._flow.back.send(CLOSE if exc is None else RESET)

    def pause_writing(self) -> None:
        self._flow.forward.stalled = True

    def resume_writing(self) -> None:
        self._flow.forward.resume()


class Flow:
    """Both directions and both ends of one connection."""

    def __init__(self, network: Network, src: str, dst: str, near: asyncio.Protocol) -> None:
        self.network = network
        self.src, self.dst = src, dst
        self.near = near
        self.far = FarEnd(self)
        self.far_gone = False
        self.established = False
        self.ended = False
        self.forward = Direction(network, src, dst, self._at_far, lateness_most_s=FAR_LATENESS_MOST_S)
        self.back = Direction(network, dst, src, self._at_near, lateness_most_s=NEAR_LATENESS_MOST_S)
        self.forward.opposite, self.back.opposite = self.back, self.forward
        self.transport = FlowTransport(self)
        self.forward.on_pressure(self._pause_near)
        self.back.on_pressure(self._pause_far)

    def __repr__(self) -> str:
        return f"Flow({self.src} -> {self.dst})"

    def establish(self) -> None:
        """The handshake is complete: tell the near end, let bytes run (unless it asks for a pause at once)."""
        self.established = True
        self.forward.stalled = self.back.stalled = False
        self.near.connection_made(self.transport)
        self.forward.resume_soon()
        if not self.back.stalled:
            self.back.resume_soon()

    def link_changed(self) -> None:
        """Obey the new rules."""
        resets = [self.forward.link_changed(), self.back.link_changed()]
        if any(resets) and self.established:  # before that the handshake itself is refused
            self.reset()

    def reset(self, why: str = "") -> None:
        """Both ends see a reset now."""
        if self.far.transport is not None:
            self.far.transport.abort()
        self.end(ConnectionResetError(why or f"the link between {self.src} and {self.dst} reset the connection"))

    def end(self, error: Exception | None) -> None:
        """The near end is told, once; the network forgets the flow when the far end knows too."""
        if self.ended:
            return
        self.ended = True
        self.back.drop_all()
        if self.far_gone or self.far.transport is None:
            self.network.forget(self)
        self.near.connection_lost(error)

    def _at_far(self, item: Any) -> None:
        transport = self.far.transport
        if transport is None or self.far_gone:
            return
        if isinstance(item, bytes):
            transport.write(item)
        elif item is EOF:
            if transport.can_write_eof() and not transport.is_closing():
                transport.write_eof()
        elif item is CLOSE:
            transport.close()
        else:
            transport.abort()

    def _at_near(self, item: Any) -> None:
        if self.ended:
            return
        if isinstance(item, bytes):
            self._give_near(item)
        elif item is EOF:
            if not self.near.eof_received():
                self.transport.close()
        elif item is CLOSE:
            self.end(None)
        else:
            self.end(ConnectionResetError("connection reset by the other side"))

    def _give_near(self, chunk: bytes) -> None:
        """As asyncio does: a protocol that fails on what it receives loses its connection."""
        is_taken = False
        try:
            self.near.data_received(chunk)
            is_taken = True
        finally:
            if not is_taken:
                self.reset()

    def _pause_near(self, paused: bool) -> None:
        if not self.ended:
            (self.near.pause_writing if paused else self.near.resume_writing)()

    def _pause_far(self, paused: bool) -> None:
        transport = self.far.transport
        if transport is not None and not self.far_gone and not transport.is_closing():
            (transport.pause_reading if paused else transport.resume_reading)()


class FlowTransport(asyncio.Transport):
    """What the near end writes to."""

    def __init__(self, flow: Flow) -> None:
        super().__init__({"place": flow.dst, "from_place": flow.src})
        self._flow = flow
        self._closing = False

    def lose(self) -> None:
        """The way is gone: bytes of both directions are lost from now on; an end is still seen."""
        self._flow.forward.lose()
        self._flow.back.lose()

    def write(self, data: Any) -> None:
        if not self._closing and data:
            self._flow.forward.send(data if isinstance(data, bytes) else bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        if not self._closing:
            self._flow.forward.send(EOF)

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self._closing or self._flow.ended

    def close(self) -> None:
        self._leave(CLOSE)

    def abort(self) -> None:
        self._leave(RESET)

    def _leave(self, item: Any) -> None:
        if self._closing:
            return
        self._closing = True
        if not self._flow.ended:
            self._flow.forward.send(item)
            asyncio.get_running_loop().call_soon(self._flow.end, None)

    def break_off(self, why: str) -> None:
        """Both ends see a reset: what carried this connection has forgotten it."""
        if not self._flow.ended:
            self._flow.reset(why)

    @property
    def last_moved_s(self) -> float:
        """When the last bytes arrived or will arrive, either way, on the network's clock; 0: none yet."""
        return max(self._flow.forward.last_due_s, self._flow.back.last_due_s)

    def pause_reading(self) -> None:
        self._flow.back.stalled = True

    def resume_reading(self) -> None:
        self._flow.back.resume_soon()

    def is_reading(self) -> bool:
        return not self._flow.back.stalled

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._flow.near

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._flow.near = protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The window of a flow is the network's own (WINDOW_BYTES)."""
