"""Claims about what control does for an experiment, against a real door and a hub that remembers."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from sandbox.aws.services.fis.targets import GlobalTable
from sandbox.control.experiments import Operator
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import serve_http

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/"
ORDERS = GlobalTable(name="orders", arn=ARN + "orders")


def at(port: int) -> Endpoint:
    return Endpoint(host="127.0.0.1", port=port)


class FakeSpoke:
    def __init__(self, refusal: Refusal | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refusal = refusal

    async def call(self, to: str, method: str, **arguments: Any) -> Any:
        assert to == "hub"
        self.calls.append((method, arguments))
        if self.refusal is not None:
            raise self.refusal
        return {"id": "pause-replication-1"}


class Door:
    """Two pages of tables, of which one is global; a policy that is kept."""

    def __init__(self) -> None:
        self.policy: str | None = None

    async def __call__(self, request: Request) -> Response:
        assert "Credential=111122223333/" in (request.headers.get("authorization") or "")
        action = (request.headers.get("x-amz-target") or "").partition(".")[2]
        status, answer = self.answer(action, orjson.loads(request.body))
        return Response(status=status, headers=Headers([]), body=orjson.dumps(answer))

    def answer(self, action: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if action == "ListTables":
            if "ExclusiveStartTableName" in body:
                return 200, {"TableNames": ["orders"]}
            return 200, {"TableNames": ["plain"], "LastEvaluatedTableName": "plain"}
        if action == "DescribeTable":
            name = body["TableName"]
            replicas = [{"RegionName": "us-east-1"}] if name == "orders" else []
            return 200, {"Table": {"TableArn": ARN + name, "Replicas": replicas}}
        if action == "GetResourcePolicy" and self.policy is None:
            return 400, {"__type": "com.amazonaws.dynamodb.v20120810#PolicyNotFoundException", "message": "none"}
        if action == "PutResourcePolicy":
            self.policy = body["Policy"]
        elif action == "DeleteResourcePolicy":
            self.policy = None
        return 200, {"Tags": [{"Key": "team", "Value": "x"}], "Policy": self.policy}


async def refusing(request: Request) -> Response:
    return Response(status=400, headers=Headers([]), body=b'{"message": "no"}')


def with_operator(handler: Any, story: Any, spoke: FakeSpoke | None = None) -> None:
    async def run() -> None:
        server, pool = await serve_http(handler, name="door"), HttpPool()
        operator = Operator(spoke or FakeSpoke(), pool, lambda: {"eu-west-1": at(server.port)}, LoopClock())  # type: ignore[arg-type]
        try:
            await story(operator)
        finally:
            await pool.close()
            await server.close()

    asyncio.run(run())


def test_global_tables_are_found_on_every_page_with_their_tags() -> None:
    async def story(operator: Operator) -> None:
        found = await operator.global_tables("111122223333", "eu-west-1")
        assert found == [GlobalTable(name="orders", arn=ARN + "orders", tags={"team": "x"})]

    with_operator(Door(), story)


def test_a_region_that_refuses_or_does_not_run_is_told() -> None:
    async def story(operator: Operator) -> None:
        with pytest.raises(Refusal, match="ListTables in eu-west-1: no"):
            await operator.global_tables("111122223333", "eu-west-1")
        with pytest.raises(Refusal, match="the region does not run"):
            await operator.global_tables("111122223333", "us-east-1")

    with_operator(refusing, story)


def test_a_pause_is_the_sandboxs_own_fault_and_heals_by_itself() -> None:
    """Meanwhile, and only then, the table's policy shows it (GT 5.04)."""
    spoke, door = FakeSpoke(), Door()

    async def story(operator: Operator) -> None:
        assert await operator.pause(ORDERS, "eu-west-1", 30.0, "EXP1") == "pause-replication-1"
        assert "PauseReplicationEXP1" in str(door.policy)
        await operator.heal("pause-replication-1")
        assert door.policy is None

    with_operator(door, story, spoke)
    wanted = {"kind": "pause-replication", "target": ["orders", "eu-west-1"], "parameters": {}, "for_s": 30.0}
    assert spoke.calls == [("fault_inject", wanted), ("fault_heal", {"id": "pause-replication-1"})]


def test_a_policy_that_cannot_be_written_fails_no_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    async def story(operator: Operator) -> None:
        await operator.pause(ORDERS, "eu-west-1", 30.0, "EXP1")
        await operator.heal("pause-replication-1")

    with_operator(refusing, story)
    assert "the policy of orders in eu-west-1: GetResourcePolicy in eu-west-1: no" in capsys.readouterr().err


@pytest.mark.parametrize(("code", "raises"), [("UnknownFault", False), ("ServiceUnavailable", True)])
def test_a_fault_that_has_healed_already_is_no_trouble(code: str, raises: bool) -> None:
    async def story(operator: Operator) -> None:
        await operator.pause(ORDERS, "eu-west-1", 30.0, "EXP1")
        spoke.refusal = Refusal(code, "")
        if raises:
            with pytest.raises(Refusal):
                await operator.heal("pause-replication-1")
        else:
            await operator.heal("pause-replication-1")

    spoke = FakeSpoke()
    with_operator(Door(), story, spoke)
