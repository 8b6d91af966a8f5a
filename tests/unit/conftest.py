"""A fake sandbox for the rooms that talk to one: a real hub on a real socket, with made-up answers."""

import asyncio
import json
import resource
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.chaos.core import Register
from sandbox.kernel.errors import unknown
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.management.spoke import Spoke

REGIONS = ["us-east-1", "eu-west-1"]
PLACES = ["paris", "tokyo", *REGIONS]
EDGES = ["edge:NRT", "edge:CDG"]
NOW_S = 1_767_225_600.0


class FakeSandbox:
    """calls: what was asked, as (method, arguments). emit: an event of the sandbox. end: as after `down`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.calls, self.settings = [], {}
        self.regions = {}  # question -> region -> its answer
        self.journal = Journal()
        self.hub = Hub(self.journal, "secret")
        self.register = Register(lambda: [*PLACES, *EDGES], lambda: REGIONS)
        self.program = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = self.wait(self._start())
        self.card = {
            "pid": self.program.pid,
            "management": {"host": "127.0.0.1", "port": self.port, "token": "secret"},
            "ports": {
                "aws": 4566,
                "dns": 8053,
                "proxy": 1,
                "console": 4500,
                "regions": {"us-east-1": 4601, "eu-west-1": 4602},
            },
            "regions": REGIONS,
            "speed": 1.0,
            "seed": 7,
            "account": "000000000000",
            "default_place": "paris",
            "started_at_s": NOW_S,
            "ca_bundle": str(home / "ca.pem"),
            "log_folder": str(home / "logs"),
        }
        (home / "sandbox.json").write_text(json.dumps(self.card))

    def wait(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def emit(self, **record):
        self._loop.call_soon_threadsafe(self.journal.note_record, {"at_s": NOW_S, "why": "", **record})

    def end(self):
        if self.program.poll() is None:
            self.program.stdin.close()
            self.program.wait()

    def close(self):
        self.end()
        self.wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self):
        port = await self.hub.start()
        for method in ("status", "down", "reset", "events", "ask_regions", "fault_inject", "fault_list", "fault_heal"):
            self.hub.handle(method, getattr(self, f"_{method}"))
        self._planet = Spoke("planet", "127.0.0.1", port, "secret")
        for method in ("dig", "traceroute", "places", "place_open", "place_set", "place_forget"):
            self._planet.handle(method, getattr(self, f"_{method}"))
        await self._planet.connect()
        return port

    async def _stop(self):
        await self._planet.close()
        await self.hub.close()

    async def _down(self):
        await asyncio.get_running_loop().run_in_executor(None, self.end)

    async def _reset(self):
        self.calls.append(("reset", {}))

    async def _status(self):
        program = {"name": "planet", "pid": 4, "state": "running", "since_s": NOW_S, "restarts": 2, "why": ""}
        stopped = {**program, "name": "region:us-east-1", "state": "stopped by fault", "why": "killed by fault stop-1"}
        return {
            "programs": [program, stopped],
            "faults": [fault.as_record() for fault in self.register.faults.values()],
            "ports": self.card["ports"],
            "uptime_s": 75.0,
            "pss_mb": {"planet": 21.4, "total": 217.8},
            "not_kept": ["control forgets sts"],
            "speed": 1.0,
            "seed": 7,
        }

    async def _events(self, after=0, limit=1000, kinds=None):
        records = list(self.journal.records) if not kinds else self.journal.of_kind(*kinds)
        return records[after : after + limit]

    async def _ask_regions(self, question, arguments, within_s):
        self.calls.append((question, arguments))
        answers = dict(self.regions.get(question, {}))
        return {"answers": answers, "silent": {code: "no answer in time" for code in REGIONS if code not in answers}}

    async def _fault_inject(self, kind, target, parameters, for_s):
        self.calls.append(("fault_inject", {"kind": kind, "target": target, "parameters": parameters, "for_s": for_s}))
        fault = self.register.inject(kind, target, parameters, for_s, NOW_S)
        self.journal.note_record({"event": "fault_injected", "at_s": NOW_S, "why": fault.why, "id": fault.id})
        return fault.as_record()

    async def _fault_list(self):
        return [fault.as_record() for fault in self.register.faults.values()]

    async def _fault_heal(self, id):
        return [fault.as_record() for fault in self.register.heal(id)]

    async def _places(self):
        return [
            {
                "code": code,
                "kind": "region" if code in REGIONS else "city",
                "name": code,
                "country": "FR",
                "subnet": f"100.64.{number}.0/24",
            }
            for number, code in enumerate(PLACES, 1)
        ]

    async def _place_set(self, place, changes=None, usual=False):
        if usual or changes:
            self.calls.append(("place_set", {"place": place, "changes": changes, "usual": usual}))
            self.settings[place] = dict(changes or {})
        settings = self.settings.get(place, {})
        return {"place": place, "settings": settings, "story": ["it is odd"] if settings else []}

    async def _place_forget(self, place):
        self.calls.append(("place_forget", {"place": place}))
        return {"place": place, "forgotten": 3}

    async def _place_open(self, place):
        return {"place": place, "proxy_port": 3129, "dns_port": 8054, "pac_url": "http://127.0.0.1:3129/proxy.pac"}

    async def _dig(self, name, rtype, place, trace):
        if place not in PLACES:
            raise unknown("place", place, PLACES, see="sandbox places")
        known = name == "app.example.test"
        return {
            "status": "NOERROR" if known else "SERVFAIL",
            "answers": [{"name": f"{name}.", "type": rtype, "ttl_s": 6, "data": "198.18.1.10"}] if known else [],
            "from_cache": False,
            "took_ms": 12.34,
            "server": "edge:CDG",
            "why": f"lowest latency from {place}",
            **({"trace": ["one sentence"], "zone_ttl_s": 60} if trace else {}),
        }

    async def _traceroute(self, target, place):
        cut = self.register.of("isolate", "us-east-1")
        return {
            "target": target,
            "address": "198.18.1.10",
            "owner": "us-east-1",
            "segments": [{"kind": "access", "from": place, "to": place, "rtt_ms": 5.0}],
            "rtt_ms": 103.4,
            "rtt_now_ms": None if cut else 203.4,
            "blocked": "us-east-1 is isolated" if cut else None,
        }


@pytest.fixture
def fake_sandbox(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    fake = FakeSandbox(home)
    yield fake
    fake.close()


@contextmanager
def no_file_beyond(most_bytes):
    """The kernel lets no file of this process grow beyond so many bytes: a full disk, which takes a part."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def full_disk():
    """`with full_disk(most_bytes): ...`"""
    return no_file_beyond
