"""TLS as a client, inside an asyncio protocol, over whatever transport the ocean opened.

In: encrypted bytes. Out: plain bytes to the inner protocol, which gets a transport of its own once the handshake is
done, or the `SSLError` of a handshake that failed. Route 53 does not validate certificates, so neither does this: names
and dates are not looked at. Caller: `probe.py`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, cast

READ_BYTES = 16 * 1024


def unvalidating_context() -> ssl.SSLContext:
    """Accepts every certificate, like Route 53's checkers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class TlsLayer(asyncio.Protocol):
    """Between the ocean's transport and the protocol that speaks in plain text."""

    _transport: asyncio.Transport

    def __init__(self, inner: asyncio.Protocol, context: ssl.SSLContext, server_name: str | None) -> None:
        self.inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._is_secure = False
        self._has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        self._go_on()

    def eof_received(self) -> bool:
        self._incoming.write_eof()
        self._go_on()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and not self._is_secure:
            exc = ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the server closed during the handshake")
        self._end(exc)

    def write(self, plain: bytes) -> None:
        """Encrypt and send."""
        self._tls.write(plain)
        self._flush()

    def _go_on(self) -> None:
        if self._has_ended:
            return
        try:
            if not self._is_secure:
                self._tls.do_handshake()
                self._is_secure = True
                self.inner.connection_made(PlainTransport(self, self._transport))
            while plain := self._tls.read(READ_BYTES):
                self.inner.data_received(plain)
            self._end(None)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()  # the alert
            self._end(None if self._is_secure else error)

    def _flush(self) -> None:
        if (sealed := self._outgoing.read()) and not self._transport.is_closing():
            self._transport.write(sealed)

    def _end(self, exc: Exception | None) -> None:
        if not self._has_ended:
            self._has_ended = True
            self.inner.connection_lost(exc)


class PlainTransport(asyncio.Transport):
    """What the inner protocol writes to."""

    def __init__(self, layer: TlsLayer, under: asyncio.Transport) -> None:
        super().__init__()
        self._layer = layer
        self._under = under

    def write(self, data: Any) -> None:
        self._layer.write(bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self._under.is_closing()

    def close(self) -> None:
        self._under.close()

    def abort(self) -> None:
        self._under.abort()
