"""TLS inside a protocol: a handshake in memory, against a server made of two more memory BIOs."""

import asyncio
import ssl

import pytest
import trustme

from sandbox.health.tls_layer import TlsLayer, unvalidating_context


class ServerSide:
    """The other end: answers what the layer writes."""

    def __init__(self, accepts_name=True) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("other.example.test").configure_cert(context)
        self.names = []

        def on_name(_, name, __):
            self.names.append(name)
            return None if accepts_name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

        context.sni_callback = on_name
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.secure = False
        self.heard = b""

    def take(self, data: bytes) -> bytes:
        self.incoming.write(data)
        try:
            if not self.secure:
                self.tls.do_handshake()
                self.secure = True
            while plain := self.tls.read(4096):
                self.heard += plain
                self.tls.write(b"heard " + plain)
        except ssl.SSLError:
            pass
        return self.outgoing.read()


class Near(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data) -> None:
        self.sent += data

    def take(self) -> bytes:
        sent, self.sent = self.sent, b""
        return sent

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


class Inner(asyncio.Protocol):
    def __init__(self) -> None:
        self.events = []

    def connection_made(self, transport) -> None:
        self.events.append("made")
        transport.writelines([b"hel", b"lo"])

    def data_received(self, data) -> None:
        self.events.append(data)

    def connection_lost(self, exc) -> None:
        self.events.append(type(exc))


def talk(server: ServerSide, name: str | None, piece: int = 4096):
    inner, near = Inner(), Near()
    layer = TlsLayer(inner, unvalidating_context(), name)
    layer.connection_made(near)
    for _ in range(8):
        answer = server.take(near.take())
        for start in range(0, len(answer), piece):
            layer.data_received(answer[start : start + piece])
    return inner, layer, near


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_any_certificate_is_accepted_and_plain_bytes_go_both_ways(piece):
    # R53 2.1: certificates are not validated. The one here is for another name, by an unknown CA.
    server = ServerSide()
    inner, _, _ = talk(server, "app.example.test", piece)
    assert inner.events[0] == "made"
    assert b"".join(inner.events[1:]) == b"heard hello"


@pytest.mark.parametrize("name", ["app.example.test", None])
def test_the_server_name_is_sent_if_there_is_one(name):
    # R53 2.1, EnableSNI.
    server = ServerSide()
    talk(server, name)
    assert server.names == [name]


def test_a_refused_server_name_is_a_failed_handshake():
    inner, _, _ = talk(ServerSide(accepts_name=False), "app.example.test")
    assert issubclass(inner.events[-1], ssl.SSLError)


def test_garbage_is_a_failed_handshake_and_an_end_is_told_once():
    inner = Inner()
    layer = TlsLayer(inner, unvalidating_context(), None)
    layer.connection_made(Near())
    layer.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert issubclass(inner.events[-1], ssl.SSLError)
    layer.eof_received()
    layer.connection_lost(None)
    assert len(inner.events) == 1


def test_a_server_that_closes_ends_the_inner_connection_cleanly():
    server = ServerSide()
    inner, layer, near = talk(server, None)
    layer.eof_received()
    assert inner.events[-1] is type(None)
    near.closed = True
    layer.connection_lost(None)


def test_a_server_that_closes_during_the_handshake_is_a_failed_handshake():
    inner = Inner()
    layer = TlsLayer(inner, unvalidating_context(), "app.example.test")
    layer.connection_made(Near())
    layer.connection_lost(None)
    assert inner.events == [ssl.SSLEOFError]
