"""TLS for a client over any transport, such as one that crosses the simulated network or a proxy's tunnel.

asyncio's own `start_tls` takes only the loop's own transports. In: a transport that carries bytes, and a protocol to
be given the decrypted side. Out: that protocol with a `TlsTransport`; a failed handshake is told by `opened`.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import Any, cast

from sandbox.serving.values import ProtocolFactory

READ_BYTES = 256 * 1024


class TlsTransport(asyncio.Transport):
    """The decrypted side, as a transport."""

    def __init__(self, stream: TlsStream) -> None:
        super().__init__()
        self._stream = stream

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "ssl_object":
            return self._stream.tls
        return self._stream.transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._stream.send(bytes(data))

    def is_closing(self) -> bool:
        return self._stream.transport.is_closing()

    def close(self) -> None:
        self._stream.close()

    def abort(self) -> None:
        self._stream.transport.abort()

    def pause_reading(self) -> None:
        self._stream.transport.pause_reading()

    def resume_reading(self) -> None:
        self._stream.transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._stream.transport.get_write_buffer_size()

    def can_write_eof(self) -> bool:
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._stream.inner = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._stream.inner


class TlsStream(asyncio.Protocol):
    """Encrypts for `inner`. opened: done when the handshake is, or failed as the handshake did."""

    def __init__(self, factory: ProtocolFactory, context: ssl.SSLContext, server_name: str) -> None:
        self.inner = factory()
        self.transport: asyncio.Transport
        self.outer = TlsTransport(self)
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._shaken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._shake()

    def data_received(self, data: bytes) -> None:
        self._incoming.write(data)
        try:
            if not self._shaken:
                self._shake()
            if self._shaken:
                self._read()
        except ssl.SSLError as error:
            self._fail(error)

    def eof_received(self) -> bool:
        if self._shaken:
            self.inner.eof_received()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionResetError("the connection ended during the TLS handshake"))
            self.opened.exception()  # whoever waits sees it; when nobody does, it is no news
        if self._shaken:
            self.inner.connection_lost(error)

    def pause_writing(self) -> None:
        if self._shaken:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self._shaken:
            self.inner.resume_writing()

    def send(self, data: bytes) -> None:
        """Encrypt and write."""
        if data and not self.transport.is_closing():
            self.tls.write(data)
            self._flush()

    def close(self) -> None:
        """Say goodbye in TLS's way, then close."""
        with suppress(ssl.SSLError):  # it would wait for the other side's goodbye; we do not
            self.tls.unwrap()
        self._flush()
        self.transport.close()

    def _shake(self) -> None:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLError as error:
            self._fail(error)
            return
        self._flush()
        self._shaken = True
        if not self.opened.done():
            self.opened.set_result(None)
        self.inner.connection_made(self.outer)

    def _read(self) -> None:
        while True:
            try:
                data = self.tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                self._flush()  # TLS 1.3 may have something to say at any time
                return
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                self.inner.eof_received()
                self.transport.close()
                return
            self.inner.data_received(data)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self.transport.write(self._outgoing.read())

    def _fail(self, error: ssl.SSLError) -> None:
        self._flush()  # the alert that tells the other side why
        if not self.opened.done():
            self.opened.set_exception(error)
            self.opened.exception()
        self.transport.close()
