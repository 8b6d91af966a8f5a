"""The client of the latency bench, as a process: round trips of small messages on many connections at once.

In: a JSON object on the command line (`Wish`). Out: one on stdout: the errors of all round trips in ms (measured minus
expected), by percentile, and this process's own share of a processor. Starts are spread over one round trip, and each
connection sends again as soon as it has its answer. Without a proxy, a message is sent every round trip instead: the
same load without the planet, which shows what client, echo and machine add by themselves.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any, cast

import uvloop

from benches.report import percentile

MESSAGE = bytes(64)
CONNECT_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Wish:
    """proxy_port: 0 for a direct connection to `port`. rtt_ms: what a round trip should take through the planet."""

    proxy_port: int
    port: int
    place: str
    address: str
    rtt_ms: float
    connections: int
    seconds: float


class Player(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, wish: Wish, times_ms: list[float]) -> None:
        self._wish = wish
        self._times_ms = times_ms
        self._missing = 0
        self._sent_at_s = 0.0
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=0)  # uvloop writes at once then, not at the end of its turn
        if not self._wish.proxy_port:
            self.connected.set_result(None)
            return
        user = base64.b64encode(f"{self._wish.place}:x".encode()).decode()
        target = f"{self._wish.address}:80"
        head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {user}\r\n\r\n"
        self.transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        if not self.connected.done():
            self._answered(data)
            return
        self._missing -= len(data)
        if self._missing:
            return
        now_s = time.perf_counter()
        self._times_ms.append((now_s - self._sent_at_s) * 1000)
        if self._wish.proxy_port:
            self.play()
        else:
            wait_s = self._wish.rtt_ms / 1000 - (now_s - self._sent_at_s)
            asyncio.get_running_loop().call_later(max(0.0, wait_s), self.play)

    def _answered(self, data: bytes) -> None:
        if b" 200 " in data.partition(b"\r\n")[0]:
            self.connected.set_result(None)
        else:
            self.connected.set_exception(ConnectionRefusedError(data.decode(errors="replace")))

    def play(self) -> None:
        """Send one message."""
        if not self.transport.is_closing():
            self._missing = len(MESSAGE)
            self._sent_at_s = time.perf_counter()
            self.transport.write(MESSAGE)

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = str(exc or "closed")
        if not self.connected.done():
            self.connected.set_exception(ConnectionResetError(self.error))


async def play(wish: Wish) -> dict[str, Any]:
    """Connect, play, count."""
    loop = asyncio.get_running_loop()
    times_ms: list[float] = []
    players: list[Player] = []
    for _ in range(0, wish.connections, CONNECT_AT_ONCE):
        made = [
            await loop.create_connection(lambda: Player(wish, times_ms), "127.0.0.1", wish.proxy_port or wish.port)
            for _ in range(min(CONNECT_AT_ONCE, wish.connections - len(players)))
        ]
        players += [player for _, player in made]
        await asyncio.gather(*(player.connected for _, player in made))
    rtt_s = wish.rtt_ms / 1000
    for number, player in enumerate(players):
        loop.call_later(number / len(players) * rtt_s, player.play)
    await asyncio.sleep(3 * rtt_s)
    times_ms.clear()
    cpu_before_s, started_s = time.process_time(), time.perf_counter()
    await asyncio.sleep(wish.seconds)
    cpu_share = (time.process_time() - cpu_before_s) / (time.perf_counter() - started_s)
    found = times_ms.copy()
    lost = [player.error for player in players if player.error]
    for player in players:
        player.transport.abort()
    if lost:
        raise ConnectionResetError(f"{len(lost)} of {len(players)} connections were lost: {lost[0]}")
    return counted(wish, found, cpu_share)


def counted(wish: Wish, times_ms: list[float], cpu_share: float) -> dict[str, Any]:
    """Percentiles of the error. Directly, every millisecond is an error."""
    expected_ms = wish.rtt_ms if wish.proxy_port else 0.0
    errors_ms = sorted(time_ms - expected_ms for time_ms in times_ms)
    found = {f"p{percent}": percentile(errors_ms, percent) for percent in (1, 50, 90, 99)}
    return {**found, "max": errors_ms[-1], "round_trips": len(errors_ms), "cpu_share": cpu_share}


def words(wish: Wish) -> list[str]:
    """The command line that `main` reads."""
    return ["-m", "benches.pingpong", json.dumps(asdict(wish))]


def main() -> None:
    """As ordered on the command line."""
    gc.disable()  # its own pauses are not the planet's
    print(json.dumps(uvloop.run(play(Wish(**json.loads(sys.argv[1]))))))


if __name__ == "__main__":
    main()
