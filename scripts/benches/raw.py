"""One kept connection to a DynamoDB door, in blocking calls: the cheapest client there is in Python.

In: an action and a body of JSON. Out: the answer's JSON and how long it took; a BenchFailed unless it is a 200.
"""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from benches.rig import REGION
from benches.values import BenchFailed
from benches.wrk import authorization

CHUNK_BYTES = 256 * 1024
TIMEOUT_S = 30.0


class Caller:
    """A connection. took_s: of the last call, from its first byte out to its last byte in."""

    def __init__(self, port: int, region: str = REGION) -> None:
        self.took_s = 0.0
        self._authorization = authorization(region)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call and its answer."""
        content = json.dumps(body).encode()
        head = (
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: DynamoDB_20120810.{action}\r\nX-Amz-Date: 20260101T000000Z\r\n"
            f"Authorization: {self._authorization}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        began_s = time.perf_counter()
        self._socket.sendall(head.encode() + content)
        status, answer = self._answer()
        self.took_s = time.perf_counter() - began_s
        if status != 200:
            raise BenchFailed(f"{action}: {status} {answer[:300].decode(errors='replace')}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _answer(self) -> tuple[int, bytes]:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        pieces, left = [received[end + 4 :]], length - (len(received) - end - 4)
        while left > 0:
            pieces.append(self._more())
            left -= len(pieces[-1])
        return int(head.split(" ", 2)[1]), b"".join(pieces)

    def _more(self) -> bytes:
        piece = self._socket.recv(CHUNK_BYTES)
        if not piece:
            raise BenchFailed("the connection was closed in the middle of an answer")
        return piece

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
