"""PutItem, GetItem, UpdateItem over HTTP: one region's front door, and moto's own server, by turns in one run.

wrk makes the load (16 connections, one thread) with a script for each operation: PutItem with a new key each, GetItem
and UpdateItem over 1,000 items that are there. Afterwards the tables are asked: every item that was acknowledged is
there, and the counters stand where the updates have brought them.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benches.life import Life, variables
from benches.machine import cpu_s, free_ports, listens, need, python
from benches.rig import REGION
from benches.values import BenchFailed, Figure, Orders, Run

TARGETS = {"PutItem": 20, "GetItem": 40, "UpdateItem": 20}  # times moto's server
LAST_S, QUICK_LAST_S = 5, 2
WARM_S = 1
CONNECTIONS = 16
ITEMS = 1000
TABLE = "bench"
MOTO_WITHIN_S = 60.0
SCRIPT = """
local body_of = {{
  PutItem = '{{"TableName":"{table}","Item":{{"id":{{"S":"put-{turn}-%d"}},"n":{{"N":"1"}},"text":{{"S":"{text}"}}}}}}',
  GetItem = '{{"TableName":"{table}","Key":{{"id":{{"S":"item-%d"}}}}}}',
  UpdateItem = '{{"TableName":"{table}","Key":{{"id":{{"S":"item-%d"}}}},"UpdateExpression":"SET n = n + :one",' ..
    '"ExpressionAttributeValues":{{":one":{{"N":"1"}}}},"ReturnValues":"UPDATED_NEW"}}',
}}
local number = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
wrk.headers["X-Amz-Target"] = "DynamoDB_20120810.{operation}"
wrk.headers["X-Amz-Date"] = "20260101T000000Z"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=000000000000/20260101/{region}/dynamodb/aws4_request, " ..
  "SignedHeaders=host;x-amz-date, Signature=0"
request = function()
  local key = number
  number = number + 1
  if "{operation}" ~= "PutItem" then key = key % {items} end
  return wrk.format(nil, "/", nil, string.format(body_of["{operation}"], key))
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format('{{"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d}}\\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class Server:
    """One of the two. pids: the processes whose time counts; only those known."""

    def __init__(self, name: str, port: int, pid: int | None) -> None:
        self.name = name
        self.port = port
        self.pid = pid
        patient = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        endpoint = f"http://127.0.0.1:{port}"
        self.dynamodb = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint, config=patient)
        self.puts = 0
        self.updates = 0
        self._turn = 0

    def prepare(self) -> None:
        """A table with ITEMS items."""
        self.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for first in range(0, ITEMS, 25):
            items = [{"id": {"S": f"item-{first + more}"}, "n": {"N": "0"}} for more in range(25)]
            self.dynamodb.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}} for item in items]})

    def load(self, folder: Path, operation: str, seconds: int) -> tuple[float, dict[str, Any]]:
        """Answers a second, and what wrk counted; a BenchFailed when one was no 200."""
        self._turn += 1
        script = folder / f"{operation}.lua"
        script.write_text(
            SCRIPT.format(table=TABLE, operation=operation, region=REGION, items=ITEMS, turn=self._turn, text="x" * 100)
        )
        url = f"http://127.0.0.1:{self.port}"
        words = [need("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        if ended.returncode != 0 or not ended.stderr.strip():
            raise BenchFailed(f"wrk ended with {ended.returncode}: {ended.stderr[-500:]}{ended.stdout[-500:]}")
        counted: dict[str, Any] = json.loads(ended.stderr.splitlines()[-1])
        if counted["refused"] or counted["broken"] or not counted["requests"]:
            raise BenchFailed(f"{self.name}, {operation}: not every answer is 200: {counted}")
        self.puts += counted["requests"] if operation == "PutItem" else 0
        self.updates += counted["requests"] if operation == "UpdateItem" else 0
        return counted["requests"] / counted["us"] * 1e6, counted

    def check(self) -> None:
        """What was acknowledged is there. More may be: wrk ends without waiting for the last answers."""
        found, count, updates = self.pages(), 0, 0
        for item in found:
            if item["id"]["S"].startswith("put-"):
                count += 1
            else:
                updates += int(item["n"]["N"])
        most = CONNECTIONS * (self._turn + 1)
        for what, there, acknowledged in (("items", count, self.puts), ("updates", updates, self.updates)):
            if not acknowledged <= there <= acknowledged + most:
                raise BenchFailed(f"{self.name}: {acknowledged} {what} were acknowledged, and {there} are there")

    def pages(self) -> Iterator[dict[str, Any]]:
        """Every item."""
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=TABLE):
            yield from page["Items"]


def measure(orders: Orders) -> Iterator[Run]:
    """Both servers stand side by side all the time; each operation is measured on one, then on the other."""
    need("wrk")
    os.environ.update(variables())
    seconds = QUICK_LAST_S if orders.quick else LAST_S
    with (
        tempfile.TemporaryDirectory(prefix="sandbox-bench-") as name,
        ours(Path(name)) as region,
        motos(Path(name)) as moto,
    ):
        folder = Path(name)
        for server in (region, moto):
            server.prepare()
            for operation in TARGETS:
                server.load(folder, operation, WARM_S)
        for _ in range(orders.runs):
            figures = []
            for operation in TARGETS:
                figures += compared(folder, operation, region, moto, seconds)
                orders.tell(f"aws: {operation}: {figures[-4].value:,.0f}/s, {figures[-5].value:.1f} x moto's server")
            yield figures
        region.check()
        moto.check()


def compared(folder: Path, operation: str, region: Server, moto: Server, seconds: int) -> Run:
    """One operation, on the region, then on moto."""
    cpu_before_s = cpu_s(region.pid) if region.pid else float("nan")
    per_s, counted = region.load(folder, operation, seconds)
    work_us = ((cpu_s(region.pid) if region.pid else float("nan")) - cpu_before_s) / counted["requests"] * 1e6
    moto_per_s, _ = moto.load(folder, operation, seconds)
    return [
        Figure(
            name=f"{operation} beside moto's server", unit="times", value=per_s / moto_per_s, target=TARGETS[operation]
        ),
        Figure(name=f"{operation}, region", unit="1/s", value=per_s),
        Figure(name=f"{operation}, moto's server", unit="1/s", value=moto_per_s),
        Figure(name=f"{operation}, region's work", unit="CPU µs each", value=work_us),
        Figure(name=f"{operation}, region, p99", unit="ms", value=counted["p99_us"] / 1000),
    ]


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    """A sandbox of one region without its application."""
    life = Life(folder, [REGION])
    try:
        life.up("--no-app")
        life.wait_for_port(life.fronts[REGION])
        life.wait_until_ready()
        pids = {program["name"]: program["pid"] for program in life.status()["programs"]}
        yield Server("the region", life.fronts[REGION], pids.get(f"region:{REGION}"))
    finally:
        life.close()


@contextmanager
def motos(folder: Path) -> Iterator[Server]:
    """moto's server as its users start it."""
    [port] = free_ports(1)
    with (folder / "moto.log").open("wb") as log:
        process = subprocess.Popen(python("-m", "moto.server", "-p", str(port)), stdout=log, stderr=log)
    try:
        waited = 0.0
        while not listens(port):
            waited += 0.1
            if process.poll() is not None or waited > MOTO_WITHIN_S:
                raise BenchFailed(f"moto's server did not start: {(folder / 'moto.log').read_text()[-500:]}")
            subprocess.run(["sleep", "0.1"], check=True)
        yield Server("moto's server", port, process.pid)
    finally:
        process.terminate()
        process.wait(10)
