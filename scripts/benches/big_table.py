"""A table of a million items in one region: how long calls take that must not depend on its size, memory, start-up.

The table has a range key and a global index. Each of its hash keys, and each of the index's, has 100 items, so that a
Query reads 100 of however many there are. It is measured with SMALL_ITEMS, then with all; then the sandbox goes down
and up again, which loads the ledger.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benches.life import Life
from benches.raw import Caller
from benches.report import percentile
from benches.rig import REGION
from benches.values import BenchFailed, Figure, Orders, Run
from sandbox.management.memory import pss_mb

TABLE, INDEX = "orders", "by-city"
ITEMS, QUICK_ITEMS = 1_000_000, 100_000
SMALL_ITEMS = 10_000  # one block of customers and cities
PER_KEY = 100
CALLS, QUICK_CALLS = 500, 100
BATCH = 25
TEXT = "x" * 100
MOST_MS = {"Query by key": 5.0, "Query by index": 5.0, "TransactWriteItems of 25": 10.0, "Scan with Limit 10": 1.0}
GROWTH_MOST = 1.5  # times as long with all items as with SMALL_ITEMS: more is not independent of the size
LOADED = re.compile(r"(\d+) items from .* in ([\d.]+) s")
LOAD_WITHIN_S = 120.0

Call = Callable[[Caller, random.Random], dict[str, Any]]


def item_of(number: int) -> dict[str, Any]:
    """Number 12,345 is order 45 of customer 123. A city has one item of each customer of its block of 10,000."""
    customer, order = divmod(number, PER_KEY)
    city = number // PER_KEY**2 * PER_KEY + order
    return {
        "customer": {"S": f"customer-{customer:06d}"},
        "order": {"S": f"order-{order:02d}"},
        "city": {"S": f"city-{city:06d}"},
        "at": {"N": str(number)},
        "text": {"S": TEXT},
    }


def measure(orders: Orders) -> Iterator[Run]:
    """One life of a sandbox; the calls are measured once for each run, the rest once."""
    items = QUICK_ITEMS if orders.quick else ITEMS
    calls = QUICK_CALLS if orders.quick else CALLS
    with TemporaryDirectory(prefix="sandbox-bench-") as folder:
        life = Life(Path(folder), [REGION])
        try:
            start(life)
            pid = life.pid_of(f"region:{REGION}")
            caller = Caller(life.fronts[REGION])
            make(caller)
            empty_mb = memory_mb(pid)
            fill(caller, 0, SMALL_ITEMS)
            small = [timings(caller, SMALL_ITEMS, calls) for _ in range(orders.runs)]
            orders.tell(f"tables: filling a table with {items:,} items")
            began_s = time.monotonic()
            fill(caller, SMALL_ITEMS, items)
            filled_s = time.monotonic() - began_s
            for before in small:
                yield compared(items, before, timings(caller, items, calls))
            per_million = 1_000_000 / items
            yield [
                Figure(name="memory per million items", unit="MB", value=(memory_mb(pid) - empty_mb) * per_million),
                Figure(name="BatchWriteItem into it", unit="items/s", value=(items - SMALL_ITEMS) / filled_s),
                *again(life, caller, items),
            ]
        finally:
            life.close()


def start(life: Life) -> None:
    """Up, without an application."""
    life.up("--no-app")
    life.wait_for_port(life.fronts[REGION])
    life.wait_until_ready()


def make(caller: Caller) -> None:
    """The table and its index."""
    names = {"customer": "S", "order": "S", "city": "S", "at": "N"}
    caller.call(
        "CreateTable",
        {
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in names.items()],
            "KeySchema": key_of("customer", "order"),
            "GlobalSecondaryIndexes": [
                {"IndexName": INDEX, "KeySchema": key_of("city", "at"), "Projection": {"ProjectionType": "ALL"}}
            ],
        },
    )


def key_of(hash_name: str, range_name: str) -> list[dict[str, str]]:
    """A KeySchema."""
    return [{"AttributeName": hash_name, "KeyType": "HASH"}, {"AttributeName": range_name, "KeyType": "RANGE"}]


def memory_mb(pid: int) -> float:
    """PSS of the region; not a number where the platform does not tell."""
    found = pss_mb([pid])
    return float("nan") if found is None else found


def fill(caller: Caller, first: int, stop: int) -> None:
    """Put the items, 25 at a time."""
    for start in range(first, stop, BATCH):
        puts = [{"PutRequest": {"Item": item_of(number)}} for number in range(start, min(stop, start + BATCH))]
        caller.call("BatchWriteItem", {"RequestItems": {TABLE: puts}})


def query_by_key(caller: Caller, items: int, chance: random.Random) -> None:
    """All orders of a customer."""
    customer = item_of(chance.randrange(items))["customer"]
    asked = {"KeyConditionExpression": "customer = :c", "ExpressionAttributeValues": {":c": customer}}
    expect(caller.call("Query", {"TableName": TABLE, **asked}), PER_KEY)


def query_by_index(caller: Caller, items: int, chance: random.Random) -> None:
    """All items of a city."""
    city = item_of(chance.randrange(items))["city"]
    asked = {"KeyConditionExpression": "city = :c", "ExpressionAttributeValues": {":c": city}}
    expect(caller.call("Query", {"TableName": TABLE, "IndexName": INDEX, **asked}), PER_KEY)


def transact_write(caller: Caller, items: int, chance: random.Random) -> None:
    """25 items that are there are put again, all or none."""
    numbers = chance.sample(range(items), BATCH)
    puts = [{"Put": {"TableName": TABLE, "Item": item_of(number)}} for number in numbers]
    caller.call("TransactWriteItems", {"TransactItems": puts})


def scan_a_little(caller: Caller, items: int, chance: random.Random) -> None:
    """Ten items from anywhere; fewer only at the very end of the table."""
    item = item_of(chance.randrange(items))
    start = {"customer": item["customer"], "order": item["order"]}
    if caller.call("Scan", {"TableName": TABLE, "Limit": 10, "ExclusiveStartKey": start})["Count"] > 10:
        raise BenchFailed("a Scan with Limit 10 has read more")


def expect(answer: dict[str, Any], count: int) -> None:
    """So many items, or the bench is wrong about what it measures."""
    if answer["Count"] != count:
        raise BenchFailed(f"a Query has found {answer['Count']} items instead of {count}")


CALLS_MEASURED = dict(zip(MOST_MS, (query_by_key, query_by_index, transact_write, scan_a_little), strict=True))


def timings(caller: Caller, items: int, calls: int) -> dict[str, list[float]]:
    """Milliseconds of each call, of each kind."""
    chance, found = random.Random(1), dict[str, list[float]]()
    for name, call in CALLS_MEASURED.items():
        found[name] = []
        for _ in range(calls):
            call(caller, items, chance)
            found[name].append(caller.took_s * 1000)
    return found


def compared(items: int, small: dict[str, list[float]], all_ms: dict[str, list[float]]) -> Run:
    """The middle call of each kind, the slowest of a hundred, and how much of it is due to the size."""
    figures = []
    for name, took_ms in all_ms.items():
        middle_ms = percentile(took_ms, 50)
        growth = middle_ms / percentile(small[name], 50)
        what = f"{name}, {items:,} items"
        figures += [
            Figure(name=f"{what}, p50", unit="ms", value=middle_ms, wants="at most", target=MOST_MS[name]),
            Figure(name=f"{what}, p99", unit="ms", value=percentile(took_ms, 99)),
            Figure(
                name=f"{what} beside {SMALL_ITEMS:,}",
                unit="times",
                value=growth,
                wants="at most",
                target=GROWTH_MOST,
            ),
        ]
    return figures


def again(life: Life, caller: Caller, items: int) -> Run:
    """Down and up: what the region says of loading its ledger, and whether everything is there."""
    caller.close()
    life.down()
    start(life)
    after = Caller(life.fronts[REGION])
    try:
        count = after.call("DescribeTable", {"TableName": TABLE})["Table"]["ItemCount"]
        query_by_index(after, items, random.Random(2))
    finally:
        after.close()
    log = life.home / "logs" / f"region-{REGION}.log"
    loaded = LOADED.findall(log.read_text())
    if not loaded or int(loaded[-1][0]) != items or count != items:
        raise BenchFailed(f"after a restart {count:,} items are there instead of {items:,}; {log} says {loaded}")
    seconds = float(loaded[-1][1]) * 1_000_000 / items
    return [Figure(name="start-up: loading a million items from the ledger", unit="s", value=seconds)]
