"""A client that measures: one visit through the proxy as somebody in a place, every stage timed.

In: proxy, place, URL. Out: a `Measured`, also for what fails. Standard library only, and nothing between us and the
sockets: an HTTP library's pool and its redirects would be in the figures. The tunnel (CONNECT) is used for plain HTTP
too, because its answer tells what the place's lookup and connection took:

    CONNECT -> 200 with Sandbox-Lookup-Ms, Sandbox-Connect-Ms, ... | else Sandbox-Error
    TLS handshake through the tunnel (https)
    request -> first byte -> whole answer
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sandbox.kernel.clock import Clock, SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.serving.measured import Measured

BODY_LIMIT_BYTES = 64 * 1024 * 1024
HEAD_LIMIT_BYTES = 256 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443}
NO_BODY = (204, 304)

Headers = tuple[tuple[str, str], ...]
Trust = ssl.SSLContext | Path | str | None


class Broken(Exception):
    """A visit that ends early. error: one word of `Measured.error`."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for, as it goes on the wire."""

    method: str
    host: str
    port: int
    secure: bool
    wire: bytes


@dataclass(frozen=True, kw_only=True)
class Head:
    """Status line and headers of an answer."""

    status: int
    headers: Headers

    def get(self, name: str) -> str:
        """The first header of this name, or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def trust_of(ca: Trust) -> ssl.SSLContext:
    """A TLS context that trusts the sandbox's CA. Make it once for many visits: it reads and parses the bundle."""
    if isinstance(ca, ssl.SSLContext):
        return ca
    return ssl.create_default_context(cafile=None if ca is None else str(ca))


