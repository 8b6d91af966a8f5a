"""A planet process of its own, under a hub that the bench hosts in a thread, and its application an end of the bench's.

In: the regions and what stands at the application address of the first. Out: ports, processor time, zones published
as control would. The planet is the real program; nothing else of the sandbox runs beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benches.machine import cpu_s, free_ports, python
from benches.values import BenchFailed
from sandbox.client.starting import end_process
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.supervisor.settings import Ports, Settings

REGION = "us-east-1"
REGIONS = (REGION, "eu-west-1", "ap-northeast-1")
TOKEN = "bench"
START_WITHIN_S = 60.0
END_WITHIN_S = 10.0


class Rig:
    """A running planet. address: of the application in REGION; pid: of the planet."""

    def __init__(self, home: Path, latencies: Path | None = None) -> None:
        self._latencies = latencies
        self.atlas = Atlas.load(latencies=latencies)
        self.plan = AddressPlan(self.atlas, REGIONS)
        self.address = self.plan.region_address(REGION, "app")
        self.dns_port, self.proxy_port = free_ports(2)
        self.log = home / "planet.log"
        self.home = home
        self.hub_port = 0
        self._loop = asyncio.new_event_loop()
        self._hub = Hub(Journal(), TOKEN)
        self._is_ready = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """Processor seconds the planet has used."""
        return cpu_s(self.pid)

    def start(self, app_port: int | None) -> None:
        """Hub, then planet; returns when it does its work."""
        threading.Thread(target=self._loop.run_forever, name="hub", daemon=True).start()
        self.hub_port = asyncio.run_coroutine_threadsafe(self._open_hub(app_port), self._loop).result()
        where = ("--hub", f"127.0.0.1:{self.hub_port}", "--home", str(self.home))
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                python("-m", "sandbox.planet", *where),
                env={**os.environ, "SANDBOX_TOKEN": TOKEN},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not self._is_ready.wait(START_WITHIN_S):
            raise BenchFailed(f"the planet is not ready after {START_WITHIN_S:g} s: {self.log.read_text()[-500:]}")

    async def _open_hub(self, app_port: int | None) -> int:
        async def ready(program: str) -> None:
            self._is_ready.set()

        self._hub.handle("ready", ready)
        ports = Ports(dns=self.dns_port, proxy=self.proxy_port)
        own = None if self._latencies is None else str(self._latencies)
        settings = Settings(regions=REGIONS, seed=1, ports=ports, default_place=REGION, latencies=own)
        self._hub.publish("settings", json.loads(settings.to_json()))
        if app_port is not None:
            self._hub.publish(f"region/{REGION}", {"code": REGION, "app": app_port, "app_running": True})
        return await self._hub.start()

    def publish(self, topic: str, value: Any) -> None:
        """Tell the planet, as control would."""
        self._loop.call_soon_threadsafe(self._hub.publish, topic, value)

    def answer(self, method: str, value: Any) -> None:
        """What the hub says to whoever calls this method of it."""

        async def told(**arguments: Any) -> Any:
            return value

        self._loop.call_soon_threadsafe(self._hub.handle, method, told)

    def ask(self, method: str, **arguments: Any) -> Any:
        """A management call to the planet."""
        asking = self._hub.ask("planet", method, **arguments)
        return asyncio.run_coroutine_threadsafe(asking, self._loop).result(END_WITHIN_S)

    def close(self) -> None:
        """End the planet, then the hub."""
        if self._process is not None:
            end_process(self._process, within_s=END_WITHIN_S)
        asyncio.run_coroutine_threadsafe(self._hub.close(), self._loop).result(END_WITHIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)


def nearest(rig: Rig, city: str) -> str:
    """The region with the shortest round trip from a city."""
    return min(REGIONS, key=lambda region: rig.atlas.rtt_ms(city, region))


@contextmanager
def planet(app_port: int | None = None, latencies: Path | None = None) -> Iterator[Rig]:
    """A planet for the time of a `with`. latencies: a table of one's own."""
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
        rig = Rig(Path(folder), latencies)
        try:
            rig.start(app_port)
            yield rig
        finally:
            rig.close()


@contextmanager
def end(kind: str) -> Iterator[int]:
    """An end of `benches.ends` in a process of its own, for the time of a `with`; its port."""
    process = subprocess.Popen(
        python("-m", "benches.ends", kind), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()  # its sign to end
        process.stdout.close()
        process.wait(END_WITHIN_S)
