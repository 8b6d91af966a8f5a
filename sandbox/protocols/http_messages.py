"""HTTP/1.1 messages as values, and how they are written. Pure.

In: a `Request` or `Response`. Out: its bytes. Framing is decided here and nowhere else: whatever `Content-Length`,
`Transfer-Encoding` or `Connection` a message carries from an earlier hop is replaced by what is true on this one.
`http1.py` reads the same values back from bytes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from sandbox.kernel.errors import Refusal

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from sandbox.kernel.frozen import dataclass

Pair = tuple[str, str]
RawPair = tuple[bytes, bytes]

# Headers that speak of one connection only (RFC 9110, 7.6.1), or of a body as it was framed on it.
HOP_BY_HOP = frozenset(
    ["connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]
)
ONLY_OF_REQUESTS = HOP_BY_HOP | {"expect"}  # we have the whole body: nothing to wait for
METHODS_WITH_BODY = frozenset(["POST", "PUT", "PATCH"])  # say "Content-Length: 0" rather than nothing
REMEMBERED_NAMES = 512
WITHOUT_BODY = frozenset([204, 304])
STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
CODES = {400: "BadRequest", 413: "RequestEntityTooLarge", 431: "RequestHeaderFieldsTooLarge", 502: "BadGateway"}
NOT_IN_TARGET = re.compile(r"[^\x21-\x7e]")  # others must be percent-encoded


class HttpError(Refusal):
    """The other side did not speak HTTP as we allow it. complete: the messages that ended before the mistake."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(CODES.get(status, "BadRequest"), reason, status=status)
        self.complete: Sequence[Request | Response] = ()


class Headers:
    """Header fields in their order and spelling, duplicates included; found without regard to case.

    lines: the same as they go out, when somebody has written them down (`as_written`); else empty.
    """

    __slots__ = ("_first", "_pairs", "_read", "lines")

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self._pairs: list[Pair] | None = pairs if type(pairs) is list else list(pairs)
        self._first: dict[str, str] | None = None  # built on the first lookup: many messages are never asked
        self._read: list[RawPair] | None = None  # as they came; most are never looked at, and none is decoded before
        self.lines = ""

    @classmethod
    def as_written(cls, lines: str) -> Headers:
        """Of "Name: value\\r\\n..." in Latin-1, well-formed and without any field of `HOP_BY_HOP`: sent as they are.

        For a door that says the same few fields with each answer; the pairs are made only when somebody wants them.
        """
        headers = cls.__new__(cls)
        headers._pairs = headers._first = headers._read = None
        headers.lines = lines
        return headers

    @classmethod
    def as_read(cls, raw: list[RawPair]) -> Headers:
        """Of what a parser has found."""
        headers = cls.__new__(cls)
        headers._pairs = headers._first = None
        headers._read = raw
        headers.lines = ""
        return headers

    def _all(self) -> list[Pair]:
        pairs = self._pairs
        if pairs is None and self._read is not None:  # names are ASCII (RFC 9110, 5.1)
            pairs = self._pairs = [(name.decode(), value.decode("latin-1")) for name, value in self._read]
        elif pairs is None:
            parts = [line.partition(": ") for line in self.lines.split("\r\n")[:-1]]
            pairs = self._pairs = [(name, value) for name, _, value in parts]
        return pairs

    def _lookup(self) -> dict[str, str]:
        read = self._read
        if read is None:
            first = {name.lower(): value for name, value in reversed(self._all())}
        else:
            first = {lowered(name): value.decode("latin-1") for name, value in reversed(read)}
        self._first = first
        return first

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value."""
        return (self._first or self._lookup()).get(name.lower(), default)

    def getall(self, name: str) -> list[str]:
        """Every value, in order."""
        wanted = name.lower()
        return [value for present, value in self._all() if present.lower() == wanted]

    def without(self, *names: str) -> Headers:
        """These headers with no field of such a name."""
        unwanted = {name.lower() for name in names}
        return Headers([pair for pair in self._all() if pair[0].lower() not in unwanted])

    def with_(self, name: str, value: str) -> Headers:
        """These headers with this one field of that name, at the end."""
        wanted = name.lower()
        return Headers([*(pair for pair in self._all() if pair[0].lower() != wanted), (name, value)])

    def __contains__(self, name: str) -> bool:
        return name.lower() in (self._first or self._lookup())

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(tuple(self._all()))

    def __repr__(self) -> str:
        return f"Headers({self._all()!r})"


@lru_cache(maxsize=REMEMBERED_NAMES)
def lowered(name: bytes) -> str:
    """A field's name as it is looked up: the same few come with each message."""
    return name.decode().lower()


