"""A sandbox without planet, for unmodified clients.

One hub, one real control process, and a front door with its tables for each region, as the region program builds them.
What the hub keeps is what planet and regions would be told.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.aws.accounts import Accounts
from sandbox.aws.buckets import TOPIC
from sandbox.aws.engine_client import RemoteEngine
from sandbox.aws.front_door import FrontDoor
from sandbox.aws.own_tables import OwnTables
from sandbox.aws.s3_front import S3Front
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Request, Response
from sandbox.region.buckets import RegionBuckets
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer, serve_http

ACCOUNT = "000000000000"


REGIONS = ("us-east-1", "eu-west-1")


START_LIMIT_S = 30.0


class Rig:
    """A sandbox without planet: hub and front doors in a thread of the test, control as a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "state").mkdir(parents=True, exist_ok=True)
        self.loop = asyncio.new_event_loop()
        self.hub = Hub(Journal(), "token")
        self.doors: dict[str, HttpServer] = {}
        self.cut_off: set[str] = set()
        self.ready = threading.Event()
        self.control: subprocess.Popen[bytes] | None = None
        self.hub_port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def do(self, work: Any) -> Any:
        """Run a coroutine in the rig's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(START_LIMIT_S)

    def start(self) -> None:
        self._thread.start()
        self.do(self._start_hub())
        self.start_control()
        self.do(self._open_doors())

    async def _start_hub(self) -> None:
        self.hub_port = await self.hub.start()
        self.hub.publish(
            "settings",
            {
                "speed": 1,
                "seed": 1,
                "account": ACCOUNT,
                "regions": list(REGIONS),
                "ports": {"aws": 0},
                "dns_propagation_s": 0.5,
                "accelerator_deploy_s": 0.5,
            },
        )

        async def ready(program: str) -> None:
            self.ready.set()

        self.hub.handle("ready", ready)

    def start_control(self) -> None:
        self.ready.clear()
        self.control = subprocess.Popen(
            [sys.executable, "-m", "sandbox.control", "--hub", f"127.0.0.1:{self.hub_port}", "--home", str(self.home)],
            env={**os.environ, "SANDBOX_TOKEN": "token"},
        )
        assert self.ready.wait(START_LIMIT_S), "control did not become ready"

    def stop_control(self) -> int:
        assert self.control is not None
        self.control.terminate()
        return self.control.wait(START_LIMIT_S)

    async def _open_doors(self) -> None:
        pool = HttpPool()

        async def forward(region: str, request: Request) -> Response:
            return await pool.send(request, host="127.0.0.1", port=self.doors[region].port, timeout_s=30)

        async def find_account(access_key: str) -> str | None:
            found: str | None = await self.hub.ask("control", "account_of", access_key=access_key)
            return found

        async def ask_control(method: str, **arguments: Any) -> Any:
            return await self.hub.ask("control", method, **arguments)

        for region in REGIONS:
            engine = RemoteEngine(pool, self.engine)
            buckets = RegionBuckets(region, ask_control)
            door = FrontDoor(
                region=region,
                tables=OwnTables(SystemClock()),
                s3=S3Front(region=region, engine=engine, forward=forward, buckets=buckets, running=lambda: REGIONS),
                engine=engine,
                forward=forward,
                accounts=Accounts(ACCOUNT, find_account),
                running=lambda: REGIONS,
                is_cut_off=lambda region=region: region in self.cut_off,  # type: ignore[misc]
            )
            self.hub.listen(TOPIC, buckets.on_topic)
            self.doors[region] = await serve_http(door.handle, name=region)
            self.hub.publish(
                f"region/{region}", {"code": region, "host": "127.0.0.1", "front_door": self.doors[region].port}
            )

    def engine(self) -> Endpoint | None:
        """Where control's moto is."""
        told = self.hub.retained.get("engine")
        return None if told is None else Endpoint(host=told["host"], port=told["port"])

    @property
    def gateway(self) -> str:
        return f"http://localhost:{self.hub.retained['gateway']['port']}"

    def door(self, region: str) -> str:
        return f"http://127.0.0.1:{self.doors[region].port}"

    def client(self, service: str, *, region: str = "us-east-1", endpoint: str | None = None, **options: Any) -> Any:
        """A boto3 client as a user makes one."""
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "test"} | options
        return boto3.client(service, region_name=region, endpoint_url=endpoint or self.gateway, **keys)

    def topic(self, prefix: str, accept: Callable[[Any], bool] = lambda value: True) -> Any:
        """The retained value under a prefix that is accepted."""
        return next(v for t, v in list(self.hub.retained.items()) if t.startswith(prefix) and accept(v))

    def close(self) -> None:
        if self.control is not None and self.control.poll() is None:
            self.stop_control()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("home"))
    made.start()
    yield made
    made.close()


