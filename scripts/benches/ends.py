"""The far ends of the benches, as processes: `python -m benches.ends echo|http|bulk|datagrams` prints its port.

echo: returns every byte (asyncio on uvloop). http: answers every request without a body with the same few bytes. bulk:
a thread for each connection, blocking calls: `GET /<bytes>` is answered with so many bytes, `POST` is read to its end
and answered. datagrams: a DNS server that knows nothing, the cheapest that Python can do: each question comes back as
an empty answer. All end when stdin does, and do as little as they can, since they share the processors with what is
measured.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import cast

import uvloop

CHUNK_BYTES = 1024 * 1024
HEAD_BYTES_MOST = 16 * 1024
DATAGRAM_BYTES_MOST = 4096
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
IS_ANSWER = b"\x84\x00"  # flags of DNS: a response, authoritative, NOERROR


class Echo(asyncio.Protocol):
    """One connection."""

    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # uvloop writes at once then, not at the end of its turn

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


class Http(asyncio.Protocol):
    """One kept connection."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        self._transport.write(ANSWER * len(heads))


async def accept(end: type[asyncio.Protocol]) -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(end, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def bulk() -> None:
    """Serve until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=accept_for_ever, args=(listener,), daemon=True).start()
    sys.stdin.read()


def datagrams() -> None:
    """Serve until stdin ends."""
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", 0))
    print(end.getsockname()[1], flush=True)
    threading.Thread(target=answer_for_ever, args=(end,), daemon=True).start()
    sys.stdin.read()


def answer_for_ever(end: socket.socket) -> None:
    """Question back, as NOERROR."""
    while True:
        packet, address = end.recvfrom(DATAGRAM_BYTES_MOST)
        end.sendto(packet[:2] + IS_ANSWER + packet[4:], address)


def accept_for_ever(listener: socket.socket) -> None:
    """A thread for each connection."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection: socket.socket) -> None:
    """One request, one answer."""
    with connection:
        try:
            head, rest = read_head(connection)
            if head.startswith(b"GET /"):
                send_bytes(connection, int(head[5 : head.index(b" ", 5)]))
            else:
                take_bytes(connection, body_bytes(head) - len(rest))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except ConnectionError:
            return  # the bench has seen enough


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """A head up to its empty line, and what came behind it."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(HEAD_BYTES_MOST)
        if not piece:
            raise ConnectionResetError("it ended within the head")
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def body_bytes(head: bytes) -> int:
    """What Content-Length says."""
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r\n")[0])


def send_bytes(connection: socket.socket, count: int) -> None:
    """A head that announces `count` bytes, and as many."""
    chunk = memoryview(bytes(CHUNK_BYTES))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % count)
    while count:
        piece = chunk[: min(count, CHUNK_BYTES)]
        connection.sendall(piece)
        count -= len(piece)


def take_bytes(connection: socket.socket, count: int) -> None:
    """Read `count` bytes and drop them."""
    room = bytearray(CHUNK_BYTES)
    while count > 0:
        got = connection.recv_into(room)
        if not got:
            raise ConnectionResetError(f"{count} bytes are missing")
        count -= got


def main() -> None:
    """By the name on the command line."""
    kind = sys.argv[1]
    if kind in ("echo", "http"):
        uvloop.run(accept(Echo if kind == "echo" else Http))
    else:
        {"bulk": bulk, "datagrams": datagrams}[kind]()


if __name__ == "__main__":
    main()
