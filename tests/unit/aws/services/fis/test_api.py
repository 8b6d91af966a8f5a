"""Claims about the calls of FIS: answered, handed to moto, or refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from sandbox.aws.services.fis import api
from sandbox.aws.services.fis.api import Fis
from sandbox.aws.services.fis.experiments import Experiment
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

Template = Callable[..., dict[str, Any]]
ACCOUNT, REGION = "000000000000", "eu-west-1"


class StillRunner:
    """Starts nothing; stops by saying so."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, experiment: Experiment, account: str, region: str) -> None:
        self.started.append(experiment.id)

    def stop(self, experiment: Experiment) -> None:
        experiment.stop()


class Caller:
    def __init__(self, template: dict[str, Any]) -> None:
        self.runner = StillRunner()

        async def templates(account: str, region: str) -> Mapping[str, Mapping[str, Any]]:
            kept = {"arn": "arn:EXT1", "creationTime": 1.0, "lastUpdateTime": 1.0, "tags": {}, **template}
            return {"EXT1": kept} if (account, region) == (ACCOUNT, REGION) else {}

        self.fis = Fis(self.runner, templates, LoopClock())  # type: ignore[arg-type]

    async def raw(self, method: str, target: str, body: Any = None, region: str = REGION) -> Response | None:
        request = Request(method=method, target=target, headers=Headers([]), body=orjson.dumps(body) if body else b"")
        return await self.fis.answer(request, ACCOUNT, region)

    async def __call__(self, method: str, target: str, body: Any = None, region: str = REGION) -> dict[str, Any]:
        answer = await self.raw(method, target, body, region)
        assert answer is not None
        return dict(orjson.loads(answer.body))


def with_caller(template: dict[str, Any], story: Any) -> None:
    asyncio.run(story(Caller(template)))


def test_an_experiment_is_started_seen_listed_and_stopped(template_of: Template) -> None:
    async def story(call: Caller) -> None:
        body = {"clientToken": "t", "experimentTemplateId": "EXT1", "tags": {"a": "b"}}
        started = (await call("POST", "/experiments", body))["experiment"]
        assert started["id"].startswith("EXP")
        assert started["state"]["status"] == "initiating"
        assert (await call("POST", "/experiments", body))["experiment"]["id"] == started["id"]
        assert call.runner.started == [started["id"]]
        path = f"/experiments/{started['id']}"
        assert (await call("GET", path))["experiment"]["tags"] == {"a": "b"}
        assert [each["id"] for each in (await call("GET", "/experiments"))["experiments"]] == [started["id"]]
        assert (await call("GET", "/experiments?experimentTemplateId=other"))["experiments"] == []
        assert (await call("DELETE", path))["experiment"]["state"]["status"] == "stopping"
        call.fis.experiments[ACCOUNT, REGION][started["id"]].end(1.0)
        with pytest.raises(Refusal, match="cannot be stopped: it is stopped"):
            await call("DELETE", path)
        call.fis.reset()
        with pytest.raises(Refusal, match="does not exist"):
            await call("GET", path)

    with_caller(template_of(), story)


def test_templates_are_motos_after_a_look_and_are_read_here(template_of: Template) -> None:
    async def story(call: Caller) -> None:
        assert await call.raw("POST", "/experimentTemplates", template_of()) is None
        with pytest.raises(Refusal, match="Invalid duration"):
            await call.raw("POST", "/experimentTemplates", template_of("soon"))
        assert await call.raw("DELETE", "/experimentTemplates/EXT1") is None
        assert await call.raw("GET", "/tags/arn%3Aaws%3Afis") is None
        shown = (await call("GET", "/experimentTemplates/EXT1"))["experimentTemplate"]
        assert shown["description"] == "two halves"
        [listed] = (await call("GET", "/experimentTemplates"))["experimentTemplates"]
        assert "actions" not in listed
        with pytest.raises(Refusal, match="Experiment template EXT1 does not exist") as refusal:
            await call("GET", "/experimentTemplates/EXT1", region="us-east-1")
        assert (refusal.value.code, refusal.value.status) == ("ResourceNotFoundException", 404)

    with_caller(template_of(), story)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"actions": {"stop": {"actionId": "aws:ec2:stop-instances", "targets": {}}}},
            "does not emulate the FIS action aws:ec2:stop-instances",
        ),
        ({"stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "arn"}]}, "stop condition aws:cloudwatch"),
    ],
)
def test_what_cannot_run_is_refused_by_name(changes: dict[str, Any], named: str, template_of: Template) -> None:
    async def story(call: Caller) -> None:
        with pytest.raises(Refusal, match=named):
            await call("POST", "/experiments", {"experimentTemplateId": "EXT1"})
        assert call.runner.started == []

    with_caller(template_of(**changes), story)


def test_other_calls_are_refused_by_name_and_bad_bodies_as_such(template_of: Template) -> None:
    async def story(call: Caller) -> None:
        for method, path in (("PATCH", "/experimentTemplates/EXT1"), ("GET", "/safetyLevers/x")):
            with pytest.raises(Refusal, match=f"does not emulate {method} {path} of FIS"):
                await call(method, path)
        with pytest.raises(Refusal, match="not an object"):
            await call("POST", "/experiments", [1])

    with_caller(template_of(), story)


def test_the_actions_that_run_are_listed(template_of: Template) -> None:
    async def story(call: Caller) -> None:
        listed = {action["id"]: action for action in (await call("GET", "/actions"))["actions"]}
        pause = "aws:dynamodb:global-table-pause-replication"
        assert listed[pause]["targets"] == {"Tables": {"resourceType": "aws:dynamodb:global-table"}}
        action = (await call("GET", f"/actions/{pause.replace(':', '%3A')}"))["action"]
        assert action["parameters"]["duration"]["required"] is True
        with pytest.raises(Refusal, match="Action aws:x:y does not exist"):
            await call("GET", "/actions/aws:x:y")

    with_caller(template_of(), story)


def test_finished_experiments_are_forgotten_in_the_end(template_of: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_EXPERIMENTS", 2)

    async def story(call: Caller) -> None:
        async def start(token: str) -> str:
            body = {"clientToken": token, "experimentTemplateId": "EXT1"}
            return str((await call("POST", "/experiments", body))["experiment"]["id"])

        first, second = await start("1"), await start("2")
        with pytest.raises(Refusal, match="experiments are running"):
            await start("3")
        call.fis.experiments[ACCOUNT, REGION][first].end(1.0)
        await start("4")
        assert first not in call.fis.experiments[ACCOUNT, REGION]
        assert second in call.fis.experiments[ACCOUNT, REGION]

    with_caller(template_of(), story)
