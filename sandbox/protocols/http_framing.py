"""Where an HTTP/1.1 message begins and ends, without touching its bytes.

In: chunks of one direction of a connection. Out: heads as values, and for bodies the index at which the message ends,
so that whoever relays can pass the chunk on as it is (RFC 9112 sections 2, 6 and 7). Nothing is buffered but heads and
chunk-size lines. Callers: `proxy/` (both directions), `health/` (replies to probes).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

HEAD_LIMIT_BYTES = 64 * 1024
LINE_LIMIT_BYTES = 8 * 1024  # one chunk-size line with its extensions, or one trailer line
HEX_DIGITS_LIMIT = 15  # 2**60 bytes in one chunk is no chunk

Fields = Sequence[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: ([^\r\n]*))?")


class FramingError(ValueError):
    """The bytes are not HTTP/1.1."""


class HeadSplitter:
    """Collects bytes until the blank line that ends a head."""

    def __init__(self, limit_bytes: int = HEAD_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._searched = 0

    def end(self, data: bytes | bytearray) -> int | None:
        """Index behind the head that begins at `data[0]`, or None; call again with the same bytes and more."""
        found = data.find(b"\r\n\r\n", max(0, self._searched - 3))
        size = len(data) if found < 0 else found + 4
        if size > self._limit_bytes:
            raise FramingError(f"the head is longer than {self._limit_bytes} bytes")
        self._searched = 0 if found >= 0 else len(data)
        return found + 4 if found >= 0 else None


def split_lines(head: bytes) -> tuple[bytes, list[bytes]]:
    """The start line and the field lines of a whole head."""
    start_line, *lines = head[:-4].split(b"\r\n")
    return start_line, lines


def parse_fields(lines: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Lower-case names, trimmed values. Folded lines and spaces before the colon are refused (RFC 9112 5.1, 5.2)."""
    fields = []
    for line in lines:
        name, colon, content = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name):
            raise FramingError(f"malformed header line {line[:60]!r}")
        content = content.strip(b" \t")
        if b"\x00" in content or b"\n" in content or b"\r" in content:
            raise FramingError(f"control character in header {name[:60]!r}")
        fields.append((name.lower(), content))
    return fields


def values_of(fields: Fields, name: bytes) -> list[bytes]:
    """Every value of a field."""
    return [content for key, content in fields if key == name]


def tokens_of(fields: Fields, name: bytes) -> list[bytes]:
    """The comma-separated members of a field, lower case."""
    joined = b",".join(values_of(fields, name)).lower()
    return [token.strip() for token in joined.split(b",") if token.strip()]


class Body(Protocol):
    """Follows one body."""

    ended: bool

    def feed(self, data: bytes, start: int = 0, payload: bytearray | None = None) -> int:
        """Index in `data` behind the last byte that belongs to the body; `payload` collects its content."""
        ...


class CountedBody:
    """Content-Length; also "no body", with 0."""

    __slots__ = ("ended", "left_bytes")

    def __init__(self, length: int) -> None:
        self.left_bytes = length
        self.ended = length == 0

    def feed(self, data: bytes, start: int = 0, payload: bytearray | None = None) -> int:
        end = min(len(data), start + self.left_bytes)
        self.left_bytes -= end - start
        self.ended = self.left_bytes == 0
        if payload is not None:
            payload += data[start:end]
        return end


class UntilClose:
    """A response without length: it ends with the connection."""

    __slots__ = ("ended",)

    def __init__(self) -> None:
        self.ended = False

    def feed(self, data: bytes, start: int = 0, payload: bytearray | None = None) -> int:
        if payload is not None:
            payload += data[start:]
        return len(data)


