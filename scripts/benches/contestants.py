"""Who is measured side by side: a region of ours, moto's server, ministack, dynalite; each a `Server` with its table.

In: a folder for the time of the bench. Out: running servers; those of others are fetched once (`peers.py`). A server
counts what it has acknowledged, and `check` asks its table afterwards whether all of that is there.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benches.life import Life, processes_below
from benches.machine import cpu_s, free_ports, listens, python
from benches.peers import program_of
from benches.rig import REGION
from benches.values import BenchFailed
from benches.wrk import CONNECTIONS, ITEMS, TABLE, Counted, load
from sandbox.client.starting import end_process

LISTENS_WITHIN_S = 60.0
ENDS_WITHIN_S = 10.0
POLL_S = 0.05
BATCH = 25


class Server:
    """One contestant. pid: of the process that answers, or of the parent of those."""

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name = name
        self.port = port
        self.pid = pid
        patient = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        endpoint = f"http://127.0.0.1:{port}"
        self.dynamodb = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint, config=patient)
        self._acknowledged = {"PutItem": 0, "UpdateItem": 0}
        self._turns = 0

    def prepare(self) -> None:
        """A table with ITEMS items."""
        self.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
        for first in range(0, ITEMS, BATCH):
            items = [{"id": {"S": f"item-{first + more:09d}"}, "n": {"N": "0"}} for more in range(BATCH)]
            self.dynamodb.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}} for item in items]})

    def load(self, folder: Path, operation: str, seconds: int) -> tuple[Counted, float]:
        """What wrk counted, and the microseconds of processor time that one answer took."""
        self._turns += 1
        before_s = self._work_s()
        counted = load(folder, self.port, operation, seconds, self._prefix(operation))
        if operation in self._acknowledged:
            self._acknowledged[operation] += counted.requests
        return counted, (self._work_s() - before_s) / counted.requests * 1e6

    def _prefix(self, operation: str) -> str:
        return f"put-{self._turns}-" if operation == "PutItem" else "item-"

    def _work_s(self) -> float:
        return sum(cpu_s(pid) for pid in processes_below(self.pid) or [self.pid])

    def check(self) -> None:
        """What was acknowledged is there. More may be: wrk ends without waiting for the last answers."""
        there = {"PutItem": 0, "UpdateItem": 0}
        for item in self._items():
            if item["id"]["S"].startswith("put-"):
                there["PutItem"] += 1
            else:
                there["UpdateItem"] += int(item["n"]["N"])
        most = CONNECTIONS * (self._turns + 1)
        for operation, acknowledged in self._acknowledged.items():
            if not acknowledged <= there[operation] <= acknowledged + most:
                raise BenchFailed(
                    f"{self.name}: {acknowledged} calls of {operation} were acknowledged, and {there[operation]} show"
                )

    def _items(self) -> Iterator[dict[str, Any]]:
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=TABLE):
            yield from page["Items"]


@contextmanager
def region(folder: Path) -> Iterator[Server]:
    """A sandbox of one region without its application."""
    life = Life(folder, [REGION])
    try:
        life.up("--no-app")
        life.wait_for_port(life.fronts[REGION])
        life.wait_until_ready()
        yield Server("region", life.fronts[REGION], life.pid_of(f"region:{REGION}"))
    finally:
        life.close()


@contextmanager
def moto(folder: Path) -> Iterator[Server]:
    """moto's server as its users start it; it is installed with the sandbox."""
    [port] = free_ports(1)
    with started("moto's server", folder, port, python("-m", "moto.server", "-p", str(port))) as server:
        yield server


@contextmanager
def ministack(folder: Path) -> Iterator[Server]:
    """ministack with its own defaults, on loopback only."""
    [port] = free_ports(1)
    variables = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    with started("ministack", folder, port, [program_of("ministack")], variables) as server:
        yield server


@contextmanager
def dynalite(folder: Path) -> Iterator[Server]:
    """dynalite with its tables in memory, which is its default and its fastest."""
    [port] = free_ports(1)
    words = [program_of("dynalite"), "--host", "127.0.0.1", "--port", str(port), "--createTableMs", "0"]
    with started("dynalite", folder, port, words) as server:
        yield server


@contextmanager
def started(
    name: str, folder: Path, port: int, words: Sequence[str], variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A program that listens at `port`, for the time of a `with`."""
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=folder, env={**os.environ, **(variables or {})}, stdout=output, stderr=output
        )
    try:
        until_s = time.monotonic() + LISTENS_WITHIN_S
        while not listens(port):
            if process.poll() is not None or time.monotonic() > until_s:
                raise BenchFailed(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")
            time.sleep(POLL_S)
        yield Server(name, port, process.pid)
    finally:
        end_process(process, within_s=ENDS_WITHIN_S)
