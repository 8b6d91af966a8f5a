"""Claims about global tables on real regions: created with boto3 and the aws CLI, cut, killed, frozen, compared."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.clock import SystemClock, pause_s

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
VIRGINIA, DUBLIN, TOKYO = REGIONS
ONCE = Config(retries={"max_attempts": 0}, read_timeout=3, connect_timeout=3)
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
SEEDS = (1, 2)
STORY_S = 20.0
PACE_S = 0.01  # of each of six writers: hundreds of writes a second are under way at every fault, and others can work


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, app=False) as started:
        yield started


@pytest.fixture
def healed(planet: Sandbox) -> Iterator[Sandbox]:
    yield planet
    planet.fault.heal_all()


def clients_of(planet: Sandbox, **options: Any) -> dict[str, Any]:
    return {region: planet.client("dynamodb", region=region, **options) for region in REGIONS}


def make_global(planet: Sandbox, name: str, regions: list[str] = REGIONS) -> dict[str, Any]:
    """A table in the first of these regions, with replicas in the others; clients of all regions."""
    clients = clients_of(planet)
    first, *others = regions
    clients[first].create_table(TableName=name, **SCHEMA)
    for region in others:
        clients[first].update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        planet.wait_until(lambda region=region: status_of(clients[first], name).get(region) == "ACTIVE")  # type: ignore[misc]
    return clients


def status_of(client: Any, name: str) -> dict[str, str]:
    table = client.describe_table(TableName=name)["Table"]
    return {replica["RegionName"]: replica["ReplicaStatus"] for replica in table.get("Replicas", [])}


def item_in(client: Any, table: str, key: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = client.get_item(TableName=table, Key={"id": {"S": key}}).get("Item")
    return found


def settled(planet: Sandbox, table: str) -> bool:
    status = planet.tables.status(table)
    return not status.silent and planet.tables.backlog(table) == 0


def test_a_replica_is_a_table_of_its_own_region(healed: Sandbox) -> None:
    """GT 1.08, 1.12, 1.13, 3.27: listed, described and streamed there, under that region's names."""
    clients = make_global(healed, "own", [VIRGINIA, DUBLIN])
    assert "own" in clients[DUBLIN].list_tables()["TableNames"]
    assert "own" not in clients[TOKYO].list_tables()["TableNames"]
    for region, other in ((VIRGINIA, DUBLIN), (DUBLIN, VIRGINIA)):
        table = clients[region].describe_table(TableName="own")["Table"]
        assert table["GlobalTableVersion"] == "2019.11.21"
        assert [replica["RegionName"] for replica in table["Replicas"]] == [other]
        assert f":{region}:" in table["TableArn"]
        assert f":{region}:" in table["LatestStreamArn"]
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_the_aws_cli_makes_a_replica_and_takes_it_away(healed: Sandbox) -> None:
    """The CLI's own JSON, as workshops write it; the table really goes (GT 1.26, 1.33)."""
    clients = clients_of(healed)
    clients[VIRGINIA].create_table(TableName="by-cli", **SCHEMA)
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": VIRGINIA,
    }

    def aws(*words: str) -> dict[str, Any]:
        program = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", healed.endpoint_url(), "dynamodb"]
        done = subprocess.run([*program, *words], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    update = ("update-table", "--table-name", "by-cli", "--replica-updates")
    assert aws(*update, json.dumps([{"Create": {"RegionName": DUBLIN}}]))["TableDescription"]["TableStatus"]
    healed.wait_until(lambda: status_of(clients[VIRGINIA], "by-cli") == {DUBLIN: "ACTIVE"})
    assert aws("describe-table", "--table-name", "by-cli", "--region", DUBLIN)["Table"]["TableStatus"] == "ACTIVE"
    aws(*update, json.dumps([{"Delete": {"RegionName": DUBLIN}}]))
    healed.wait_until(lambda: "by-cli" not in clients[DUBLIN].list_tables()["TableNames"])
    healed.wait_until(lambda: status_of(clients[VIRGINIA], "by-cli") == {})


def test_every_way_to_write_reaches_the_other_regions_and_their_streams(healed: Sandbox) -> None:
    """GT 3.01, 3.11 to 3.13: put, update, delete, batch, transaction, PartiQL; read by an ordinary shard loop."""
    clients = make_global(healed, "ways")
    write = clients[VIRGINIA]
    write.put_item(TableName="ways", Item={"id": {"S": "put"}})
    write.put_item(TableName="ways", Item={"id": {"S": "gone"}})
    write.delete_item(TableName="ways", Key={"id": {"S": "gone"}})
    write.update_item(
        TableName="ways",
        Key={"id": {"S": "updated"}},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    write.batch_write_item(RequestItems={"ways": [{"PutRequest": {"Item": {"id": {"S": "batch"}}}}]})
    write.transact_write_items(TransactItems=[{"Put": {"TableName": "ways", "Item": {"id": {"S": "transaction"}}}}])
    write.execute_statement(Statement="INSERT INTO ways VALUE {'id': 'partiql'}")
    write.execute_transaction(TransactStatements=[{"Statement": "INSERT INTO ways VALUE {'id': 'partiql 2'}"}])
    expected = {"put", "updated", "batch", "transaction", "partiql", "partiql 2"}
    for region in (DUBLIN, TOKYO):
        healed.wait_until(lambda region=region: keys_in(clients[region], "ways") == expected)  # type: ignore[misc]
        records = records_of(healed, region, "ways")
        assert {record["awsRegion"] for record in records} == {region}
        assert {record["dynamodb"]["Keys"]["id"]["S"] for record in records} >= expected
    assert not healed.tables.diff("ways").differences


def keys_in(client: Any, table: str) -> set[str]:
    return {
        item["id"]["S"] for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]
    }


def records_of(planet: Sandbox, region: str, table: str) -> list[dict[str, Any]]:
    """What an ordinary consumer reads from the start of a table's stream."""
    streams = planet.client("dynamodbstreams", region=region)
    [stream] = streams.list_streams(TableName=table)["Streams"]
    records: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator is not None:
            answer = streams.get_records(ShardIterator=iterator)
            records += answer["Records"]
            if not answer["Records"]:
                break
            iterator = answer.get("NextShardIterator")
    return records


def test_writes_on_both_sides_of_a_cut_meet_once_and_the_loser_is_shown(healed: Sandbox) -> None:
    """GT 3.02, 3.05, 3.24: both are acknowledged, the later whole item stays; only our side channel has the other."""
    clients = make_global(healed, "cut", [VIRGINIA, DUBLIN])
    with healed.fault.partition(VIRGINIA, DUBLIN):
        clients[VIRGINIA].put_item(TableName="cut", Item={"id": {"S": "7"}, "fruit": {"S": "apple"}})
        clients[DUBLIN].put_item(TableName="cut", Item={"id": {"S": "7"}, "colour": {"S": "green"}})
        [difference] = healed.tables.diff("cut").differences
        assert difference.items[VIRGINIA] != difference.items[DUBLIN]
        assert healed.tables.backlog("cut") == 2
    healed.wait_until(lambda: settled(healed, "cut"))
    expected = {"id": {"S": "7"}, "colour": {"S": "green"}}
    assert item_in(clients[VIRGINIA], "cut", "7") == item_in(clients[DUBLIN], "cut", "7") == expected
    [conflict] = healed.tables.conflicts("cut")
    assert conflict["loser"]["item"]["fruit"] == {"S": "apple"}
    assert (conflict["loser"]["region"], conflict["winner"]["region"]) == (VIRGINIA, DUBLIN)
    [event] = [event for event in healed.events(kinds=["conflicted"]) if event["table"] == "cut"]
    assert event["margin_us"] == conflict["winner"]["stamp_us"] - conflict["loser"]["stamp_us"]


def test_a_clock_that_is_ahead_wins_against_a_later_write(healed: Sandbox) -> None:
    """GT 3.03, 3.04: what counts is the stamp of the region that wrote, right or wrong."""
    clients = make_global(healed, "skewed", [VIRGINIA, DUBLIN])
    with healed.fault.skew(VIRGINIA, ms=5000), healed.fault.partition(VIRGINIA, DUBLIN):
        clients[VIRGINIA].put_item(TableName="skewed", Item={"id": {"S": "7"}, "v": {"S": "early"}})
        clients[DUBLIN].put_item(TableName="skewed", Item={"id": {"S": "7"}, "v": {"S": "late"}})
    healed.wait_until(lambda: settled(healed, "skewed"))
    assert (item_in(clients[DUBLIN], "skewed", "7") or {})["v"] == {"S": "early"}
    [conflict] = healed.tables.conflicts("skewed")
    assert 4_000_000 < conflict["winner"]["stamp_us"] - conflict["loser"]["stamp_us"] < 5_000_000


def test_a_pause_holds_one_direction_back_and_the_other_goes_on(healed: Sandbox) -> None:
    clients = make_global(healed, "paused", [VIRGINIA, DUBLIN])
    with healed.fault.pause_replication("paused", VIRGINIA, DUBLIN):
        clients[DUBLIN].put_item(TableName="paused", Item={"id": {"S": "from dublin"}})
        clients[VIRGINIA].put_item(TableName="paused", Item={"id": {"S": "from virginia"}})
        healed.wait_until(lambda: item_in(clients[VIRGINIA], "paused", "from dublin"))
        assert item_in(clients[DUBLIN], "paused", "from virginia") is None
    healed.wait_until(lambda: item_in(clients[DUBLIN], "paused", "from virginia"))


def test_users_cannot_speak_to_the_port_of_replication(healed: Sandbox) -> None:
    """Whoever stands in a region reaches the port, and is told that it is not for users."""
    answer = healed.place(DUBLIN).http.post("http://198.18.1.30:7000/_sandbox/replication/batch", content=b"{}")
    assert answer.status_code == 403


class Story:
    """Writers in every region for a while, a region killed or frozen now and then, some cuts; then all heals."""

    def __init__(self, planet: Sandbox, table: str, seed: int) -> None:
        self.planet = planet
        self.table = table
        self.dice = random.Random(seed)
        self.clock = SystemClock()
        self.until_s = self.clock.now_s() + STORY_S
        self.acknowledged: dict[str, list[str]] = {}  # key -> values that got their 200, in the order of one writer

    def write(self, region: str, number: int) -> None:
        """Each writer has keys of its own and shares some; what it did not get a 200 for may or may not be there."""
        client = self.planet.client("dynamodb", region=region, config=ONCE)
        dice = random.Random(f"{self.table} {region} {number}")
        count = 0
        while self.clock.now_s() < self.until_s:
            key = f"{region} {number} {dice.randrange(20)}" if dice.random() < 0.7 else f"shared {dice.randrange(10)}"
            count += 1
            value = f"{region} {number} {count}"
            try:
                client.put_item(TableName=self.table, Item={"id": {"S": key}, "v": {"S": value}})
            except (BotoCoreError, ClientError):
                pause_s(0.05)
                continue
            self.acknowledged.setdefault(key, []).append(value)
            pause_s(PACE_S)

    def disturb(self) -> None:
        """One fault after the other, real signals among them."""
        while self.clock.now_s() < self.until_s:
            region = self.dice.choice(REGIONS)
            match self.dice.choice(["kill", "freeze", "cut", "one way", "skew"]):
                case "kill":
                    before = self.planet.bookmark()
                    program = next(p for p in self.planet.status()["programs"] if p["name"] == f"region:{region}")
                    os.killpg(program["pid"], signal.SIGKILL)
                    self.planet.wait_for_event("program_started", program=f"region:{region}", since=before)
                case "freeze":
                    with self.planet.fault.freeze(region):
                        pause_s(1.0)
                case "skew":
                    with self.planet.fault.skew(region, ms=self.dice.choice([-5000, 300])):
                        pause_s(1.0)
                case kind:
                    other = self.dice.choice([each for each in REGIONS if each != region])
                    with self.planet.fault.partition(region, other, one_way=kind == "one way"):
                        pause_s(1.0)

    def lost(self) -> list[str]:
        """Acknowledged last values of keys that one writer owns, and that are not what the table holds."""
        client = self.planet.client("dynamodb", region=DUBLIN)
        missing = []
        for key, values in self.acknowledged.items():
            if not key.startswith("shared"):
                held = (item_in(client, self.table, key) or {}).get("v", {}).get("S", "")
                writer, _, count = held.rpartition(" ")
                if writer != values[-1].rpartition(" ")[0] or int(count) < int(values[-1].rpartition(" ")[2]):
                    missing.append(f"{key}: acknowledged {values[-1]!r}, held {held!r}")
        return missing

    def recorded_twice(self) -> list[str]:
        """Writes that stand in the conflict log more than once, whichever regions recorded them."""
        found = self.planet.tables.conflicts(self.table, most=100_000)
        seen = Counter((json.dumps(each["key"]), each["loser"]["region"], each["loser"]["stamp_us"]) for each in found)
        return [str(each) for each, times in seen.items() if times > 1]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_to_kills_freezes_cuts_and_wrong_clocks(healed: Sandbox, seed: int) -> None:
    """A key that one writer owns holds its last acknowledged value, or a later one that got no answer."""
    table = f"story-{seed}"
    make_global(healed, table)
    story = Story(healed, table, seed)
    threads = [threading.Thread(target=story.write, args=(region, number)) for region in REGIONS for number in (1, 2)]
    for thread in threads:
        thread.start()
    story.disturb()
    for thread in threads:
        thread.join()
    healed.fault.heal_all()
    healed.wait_until(lambda: settled(healed, table), within_s=60)
    found = healed.tables.diff(table)
    assert not found.differences, f"seed {seed}: {found.differences[:3]}"
    assert len(story.acknowledged) > 50, f"seed {seed}: the writers hardly wrote"
    assert not story.lost(), f"seed {seed}: {story.lost()[:5]}"
    assert not story.recorded_twice(), f"seed {seed}"
