"""The program of one region: reads settings, builds its rooms, hands over ports, starts, stops.

In: a seat named "region:<code>". Out: a front door on the region's own port (operators, the management channel), the
same door and the load balancer on ports that only the planet knows (users, over the ocean), and the application.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Any

import demo_app.server
from sandbox.aws.accounts import Accounts
from sandbox.aws.buckets import TOPIC as BUCKET_TOPIC
from sandbox.aws.durable_tables import DurableTables
from sandbox.aws.engine_client import RemoteEngine
from sandbox.aws.front_door import FrontDoor
from sandbox.aws.s3_front import S3Front
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.dice import dice
from sandbox.kernel.errors import Refusal
from sandbox.management.program import ANY_HOST, Program, Seat, run
from sandbox.network.values import Endpoint
from sandbox.region.application import Application
from sandbox.region.buckets import RegionBuckets
from sandbox.region.echo import serve_echo
from sandbox.region.engine import RegionEngine
from sandbox.region.forwarding import Forwarder
from sandbox.region.keeper import Kept, fork_keeper
from sandbox.region.objects import PATHS, RegionObjects
from sandbox.region.replication_port import ReplicationClient, ReplicationServer
from sandbox.region.replication_views import replication_views
from sandbox.region.scaling import WriteScaling
from sandbox.replication.values import Pause
from sandbox.serving.balancer import Balancer
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http
from sandbox.serving.tls import LocalAuthority
from sandbox.tables.ledger import Ledger

SWITCH_INTERVAL_S = 0.0005  # Python's 5 ms would be added to each commit: the ledger's thread waits for the loop
EXPIRE_EVERY_S = 10.0  # how often items past their time to live are looked for; AWS takes up to two days


def main(seat: Seat) -> int:
    """The region's life; called in a process of its own."""
    kept = fork_keeper(demo_app.server.serve)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return run(seat, lambda program: _serve(program, kept))


async def _serve(program: Program, kept: Kept) -> None:
    region = Region(program, kept)
    await region.start()
    await program.ready(program.seat.listen, region.servers["front_door"].port)
    await program.end.wait()
    await region.close()


