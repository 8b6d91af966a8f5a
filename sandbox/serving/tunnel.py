"""A connection to a name in the planet through the proxy, as a client standing in a place.

In: the proxy's address, the place, the target. Out: an `Opener` for `HttpPool` (or for anything that speaks over a
transport): CONNECT with the place as user, then the transport is handed over. What the planet answered becomes the
exception a plain `connect` would have raised.
"""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from dataclasses import dataclass
from typing import cast

from sandbox.protocols.http1 import (
    HEAD_LIMIT_BYTES,
    Headers,
    HttpError,
    Request,
    Response,
    ResponseParser,
    encode_request,
)
from sandbox.serving.values import Connected, Opener, ProtocolFactory

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ThroughProxy:
    """An opener; equal ones share kept connections. place: None stands in the sandbox's default place."""

    proxy_host: str
    proxy_port: int
    place: str | None
    host: str
    port: int

    async def __call__(self, factory: ProtocolFactory) -> Connected:
        loop = asyncio.get_running_loop()
        ask = _Ask(self)
        transport, _ = await loop.create_connection(lambda: ask, self.proxy_host, self.proxy_port)
        try:
            early = await ask.opened
            if transport.is_closing():
                raise ConnectionResetError(f"{self.host}:{self.port}: the tunnel was closed")
        except BaseException:
            transport.abort()
            raise
        protocol = factory()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        transport.resume_reading()
        if early:
            protocol.data_received(early)
        return transport, protocol


def connect_through_proxy(proxy_host: str, proxy_port: int, place: str | None, host: str, port: int) -> Opener:
    """Opens connections to `host:port` as a client in `place` does.

    Raises ConnectionRefusedError, ConnectionResetError, TimeoutError or socket.gaierror for what the planet says.
    """
    return ThroughProxy(proxy_host, proxy_port, place, host, port)


def tunnel_error(answer: Response, target: str) -> OSError | None:
    """What a proxy's answer to CONNECT means for whoever wanted to reach `target`; None: the tunnel is open."""
    if 200 <= answer.status < 300:
        return None
    why = answer.body.decode("utf-8", "replace").strip() or f"the proxy answered {answer.status}"
    match (answer.headers.get("sandbox-error"), answer.status):
        case ("refused", _):
            return ConnectionRefusedError(f"{target}: {why}")
        case ("timeout", _) | (None, 504):
            return TimeoutError(f"{target}: {why}")
        case ("reset", _):
            return ConnectionResetError(f"{target}: {why}")
        case ("not-found", _):
            return socket.gaierror(socket.EAI_NONAME, f"{target}: {why}")
    return ConnectionError(f"{target}: {why} ({answer.status})")


class _Ask(asyncio.Protocol):
    """Sends CONNECT and reads the answer's head. opened: bytes that followed it already, or what went wrong."""

    def __init__(self, way: ThroughProxy) -> None:
        self.opened: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._target = f"{way.host}:{way.port}"
        self._place = way.place
        self._received = b""
        self._parser: ResponseParser | None = None  # of an answer that is no tunnel and has a body to read
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        headers = [("Host", self._target)]
        if self._place is not None:
            user = b64encode(f"{self._place}:x".encode()).decode()
            headers.append(("Proxy-Authorization", f"Basic {user}"))
        self._transport.write(encode_request(Request(method="CONNECT", target=self._target, headers=Headers(headers))))

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            return
        if self._parser is not None:
            self._read_refusal(data)
            return
        self._received += data
        head, found, rest = self._received.partition(END_OF_HEAD)
        if not found and len(self._received) <= HEAD_LIMIT_BYTES:
            return
        if head[:7] == b"HTTP/1." and head[9:10] == b"2":
            self._transport.pause_reading()  # until the protocol that follows has taken over
            self.opened.set_result(rest)
            return
        self._parser = ResponseParser()
        self._read_refusal(self._received)

    def eof_received(self) -> bool:
        if not self.opened.done():
            self._read_refusal(None)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self._fail(ConnectionResetError(f"{self._target}: the proxy closed the connection"))

    def _read_refusal(self, data: bytes | None) -> None:
        parser = self._parser
        if parser is None:
            self._fail(ConnectionResetError(f"{self._target}: the proxy closed the connection"))
            return
        try:
            answers = parser.finish() if data is None else parser.feed(data)
        except HttpError as error:
            self._fail(ConnectionError(f"{self._target}: the proxy does not speak HTTP: {error.message}"))
            return
        if answers:
            self._fail(tunnel_error(answers[0], self._target) or ConnectionError(f"{self._target}: {answers[0]}"))

    def _fail(self, error: OSError) -> None:
        self.opened.set_exception(error)
        self.opened.exception()  # seen by whoever waits; when nobody does any more, it is no news
        self._transport.close()
