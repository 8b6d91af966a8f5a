"""TLS over transports in memory, against OpenSSL's server side."""

import asyncio
import ssl

import pytest

from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer
from sandbox.serving.tls import LocalAuthority
from sandbox.serving.tls_stream import TlsStream


class TlsServer(asyncio.Protocol):
    """The server's side of TLS around a protocol: what the loop does for a listening socket."""

    def __init__(self, inner, context):
        self.inner, self.shaken = inner, False
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        pass

    def is_closing(self):
        return self.transport.is_closing()

    def can_write_eof(self):
        return False

    def write(self, data):
        self.tls.write(data)
        self.transport.write(self.outgoing.read())

    def writelines(self, parts):
        self.write(b"".join(parts))

    def close(self):
        self.transport.close()

    def data_received(self, data):
        self.incoming.write(data)
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
                self.inner.connection_made(self)
            while data := self.tls.read(100_000):
                self.inner.data_received(data)
        except ssl.SSLWantReadError:
            pass  # the rest comes later
        except ssl.SSLError:
            self.close()
        if self.outgoing.pending:
            self.transport.write(self.outgoing.read())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return LocalAuthority.create_or_load(tmp_path_factory.mktemp("authority"))


def echo(request):
    return Response(status=200, headers=Headers(), body=request.body)


def test_requests_and_answers_of_a_megabyte_cross_a_transport_of_ours(authority, opener):
    async def go():
        server = HttpServer(echo, name="test", scheme="https")
        open_ = opener(lambda: TlsServer(server.protocol(), authority.server_context()))
        pool = HttpPool()
        body = bytes(range(256)) * 4096
        request = Request(method="POST", target="/", headers=Headers(), body=body)
        for _ in range(3):
            answer = await pool.send(
                request,
                host="198.18.1.30",
                port=443,
                open=open_,
                tls=authority.client_context(),
                server_name="bucket.s3.eu-west-1.amazonaws.com",
            )
            assert answer.body == body
        assert pool.opened == 1
        await pool.close()

    asyncio.run(go())


def test_a_certificate_that_is_not_trusted_is_an_error_of_the_request(authority, opener):
    async def go():
        open_ = opener(lambda: TlsServer(HttpServer(echo, name="test").protocol(), authority.server_context()))
        request = Request(method="GET", target="/", headers=Headers())
        with pytest.raises(ssl.SSLCertVerificationError):
            await HttpPool().send(
                request, host="app.example.test", port=443, open=open_, tls=ssl.create_default_context()
            )

    asyncio.run(go())


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_without_tls_ends_the_handshake(authority, join, script, answer):
    async def go():
        stream = TlsStream(asyncio.Protocol, authority.client_context(), "app.example.test")
        near, _ = join(stream, script(answer))
        with pytest.raises(OSError):  # noqa: PT011 - ssl's errors and resets are all the same news
            await stream.opened
        for _ in range(5):
            await asyncio.sleep(0)
        assert near.closed

    asyncio.run(go())
