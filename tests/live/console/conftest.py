"""One sandbox for the API and the browser: three regions, a routed name, a global table, a health check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client.sandbox import Sandbox

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
NAME = "app.example.test"
TABLE = "stock"


def make_zone(planet: Sandbox) -> None:
    """app.example.test: a latency record for each region."""
    route53 = planet.client("route53", region="us-east-1")
    zone = route53.create_hosted_zone(Name="example.test", CallerReference="console")["HostedZone"]["Id"]
    check = route53.create_health_check(
        CallerReference="console",
        HealthCheckConfig={
            "Type": "HTTP",
            "IPAddress": "198.18.2.10",
            "Port": 80,
            "ResourcePath": "/health",
            "RequestInterval": 10,
            "FailureThreshold": 1,
        },
    )["HealthCheck"]["Id"]
    changes = []
    for number, region in enumerate(REGIONS, start=1):
        record = {
            "Name": NAME,
            "Type": "A",
            "SetIdentifier": region,
            "Region": region,
            "TTL": 60,
            "ResourceRecords": [{"Value": f"198.18.{number}.10"}],
        }
        checked = {"HealthCheckId": check} if region == "eu-west-1" else {}
        changes.append({"Action": "CREATE", "ResourceRecordSet": {**record, **checked}})
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def make_table(planet: Sandbox) -> None:
    """`stock` in us-east-1 and eu-west-1."""
    dynamodb = planet.client("dynamodb", region="us-east-1")
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    planet.wait_until(lambda: "eu-west-1" in planet.tables.status(TABLE).answers, within_s=10)


@pytest.fixture(scope="package")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, speed=10) as started:
        make_zone(started)
        make_table(started)
        started.wait_until(lambda: started.resolve(NAME, "berlin").addresses, within_s=5)
        yield started


@pytest.fixture
def url(planet: Sandbox) -> str:
    return f"http://localhost:{planet.ports['console']}"


@pytest.fixture(autouse=True)
def whole(planet: Sandbox) -> Iterator[None]:
    """Whatever a test broke is mended after it."""
    yield
    planet.call("hub", "fault_heal", id="all")
