"""Claims about what control does for an experiment, against a real door and a hub that remembers."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from sandbox.aws.services.fis.targets import GlobalTable
from sandbox.control.experiments import Operator
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import serve_http

ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/"


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


async def door(request: Request) -> Response:
    """Two pages of tables, of which one is global."""
    assert "Credential=111122223333/" in (request.headers.get("authorization") or "")
    action = (request.headers.get("x-amz-target") or "").partition(".")[2]
    body = orjson.loads(request.body)
    if action == "ListTables":
        last = "ExclusiveStartTableName" in body
        answer: dict[str, Any] = {"TableNames": ["orders"]} if last else {
            "TableNames": ["plain"], "LastEvaluatedTableName": "plain"
        }  # fmt: skip
    elif action == "DescribeTable":
        name = body["TableName"]
        replicas = [{"RegionName": "us-east-1"}] if name == "orders" else []
        answer = {"Table": {"TableArn": ARN + name, "Replicas": replicas}}
    else:
        answer = {"Tags": [{"Key": "team", "Value": "x"}]}
    return Response(status=200, headers=Headers([]), body=orjson.dumps(answer))


async def refusing(request: Request) -> Response:
    return Response(status=400, headers=Headers([]), body=b'{"message": "no"}')


def with_operator(handler: Any, story: Any, spoke: FakeSpoke | None = None) -> None:
    async def run() -> None:
        server, pool = await serve_http(handler, name="door"), HttpPool()
        operator = Operator(spoke or FakeSpoke(), pool, lambda: {"eu-west-1": server.port})  # type: ignore[arg-type]
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

    with_operator(door, story)


def test_a_region_that_refuses_or_does_not_run_is_told() -> None:
    async def story(operator: Operator) -> None:
        with pytest.raises(Refusal, match="ListTables in eu-west-1: no"):
            await operator.global_tables("111122223333", "eu-west-1")
        with pytest.raises(Refusal, match="the region does not run"):
            await operator.global_tables("111122223333", "us-east-1")

    with_operator(refusing, story)


def test_a_pause_is_the_sandboxs_own_fault_and_heals_by_itself() -> None:
    spoke = FakeSpoke()

    async def story(operator: Operator) -> None:
        assert await operator.pause("orders", "eu-west-1", 30.0) == "pause-replication-1"
        await operator.heal("pause-replication-1")

    with_operator(door, story, spoke)
    wanted = {"kind": "pause-replication", "target": ["orders", "eu-west-1"], "parameters": {}, "for_s": 30.0}
    assert spoke.calls == [("fault_inject", wanted), ("fault_heal", {"id": "pause-replication-1"})]


@pytest.mark.parametrize(("code", "raises"), [("UnknownFault", False), ("ServiceUnavailable", True)])
def test_a_fault_that_has_healed_already_is_no_trouble(code: str, raises: bool) -> None:
    async def story(operator: Operator) -> None:
        if raises:
            with pytest.raises(Refusal):
                await operator.heal("x")
        else:
            await operator.heal("x")

    with_operator(door, story, FakeSpoke(Refusal(code, "")))