def request_of(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
    """The request for `url`; a Refusal when that is not one we can visit."""
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    named = host if port == DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": named, "User-Agent": "sandbox", "Accept": "*/*", "Connection": "close"}
    if body or method in ("POST", "PUT", "PATCH"):
        fields["Content-Length"] = str(len(body))
    known = {name.lower(): name for name in fields}
    for name, value in headers.items():
        fields[known.get(name.lower(), name)] = value
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise Refusal("BadRequest", "A line break inside a method, URL or header")
    wire = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body
    return Request(method=method, host=host, port=port, secure=parts.scheme == "https", wire=wire)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Refusal("BadUrl", f"{url!r} is no http:// or https:// URL", status=400)
    return parts


def head_of(lines: bytes) -> Head:
    """An answer's head; Broken when it is not HTTP."""
    first, *rest = lines.decode("latin-1").split("\r\n")
    version, _, status = first.partition(" ")
    if not version.startswith("HTTP/1.") or not status[:3].isdigit():
        raise Broken("malformed", f"not an HTTP/1 answer: {first[:60]!r}")
    fields = (line.partition(":") for line in rest if line)
    return Head(status=int(status[:3]), headers=tuple((name, value.strip()) for name, _, value in fields))


def with_tunnel(measured: Measured, head: Head) -> Measured:
    """What the proxy's answer to CONNECT tells."""
    return replace(
        measured,
        address=head.get("sandbox-address"),
        owner=head.get("sandbox-owner"),
        why=head.get("sandbox-why"),
        lookup_ms=_number(head.get("sandbox-lookup-ms")),
        lookup_cached=head.get("sandbox-lookup-cached").lower() in ("1", "true", "yes"),
        connect_ms=_number(head.get("sandbox-connect-ms")),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


async def probe(
    proxy_host: str,
    proxy_port: int,
    place: str,
    url: str,
    *,
    timeout_s: float = 10.0,
    ca: Trust = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    connect_to: str = "",
    clock: Clock | None = None,
) -> Measured:
    """Visit `url` once, standing in `place`, on a connection of its own. Never raises for what the network does.

    connect_to: another name or address to connect to, as curl's --connect-to; the request still names the URL's host.
    """
    request = request_of(method, url, headers or {}, body)
    visit = _Visit(place, url, request, clock or SystemClock(), ca, connect_to or request.host)
    try:
        async with asyncio.timeout(timeout_s):
            await visit.make(proxy_host, proxy_port)
    except TimeoutError:
        visit.broken("timeout", f"no whole answer within {timeout_s:g} s")
    except Broken as broken:
        visit.broken(broken.error, broken.why)
    except ssl.SSLError as error:
        visit.broken("tls", error.reason or str(error))
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        visit.broken("reset", f"the connection ended early: {error}")
    except asyncio.LimitOverrunError:
        visit.broken("malformed", "the answer's head is too long")
    finally:
        visit.leave()
    return visit.measured


class _Visit:
    """One visit under way; `measured` is what is known so far."""

    def __init__(self, place: str, url: str, request: Request, clock: Clock, ca: Trust, connect_to: str) -> None:
        self.request = request
        self.connect_to = connect_to
        self.clock = clock
        self.ca = ca
        self.started_s = clock.now_s()
        self.measured = Measured(place=place, url=url, started_at_s=clock.wall_s())
        self._writer: asyncio.StreamWriter | None = None

    def broken(self, error: str, why: str) -> None:
        """It ended before its time."""
        self.measured = replace(self.measured, ok=False, error=error, why=why, total_ms=self._since(self.started_s))

    def leave(self) -> None:
        """Close the connection, without waiting for the other side."""
        if self._writer is not None:
            self._writer.transport.abort()

    def _since(self, moment_s: float) -> float:
        return (self.clock.now_s() - moment_s) * 1000

    async def make(self, proxy_host: str, proxy_port: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(proxy_host, proxy_port, limit=HEAD_LIMIT_BYTES)
        except OSError as error:
            raise Broken("proxy", f"no proxy at {proxy_host}:{proxy_port} ({error.strerror or error})") from error
        self._writer = writer
        await self._tunnel(reader, writer)
        if self.request.secure:
            began_s = self.clock.now_s()
            await writer.start_tls(trust_of(self.ca), server_hostname=self.request.host)
            self.measured = replace(self.measured, tls_ms=self._since(began_s))
        await self._ask(reader, writer)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = f"{self.connect_to}:{self.request.port}"
        user = base64.b64encode(f"{self.measured.place}:x".encode()).decode()
        writer.write(
            f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {user}\r\n\r\n".encode()
        )
        head = head_of(await reader.readuntil(b"\r\n\r\n"))
        self.measured = with_tunnel(self.measured, head)
        if head.status != 200:
            why = (await self._body(reader, head)).decode(errors="replace").strip()
            raise Broken(head.get("sandbox-error") or f"proxy-{head.status}", why or self.measured.why)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.request.wire)
        await writer.drain()
        asked_s = self.clock.now_s()
        first = await reader.readexactly(1)
        self.measured = replace(self.measured, wait_ms=self._since(asked_s), first_byte_ms=self._since(self.started_s))
        head = head_of(first + await reader.readuntil(b"\r\n\r\n"))
        while 100 <= head.status < 200:
            head = head_of(await reader.readuntil(b"\r\n\r\n"))
        self.measured = replace(
            self.measured, status=head.status, headers=head.headers, served_by=head.get("x-served-by")
        )
        body = await self._body(reader, head)
        self.measured = replace(self.measured, body=body, ok=head.status < 400, total_ms=self._since(self.started_s))

    async def _body(self, reader: asyncio.StreamReader, head: Head) -> bytes:
        if head.status in NO_BODY or self.request.method == "HEAD":
            return b""
        if "chunked" in head.get("transfer-encoding").lower():
            return await _chunks(reader)
        length = head.get("content-length")
        if length.isdigit():
            return await reader.readexactly(_within_limit(int(length)))
        parts: list[bytes] = []
        while part := await reader.read(HEAD_LIMIT_BYTES):
            parts.append(part)
            _within_limit(sum(map(len, parts)))
        return b"".join(parts)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    total = 0
    while True:
        line = (await reader.readuntil(b"\r\n")).partition(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise Broken("malformed", f"not a chunk's size: {line[:20]!r}") from None
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass  # trailers
            return b"".join(parts)
        total = _within_limit(total + size)
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)


def _within_limit(size: int) -> int:
    if size > BODY_LIMIT_BYTES:
        raise Broken("malformed", f"the answer has more than {BODY_LIMIT_BYTES} bytes")
    return size
