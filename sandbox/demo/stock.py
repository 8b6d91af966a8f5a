"""The global table of acts 6 to 9: how it is made, written and read, and when its replicas have settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.client.aws_steps import Step, create_table
from sandbox.demo.stage import Stage
from sandbox.demo.values import HOME, STOCK, Ground

SETTLED_WITHIN_S = 30.0


def steps_of_a_global_table(ground: Ground) -> list[Step]:
    """One table, then a replica in each other region: one call each, and a wait, as on AWS (GT 1.18)."""
    steps = [create_table(f"the table {STOCK} in {HOME}", STOCK, HOME)]
    for region in ground.regions:
        if region != HOME:
            steps += [
                Step(
                    says=f"a replica of it in {region}",
                    service="dynamodb",
                    operation="update_table",
                    region=HOME,
                    arguments={"TableName": STOCK, "ReplicaUpdates": [{"Create": {"RegionName": region}}]},
                ),
                Step(
                    says="until the replica is ACTIVE",
                    service="dynamodb",
                    operation="describe_table",
                    region=HOME,
                    arguments={"TableName": STOCK},
                    query="Table.TableStatus",
                    until="ACTIVE",
                ),
            ]
    return steps


def make(stage: Stage) -> None:
    """Make it; it is deleted at the end, replicas first."""
    others = [region for region in stage.ground.regions if region != HOME]
    stage.made_tables += [(region, STOCK) for region in (*others, HOME)]  # before it is done, for Ctrl-C
    stage.do(steps_of_a_global_table(stage.ground))


def item_of(name: str, **attributes: str) -> dict[str, Any]:
    """An item as DynamoDB takes it."""
    return {"id": {"S": name}, **{attribute: {"S": value} for attribute, value in attributes.items()}}


def text_in(item: Mapping[str, Any] | None, attribute: str) -> str:
    """An attribute of an item as it comes from DynamoDB."""
    return "" if item is None else str(next(iter(item.get(attribute, {"S": ""}).values())))


def read(stage: Stage, region: str, name: str) -> dict[str, Any] | None:
    """What a region's own replica holds, asked without distance."""
    key = {"id": {"S": name}}
    client = stage.aws.client("dynamodb", region)
    found: dict[str, Any] | None = client.get_item(TableName=STOCK, Key=key, ConsistentRead=True).get("Item")
    return found


def settle(stage: Stage) -> bool:
    """Wait until nothing is on its way between the replicas any more."""
    return bool(
        stage.wait_until(
            lambda: not stage.sandbox.tables.status(STOCK).silent and stage.sandbox.tables.backlog(STOCK) == 0,
            what="the replicas to settle",
            within_s=SETTLED_WITHIN_S,
        )
    )
