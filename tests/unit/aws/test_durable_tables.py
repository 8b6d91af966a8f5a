"""Claims about the promise of a 200: what was answered is in the ledger, and comes back from it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson

from sandbox.aws.durable_tables import DurableTables
from sandbox.kernel.clock import SystemClock
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.tables.ledger import Ledger

ACCOUNT, REGION = "000000000000", "eu-west-1"
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


def with_tables(folder: Path, story: Callable[[DurableTables], Awaitable[None]]) -> None:
    """Open the ledger, load, tell the story, close: one life of a region."""

    async def run() -> None:
        clock = SystemClock()
        ledger = Ledger(folder / "ledger", clock)
        ledger.open()
        tables = DurableTables(REGION, ledger, clock)
        tables.load()
        try:
            await story(tables)
        finally:
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


def test_a_write_that_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    """Another connection holds SQLite's write lock, which fails a commit just as a full disk does."""

    async def story(tables: DurableTables) -> None:
        await answered(tables, "CreateTable", TABLE)
        tables.ledger.wait_for_lock(0.001)
        other = sqlite3.connect(tmp_path / "ledger", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        put = {"TableName": "orders", "Item": {"id": {"S": "1"}}}
        status, error = await answered(tables, "PutItem", put)
        assert (status, error["__type"].rpartition("#")[2]) == (500, "InternalServerError")
        assert (await answered(tables, "PutItem", put))[0] == 500, "refused at once while nothing can be kept"
        assert (await answered(tables, "Scan", {"TableName": "orders"}))[0] == 200, "reads go on"
        other.execute("ROLLBACK")
        await tables.ledger.committed()
        assert (await answered(tables, "PutItem", put))[0] == 200

    with_tables(tmp_path, story)
