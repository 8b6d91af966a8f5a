"""Claims about global tables as an operator sees and breaks them through AWS's own APIs: FIS and CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

VIRGINIA, DUBLIN = "us-east-1", "eu-west-1"
TABLE = "orders"
ARN = f"arn:aws:dynamodb:{DUBLIN}:000000000000:table/{TABLE}"
PAUSE = "aws:dynamodb:global-table-pause-replication"


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=[VIRGINIA, DUBLIN], seed=1, app=False, speed=10, legacy_global_tables=True) as started:
        virginia = started.client("dynamodb", region=VIRGINIA)
        virginia.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        virginia.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": DUBLIN}}])
        started.wait_until(
            lambda: virginia.describe_table(TableName=TABLE)["Table"]["Replicas"][0]["ReplicaStatus"] == "ACTIVE"
        )
        yield started


def template(planet: Sandbox, arn: str = ARN, duration: str = "PT10M", action: str = PAUSE) -> str:
    made = planet.client("fis", region=DUBLIN).create_experiment_template(
        clientToken=f"{arn}{duration}{action}"[:1024],
        description="Dublin on its own",
        roleArn="arn:aws:iam::000000000000:role/fis",
        stopConditions=[{"source": "none"}],
        targets={"t": {"resourceType": "aws:dynamodb:global-table", "resourceArns": [arn], "selectionMode": "ALL"}},
        actions={"pause": {"actionId": action, "parameters": {"duration": duration}, "targets": {"Tables": "t"}}},
    )
    return str(made["experimentTemplate"]["id"])


def start(planet: Sandbox, template_id: str) -> str:
    fis = planet.client("fis", region=DUBLIN)
    return str(fis.start_experiment(experimentTemplateId=template_id)["experiment"]["id"])


def state(planet: Sandbox, experiment: str) -> tuple[str, str]:
    shown = planet.client("fis", region=DUBLIN).get_experiment(id=experiment)["experiment"]
    return shown["state"]["status"], shown["actions"]["pause"]["state"]["status"]


def put(planet: Sandbox, region: str, key: str) -> None:
    planet.client("dynamodb", region=region).put_item(TableName=TABLE, Item={"id": {"S": key}})


def has(planet: Sandbox, region: str, key: str) -> bool:
    answer = planet.client("dynamodb", region=region).get_item(TableName=TABLE, Key={"id": {"S": key}})
    return "Item" in answer


def test_an_experiment_pauses_replication_both_ways_until_it_is_stopped(planet: Sandbox) -> None:
    """GT 5.02, 5.05: both sides work and diverge; at the end everything catches up."""
    experiment = start(planet, template(planet))
    planet.wait_until(lambda: state(planet, experiment) == ("running", "running"))
    assert [(fault.kind, fault.target) for fault in planet.fault.list()] == [("pause-replication", (TABLE, DUBLIN))]
    dublin = planet.client("dynamodb", region=DUBLIN)
    assert experiment in dublin.get_resource_policy(ResourceArn=ARN)["Policy"]
    put(planet, VIRGINIA, "from Virginia")
    put(planet, DUBLIN, "from Dublin")
    put(planet, VIRGINIA, "again")
    assert not has(planet, DUBLIN, "from Virginia")
    assert not has(planet, VIRGINIA, "from Dublin")
    planet.client("fis", region=DUBLIN).stop_experiment(id=experiment)
    planet.wait_until(lambda: state(planet, experiment) == ("stopped", "stopped"))
    assert planet.fault.list() == []
    with pytest.raises(ClientError, match="PolicyNotFoundException"):
        dublin.get_resource_policy(ResourceArn=ARN)
    planet.wait_until(lambda: has(planet, DUBLIN, "again") and has(planet, VIRGINIA, "from Dublin"))


def test_an_experiment_ends_by_itself(planet: Sandbox) -> None:
    experiment = start(planet, template(planet, duration="PT20S"))  # 2 s at this speed
    planet.wait_until(lambda: state(planet, experiment) == ("completed", "completed"), within_s=20)
    assert planet.fault.list() == []


def test_what_is_no_target_fails_and_what_cannot_run_is_refused(planet: Sandbox) -> None:
    experiment = start(planet, template(planet, arn=ARN + "-gone"))
    planet.wait_until(lambda: state(planet, experiment) == ("failed", "cancelled"))
    with pytest.raises(ClientError, match="Invalid duration"):
        template(planet, duration="ten minutes")
    with pytest.raises(ClientError, match="does not emulate the FIS action aws:ec2:stop-instances"):
        start(planet, template(planet, action="aws:ec2:stop-instances"))


def statistics(planet: Sandbox, region: str, peer: str) -> list[Any]:
    now = datetime.now(UTC)
    answer = planet.client("cloudwatch", region=region).get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="ReplicationLatency",
        Dimensions=[{"Name": "TableName", "Value": TABLE}, {"Name": "ReceivingRegion", "Value": peer}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Average", "Minimum", "Maximum"],
    )
    return list(answer["Datapoints"])


def test_cloudwatch_of_the_source_region_has_the_latency(planet: Sandbox) -> None:
    """GT 3.23. At least the way there, which is some 35 ms between these two."""
    put(planet, VIRGINIA, "measured")
    planet.wait_until(lambda: bool(statistics(planet, VIRGINIA, DUBLIN)))
    for point in statistics(planet, VIRGINIA, DUBLIN):
        assert 30 < point["Minimum"] <= point["Average"] <= point["Maximum"]
    assert statistics(planet, VIRGINIA, "ap-northeast-1") == []


def scalable(table: str) -> dict[str, str]:
    dimension = "dynamodb:table:WriteCapacityUnits"
    return {"ServiceNamespace": "dynamodb", "ResourceId": f"table/{table}", "ScalableDimension": dimension}


def test_a_provisioned_table_gets_a_replica_once_its_writes_scale(planet: Sandbox) -> None:
    """GT 1.16: a target and a policy in Application Auto Scaling."""
    dynamodb = planet.client("dynamodb", region=VIRGINIA)
    dynamodb.create_table(
        TableName="provisioned",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )

    def ask() -> Any:
        return dynamodb.update_table(TableName="provisioned", ReplicaUpdates=[{"Create": {"RegionName": DUBLIN}}])

    with pytest.raises(ClientError, match="Table write capacity should either be Pay-Per-Request or AutoScaled"):
        ask()
    scaling = planet.client("application-autoscaling", region=VIRGINIA)
    scaling.register_scalable_target(**scalable("provisioned"), MinCapacity=1, MaxCapacity=10)
    scaling.put_scaling_policy(
        **scalable("provisioned"),
        PolicyName="writes",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
        },
    )
    assert ask()["TableDescription"]["GlobalTableVersion"] == "2019.11.21"


def test_an_old_workshop_makes_its_global_table(planet: Sandbox) -> None:
    """GT 2.04 to 2.11, with `legacy_global_tables`."""
    clients = {region: planet.client("dynamodb", region=region) for region in (VIRGINIA, DUBLIN)}
    for client in clients.values():
        client.create_table(
            TableName="old",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    group = [{"RegionName": region} for region in clients]
    clients[VIRGINIA].create_global_table(GlobalTableName="old", ReplicationGroup=group)

    def status() -> str:
        shown = clients[DUBLIN].describe_global_table(GlobalTableName="old")["GlobalTableDescription"]
        return str(shown["GlobalTableStatus"])

    planet.wait_until(lambda: "old" in str(clients[DUBLIN].list_global_tables()) and status() == "ACTIVE")
    clients[DUBLIN].put_item(TableName="old", Item={"id": {"S": "7"}})
    key = {"TableName": "old", "Key": {"id": {"S": "7"}}}
    planet.wait_until(lambda: "Item" in clients[VIRGINIA].get_item(**key))
    item = clients[VIRGINIA].get_item(**key)["Item"]
    assert item["aws:rep:updateregion"] == {"S": DUBLIN}
    assert item == clients[DUBLIN].get_item(**key)["Item"]
    update = [{"Delete": {"RegionName": DUBLIN}}]
    clients[VIRGINIA].update_global_table(GlobalTableName="old", ReplicaUpdates=update)
    planet.wait_until(lambda: "old" not in str(clients[DUBLIN].list_global_tables()))
    assert "Item" in clients[DUBLIN].get_item(**key)
