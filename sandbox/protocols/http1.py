"""HTTP/1.1 from bytes to values; the only file that imports httptools. Pure: no socket, no clock.

In: bytes as they arrive, in pieces of any size. Out: complete `Request`s or `Response`s, bodies unchunked, in order.
What is not HTTP, or larger than allowed, raises `HttpError`; the messages complete before it are in `error.complete`.
With `open_stream`, a message with a larger body comes as soon as that shows, and its pieces go to a sink as they come.
Servers look at `awaits_continue` after `feed`: a client waits for "100 Continue" before it sends its body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import httptools

from sandbox.protocols.http_messages import (
    BodyStream,
    Headers,
    HttpError,
    RawPair,
    Request,
    Response,
    chunk,
    encode_request,
    encode_response,
    encode_response_head,
    has_body,
)

__all__ = [
    "BODY_LIMIT_BYTES",
    "CONTINUE",
    "HEAD_LIMIT_BYTES",
    "BodyStream",
    "Headers",
    "HttpError",
    "Request",
    "RequestParser",
    "Response",
    "ResponseParser",
    "StreamSink",
    "chunk",
    "encode_request",
    "encode_response",
    "encode_response_head",
    "has_body",
]

HEAD_LIMIT_BYTES = 64 * 1024  # request line and headers; AWS's own limits are between 8 and 60 KB
BODY_LIMIT_BYTES = 64 * 1024 * 1024  # of a body that is held as a whole; DynamoDB's largest request has 16 MB
STREAM_ABOVE_BYTES = 1024 * 1024  # larger bodies are streams where somebody asks for streams
HEAD_TOO_LARGE = f"the head is larger than {HEAD_LIMIT_BYTES} bytes"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class StreamSink(BodyStream, Protocol):
    """Where the parser puts the pieces of a large body."""

    def feed(self, piece: bytes) -> None:
        """The next piece."""
        ...

    def finish(self) -> None:
        """That was all."""
        ...


OpenStream = Callable[[int | None], StreamSink]  # length, None when it is not known


class _Parser:
    """What both directions share: collecting one message's head and body within limits.

    httptools calls the `on_` methods; they note a failure rather than raise through C. A limit may be overrun by what
    one `feed` brings; what is kept in memory is therefore bounded by the limits and one feed.
    """

    only_status: int | None = None  # of every failure: whatever is wrong with an answer is a bad gateway

    def __init__(self, body_limit_bytes: int, open_stream: OpenStream | None) -> None:
        self.body_limit_bytes = body_limit_bytes
        self._open_stream = open_stream
        self._sink: StreamSink | None = None  # of the message that is under way
        self.keep_alive = True  # False once a complete message said that it is the last one
        self._failure: HttpError | None = None
        self._pairs: list[RawPair] = []
        self._headers: Headers | None = (
            None  # the same when the head is complete: looked up once, not for each question
        )
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._start = b""  # a request's target, in pieces until its head is complete
        self._in_body = False
        self._unfinished_bytes = 0  # fed since the message began, or since its body last grew
        self._large_feed = False  # only then is a head measured
        self._inner = self._new_inner()

    def _new_inner(self) -> httptools.HttpRequestParser | httptools.HttpResponseParser:
        raise NotImplementedError

    def _on_upgrade(self, rest: bytes) -> None:
        raise NotImplementedError

    def _parse(self, data: bytes, done: list[Any]) -> None:
        """Feed httptools; `done` is where the `on_` methods put what is complete."""
        if self._failure is not None or not self.keep_alive:
            return
        self._large_feed = self._unfinished_bytes + len(data) > HEAD_LIMIT_BYTES
        had_bytes = self._body_bytes
        try:
            self._inner.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._on_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            if self.keep_alive:  # else it is what follows the last message, which nobody reads
                self._fail(400, f"not HTTP/1.1: {error}")
        if self._in_body or not done:
            if self._in_body and self._sink is None and self._open_stream is not None:
                self._stream_if_large(self._open_stream)
            grew = bool(done) or self._body_bytes != had_bytes
            self._watch_unfinished(0 if grew else self._unfinished_bytes + len(data))

    def _refused(self, failure: HttpError, done: list[Any]) -> HttpError:
        failure.complete = tuple(done)
        return failure

    def _fail(self, status: int, reason: str) -> None:
        if self._failure is None:
            self._failure = HttpError(self.only_status or status, reason)

    def _watch_unfinished(self, unfinished_bytes: int) -> None:
        """Refuse early what would be too large: endless heads and trailers, and bodies announced as too long."""
        self._unfinished_bytes = unfinished_bytes
        if unfinished_bytes > HEAD_LIMIT_BYTES:
            self._fail(431, HEAD_TOO_LARGE)
        if self._in_body and self._sink is None and self._announced_bytes() > self.body_limit_bytes:
            self._fail_body()

    def _complete_headers(self) -> Headers:
        """Of the message whose head is complete."""
        headers = self._headers
        if headers is None:
            headers = self._headers = Headers.as_read(self._pairs)
        return headers

    def _announced_bytes(self) -> int:
        announced = self._complete_headers().get("content-length") or ""
        return int(announced[:20]) if announced[:20].isdecimal() else 0

    def _fail_body(self) -> None:
        self._fail(413, f"the body is larger than {self.body_limit_bytes} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer, which is dropped."""
        if not self._in_body:
            self._pairs.append((name, value))

    def on_headers_complete(self) -> None:
        """A body may follow."""
        self._in_body = True
        if self._large_feed:
            head_bytes = len(self._start) + sum(len(name) + len(value) + 4 for name, value in self._pairs)
            if head_bytes > HEAD_LIMIT_BYTES:
                self._fail(431, HEAD_TOO_LARGE)

    def _stream_if_large(self, open_stream: OpenStream) -> None:
        """Asked when a feed has ended within a body, and not for each head: nearly every body comes with its head."""
        announced_bytes = self._announced_bytes()
        if announced_bytes > STREAM_ABOVE_BYTES and self._failure is None:
            self._begin_stream(open_stream(announced_bytes))

    def _begin_stream(self, sink: StreamSink) -> None:
        """From here on pieces go to the sink; the message is done as far as its head goes."""
        self._sink = sink
        for piece in self._body:
            sink.feed(piece)
        self._body = []
        self._head_done(sink)

    def _head_done(self, sink: StreamSink) -> None:
        raise NotImplementedError

    def _end_stream(self) -> bool:
        """True when the message that has ended was a stream."""
        sink, self._sink = self._sink, None
        if sink is not None:
            self._body_bytes = 0
            sink.finish()
        return sink is not None

    def on_body(self, piece: bytes) -> None:
        """A piece of the body, without chunk framing."""
        self._body_bytes += len(piece)
        if self._sink is not None:
            self._sink.feed(piece)
        elif self._open_stream is not None and self._body_bytes > STREAM_ABOVE_BYTES:
            self._body.append(piece)
            self._begin_stream(self._open_stream(self._announced_bytes() or None))
        elif self._body_bytes <= self.body_limit_bytes:
            self._body.append(piece)
        else:
            self._fail_body()

    def _take_body(self) -> bytes:
        pieces = self._body
        if not pieces:
            return b""
        self._body = []
        self._body_bytes = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _forget(self) -> None:
        """The next message starts empty."""
        self._pairs = []
        self._headers = None
        self._start = b""
        self._in_body = False
        self._unfinished_bytes = 0


