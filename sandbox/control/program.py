"""Control's life: take up the saved state, serve the engine and the gateway, save, end.

In: a `Program` that has joined the hub. On the management channel it answers `status`, `reset`, `save`, `account_of`
and `query_log`, and publishes `engine` and `gateway` {"host", "port"}, and all that the data planes must know of
Route 53 and Global Accelerator. Out: nothing but those.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.aws.accounts import Accounts
from sandbox.aws.bucket_register import BucketRegister
from sandbox.aws.buckets import TOPIC as BUCKET_TOPIC
from sandbox.aws.door_clients import DoorClients
from sandbox.aws.engine import Engine
from sandbox.aws.engine_client import MOTO_BODY_LIMIT_BYTES
from sandbox.aws.flow_counts import EVENTS
from sandbox.aws.gateway import Gateway
from sandbox.aws.latency import EVENT
from sandbox.aws.moto_buckets import buckets_of_moto
from sandbox.aws.moto_host import MotoHost
from sandbox.aws.moto_state import NOT_SAVED, SAVED, Saved
from sandbox.aws.object_metrics import OBJECTS_EVENT
from sandbox.aws.propagation import Propagation
from sandbox.aws.publishing import PREFIXES, Publisher
from sandbox.aws.region_doors import RegionDoors
from sandbox.aws.services.engine_resources.values import MOTO
from sandbox.aws.services.fis.api import Fis
from sandbox.aws.services.fis.runner import Runner
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.aws.throttling import Throttle
from sandbox.control.arrivals import Arrivals
from sandbox.control.experiments import Operator
from sandbox.control.knowledge import Knowledge, default_region
from sandbox.control.relays import Relays
from sandbox.geography.addresses import application_addresses
from sandbox.kernel.errors import Refusal
from sandbox.management.program import ANY_HOST, Program
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http

SAVE_EVERY_S = 3.0
SAVE_SHARE = 0.05  # saving takes at most this share of the time: a large state is saved less often
METRICS_EVERY_S, METRICS_EVERY_LEAST_S = 10.0, 0.5  # how often alarms' metric data are looked at; scaled by speed
STATE_FILE = "state/control-aws.state"
BUCKETS_FILE = "state/buckets.json"


async def serve(program: Program) -> None:
    """Run until the program is asked to end."""
    control = Control(program)
    try:
        await control.start()
        await program.ready(program.seat.doors, program.settings["ports"]["aws"])
        program.tasks.start(control.host.in_thread(control.host.warm), "warm")
        await program.end.wait()
    finally:
        await control.close()


class Control:
    """The program's parts, and the order in which they start and end."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.relays = Relays(program.seat.doors, program.settings["ports"]["regions"]) if program.seat.remote else None
        self.knowledge = Knowledge() if self.relays is None else Knowledge(self.relays.put)
        self.pool = HttpPool()
        self.passing = HttpPool(stream_bodies=True)  # the gateway's
        doors = RegionDoors(self.pool, self.knowledge.front_doors, lambda: tuple(program.settings["regions"]))
        around = Surroundings(
            now_s=program.clock.wall_s,
            deploy_s=program.settings.get("accelerator_deploy_s", 0.0) / program.settings["speed"],
            addresses=application_addresses(program.settings["regions"]),
            health=self.knowledge.endpoint_health,
        )
        clients = DoorClients(self.knowledge.front_doors, self._engine_of)
        self.host = MotoHost(
            doors,
            clients,
            around,
            program.settings.get("route53_quotas"),
            lambda service: self.knowledge.refuse_lost_home(service, program.settings["regions"]),
        )
        self.propagation = Propagation(
            self.host.settle,
            clock=program.clock,
            delay_s=program.settings.get("dns_propagation_s", 0.0) / program.settings["speed"],
        )
        self.publisher = Publisher(
            self._read_topics,
            program.spoke.publish,
            Arrivals(program.spoke),
            clock=program.clock,
            on_published=self.propagation.on_published,
        )
        operator = Operator(program.spoke, self.pool, self.knowledge.front_doors, program.clock)
        runner = Runner(operator, program.clock, program.tasks, speed=float(program.settings["speed"]))
        self.engine = Engine(
            self.host,
            self.publisher,
            Fis(runner, self.host.experiment_templates, program.clock),
            program.tasks,
            default_account=program.settings["account"],
            verdicts=lambda: self.knowledge.verdicts,
            ask_planet=partial(program.spoke.call, "planet"),
            throttle=throttle_of(program),
        )
        self.accounts = Accounts(program.settings["account"], self.host.account_of)
        self.buckets = BucketRegister(
            program.seat.home / BUCKETS_FILE,
            program.spoke.publish,
            program.clock.wall_s,
            is_known=lambda region: region in program.settings["regions"],
        )
        self.servers: list[HttpServer] = []
        self.last_saved_at_s: float | None = None
        self.last_saved = Saved(services=(), left_out=(), size_bytes=0)
        self._saving = asyncio.Lock()

    @property
    def host_for_others(self) -> str:
        """Under which other programs find this one: in containers by its name, as it has an address on each network."""
        seat = self.program.seat
        return seat.name if seat.listen == ANY_HOST else seat.listen

    @property
    def state_path(self) -> Path:
        """Where moto's state is kept."""
        return self.program.seat.home / STATE_FILE

    async def start(self) -> None:
        """Listen, load, tell; a Refusal when the gateway's port is taken."""
        spoke = self.program.spoke
        await spoke.subscribe("region/", self.knowledge.on_region)
        await spoke.subscribe("fault/", self.knowledge.on_fault)
        await spoke.subscribe("health/", self.knowledge.on_health)
        await spoke.subscribe("accelerator-health/", self.knowledge.on_accelerator_health)
        for prefix in PREFIXES:
            await spoke.subscribe(prefix, self.publisher.retained)
            spoke.unsubscribe(prefix)  # what control publishes itself need not come back: a large zone is 3 MB
        spoke.on_event = self.host.on_event
        spoke.follow(EVENT, OBJECTS_EVENT, *EVENTS)
        spoke.handle("status", self.status)
        spoke.handle("reset", self.reset)
        spoke.handle("save", self.save)
        spoke.handle("account_of", self.account_of)
        spoke.handle("query_log", self.query_log)
        for method in ("claim", "made", "gone", "where"):
            spoke.handle(f"bucket_{method}", getattr(self.buckets, method))
        spoke.handle("buckets_found", self.buckets.found)
        gateway_port = await self._open_gateway()
        await self._load()
        seat = self.program.seat
        engine = await serve_http(
            self.engine.serve, name="engine", host=seat.listen, body_limit_bytes=MOTO_BODY_LIMIT_BYTES
        )
        self.servers.append(engine)
        spoke.publish("engine", {"host": self.host_for_others, "port": engine.port})
        spoke.publish("gateway", {"host": self.host_for_others, "port": gateway_port})
        self.program.tasks.start(self._save_when_dirty(), "save")
        self.program.tasks.start(self._judge_metrics(), "metrics")

    async def _open_gateway(self) -> int:
        settings = self.program.settings
        gateway = Gateway(
            pool=self.passing,
            engine=self.engine.call,
            accounts=self.accounts,
            default_region=default_region(tuple(settings["regions"])),
            regions=lambda: tuple(settings["regions"]),
            front_doors=self.knowledge.front_doors,
            reset=self._reset_everything,
        )
        self.engine.pages = gateway.handle  # front doors pass them on
        self.engine.after_stack = self.take_up_motos_buckets
        port = int(settings["ports"]["aws"])
        try:
            server = await serve_http(
                gateway.handle, name="gateway", host=self.program.seat.doors, port=port, stream_bodies=True
            )
        except OSError as error:
            raise port_taken(port, error) from error
        self.servers.append(server)
        return server.port

    async def _load(self) -> None:
        message = await self.host.in_thread(lambda: self.host.load(self.state_path))
        if message:
            print(message, file=sys.stderr, flush=True)
        names: list[str] = []
        await self.program.spoke.subscribe(
            BUCKET_TOPIC, lambda topic, _: names.append(topic.removeprefix(BUCKET_TOPIC))
        )
        self.program.spoke.unsubscribe(BUCKET_TOPIC)
        if message := self.buckets.load(names):
            print(message, file=sys.stderr, flush=True)
        await self.take_up_motos_buckets()
        await self.publisher.update()
        await self.host.settle(None)

    def _engine_of(self, region: str) -> str:
        own = self.program.settings.get("region_settings", {})
        return str(own.get(region, {}).get("engine", MOTO))

    async def take_up_motos_buckets(self) -> None:
        """Stacks make them without a front door; a kill may have lost the last of them."""
        found = [bucket.as_topic() for bucket in await self.host.in_thread(buckets_of_moto)]
        for region in self.program.settings["regions"]:
            if self._engine_of(region) == MOTO:
                await self.buckets.found(region, [bucket for bucket in found if bucket["region"] == region])

    async def status(self) -> dict[str, Any]:
        """What `sandbox status` says of control."""
        left_out = {service for service, _ in self.last_saved.left_out}
        return {
            "services_saved": sorted((SAVED | set(self.last_saved.services)) - left_out),
            "services_not_saved": sorted(left_out | set(NOT_SAVED)),
            "last_saved_at_s": self.last_saved_at_s,
            "requests": self.host.requests,
        }

    async def account_of(self, access_key: str) -> str | None:
        """The account of a key that IAM or STS handed out (asked by front doors)."""
        return await self.host.account_of(access_key)

    async def query_log(self, lines: list[dict[str, Any]]) -> int:
        """Questions to zones with a query logging config (asked by the planet)."""
        self.engine.is_dirty = True
        return await self.host.write_query_log(lines)

    async def reset(self) -> None:
        """Empty every service here."""
        await self.engine.reset()
        self.accounts.forget()
        self.buckets.clear()
        await self.save()

    async def _reset_everything(self) -> None:
        """The gateway's reset: here, and the tables of the regions that run."""
        await self.reset()
        for code in tuple(self.knowledge.front_doors()):
            try:
                await self.program.spoke.call(f"region:{code}", "reset")
            except Refusal as refusal:  # it ended meanwhile; the caller's call must not fail for that
                print(f"reset of {code}: {refusal.message}", file=sys.stderr, flush=True)

    async def save(self) -> None:
        """Write the state now."""
        async with self._saving:
            self.engine.is_dirty = False
            self.last_saved = await self.host.in_thread(lambda: self.host.save(self.state_path))
            self.last_saved_at_s = self.program.clock.wall_s()

    async def _save_when_dirty(self) -> None:
        clock = self.program.clock
        while True:
            await clock.sleep(SAVE_EVERY_S)
            if self.engine.is_dirty:
                began_s = clock.now_s()
                await self._try_to_save()
                await clock.sleep((clock.now_s() - began_s) / SAVE_SHARE)

    async def _try_to_save(self) -> None:
        """A full disk must not end control: it is said, and tried again."""
        try:
            await self.save()
        except OSError as error:
            self.engine.is_dirty = True
            text = f"The AWS state could not be saved to {self.state_path}: {error.strerror}"
            print(text, file=sys.stderr, flush=True)

    async def _read_topics(self) -> Mapping[str, Any]:
        now_s, speed = self.program.clock.wall_s(), self.program.settings["speed"]
        topics: Mapping[str, Any] = await self.host.in_thread(partial(self.host.topics, now_s, speed))
        return topics

    async def _judge_metrics(self) -> None:
        """Alarms' metric data say something new as time passes, too."""
        every_s = max(METRICS_EVERY_S / self.program.settings["speed"], METRICS_EVERY_LEAST_S)
        while True:
            await self.program.clock.sleep(every_s)
            if self.publisher.ids("health-verdict/"):
                await self.publisher.update()

    async def close(self) -> None:
        """Stop listening, save what is new."""
        for server in self.servers:
            await server.close()
        if self.relays is not None:
            await self.relays.close()
        if self.engine.is_dirty:
            await self._try_to_save()
        await self.publisher.close()
        await self.propagation.close()
        await self.pool.close()
        await self.passing.close()
        self.host.close()


def throttle_of(program: Program) -> Callable[[str, str, str], None] | None:
    """What holds Route 53's callers back, where the settings say so."""
    if not program.settings.get("route53_throttling"):
        return None
    throttle = Throttle(speed=float(program.settings["speed"]))
    return lambda account, method, path: throttle.refuse_excess(account, method, path, program.clock.now_s())


def port_taken(port: int, error: OSError) -> Refusal:
    """One line that names the port and the flag."""
    return Refusal(
        "PortTaken",
        f"Port {port} (AWS endpoint) cannot be used: {error.strerror}. "
        "Choose another: --ports aws=NUMBER (SANDBOX_AWS_PORT), or --ports auto.",
    )
