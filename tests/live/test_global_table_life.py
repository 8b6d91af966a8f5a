"""Claims about the life of global tables as boto3, Terraform and an operator see it (facts GT 1 and GT 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.clock import SystemClock

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
VIRGINIA, DUBLIN, TOKYO = REGIONS
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    """At speed 10 time to live is looked at every second."""
    with Sandbox(regions=REGIONS, seed=1, speed=10, app=False) as started:
        yield started


@pytest.fixture
def healed(planet: Sandbox) -> Iterator[Sandbox]:
    yield planet
    planet.fault.heal_all()


@pytest.fixture(scope="module")
def clients(planet: Sandbox) -> dict[str, Any]:
    return {region: planet.client("dynamodb", region=region) for region in REGIONS}


def status_of(client: Any, name: str) -> dict[str, str]:
    table = client.describe_table(TableName=name)["Table"]
    return {replica["RegionName"]: replica["ReplicaStatus"] for replica in table.get("Replicas", [])}


def add_replica(planet: Sandbox, client: Any, name: str, region: str) -> None:
    client.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
    planet.wait_until(lambda: status_of(client, name).get(region) == "ACTIVE")


def drop_replica(planet: Sandbox, client: Any, name: str, region: str) -> None:
    client.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
    planet.wait_until(lambda: region not in status_of(client, name))


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    details = error.value.response["Error"]
    return details["Code"], details["Message"]


def test_replicas_are_queried_scanned_and_changed_in_every_region(planet: Sandbox, clients: dict[str, Any]) -> None:
    """LS #8824, PR #7400: every call on items and tables works from any member, indexes included (GT 1.28)."""
    clients[VIRGINIA].create_table(TableName="all", **SCHEMA)
    add_replica(planet, clients[VIRGINIA], "all", DUBLIN)
    clients[DUBLIN].update_table(
        TableName="all",
        AttributeDefinitions=[*SCHEMA["AttributeDefinitions"], {"AttributeName": "city", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-city",
                    "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    planet.wait_until(lambda: "GlobalSecondaryIndexes" in clients[VIRGINIA].describe_table(TableName="all")["Table"])
    for number in range(5):
        clients[DUBLIN].put_item(TableName="all", Item={"id": {"S": str(number)}, "city": {"S": "Cork"}})
    clients[VIRGINIA].update_item(
        TableName="all",
        Key={"id": {"S": "9"}},
        UpdateExpression="SET city = :c",
        ExpressionAttributeValues={":c": {"S": "Cork"}},
    )
    clients[DUBLIN].delete_item(TableName="all", Key={"id": {"S": "0"}})
    question = {
        "TableName": "all",
        "IndexName": "by-city",
        "KeyConditionExpression": "city = :c",
        "ExpressionAttributeValues": {":c": {"S": "Cork"}},
    }
    for region in (VIRGINIA, DUBLIN):
        planet.wait_until(lambda region=region: clients[region].query(**question)["Count"] == 5)  # type: ignore[misc]
        found = {item["id"]["S"] for item in clients[region].scan(TableName="all")["Items"]}
        assert found == {"1", "2", "3", "4", "9"}


def test_what_terraform_asks_of_a_table_with_replicas_is_answered(planet: Sandbox, clients: dict[str, Any]) -> None:
    """LS #7377: create with a stream, one replica after the other, settings of each, then all of it destroyed."""
    home = clients[VIRGINIA]
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    home.create_table(TableName="terra", StreamSpecification=stream, Tags=[{"Key": "team", "Value": "a"}], **SCHEMA)
    home.get_waiter("table_exists").wait(TableName="terra")
    for region in (DUBLIN, TOKYO):
        add_replica(planet, home, "terra", region)
        table = clients[region].describe_table(TableName="terra")["Table"]
        assert table["StreamSpecification"] == stream
        assert clients[region].list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [], "GT 1.30"
        clients[region].tag_resource(ResourceArn=table["TableArn"], Tags=[{"Key": "team", "Value": region}])
        clients[region].update_continuous_backups(
            TableName="terra", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    backups = home.describe_continuous_backups(TableName="terra")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED", "GT 1.30"
    for region in (DUBLIN, TOKYO):
        drop_replica(planet, home, "terra", region)
    home.delete_table(TableName="terra")
    for region in REGIONS:
        planet.wait_until(lambda region=region: "terra" not in clients[region].list_tables()["TableNames"])  # type: ignore[misc]


def test_a_replica_is_seen_creating_active_and_deleting(healed: Sandbox, clients: dict[str, Any]) -> None:
    """GS #328, GT 1.21, 1.26. A slow line makes each stage long enough to be seen."""
    home = clients[VIRGINIA]
    home.create_table(TableName="stages", **SCHEMA)
    home.put_item(TableName="stages", Item={"id": {"S": "7"}})
    seen: list[str] = []

    def look() -> str:
        status = status_of(home, "stages").get(TOKYO, "none")
        if not seen or seen[-1] != status:
            seen.append(status)
        return status

    with healed.fault.slow(VIRGINIA, TOKYO, add_ms=400):
        home.update_table(TableName="stages", ReplicaUpdates=[{"Create": {"RegionName": TOKYO}}])
        code, _ = refused(home.update_table, TableName="stages", ReplicaUpdates=[{"Create": {"RegionName": DUBLIN}}])
        assert code == "ResourceInUseException"
        healed.wait_until(lambda: look() == "ACTIVE")
        home.update_table(TableName="stages", ReplicaUpdates=[{"Delete": {"RegionName": TOKYO}}])
        healed.wait_until(lambda: look() == "none")
    assert seen in (["CREATING", "ACTIVE", "DELETING", "none"], ["none", "CREATING", "ACTIVE", "DELETING", "none"])
    table = home.describe_table(TableName="stages")["Table"]
    assert "GlobalTableVersion" not in table, "GT 1.09"
    assert table["StreamSpecification"]["StreamEnabled"] is True, "GT 1.09: the stream stays on"


def test_the_region_where_a_table_began_can_leave_it(planet: Sandbox, clients: dict[str, Any]) -> None:
    """GT 1.34, 1.35: not while a replica that it made is younger than 24 hours; what another made is no obstacle."""
    clients[VIRGINIA].create_table(TableName="moves", **SCHEMA)
    add_replica(planet, clients[VIRGINIA], "moves", DUBLIN)
    code, text = refused(
        clients[DUBLIN].update_table, TableName="moves", ReplicaUpdates=[{"Delete": {"RegionName": VIRGINIA}}]
    )
    assert code == "ValidationException"
    assert "has acted as a source region for new replica(s)" in text
    drop_replica(planet, clients[VIRGINIA], "moves", DUBLIN)
    planet.wait_until(lambda: "moves" not in clients[DUBLIN].list_tables()["TableNames"])
    clients[VIRGINIA].delete_table(TableName="moves")


def test_time_to_live_is_set_once_and_what_it_deletes_is_gone_everywhere(
    planet: Sandbox, clients: dict[str, Any]
) -> None:
    """GT 1.28, 3.19: the setting is the group's, and the delete is replicated."""
    clients[VIRGINIA].create_table(TableName="ttl", **SCHEMA)
    add_replica(planet, clients[VIRGINIA], "ttl", DUBLIN)
    clients[DUBLIN].update_time_to_live(
        TableName="ttl", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    planet.wait_until(
        lambda: (
            clients[VIRGINIA].describe_time_to_live(TableName="ttl")["TimeToLiveDescription"].get("AttributeName")
            == "until"
        )
    )
    long_ago = str(int(SystemClock().wall_s()) - 3600)
    clients[VIRGINIA].put_item(TableName="ttl", Item={"id": {"S": "old"}, "until": {"N": long_ago}})
    clients[VIRGINIA].put_item(TableName="ttl", Item={"id": {"S": "young"}})
    for region in (VIRGINIA, DUBLIN):
        planet.wait_until(  # type: ignore[misc]
            lambda region=region: (
                [item["id"]["S"] for item in clients[region].scan(TableName="ttl")["Items"]] == ["young"]
            )
        )
    assert not planet.tables.conflicts("ttl") or all(each["agreed"] for each in planet.tables.conflicts("ttl"))


def test_a_transaction_is_atomic_where_it_ran_and_its_items_travel_one_by_one(
    healed: Sandbox, clients: dict[str, Any]
) -> None:
    """GT 3.09, 3.11: conditions see the local replica only, so both regions can be the first to book a seat."""
    clients[VIRGINIA].create_table(TableName="seats", **SCHEMA)
    add_replica(healed, clients[VIRGINIA], "seats", DUBLIN)
    with healed.fault.partition(VIRGINIA, DUBLIN):
        for region, guest in ((VIRGINIA, "ann"), (DUBLIN, "bob")):
            put = {"TableName": "seats", "ConditionExpression": "attribute_not_exists(id)"}
            clients[region].transact_write_items(
                TransactItems=[
                    {"Put": {**put, "Item": {"id": {"S": "seat 1"}, "guest": {"S": guest}}}},
                    {"Put": {**put, "Item": {"id": {"S": f"ticket of {guest}"}}}},
                ]
            )
    healed.wait_until(lambda: healed.tables.backlog("seats") == 0)
    for region in (VIRGINIA, DUBLIN):
        items = {item["id"]["S"]: item for item in clients[region].scan(TableName="seats")["Items"]}
        assert set(items) == {"seat 1", "ticket of ann", "ticket of bob"}, "half of the loser's transaction stays"
        assert items["seat 1"]["guest"] == {"S": "bob"}


@pytest.mark.parametrize(
    ("region", "says"),
    [("mars-1", "Region mars-1 is not supported"), ("sa-east-1", "sa-east-1"), (VIRGINIA, "Cannot add or delete the")],
)
def test_a_replica_where_none_can_be_is_refused(clients: dict[str, Any], region: str, says: str) -> None:
    names = clients[VIRGINIA].list_tables()["TableNames"]
    if "nowhere" not in names:
        clients[VIRGINIA].create_table(TableName="nowhere", **SCHEMA)
    code, text = refused(
        clients[VIRGINIA].update_table, TableName="nowhere", ReplicaUpdates=[{"Create": {"RegionName": region}}]
    )
    assert code == "ValidationException"
    assert says in text
    assert "Replicas" not in clients[VIRGINIA].describe_table(TableName="nowhere")["Table"]


def test_a_replica_of_a_missing_table_and_an_item_that_is_too_large_are_refused(
    planet: Sandbox, clients: dict[str, Any]
) -> None:
    create = [{"Create": {"RegionName": DUBLIN}}]
    assert refused(clients[VIRGINIA].update_table, TableName="missing", ReplicaUpdates=create)[0] == (
        "ResourceNotFoundException"
    )
    clients[VIRGINIA].create_table(TableName="large", **SCHEMA)
    add_replica(planet, clients[VIRGINIA], "large", DUBLIN)
    fits = {"id": {"S": "7"}, "v": {"S": "x" * (400 * 1024 - 4)}}
    code, text = refused(clients[VIRGINIA].put_item, TableName="large", Item={**fits, "v": {"S": fits["v"]["S"] + "x"}})
    assert (code, text) == ("ValidationException", "Item size has exceeded the maximum allowed size")
    clients[VIRGINIA].put_item(TableName="large", Item=fits)
    planet.wait_until(lambda: clients[DUBLIN].get_item(TableName="large", Key={"id": {"S": "7"}}).get("Item") == fits)


def test_a_strong_global_table_is_refused_by_name(clients: dict[str, Any]) -> None:
    clients[VIRGINIA].create_table(TableName="strong", **SCHEMA)
    code, text = refused(
        clients[VIRGINIA].update_table,
        TableName="strong",
        MultiRegionConsistency="STRONG",
        ReplicaUpdates=[{"Create": {"RegionName": DUBLIN}}, {"Create": {"RegionName": TOKYO}}],
    )
    assert code == "NotImplemented"
    assert "STRONG" in text
