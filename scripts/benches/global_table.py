"""A global table over three regions: writes a second at one of them, how soon the others have them, when all is quiet.

Set up as a user would: CreateTable in one region, UpdateTable with ReplicaUpdates for each other, then wait for ACTIVE.
Where the sandbox refuses that, the rows say so. Links are made LINK_MS long, one way. Lag: from the answer to a write
at its region to the first read of it at another, without the link.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from benches.life import Life, variables
from benches.raw import Caller
from benches.report import percentile
from benches.rig import REGION, REGIONS
from benches.values import BenchFailed, Figure, Orders, Run, unmeasured
from benches.wrk import CONNECTIONS, TABLE, Counted, load
from sandbox.geography.atlas import Atlas

LINK_MS = 100.0  # one way, between each two regions
WRITES_LEAST, P99_MOST_MS, DRAINED_WITHIN_S = 4000.0, 25.0, 1.0
PACE_PER_S, LAG_MOST_MS = 500, 20.0
LAST_S, QUICK_LAST_S = 5, 2
ACTIVE_WITHIN_S, ARRIVES_WITHIN_S = 60.0, 60.0
ACTIVE_POLL_S, LOOK_EVERY_S = 0.2, 0.001
WRITES = f"global table of {len(REGIONS)}, writes acknowledged"
P99 = f"global table of {len(REGIONS)}, a write, p99"
DRAINED = f"global table of {len(REGIONS)}, quiet after the last write"
LAG = f"global table of {len(REGIONS)}, lag beyond the link at {PACE_PER_S} writes/s, p99"


def measure(orders: Orders) -> Iterator[Run]:
    """One life of three regions; a run is a flood of writes and then a steady pace."""
    seconds = QUICK_LAST_S if orders.quick else LAST_S
    os.environ.update(variables())
    with TemporaryDirectory(prefix="sandbox-bench-") as folder:
        life = Life(Path(folder), REGIONS)
        try:
            life.up("--no-app")
            life.wait_for_port(life.fronts[REGION])
            life.wait_until_ready()
            stretch_links(life)
            try:
                make(life)
            except ClientError as error:
                why = error.response["Error"]["Message"]
                orders.tell(f"tables: no global table: {why}")
                yield missing(why)
                return
            for number in range(orders.runs):
                flood = flooded(life, Path(folder), number, seconds)
                yield [*flood, *paced(life, number, seconds)]
        finally:
            life.close()


def missing(why: str) -> Run:
    """The rows without numbers."""
    rows = ((WRITES, "1/s"), (P99, "ms"), (DRAINED, "s"), (LAG, "ms"))
    return [unmeasured(name, unit, why) for name, unit in rows]


def stretch_links(life: Life) -> None:
    """Each link between two regions takes LINK_MS one way; those that are longer by nature stay as they are."""
    atlas = Atlas.load()
    for number, first in enumerate(REGIONS):
        for second in REGIONS[number + 1 :]:
            lacking_ms = 2 * LINK_MS - atlas.rtt_ms(first, second)
            if lacking_ms > 0:
                life.inject("slow", first, second, "--add-ms", f"{lacking_ms:.1f}")


def make(life: Life) -> None:
    """The table, and a replica of it in each other region; ClientError when a step is refused."""
    dynamodb = client(life)
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    wait_for_active(dynamodb, 0)
    for count, region in enumerate((one for one in REGIONS if one != REGION), start=1):
        dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        wait_for_active(dynamodb, count)


def client(life: Life) -> Any:
    """boto3 at the first region."""
    endpoint = f"http://127.0.0.1:{life.fronts[REGION]}"
    patient = Config(retries={"total_max_attempts": 1}, read_timeout=60)
    return boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint, config=patient)


def wait_for_active(dynamodb: Any, replicas: int) -> None:
    """Until the table and so many other replicas are ACTIVE."""
    until_s = time.monotonic() + ACTIVE_WITHIN_S
    while True:
        table = dynamodb.describe_table(TableName=TABLE)["Table"]
        others = [one for one in table.get("Replicas", []) if one["RegionName"] != REGION]
        active = all(one["ReplicaStatus"] == "ACTIVE" for one in others) and table["TableStatus"] == "ACTIVE"
        if active and len(others) >= replicas:
            return
        if time.monotonic() > until_s:
            raise BenchFailed(f"the global table is not ACTIVE after {ACTIVE_WITHIN_S:g} s: {others}")
        time.sleep(ACTIVE_POLL_S)


def flooded(life: Life, folder: Path, number: int, seconds: int) -> Run:
    """As many writes as the region takes; then until every other region has the last ones."""
    prefix = f"flood-{number}-"
    counted = load(folder, life.fronts[REGION], "PutItem", seconds, prefix)
    ended_s = time.monotonic()
    keys = last_keys(life, prefix, counted)
    for region in REGIONS:
        if region != REGION:
            wait_for_keys(Caller(life.fronts[region], region), keys)
    drained_s = time.monotonic() - ended_s
    return [
        Figure(name=WRITES, unit="1/s", value=counted.per_s, target=WRITES_LEAST),
        Figure(name=P99, unit="ms", value=counted.p99_ms, wants="at most", target=P99_MOST_MS),
        Figure(name=DRAINED, unit="s", value=drained_s, wants="at most", target=DRAINED_WITHIN_S),
    ]


def last_keys(life: Life, prefix: str, counted: Counted) -> list[str]:
    """Keys around the last acknowledged one, as far as they are stored where they were written."""
    numbers = range(max(0, counted.requests - 2 * CONNECTIONS), counted.requests + CONNECTIONS)
    source = Caller(life.fronts[REGION], REGION)
    try:
        found = [key for key in (f"{prefix}{number:09d}" for number in numbers) if has(source, key)]
    finally:
        source.close()
    if len(found) < CONNECTIONS:
        raise BenchFailed(f"of the last writes acknowledged only {found} are there")
    return found


def wait_for_keys(caller: Caller, keys: list[str]) -> None:
    """Until a region has them all."""
    until_s = time.monotonic() + ARRIVES_WITHIN_S
    try:
        for key in keys:
            while not has(caller, key):
                if time.monotonic() > until_s:
                    raise BenchFailed(f"{key} has not come after {ARRIVES_WITHIN_S:g} s")
                time.sleep(LOOK_EVERY_S)
    finally:
        caller.close()


def has(caller: Caller, key: str) -> bool:
    """Whether the item is there."""
    return "Item" in caller.call("GetItem", {"TableName": TABLE, "Key": {"id": {"S": key}}})


def paced(life: Life, number: int, seconds: int) -> Run:
    """PACE_PER_S writes a second at one region; a reader at each other looks for one after the other."""
    count, written_s = PACE_PER_S * seconds, dict[str, float]()
    keys = [f"pace-{number}-{one:09d}" for one in range(count)]
    read_s: list[dict[str, float]] = [{} for region in REGIONS if region != REGION]
    readers = [
        threading.Thread(target=look_for, args=(Caller(life.fronts[region], region), keys, seen))
        for region, seen in zip((region for region in REGIONS if region != REGION), read_s, strict=True)
    ]
    for reader in readers:
        reader.start()
    write(Caller(life.fronts[REGION], REGION), keys, written_s)
    for reader in readers:
        reader.join()
    links_ms = [max(LINK_MS, Atlas.load().rtt_ms(REGION, region) / 2) for region in REGIONS if region != REGION]
    lags_ms = [
        (seen[key] - written_s[key]) * 1000 - link_ms
        for seen, link_ms in zip(read_s, links_ms, strict=True)
        for key in keys
        if key in seen
    ]
    if len(lags_ms) != count * len(read_s):
        raise BenchFailed(f"of {count * len(read_s)} copies {len(lags_ms)} have come")
    return [
        Figure(name=LAG.replace("p99", "p50"), unit="ms", value=percentile(lags_ms, 50)),
        Figure(name=LAG, unit="ms", value=percentile(lags_ms, 99), wants="at most", target=LAG_MOST_MS),
    ]


def write(caller: Caller, keys: list[str], written_s: dict[str, float]) -> None:
    """One after the other, at their time or as soon after it as the region answers."""
    began_s = time.monotonic()
    try:
        for number, key in enumerate(keys):
            early_s = began_s + number / PACE_PER_S - time.monotonic()
            if early_s > 0:
                time.sleep(early_s)
            caller.call("PutItem", {"TableName": TABLE, "Item": {"id": {"S": key}}})
            written_s[key] = time.monotonic()
    finally:
        caller.close()


def look_for(caller: Caller, keys: list[str], seen_s: dict[str, float]) -> None:
    """When each was first there, in order; gives up when one does not come."""
    until_s = time.monotonic() + ARRIVES_WITHIN_S
    try:
        for key in keys:
            while not has(caller, key):
                if time.monotonic() > until_s:
                    return
                time.sleep(LOOK_EVERY_S)
            seen_s[key] = time.monotonic()
    finally:
        caller.close()