class Region:
    """The rooms of one region, connected."""

    def __init__(self, program: Program, kept: Kept) -> None:
        self.program = program
        self.code = program.seat.name.removeprefix("region:")
        self.ledger = Ledger(self.ledger_file, program.clock, on_trouble=lambda trouble: print(trouble, flush=True))
        plan = AddressPlan(Atlas.load(), program.settings["regions"])
        self.to_peers = ReplicationClient(self.code, plan, self._proxy_port, program.seat.token, host=program.seat.host)
        self.scaling = WriteScaling()
        self.tables = DurableTables(
            self.code,
            self.ledger,
            program.clock,
            journal=program.journal,
            post=self.to_peers,
            running=lambda: program.settings["regions"],
            is_scaled=self.scaling.is_scaled,
            legacy_global_tables=program.settings["legacy_global_tables"],
        )
        self.control_engine: Endpoint | None = None
        self.faults: dict[str, dict[str, Any]] = {}  # those that name this region
        self.pauses: dict[str, Pause] = {}  # of all regions: each keeps back what it has for the others
        self.pool = HttpPool(stream_bodies=True)
        self.balancer = Balancer(self.pool, dice(program.settings["seed"], f"region:{self.code}:fail-app"))
        self.application = Application(self.code, kept, program.journal, program.clock, on_port=self._application_moved)
        self.forwarder = Forwarder(self.code, plan, self._proxy_port, host=program.seat.host)
        self.accounts = Accounts(program.settings["account"], self._account_of)
        control = RemoteEngine(self.pool, lambda: self.control_engine)
        self.engine = RegionEngine(self.code, program, control, self._accounts_with_buckets)
        self.buckets = RegionBuckets(self.code, partial(program.spoke.call, "control"))
        post = ReplicationClient(self.code, plan, self._proxy_port, program.seat.token, host=program.seat.host)
        self.objects = RegionObjects(self.code, program, self.engine, self.buckets, post)
        self.from_peers = ReplicationServer(program.seat.token, self._receive)
        self.door = FrontDoor(
            region=self.code,
            tables=self.tables,
            s3=S3Front(
                region=self.code,
                engine=self.engine,
                forward=self.forwarder,
                buckets=self.buckets,
                running=lambda: program.settings["regions"],
                extension=self.objects.face,
            ),
            engine=self.engine,
            forward=self.forwarder,
            accounts=self.accounts,
            running=lambda: program.settings["regions"],
            is_cut_off=self._is_cut_off,
        )
        self.servers: dict[str, HttpServer] = {}
        self.echo: tuple[asyncio.DatagramTransport, int] | None = None

    def _proxy_port(self) -> int:
        return int(self.program.settings["ports"]["proxy"])

    @property
    def ledger_file(self) -> Path:
        """Where this region's items are kept."""
        return self.program.seat.home / "state" / f"{self.code}.ledger"

    async def start(self) -> None:
        """Load, listen, tell the planet, start the application."""
        program = self.program
        self.ledger_file.parent.mkdir(exist_ok=True)
        self.ledger.open()
        self.objects.open()
        began_s = program.clock.now_s()
        if count := self.tables.load():
            print(f"{count} items from {self.ledger_file} in {program.clock.now_s() - began_s:.1f} s", flush=True)
        await self._listen(program.settings["ports"]["regions"][self.code])
        program.spoke.handle("reset", self._reset)
        program.spoke.handle("status", self._status)
        for method, answer in {**replication_views(self.tables.replication), **self.objects.views()}.items():
            program.spoke.handle(method, answer)
        await program.spoke.subscribe("engine", self._engine_moved)
        await program.spoke.subscribe(BUCKET_TOPIC, self.buckets.on_topic)
        await program.spoke.subscribe("fault/", self._fault_changed)
        await program.spoke.subscribe(f"scaling/{self.code}", self.scaling.on_scaling)
        if program.settings["region_settings"][self.code]["app"]:
            self.application.start(self._environment_of_the_application())
            await self.application.started()
        self._publish()
        self.tables.replication.start()
        self.objects.replication.start()
        self.engine.start()
        program.tasks.start(self._expire_now_and_then(), "time to live")

    async def _listen(self, front_door_port: int) -> None:
        tls = LocalAuthority.create_or_load(self.program.seat.home / "ca").server_context()
        serve = partial(serve_http, host=self.program.seat.listen)
        handle, balance = self.door.handle, self.balancer.handler
        serve_aws = partial(serve, handle, stream_bodies=True)
        try:
            self.servers["front_door"] = await serve_aws(port=front_door_port, name=f"{self.code}:front door")
        except OSError as error:
            raise Refusal(
                "PortTaken",
                f"Port {front_door_port} (front door of {self.code}) cannot be used: {error.strerror}. "
                "Choose another: --ports regions=NUMBER (SANDBOX_REGIONS_PORT), or --ports auto.",
            ) from error
        self.servers["aws"] = await serve_aws(name=f"{self.code}:aws")
        self.servers["aws_tls"] = await serve_aws(tls=tls, name=f"{self.code}:aws over TLS")
        self.servers["replication"] = await serve(self.from_peers.handle, name=f"{self.code}:replication")
        self.echo = await serve_echo(self.code, self.program.seat.listen)
        self.servers["app"] = await serve(balance, name=f"{self.code}:application")
        self.servers["app_tls"] = await serve(balance, tls=tls, name=f"{self.code}:application over TLS")

    def _environment_of_the_application(self) -> dict[str, str]:
        settings = self.program.settings
        return {
            "AWS_REGION": self.code,
            "AWS_DEFAULT_REGION": self.code,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.servers['front_door'].port}",
            "AWS_ACCESS_KEY_ID": settings["account"],
            "AWS_SECRET_ACCESS_KEY": "test",
            "HOST": "127.0.0.1",
            "PORT": "0",
            **settings["region_settings"][self.code]["environment"],
        }

    @property
    def own_address(self) -> str:
        """Where the planet and control reach this region's ports."""
        seat = self.program.seat
        return self.program.spoke.own_address if seat.listen == ANY_HOST else seat.listen

    def _publish(self) -> None:
        ports = {name: server.port for name, server in self.servers.items()}
        if self.echo is not None:
            ports["echo"] = self.echo[1]
        value = {"code": self.code, "app_running": self.application.port is not None, "host": self.own_address, **ports}
        self.program.spoke.publish(f"region/{self.code}", value)

    def _application_moved(self, port: int | None) -> None:
        self.balancer.set_app(port)
        if self.servers:
            self._publish()

    def _engine_moved(self, topic: str, value: dict[str, Any] | None) -> None:
        self.control_engine = None if value is None else Endpoint(host=value["host"], port=value["port"])
        if value is not None and self.engine.is_up:
            self.program.tasks.start(self.engine.tell_control_again(), "buckets for control")

    def _fault_changed(self, topic: str, value: dict[str, Any] | None) -> None:
        if value is None:
            self.faults.pop(topic, None)
        elif value["target"][0] == self.code:
            self.faults[topic] = value
        self._obey_replication_faults(topic, value)
        self.program.spoke.expect_silence(expected=self._is_cut_off())
        failing = [fault["parameters"] for fault in self.faults.values() if fault["kind"] == "fail-app"]
        if failing:
            self.balancer.set_failure(failing[-1]["status"], failing[-1]["rate"])
        else:
            self.balancer.set_failure(None)

    def _obey_replication_faults(self, topic: str, value: dict[str, Any] | None) -> None:
        if value is None:
            self.pauses.pop(topic, None)
        elif value["kind"] == "pause-replication":
            self.pauses[topic] = Pause(*value["target"])
        self.tables.replication.set_paused(self.pauses.values())
        self.objects.replication.set_paused(self.pauses.values())
        skews_ms = [fault["parameters"]["ms"] for fault in self.faults.values() if fault["kind"] == "skew"]
        self.tables.replication.set_skew_ms(sum(skews_ms))

    def _is_cut_off(self) -> bool:
        return any(fault["kind"] == "isolate" for fault in self.faults.values())

    async def _account_of(self, access_key: str) -> str | None:
        account: str | None = await self.program.spoke.call("control", "account_of", access_key=access_key)
        return account

    def _accounts_with_buckets(self) -> set[str]:
        return {self.program.settings["account"], *(bucket.account for bucket in self.buckets.book.all())}

    async def _receive(self, path: str, body: bytes) -> tuple[int, bytes]:
        """A message of another region."""
        if path.startswith(PATHS):
            return await self.objects.replication.receive(path, body)
        return await self.tables.replication.receive(path, body)

    async def _reset(self) -> None:
        self.tables.reset()
        self.objects.replication.reset()
        self.accounts.forget()

    async def _status(self) -> dict[str, Any]:
        return {
            "changes": self.tables.changes,
            "requests": self.balancer.counts().requests,
            "ledger": {"commits": self.ledger.commits, "rows": self.ledger.rows, "trouble": self.ledger.trouble},
        }

    async def _expire_now_and_then(self) -> None:
        while True:
            await self.program.clock.sleep(EXPIRE_EVERY_S / self.program.settings["speed"])
            self.tables.expire()

    async def close(self) -> None:
        """Stop listening, then let the ledger finish."""
        for server in self.servers.values():
            await server.close()
        if self.echo is not None:
            self.echo[0].close()
        await self.tables.replication.close()
        await self.objects.close()
        await self.to_peers.close()
        await self.forwarder.close()
        await self.engine.close()
        await self.pool.close()
        await self.ledger.close()
