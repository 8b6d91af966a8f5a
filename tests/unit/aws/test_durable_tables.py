"""Claims about the promise of a 200: what was answered is in the ledger, and comes back from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson

from sandbox.aws.durable_tables import DurableTables
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.journal import Journal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.replication.sender import Post
from sandbox.tables.ledger import Ledger

ACCOUNT, REGION, OTHER = "000000000000", "eu-west-1", "us-east-1"
TABLE = {
    "TableName": "orders",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def ask(tables: DurableTables, action: str, body: dict[str, Any]) -> Response | Awaitable[Response]:
    headers = Headers([("X-Amz-Target", f"DynamoDB_20120810.{action}")])
    return tables.handle(Request(method="POST", target="/", headers=headers, body=orjson.dumps(body)), ACCOUNT, REGION)


async def answered(tables: DurableTables, action: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = ask(tables, action, body)
    if not isinstance(response, Response):
        response = await response
    return response.status, orjson.loads(response.body)


async def nobody_there(region: str, path: str, body: bytes) -> tuple[int, bytes]:
    raise ConnectionRefusedError(region)


def with_tables(folder: Path, story: Callable[[DurableTables], Awaitable[None]], post: Post | None = None) -> None:
    """Open the ledger, load, tell the story, close: one life of a region."""

    async def run() -> None:
        clock = SystemClock()
        ledger = Ledger(folder / "ledger", clock)
        ledger.open()
        tables = DurableTables(
            REGION, ledger, clock, journal=Journal(), post=post or nobody_there, running=lambda: [REGION, OTHER]
        )
        tables.load()
        tables.replication.start()
        try:
            await story(tables)
        finally:
            await tables.replication.close()
            await ledger.close()

    asyncio.run(run())


def test_reads_do_not_wait_and_writes_do(tmp_path: Path) -> None:
    async def story(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        assert isinstance(ask(tables, "ListTables", {}), Response)
        writing = ask(tables, "PutItem", {"TableName": "orders", "Item": {"id": {"S": "1"}}})
        assert not isinstance(writing, Response)
        await writing

    with_tables(tmp_path, story)


def test_items_deletes_and_tables_come_back_as_they_were(tmp_path: Path) -> None:
    async def first(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        await answered(tables, "CreateTable", {**TABLE, "TableName": "gone"})
        for number in range(30):
            await answered(tables, "PutItem", {"TableName": "orders", "Item": {"id": {"S": str(number)}}})
        await answered(tables, "DeleteItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}})
        await answered(tables, "DeleteTable", {"TableName": "gone"})

    async def again(tables: DurableTables) -> None:
        assert (await answered(tables, "ListTables", {}))[1] == {"TableNames": ["orders"]}
        found = (await answered(tables, "Scan", {"TableName": "orders"}))[1]["Items"]
        assert {item["id"]["S"] for item in found} == {str(number) for number in range(30)} - {"7"}

    with_tables(tmp_path, first)
    with_tables(tmp_path, again)


def test_a_reset_empties_the_ledger_too(tmp_path: Path) -> None:
    async def first(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        await answered(tables, "PutItem", {"TableName": "orders", "Item": {"id": {"S": "1"}}})
        tables.reset()

    async def again(tables: DurableTables) -> None:
        assert tables.load() == 0
        assert (await answered(tables, "ListTables", {}))[1] == {"TableNames": []}

    with_tables(tmp_path, first)
    with_tables(tmp_path, again)


def test_a_write_that_cannot_be_kept_is_not_acknowledged(
    tmp_path: Path, full_disk: Callable[[int], AbstractContextManager[None]]
) -> None:
    async def story(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        await tables.ledger.carry()
        put = {"TableName": "orders", "Item": {"id": {"S": "1"}}}
        with full_disk(1):
            status, error = await answered(tables, "PutItem", put)
            assert (status, error["__type"].rpartition("#")[2]) == (500, "InternalServerError")
            assert (await answered(tables, "PutItem", put))[0] == 500, "refused at once while nothing can be kept"
            assert (await answered(tables, "Scan", {"TableName": "orders"}))[0] == 200, "reads go on"
        await tables.ledger.committed()
        assert (await answered(tables, "PutItem", put))[0] == 200

    with_tables(tmp_path, story)


def test_a_global_table_is_one_again_after_a_restart_and_sends_what_its_peer_has_not(tmp_path: Path) -> None:
    """GT 1.08, 1.21: the peer is away in the first life, so nothing but the ledger can know what it must be sent."""
    sent: list[tuple[str, str]] = []

    async def peer(region: str, path: str, body: bytes) -> tuple[int, bytes]:
        sent.append((region, path.rpartition("/")[2]))
        return 200, b'{"exists": false, "protected": false}'

    async def first(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        created = {"TableName": "orders", "ReplicaUpdates": [{"Create": {"RegionName": OTHER}}]}
        status, answer = await answered(tables, "UpdateTable", created)
        assert (status, answer["TableDescription"]["TableStatus"]) == (200, "UPDATING")
        put = {"TableName": "orders", "Item": {"id": {"S": "7"}}}
        assert (await answered(tables, "PutItem", put))[0] == 200

    async def again(tables: DurableTables) -> None:
        while True:
            table = (await answered(tables, "DescribeTable", {"TableName": "orders"}))[1]["Table"]
            if [(each["RegionName"], each["ReplicaStatus"]) for each in table["Replicas"]] == [(OTHER, "ACTIVE")]:
                break
            await asyncio.sleep(0)
        assert (OTHER, "batch") in sent
        assert (await answered(tables, "GetItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}}))[1]["Item"]

    with_tables(tmp_path, first)
    with_tables(tmp_path, again, peer)


def test_calls_of_replication_answer_in_dynamodbs_own_errors(tmp_path: Path) -> None:
    async def story(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        delete = {"TableName": "orders", "ReplicaUpdates": [{"Delete": {"RegionName": OTHER}}]}
        status, error = await answered(tables, "UpdateTable", delete)
        assert (status, error["__type"].rpartition("#")[2]) == (400, "ValidationException")
        assert "one or more replicas were not part of the global table" in error["message"]
        status, error = await answered(tables, "UpdateTable", {"TableName": "orders", "ReplicaUpdates": "x"})
        assert (status, error["__type"].rpartition("#")[2]) == (400, "SerializationException")
        status, error = await answered(tables, "DescribeGlobalTable", {"GlobalTableName": "orders"})
        assert error["__type"].rpartition("#")[2] == "GlobalTableNotFoundException"

    with_tables(tmp_path, story)