NO_HEADERS = Headers()


class BodyStream(Protocol):
    """A body that is not at hand as a whole: pieces in order, once. length: its bytes, None when not known before."""

    length: int | None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces. OSError or a Refusal when it breaks off."""
        ...

    def close(self) -> None:
        """Nobody will read the rest. After the end: nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. target: as it was sent ("/bucket/key?x=1", or "http://host/path" to a proxy).

    stream: a large body, then `body` is empty.
    """

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    scheme: str = "http"
    stream: BodyStream | None = None

    @property
    def path(self) -> str:
        """The target's path, still percent-encoded."""
        return self._split()[0]

    @property
    def query(self) -> str:
        """What follows the first "?" of the target, still percent-encoded."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        path, _, query = self.target.partition("#")[0].partition("?")
        if not path.startswith("/") and "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path, query


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer. head_only: an answer to HEAD; its `Content-Length` header, if any, tells what GET would give.

    stream: a large body, then `body` is empty.
    """

    status: int
    headers: Headers
    body: bytes = b""
    head_only: bool = False
    stream: BodyStream | None = None


def encode_request(request: Request) -> bytes:
    """The request's bytes, of a stream its head. An `HttpError` when its target or a header could not be read back as
    the same thing."""
    if NOT_IN_TARGET.search(request.target) or not request.target:
        raise HttpError(400, f"not a request target: {request.target!r}")
    lines = [f"{request.method} {request.target} HTTP/1.1\r\n"]
    for name, value in request.headers:
        if name.lower() not in ONLY_OF_REQUESTS:
            lines.append(f"{name}: {value}\r\n")
    if request.stream is not None:
        lines.append(_framing(request.stream))
    elif request.body or request.method in METHODS_WITH_BODY:
        lines.append(f"Content-Length: {len(request.body)}\r\n")
    return _head(lines) + request.body


def encode_response(response: Response, *, keep_alive: bool) -> bytes:
    """The answer's bytes."""
    head = encode_response_head(response, keep_alive=keep_alive)
    return head + response.body if has_body(response) else head


def encode_response_head(response: Response, *, keep_alive: bool, say_keep_alive: bool = False) -> bytes:
    """Status line and headers. say_keep_alive: HTTP/1.0 clients want their `Connection: keep-alive` confirmed."""
    status, written = response.status, response.headers.lines
    if written and keep_alive and not say_keep_alive and response.stream is None and has_body(response):
        status_line = STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"
        return f"{status_line}{written}Content-Length: {len(response.body)}\r\n\r\n".encode("latin-1")
    lines = [STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"]
    for name, value in response.headers:
        if name.lower() not in HOP_BY_HOP:
            lines.append(f"{name}: {value}\r\n")
    if response.stream is not None and has_body(response):
        lines.append(_framing(response.stream))
    elif (length := _content_length(response)) is not None:
        lines.append(f"Content-Length: {length}\r\n")
    if not keep_alive:
        lines.append("Connection: close\r\n")
    elif say_keep_alive:
        lines.append("Connection: keep-alive\r\n")
    return _head(lines)


def has_body(response: Response) -> bool:
    """Whether this answer's body is sent (not after HEAD, nor with 204 or 304)."""
    return not response.head_only and response.status not in WITHOUT_BODY


def chunk(piece: bytes) -> bytes:
    """One chunk of a body without a known length; the empty piece ends it (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _framing(stream: BodyStream) -> str:
    return "Transfer-Encoding: chunked\r\n" if stream.length is None else f"Content-Length: {stream.length}\r\n"


def _content_length(response: Response) -> str | int | None:
    if has_body(response):
        return len(response.body)
    if response.status == 204:
        return None  # RFC 9110, 8.6
    told = response.headers.get("content-length")
    if told is not None or response.status == 304:
        return told
    return len(response.body)


def _head(lines: list[str]) -> bytes:
    """The lines and the empty line after them. Every line holds one line break, its own."""
    lines.append("\r\n")
    head = "".join(lines)
    if head.count("\n") != len(lines) or head.count("\r") != len(lines) or "\0" in head:
        raise HttpError(400, "a header must not hold a line break")
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError as error:
        raise HttpError(400, f"a header must be Latin-1 text: {error.object[error.start : error.end]!r}") from error
