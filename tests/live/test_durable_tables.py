"""Claims about what a region keeps of DynamoDB when its process is killed, and when its disk or ledger is bad."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.errors import Refusal

pytestmark = pytest.mark.live

REGION = "eu-west-1"
WRITERS = 6
ONCE = Config(retries={"max_attempts": 0}, read_timeout=5)


@pytest.fixture
def planet(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(regions=[REGION], home=tmp_path, seed=1, app=False) as started:
        create(started, "orders")
        yield started


def create(planet: Sandbox, name: str) -> None:
    planet.client("dynamodb", region=REGION).create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def keys_in(planet: Sandbox, table: str) -> set[str]:
    pages = planet.client("dynamodb", region=REGION).get_paginator("scan").paginate(TableName=table)
    return {item["id"]["S"] for page in pages for item in page["Items"]}


def test_every_acknowledged_write_survives_a_sigkill_under_load(planet: Sandbox) -> None:
    """Six writers note each key when its 200 has come; after the kill all of them must be there."""
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(writer: int) -> None:
        client: Any = planet.client("dynamodb", region=REGION, config=ONCE)
        number = 0
        while True:
            key = f"{writer}-{number}"
            try:
                client.put_item(TableName="orders", Item={"id": {"S": key}, "n": {"N": str(number)}})
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(key)
            number += 1
            if len(acknowledged) > 500:
                enough.set()

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in writers:
        thread.start()
    assert enough.wait(30)
    program = next(p for p in planet.status()["programs"] if p["name"] == f"region:{REGION}")
    before = planet.bookmark()
    os.killpg(program["pid"], signal.SIGKILL)
    for thread in writers:
        thread.join()
    planet.wait_for_event("program_started", program=f"region:{REGION}", since=before)
    assert not set(acknowledged) - keys_in(planet, "orders")


def test_acknowledged_writes_that_only_the_log_has_survive_a_sigkill(planet: Sandbox) -> None:
    """A second passes between the 200 and the database; the region is killed while that has not all of them."""
    client = planet.client("dynamodb", region=REGION)
    database = sqlite3.connect(planet.home / "state" / f"{REGION}.ledger")
    program = next(p for p in planet.status()["programs"] if p["name"] == f"region:{REGION}")
    before = planet.bookmark()
    acknowledged = 0
    while acknowledged < 20 or database.execute("SELECT count(*) FROM items").fetchone()[0] == acknowledged:
        client.put_item(TableName="orders", Item={"id": {"S": str(acknowledged)}})
        acknowledged += 1
    os.killpg(program["pid"], signal.SIGKILL)
    planet.wait_for_event("program_started", program=f"region:{REGION}", since=before)
    assert keys_in(planet, "orders") == {str(number) for number in range(acknowledged)}
    assert database.execute("SELECT count(*) FROM items").fetchone()[0] == acknowledged, "a start carries the log"


def test_tables_and_their_settings_survive_down_and_up(tmp_path: Path) -> None:
    with Sandbox(regions=[REGION], home=tmp_path, app=False) as first:
        create(first, "orders")
        client = first.client("dynamodb", region=REGION)
        client.put_item(TableName="orders", Item={"id": {"S": "1"}})
        client.update_time_to_live(
            TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        )
        create(first, "gone")
        client.delete_table(TableName="gone")
    with Sandbox(regions=[REGION], home=tmp_path, app=False) as again:
        client = again.client("dynamodb", region=REGION)
        assert client.list_tables()["TableNames"] == ["orders"]
        assert keys_in(again, "orders") == {"1"}
        ttl = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
        assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "until")


def test_a_damaged_ledger_keeps_the_sandbox_from_starting_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / f"{REGION}.ledger").write_bytes(b"not a ledger" * 1000)
    with pytest.raises(Refusal, match=rf"{REGION}\.ledger.*--fresh"):
        Sandbox(regions=[REGION], home=tmp_path, app=False)
