"""A client that speaks HTTP/1.1 to its door: absolute-form requests one after the other, or one CONNECT.

In: bytes of the client, answers of its upstreams. Out: requests upstream, answers to the client, in order, as they
come and unchanged. One upstream connection per host:port is kept until a side closes; only a new one asks the
resolver. `service.py` chooses this side unless the first byte is SOCKS's; `core.py` decides; after CONNECT the
transport belongs to a `Pipe`.

An exchange:  opening -> (request body || answer) -> both ended -> next request, or the end if the answer said close.
"""

from __future__ import annotations

import asyncio

from sandbox.protocols.http_framing import Body, FramingError, HeadSplitter, ResponseTracker, UntilClose
from sandbox.proxy.core import connect_answer, failure_answer, malformed, own_page, read_request
from sandbox.proxy.door import Door
from sandbox.proxy.relay import Pipe, reset
from sandbox.proxy.upstream import Key, Upstream
from sandbox.proxy.values import Failure, Forward, OwnPage, Report, Tunnel, Why

MOST_UPSTREAMS = 64  # hosts one client connection keeps open at once; the longest kept goes first


class Exchange:
    """One request and its answer. upstream is None while it is being opened."""

    def __init__(self, place: str, body: Body, wish: Forward | Tunnel) -> None:
        self.place = place
        self.body = body
        self.wish = wish
        self.upstream: Upstream | None = None
        self.sent_s = 0.0
        self.answer = ResponseTracker(wish.method if isinstance(wish, Forward) else "CONNECT")

    @property
    def ended(self) -> bool:
        """Both ways are done."""
        return self.answer.ended and self.body.ended

    def report(self) -> Report:
        """What an error during this exchange can say."""
        if self.upstream is not None:
            return self.upstream.report
        return Report(place=self.place, host=self.wish.host, port=self.wish.port)


