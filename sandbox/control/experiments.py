"""What control does for an AWS FIS experiment: looks at the tables of a region, injects and heals faults.

In: an account and a region; a table to pause. Out: calls on the region's front door, as any operator makes them, and
calls to the supervisor's register of faults.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sandbox.aws.services.fis.policies import with_denials, without_denials
from sandbox.aws.services.fis.targets import GlobalTable
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.management.spoke import Spoke
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request
from sandbox.serving.client import HttpPool

TARGET = "DynamoDB_20120810"
PAUSE = "pause-replication"
TIMEOUT_S = 10.0


class Operator:
    """Tables and faults as `sandbox.aws.services.fis.runner` needs them. front_doors: of the regions that run now."""

    def __init__(
        self, spoke: Spoke, pool: HttpPool, front_doors: Callable[[], Mapping[str, Endpoint]], clock: Clock
    ) -> None:
        self._spoke = spoke
        self._pool = pool
        self._front_doors = front_doors
        self._clock = clock
        self._paused: dict[str, tuple[GlobalTable, str, str]] = {}  # fault -> table, region, experiment

    async def global_tables(self, account: str, region: str) -> list[GlobalTable]:
        """Those of an account in a region; a Refusal when the region does not answer."""
        found: list[GlobalTable] = []
        start: dict[str, Any] = {}
        while True:
            listed = await self._call(account, region, "ListTables", start)
            for name in listed["TableNames"]:
                table = (await self._call(account, region, "DescribeTable", {"TableName": name}))["Table"]
                if table.get("Replicas"):
                    tags = await self._call(account, region, "ListTagsOfResource", {"ResourceArn": table["TableArn"]})
                    pairs = {tag["Key"]: tag["Value"] for tag in tags.get("Tags", ())}
                    found.append(GlobalTable(name=name, arn=table["TableArn"], tags=pairs))
            if "LastEvaluatedTableName" not in listed:
                return found
            start = {"ExclusiveStartTableName": listed["LastEvaluatedTableName"]}

    async def pause(self, table: GlobalTable, region: str, for_s: float, experiment: str) -> str:
        """Nothing of this table into and out of this region; heals by itself, also when control is gone by then.

        Meanwhile the table's policy shows who is denied what (GT 5.04).
        """
        arguments = {"kind": PAUSE, "target": [table.name, region], "parameters": {}, "for_s": for_s}
        fault_id = str((await self._spoke.call("hub", "fault_inject", **arguments))["id"])
        self._paused[fault_id] = (table, region, experiment)
        until_s = self._clock.wall_s() + for_s
        await self._put_policy(
            table, region, lambda policy: with_denials(policy, experiment=experiment, arn=table.arn, until_s=until_s)
        )
        return fault_id

    async def heal(self, fault_id: str) -> None:
        """Mend it; nothing when it has healed already."""
        try:
            await self._spoke.call("hub", "fault_heal", id=fault_id)
        except Refusal as refusal:
            if refusal.code != "UnknownFault":
                raise
        table, region, experiment = self._paused.pop(fault_id)
        await self._put_policy(
            table, region, lambda policy: None if policy is None else without_denials(policy, experiment=experiment)
        )

    async def _put_policy(self, table: GlobalTable, region: str, change: Callable[[str | None], str | None]) -> None:
        """Read, change, write. The statements only tell: a region that does not answer fails no experiment for them."""
        account, resource = table.arn.split(":")[4], {"ResourceArn": table.arn}
        try:
            before = await self._policy(account, region, resource)
            after = change(before)
            if after is not None:
                await self._call(account, region, "PutResourcePolicy", {**resource, "Policy": after})
            elif before is not None:
                await self._call(account, region, "DeleteResourcePolicy", resource)
        except Refusal as refusal:
            print(f"the policy of {table.name} in {region}: {refusal.message}", file=sys.stderr, flush=True)

    async def _policy(self, account: str, region: str, resource: Mapping[str, str]) -> str | None:
        try:
            return str((await self._call(account, region, "GetResourcePolicy", resource))["Policy"])
        except Refusal as refusal:
            if refusal.code != "PolicyNotFoundException":
                raise
            return None

    async def _call(self, account: str, region: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        door = self._front_doors().get(region)
        if door is None:
            raise unavailable(f"dynamodb in {region}", "the region does not run")
        credential = f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/dynamodb/aws4_request"
        headers = Headers(
            [
                ("Authorization", f"{credential}, SignedHeaders=host, Signature=0"),
                ("Content-Type", "application/x-amz-json-1.0"),
                ("Host", f"{door.host}:{door.port}"),
                ("X-Amz-Target", f"{TARGET}.{action}"),
            ]
        )
        request = Request(method="POST", target="/", headers=headers, body=orjson.dumps(body))
        try:
            answer = await self._pool.send(request, host=door.host, port=door.port, timeout_s=TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            raise unavailable(f"dynamodb in {region}", "the region does not answer") from error
        found: dict[str, Any] = orjson.loads(answer.body)
        if answer.status != 200:
            code = str(found.get("__type", "")).rpartition("#")[2]
            raise Refusal(code, f"{action} in {region}: {found.get('message', answer.status)}")
        return found
