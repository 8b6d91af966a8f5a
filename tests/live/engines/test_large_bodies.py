"""Objects larger than anybody should hold, through gateway, front door and engine."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.live

US, WEST = "us-east-1", "us-west-2"
BIG_BYTES = 96 * 1024 * 1024
HELD_BYTES = 32 * 1024 * 1024  # a program that held such a body would grow by all of it
WITHIN_S = 30.0
PIECE = bytes(1024 * 1024)


@contextmanager
def growth(rig: Any) -> Iterator[dict[str, int]]:
    """Program -> by how many bytes it is larger at the most."""
    pids = {
        program["name"]: psutil.Process(program["pid"])
        for program in rig.planet.status()["programs"]
        if program["name"] in ("control", f"region:{US}", f"region:{WEST}")
    }
    before = {name: process.memory_info().rss for name, process in pids.items()}
    most = dict.fromkeys(pids, 0)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for name, process in pids.items():
                most[name] = max(most[name], process.memory_info().rss - before[name])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def test_a_large_body_passes_without_being_held(rig: Any) -> None:
    """Through gateway and front door, both ways, known length and chunked."""
    rig.bucket("large-west", WEST)
    endpoint = rig.planet.endpoint_url().removeprefix("http://")
    credential = f"AWS4-HMAC-SHA256 Credential=test/20260101/{WEST}/s3/aws4_request"
    signed = {"Authorization": f"{credential}, SignedHeaders=host, Signature=0"}
    with growth(rig) as most:
        for framing in ({"Content-Length": str(BIG_BYTES)}, {"Transfer-Encoding": "chunked"}):
            connection = http.client.HTTPConnection(endpoint, timeout=WITHIN_S)
            pieces = (PIECE for _ in range(BIG_BYTES // len(PIECE)))
            connection.request(
                "PUT", "/large-west/k", body=pieces, headers={**signed, **framing}, encode_chunked=len(framing) == 1
                and "Transfer-Encoding" in framing,
            )  # fmt: skip
            assert connection.getresponse().status == 200
            assert rig.west.received == BIG_BYTES
            connection.close()
        connection = http.client.HTTPConnection(endpoint, timeout=WITHIN_S)
        connection.request("GET", f"/large-west/{BIG_BYTES}", headers=signed)
        answer, size = connection.getresponse(), 0
        while piece := answer.read(len(PIECE)):
            size += len(piece)
        connection.close()
    assert size == BIG_BYTES
    assert {name: grown for name, grown in most.items() if grown > HELD_BYTES} == {}
