"""One stream through proxy and network on the shortest link (a client in the region itself): MB/s and processor time.

The sink is this process, the source another, so only the relaying is the planet's. Three ways: down a CONNECT tunnel
(the target), up one, and down as a plain HTTP answer, which the proxy follows byte by byte.
"""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from benches.ends import CHUNK_BYTES, read_head, take_bytes
from benches.rig import REGION, Rig, end, planet
from benches.values import BenchFailed, Figure, Orders, Run

TARGET_MB_PER_S = 700
STREAM_BYTES = 2_000_000_000
QUICK_STREAM_BYTES = 300_000_000


def encoded_user(place: str) -> str:
    """Basic credentials of a proxy user, who stands in `place`."""
    return base64.b64encode(f"{place}:x".encode()).decode()


AUTHORIZATION = f"Proxy-Authorization: Basic {encoded_user(REGION)}\r\n"


def measure(orders: Orders) -> Iterator[Run]:
    """A planet for each run."""
    size = QUICK_STREAM_BYTES if orders.quick else STREAM_BYTES
    for _ in range(orders.runs):
        with end("bulk") as port, planet(port) as rig:
            figures = []
            for name, stream, target in WAYS:
                stream(rig, size // 20)  # warm
                mb_per_s, cpu_s_per_gb = timed(rig, stream, size)
                orders.tell(f"relay: {name}: {mb_per_s:,.0f} MB/s")
                figures.append(Figure(name=f"one stream, {name}", unit="MB/s", value=mb_per_s, target=target))
                figures.append(Figure(name=f"planet's work, {name}", unit="CPU s per GB", value=cpu_s_per_gb))
            yield figures


def timed(rig: Rig, stream: Callable[[Rig, int], None], size: int) -> tuple[float, float]:
    """MB/s, and the planet's processor seconds per GB."""
    cpu_before_s, started_s = rig.cpu_s(), time.monotonic()
    stream(rig, size)
    took_s = time.monotonic() - started_s
    return size / took_s / 1e6, (rig.cpu_s() - cpu_before_s) / size * 1e9


def down_a_tunnel(rig: Rig, size: int) -> None:
    """Ask through CONNECT, read the answer."""
    with closing(tunnel(rig)) as connection:
        connection.sendall(f"GET /{size} HTTP/1.1\r\n\r\n".encode())
        read_answer(connection, size)


def up_a_tunnel(rig: Rig, size: int) -> None:
    """Send through CONNECT, wait until the other end has read all."""
    chunk = memoryview(bytes(CHUNK_BYTES))
    with closing(tunnel(rig)) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode())
        left = size
        while left:
            piece = chunk[: min(left, CHUNK_BYTES)]
            connection.sendall(piece)
            left -= len(piece)
        read_answer(connection, 0)


def down_as_http(rig: Rig, size: int) -> None:
    """Ask in absolute form, read the answer."""
    with closing(socket.create_connection(("127.0.0.1", rig.proxy_port))) as connection:
        target = f"http://{rig.address}/{size}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {rig.address}\r\n{AUTHORIZATION}\r\n".encode())
        read_answer(connection, size)


def tunnel(rig: Rig) -> socket.socket:
    """A connection through CONNECT to the region's application."""
    connection = socket.create_connection(("127.0.0.1", rig.proxy_port))
    target = f"{rig.address}:80"
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{AUTHORIZATION}\r\n".encode())
    expect_ok(read_head(connection)[0])
    return connection


def read_answer(connection: socket.socket, size: int) -> None:
    """A 200 with a body of `size` bytes, all of them."""
    head, rest = read_head(connection)
    expect_ok(head)
    take_bytes(connection, size - len(rest))


def expect_ok(head: bytes) -> None:
    """Anything but a 200 ends the bench."""
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise BenchFailed(f"relay: {head.decode(errors='replace')}")


WAYS = (
    ("down a tunnel", down_a_tunnel, TARGET_MB_PER_S),
    ("up a tunnel", up_a_tunnel, None),
    ("down as HTTP", down_as_http, None),
)