class RequestParser(_Parser):
    """Bytes of one connection's client -> its requests.

    tunnelled: what followed the head of a CONNECT request; nothing after it is read as HTTP.
    """

    def __init__(
        self, *, body_limit_bytes: int = BODY_LIMIT_BYTES, scheme: str = "http", open_stream: OpenStream | None = None
    ) -> None:
        self.scheme = scheme
        self.speaks_1_0: bool | None = None  # told by the first request
        self.tunnelled: bytes | None = None
        self._inner: httptools.HttpRequestParser
        self._done: list[Request] = []
        self._continued = False
        super().__init__(body_limit_bytes, open_stream)

    def _new_inner(self) -> httptools.HttpRequestParser:
        return httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> list[Request]:
        """The requests that `data` completes."""
        done = self._done = []
        self._parse(data, done)
        if self._failure is not None:
            raise self._refused(self._failure, done)
        return done

    @property
    def awaits_continue(self) -> bool:
        """The client has sent a head with `Expect: 100-continue` and waits; call `continued` after answering."""
        if not self._in_body or self._body_bytes or self._continued or self._inner.get_http_version() == "1.0":
            return False
        return (self._complete_headers().get("expect") or "").lower() == "100-continue"

    def continued(self) -> None:
        """The client has been told to send its body."""
        self._continued = True

    def on_url(self, piece: bytes) -> None:
        """httptools: the target, or a piece of it."""
        self._start += piece

    def on_message_complete(self) -> None:
        """httptools: one request has ended."""
        inner = self._inner
        if inner.should_upgrade() and inner.get_method() != b"CONNECT":
            return  # `_on_upgrade` reads it again
        if self._sink is None:
            self._done.append(self._request(None))
        else:
            self._end_stream()
        self.keep_alive = inner.should_keep_alive()
        if self.speaks_1_0 is None:
            self.speaks_1_0 = inner.get_http_version() == "1.0"
        self._continued = False
        self._forget()

    def _request(self, sink: StreamSink | None) -> Request:
        return Request(
            method=self._inner.get_method().decode(),
            target=self._start.decode(),  # httptools lets nothing but ASCII through
            headers=self._complete_headers(),
            body=self._take_body() if sink is None else b"",
            scheme=self.scheme,
            stream=sink,
        )

    def _head_done(self, sink: StreamSink) -> None:
        self._done.append(self._request(sink))

    def _on_upgrade(self, rest: bytes) -> None:
        """CONNECT: the rest is not HTTP. Others (`Upgrade: h2c`, websocket): declined, read again without the wish."""
        if self._done and self._done[-1].method == "CONNECT":
            self.tunnelled = rest
            self.keep_alive = False
            return
        inner = self._inner
        lines = [f"{inner.get_method().decode()} {self._start.decode()} HTTP/{inner.get_http_version()}\r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in Headers.as_read(self._pairs) if name.lower() != "upgrade"]
        self._inner = self._new_inner()
        self._forget()
        self._parse("".join(lines).encode("latin-1") + b"\r\n" + rest, self._done)


class ResponseParser(_Parser):
    """Bytes of one connection's server -> its answers. Interim answers (1xx) are passed over.

    begun: some of the next answer has come. Before each answer `expect` says what was asked: HEAD has no body.
    """

    only_status = 502

    def __init__(self, *, body_limit_bytes: int = BODY_LIMIT_BYTES, open_stream: OpenStream | None = None) -> None:
        self.begun = False
        self._inner: httptools.HttpResponseParser
        self._done: list[Response] = []
        self._of_head = False
        self._headless = False  # an answer to HEAD is complete; httptools still waits for a body
        super().__init__(body_limit_bytes, open_stream)

    def _new_inner(self) -> httptools.HttpResponseParser:
        return httptools.HttpResponseParser(self)

    def expect(self, method: str) -> None:
        """The next answer is one to this method."""
        self._of_head = method == "HEAD"
        self.begun = False

    def feed(self, data: bytes) -> list[Response]:
        """The answers that `data` completes."""
        done = self._done = []
        self.begun = True
        self._parse(data, done)
        if self._headless:
            self._headless = False
            self._inner = self._new_inner()
            self._forget()
        if self._failure is not None:
            raise self._refused(self._failure, done)
        return done

    def finish(self) -> list[Response]:
        """The connection has ended: the answer whose body lasts until then, if one does."""
        if not self.begun or not self.keep_alive:
            return []
        headers = Headers.as_read(self._pairs)
        if not self._in_body or "content-length" in headers or "transfer-encoding" in headers:
            raise HttpError(502, "the connection ended in the middle of an answer")
        self.keep_alive = False
        if self._end_stream():
            return []
        return [Response(status=self._inner.get_status_code(), headers=headers, body=self._take_body())]

    def on_headers_complete(self) -> None:
        """httptools: a body may follow, but not after HEAD."""
        if self._headless:
            return
        if self._of_head and self._inner.get_status_code() >= 200:
            self._headless = True
            self._complete(head_only=True)
        else:
            super().on_headers_complete()

    def on_body(self, piece: bytes) -> None:
        """httptools: a piece of the body."""
        if not self._headless:
            super().on_body(piece)

    def on_message_complete(self) -> None:
        """httptools: one answer has ended."""
        if not self._headless:
            self._complete(head_only=False)

    def _complete(self, *, head_only: bool) -> None:
        status = self._inner.get_status_code()
        if status >= 200 or status == 101:
            if self._sink is None:
                headers = Headers.as_read(self._pairs)
                self._done.append(Response(status=status, headers=headers, body=self._take_body(), head_only=head_only))
            else:
                self._end_stream()
            self.keep_alive = self._inner.should_keep_alive() and status != 101
            self.begun = False
        self._forget()

    def _head_done(self, sink: StreamSink) -> None:
        self._done.append(
            Response(status=self._inner.get_status_code(), headers=Headers.as_read(self._pairs), stream=sink)
        )

    def _on_upgrade(self, rest: bytes) -> None:
        self.keep_alive = False