class Stacks:
    """CloudFormation and DynamoDB of one region, as a user sees them."""

    def __init__(self, rig: Any, region: str) -> None:
        self.region = region
        self.others: frozenset[str] = frozenset()
        self.stacks = rig.client("cloudformation", region=region)
        self.tables = rig.client("dynamodb", region=region)

    def create(self, name: str, body: str, **options: Any) -> dict[str, Any]:
        self.stacks.create_stack(StackName=name, TemplateBody=body, **options)
        return self.look(name)

    def update(self, name: str, body: str, **options: Any) -> dict[str, Any]:
        self.stacks.update_stack(StackName=name, TemplateBody=body, **options)
        return self.look(name)

    def look(self, name: str) -> dict[str, Any]:
        """The stack, when what is under way is over; on a busy machine that may be after its call was answered."""
        for _ in range(600):
            stack: dict[str, Any] = self.stacks.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            pause_s(0.1)
        return stack

    def outputs(self, name: str) -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.look(name).get("Outputs", ())}

    def reasons(self, name: str) -> list[tuple[str, str, str]]:
        events = self.stacks.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in reversed(events)
        ]

    def table(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self.tables.describe_table(TableName=name)["Table"]
        return described

    def names(self) -> set[str]:
        """The tables that are there."""
        return {name for page in self.tables.get_paginator("list_tables").paginate() for name in page["TableNames"]}

    def new(self) -> set[str]:
        """The tables that were not there when the test began."""
        return self.names() - self.others

    def has(self, name: str) -> bool:
        return name in self.names()

    def settings(self, name: str) -> dict[str, Any]:
        table = self.table(name)
        recovery = self.tables.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        return {
            "billing": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "units": (
                table["ProvisionedThroughput"]["ReadCapacityUnits"],
                table["ProvisionedThroughput"]["WriteCapacityUnits"],
            ),
            "indexes": sorted(each["IndexName"] for each in table.get("GlobalSecondaryIndexes", ())),
            "local": [each["IndexName"] for each in table.get("LocalSecondaryIndexes", ())],
            "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
            "encryption": table.get("SSEDescription", {}).get("SSEType"),
            "ttl": self.tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName"),
            "recovery": recovery["PointInTimeRecoveryDescription"].get("RecoveryPeriodInDays"),
            "protected": table["DeletionProtectionEnabled"],
            "class": table.get("TableClassSummary", {}).get("TableClass"),
            "tags": self.tables.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
        }

    @staticmethod
    def template(
        properties: dict[str, Any], *, outputs: dict[str, Any] | None = None, kind: str = "Table", **more: Any
    ) -> str:
        """One table; more: its DeletionPolicy and the like, and other resources."""
        attributes = {name: more.pop(name) for name in ("DeletionPolicy", "UpdateReplacePolicy") if name in more}
        table = {"Type": f"AWS::DynamoDB::{kind}", "Properties": properties, **attributes}
        every = {
            "Name": {"Ref": "Table"},
            "Arn": {"Fn::GetAtt": ["Table", "Arn"]},
            "Id": {"Fn::GetAtt": ["Table", "TableId"]},
        }
        told = {name: {"Value": value} for name, value in {**every, **(outputs or {})}.items()}
        return json.dumps({"Resources": {"Table": table, **more}, "Outputs": told})


@pytest.fixture
def at(rig: Rig) -> Iterator[Callable[[str], Stacks]]:
    """at("eu-west-1") -> its stacks and tables; all are gone after the test."""
    others: dict[str, frozenset[str]] = {}  # region -> tables of other tests

    def of(region: str) -> Stacks:
        here = Stacks(rig, region)  # made anew: control may have been started again, on another port
        here.others = others.setdefault(region, frozenset(here.names()))
        return here

    yield of
    for region in others:
        here = of(region)
        for stack in here.stacks.list_stacks()["StackSummaries"]:
            if stack["StackStatus"] != "DELETE_COMPLETE":
                here.stacks.delete_stack(StackName=stack["StackName"])
        assert here.new() == set(), f"left in {region}"