class ChunkedBody:
    """Transfer-Encoding: chunked. Keeps at most one unfinished line."""

    __slots__ = ("_left_bytes", "_line", "_state", "ended")

    def __init__(self) -> None:
        self.ended = False
        self._state = "size"  # size -> data -> size ... -> trailer -> (ended)
        self._line = b""
        self._left_bytes = 0  # of chunk content and the CRLF behind it

    def feed(self, data: bytes, start: int = 0, payload: bytearray | None = None) -> int:
        at, end = start, len(data)
        while at < end and not self.ended:
            if self._state == "data":
                at = self._pass_content(data, at, payload)
                continue
            line_end = data.find(b"\n", at)
            if line_end < 0:
                self._line += data[at:]
                self._check_line_size()
                return end
            self._line += data[at : line_end + 1]
            self._check_line_size()
            at = line_end + 1
            line, self._line = self._line, b""
            self._take_line(line)
        return at

    def _check_line_size(self) -> None:
        if len(self._line) > LINE_LIMIT_BYTES:
            raise FramingError(f"a chunk line is longer than {LINE_LIMIT_BYTES} bytes")

    def _pass_content(self, data: bytes, at: int, payload: bytearray | None) -> int:
        stop = min(len(data), at + self._left_bytes)
        if payload is not None and self._left_bytes > 2:
            payload += data[at : min(stop, at + self._left_bytes - 2)]
        for index in range(max(at, at + self._left_bytes - 2), stop):  # the CRLF behind the content
            if data[index] != (13 if self._left_bytes - (index - at) == 2 else 10):
                raise FramingError("a chunk does not end where its size says")
        self._left_bytes -= stop - at
        if self._left_bytes == 0:
            self._state = "size"
        return stop

    def _take_line(self, line: bytes) -> None:
        if not line.endswith(b"\r\n"):
            raise FramingError("a chunk line does not end with CRLF")
        if self._state == "trailer":
            self.ended = line == b"\r\n"
            return
        digits = line[:-2].partition(b";")[0].strip(b" \t")
        if not _HEX.fullmatch(digits) or len(digits) > HEX_DIGITS_LIMIT:
            raise FramingError(f"{digits[:20]!r} is not a chunk size")
        size = int(digits, 16)
        self._state = "data" if size else "trailer"
        self._left_bytes = size + 2 if size else 0


def request_body(fields: Fields) -> Body:
    """How the body of a request with these fields ends (RFC 9112 6.3)."""
    body = _declared_body(fields)
    return CountedBody(0) if body is None else body


def response_body(method: str, status: int, fields: Fields) -> Body:
    """How the body of the final answer to a request of this method ends."""
    if method == "HEAD" or status in (204, 304):
        return CountedBody(0)
    return _declared_body(fields) or UntilClose()


def _declared_body(fields: Fields) -> Body | None:
    codings, lengths = tokens_of(fields, b"transfer-encoding"), set(tokens_of(fields, b"content-length"))
    if codings:
        if codings[-1] != b"chunked" or lengths:
            raise FramingError("Transfer-Encoding must end in chunked and stand without Content-Length")
        return ChunkedBody()
    if not lengths:
        return None
    if len(lengths) > 1 or not (text := lengths.pop()).isdigit() or len(text) > 18:
        raise FramingError("Content-Length must be one number")
    return CountedBody(int(text))


@dataclass(frozen=True, kw_only=True)
class ResponseHead:
    """The first lines of an answer."""

    status: int
    reason: str
    minor_version: int
    fields: Fields

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can carry another exchange (RFC 9112 9.3)."""
        options = tokens_of(self.fields, b"connection")
        return b"close" not in options and (self.minor_version == 1 or b"keep-alive" in options)


def parse_response_head(head: bytes) -> ResponseHead:
    """A whole head, blank line included."""
    start_line, lines = split_lines(head)
    match = _STATUS_LINE.fullmatch(start_line)
    if match is None:
        raise FramingError(f"malformed status line {start_line[:60]!r}")
    return ResponseHead(
        status=int(match[2]),
        reason=(match[3] or b"").decode("latin-1"),
        minor_version=int(match[1]),
        fields=parse_fields(lines),
    )


class ResponseTracker:
    """Follows the answer to one request: interim heads, the final head, the body. Changes nothing."""

    def __init__(self, method: str, limit_bytes: int = HEAD_LIMIT_BYTES) -> None:
        self.method = method
        self.head: ResponseHead | None = None  # the final one, once seen
        self.started = False
        self._limit_bytes = limit_bytes
        self._partial = bytearray()
        self._splitter = HeadSplitter(limit_bytes)
        self._body: Body = CountedBody(0)

    @property
    def ended(self) -> bool:
        """The whole answer has passed."""
        return self.head is not None and self._body.ended

    @property
    def is_tunnel(self) -> bool:
        """101 Switching Protocols: what follows is not HTTP any more."""
        return self.head is not None and self.head.status == 101

    @property
    def ends_with_connection(self) -> bool:
        """The end of the connection is the proper end of this answer."""
        return self.head is not None and isinstance(self._body, UntilClose)

    def feed(self, data: bytes, start: int = 0, payload: bytearray | None = None) -> int:
        """Index in `data` behind the last byte of this answer; `payload` collects the content of its body."""
        self.started = self.started or start < len(data)
        at = start
        while self.head is None:
            known = len(self._partial)
            self._partial += data[at:] if at else data
            end = self._splitter.end(self._partial)
            if end is None:
                return len(data)
            at += end - known
            self._take_head(bytes(self._partial[:end]))
            self._partial.clear()
        return self._body.feed(data, at, payload) if not self._body.ended else at

    def _take_head(self, raw: bytes) -> None:
        head = parse_response_head(raw)
        if 100 <= head.status < 200 and head.status != 101:
            return  # interim; the final one follows
        self.head = head
        self._body = UntilClose() if head.status == 101 else response_body(self.method, head.status, head.fields)