class HttpSide(asyncio.Protocol):
    """One client."""

    def __init__(self, door: Door, transport: asyncio.Transport) -> None:
        self._door = door
        self._transport = transport
        self._waiting = bytearray()  # what the client sent and nobody has taken yet
        self._splitter = HeadSplitter()
        self._exchange: Exchange | None = None
        self._upstreams: dict[Key, Upstream] = {}
        self._opening: asyncio.Task[None] | None = None
        self._ending = False
        self._client_sent_all = False
        self._answer_moved = False
        self._writing_paused = False
        self._upstream_is_full = False

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        exchange = self._exchange
        if exchange is not None and exchange.upstream is not None and not self._waiting and not exchange.body.ended:
            data = self._pass_body(exchange, exchange.upstream, data)
            if not data:
                return
        self._waiting += data
        self._go_on()

    def eof_received(self) -> bool:
        """A client that half-closes still gets the answer to a whole request; otherwise it has gone."""
        self._client_sent_all = True
        exchange = self._exchange
        if exchange is None or exchange.upstream is None or self._ending:
            return False
        if exchange.answer.is_tunnel:
            exchange.upstream.transport.write_eof()
        elif not exchange.body.ended:
            return False
        self._door.hall.sweeper.watch(self, self._was_idle, lambda: reset(self._transport))
        return True

    def _was_idle(self) -> bool:
        idle, self._answer_moved = not self._answer_moved, False
        return idle

    def connection_lost(self, exc: Exception | None) -> None:
        self._ending = True
        if self._opening is not None:
            self._opening.cancel()
        self._leave_upstreams()
        self._door.hall.sweeper.forget(self)
        self._door.lost(self._transport)

    def _leave_upstreams(self) -> None:
        active = self._exchange.upstream if self._exchange is not None else None
        for upstream in self._upstreams.values():
            upstream.client = None
            (upstream.transport.abort if upstream is active else upstream.transport.close)()
        self._upstreams.clear()
        self._exchange = None

    # The client's bytes.

    def _go_on(self) -> None:
        """Take from `_waiting` what can be taken now."""
        while self._waiting and not self._ending:
            exchange = self._exchange
            if exchange is None:
                if not self._begin():
                    break
            elif exchange.upstream is not None and not exchange.body.ended:
                data = bytes(self._waiting)
                self._waiting.clear()
                self._waiting += self._pass_body(exchange, exchange.upstream, data)
            else:
                break
        if self._exchange is None and self._client_sent_all and not self._ending:
            self._end()
        self._mind_the_client()

    def _mind_the_client(self) -> None:
        """Pause the client while its upstream is full or too much waits."""
        if self._transport.is_closing() or self._client_sent_all:
            return
        waits = self._exchange is not None and len(self._waiting) > self._door.hall.settings.waiting_limit_bytes
        if not self._ending and (self._upstream_is_full or waits):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _begin(self) -> bool:
        """Start the exchange whose head lies in `_waiting`; False while it is not whole."""
        while self._waiting.startswith(b"\r\n"):  # RFC 9112 2.2
            del self._waiting[:2]
        try:
            end = self._splitter.end(self._waiting)
            if end is None:
                return False
            head = bytes(self._waiting[:end])
            del self._waiting[:end]
            wish, body = read_request(head)
            if isinstance(wish, OwnPage):
                self._show(wish)
            else:
                self._start(Exchange(self._door.stand(wish.user), body, wish))
        except FramingError as error:
            self._fail(malformed(str(error)))
        except Failure as failure:
            self._fail(failure)
        return True

    def _show(self, wish: OwnPage) -> None:
        places = self._door.hall.world.places()
        self._transport.write(own_page(wish, authority=self._door.authority, place=self._door.place, places=places))
        self._end()

    def _start(self, exchange: Exchange) -> None:
        self._exchange = exchange
        wish = exchange.wish
        if isinstance(wish, Tunnel):
            self._opening = self._door.hall.tasks.start(self._open_tunnel(exchange.place, wish), "connect")
            return
        upstream = self._upstreams.get((exchange.place, wish.host, wish.port))
        if upstream is None or upstream.transport.is_closing():
            self._opening = self._door.hall.tasks.start(self._open_upstream(exchange, wish), "forward")
        else:
            self._send(exchange, upstream, wish)

    def _send(self, exchange: Exchange, upstream: Upstream, wish: Forward) -> None:
        exchange.upstream = upstream
        exchange.sent_s = self._door.hall.now_s()
        if self._writing_paused:
            upstream.transport.pause_reading()
        upstream.transport.write(wish.head)

    async def _open_tunnel(self, place: str, wish: Tunnel) -> None:
        try:
            _, pipe, report = await self._door.hall.reach.connect(place, wish.host, wish.port, self._door.pipe)
        except Failure as failure:
            self._fail(failure)
            return
        assert isinstance(pipe, Pipe)
        self._transport.write(connect_answer(report))
        self._leave_upstreams()
        self._door.tunnel(self._transport, pipe, bytes(self._waiting), report)

    async def _open_upstream(self, exchange: Exchange, wish: Forward) -> None:
        key = (exchange.place, wish.host, wish.port)
        try:
            _, upstream, report = await self._door.hall.reach.connect(*key, lambda: Upstream(key))
        except Failure as failure:
            self._fail(failure)
            return
        assert isinstance(upstream, Upstream)
        upstream.report = report
        if upstream.is_lost:
            self._fail(_closed_early(report))
            return
        if len(self._upstreams) >= MOST_UPSTREAMS:
            self._drop(next(iter(self._upstreams.values())))
        upstream.client = self
        self._upstreams[key] = upstream
        self._send(exchange, upstream, wish)
        self._go_on()

    def _pass_body(self, exchange: Exchange, upstream: Upstream, data: bytes) -> bytes:
        """Send on what belongs to the request's body; the rest."""
        try:
            end = exchange.body.feed(data)
        except FramingError as error:
            self._break_off(malformed(str(error)), exchange.answer.started)
            return b""
        if not upstream.transport.is_closing():
            upstream.transport.write(data if end == len(data) else data[:end])
        if exchange.ended:
            self._finish(exchange)
        return data[end:]

    # The upstream's bytes.

    def answered(self, upstream: Upstream, data: bytes) -> None:
        """Bytes of an answer."""
        exchange = self._exchange
        if exchange is None or exchange.upstream is not upstream:
            self._drop(upstream)  # nobody asked: a 408 on an idle connection, for example
            return
        had_started, had_head = exchange.answer.started, exchange.answer.head is not None
        try:
            end = exchange.answer.feed(data)
        except FramingError as error:
            self._break_off(Failure(Why.RESET, f"The answer is not HTTP: {error}.", upstream.report), had_started)
            return
        self._answer_moved = True
        self._transport.write(data if end == len(data) else data[:end])
        if not had_head and (head := exchange.answer.head) is not None:
            hall, kept = self._door.hall, upstream.served > 0
            hall.served(upstream.report, exchange.sent_s, status=head.status, kept=kept)
        if exchange.answer.is_tunnel and not isinstance(exchange.body, UntilClose):
            exchange.body = UntilClose()
            self._go_on()
        elif exchange.answer.ended:
            if end < len(data):
                self._drop(upstream)  # rubbish behind the answer: the next one could not be trusted
            self._answer_ended(exchange)

    def _drop(self, upstream: Upstream) -> None:
        self._upstreams.pop(upstream.key, None)
        upstream.client = None
        upstream.transport.close()

    def _answer_ended(self, exchange: Exchange) -> None:
        head = exchange.answer.head
        assert head is not None, exchange
        if not head.keeps_alive:
            self._end()
        elif exchange.body.ended:
            self._finish(exchange)
            self._go_on()

    def _finish(self, exchange: Exchange) -> None:
        assert exchange.upstream is not None, exchange
        exchange.upstream.served += 1
        self._exchange = None
        self._upstream_is_full = False

    def upstream_lost(self, upstream: Upstream, exc: Exception | None) -> None:
        """A kept connection has ended, perhaps in the middle of an answer."""
        self._upstreams.pop(upstream.key, None)
        exchange = self._exchange
        if exchange is None or exchange.upstream is not upstream or self._ending:
            return
        if exchange.answer.ends_with_connection and exc is None:
            self._end()
        elif upstream.served and not exchange.answer.started:
            # The server closed a kept connection just as the request left. Without a proxy the client would see its
            # connection close, and may try again (RFC 9112 9.3.1): so it sees that here as well.
            self._transport.close()
        else:
            self._break_off(_closed_early(upstream.report), exchange.answer.started)

    def _break_off(self, failure: Failure, had_started: bool) -> None:
        """End the client: with an error while that is still possible, else in the middle, as a reset."""
        if not had_started:
            self._fail(failure)
            return
        self._door.note(failure)
        self._ending = True
        reset(self._transport)

    # Ends.

    def _fail(self, failure: Failure) -> None:
        """Answer with an error and end."""
        exchange = self._exchange
        if exchange is not None and not failure.report.host:
            failure.report = exchange.report()
        self._door.note(failure)
        is_head = exchange is not None and exchange.answer.method == "HEAD"
        self._transport.write(failure_answer(failure, with_body=not is_head))
        self._end()

    def _end(self) -> None:
        """No more from here. A client that may still be sending is heard out, or a reset would eat the answer."""
        may_send = bool(self._waiting) or (self._exchange is not None and not self._exchange.body.ended)
        no_exchange = self._exchange is None
        self._ending = True
        self._waiting.clear()
        self._leave_upstreams()
        if self._client_sent_all or not (may_send or no_exchange) or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._door.hall.after_lingering(self._transport.close)

    # Back-pressure.

    def pause_writing(self) -> None:
        self._writing_paused = True
        if self._exchange is not None and self._exchange.upstream is not None:
            self._exchange.upstream.pause()

    def resume_writing(self) -> None:
        self._writing_paused = False
        for upstream in self._upstreams.values():
            upstream.resume()

    def upstream_full(self, upstream: Upstream, is_full: bool) -> None:
        """The upstream wants no more for now, or wants more again."""
        if self._exchange is not None and self._exchange.upstream is upstream:
            self._upstream_is_full = is_full
            self._mind_the_client()


def _closed_early(report: Report) -> Failure:
    return Failure(Why.RESET, f"{report.host} ({report.address}) closed the connection without an answer.", report)
