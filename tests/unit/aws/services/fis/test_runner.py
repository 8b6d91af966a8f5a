"""Claims about running experiments, in simulated time: a fault for as long as the action lasts, and not longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from sandbox.aws.services.fis.experiments import Experiment
from sandbox.aws.services.fis.runner import Runner
from sandbox.aws.services.fis.targets import EMPTY, GlobalTable
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.sim.loop import run_virtual

Template = Callable[..., dict[str, Any]]
ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"
ORDERS = GlobalTable(name="orders", arn=ARN)


class FakeFaults:
    """Remembers what it was asked for."""

    def __init__(self, tables: Sequence[GlobalTable] = (ORDERS,), trouble: str = "") -> None:
        self.tables = tables
        self.trouble = trouble
        self.active: dict[str, tuple[str, str, float]] = {}
        self.healed: list[str] = []

    async def global_tables(self, account: str, region: str) -> Sequence[GlobalTable]:
        await asyncio.sleep(0.1)
        if self.trouble == "region":
            raise Refusal("ServiceUnavailable", "eu-west-1 does not answer")
        return self.tables

    async def pause(self, table: GlobalTable, region: str, for_s: float, experiment: str) -> str:
        assert experiment == "EXP1"
        if self.trouble == "fault":
            raise Refusal("BadFault", "no more faults")
        fault_id = f"pause-{len(self.active) + 1}"
        self.active[fault_id] = (table.name, region, for_s)
        return fault_id

    async def heal(self, fault_id: str) -> None:
        self.active.pop(fault_id, None)
        self.healed.append(fault_id)


class Stage:
    def __init__(self, template: dict[str, Any], faults: FakeFaults, speed: float) -> None:
        self.faults = faults
        self.tasks = Tasks("fis")
        self.experiment = Experiment(id="EXP1", arn="arn:EXP1", template=template, created_s=1.0)
        self.runner = Runner(faults, LoopClock(), self.tasks, speed=speed)
        self.runner.start(self.experiment, "000000000000", "eu-west-1")

    @property
    def states(self) -> list[str]:
        return [self.experiment.status, *(action.status for action in self.experiment.actions.values())]


def play(
    template: dict[str, Any],
    story: Callable[[Stage], Awaitable[None]],
    faults: FakeFaults | None = None,
    speed: float = 1.0,
) -> None:
    async def run() -> None:
        stage = Stage(template, faults or FakeFaults(), speed)
        await story(stage)
        await stage.tasks.close()

    run_virtual(run())


def test_replication_is_paused_for_the_duration_and_then_the_experiment_is_completed(template_of: Template) -> None:
    async def story(stage: Stage) -> None:
        assert stage.states == ["initiating", "pending"]
        await asyncio.sleep(1.0)
        assert stage.states == ["running", "running"]
        assert stage.faults.active == {"pause-1": ("orders", "eu-west-1", 300.0)}
        await asyncio.sleep(298.0)
        assert stage.states == ["running", "running"]
        await asyncio.sleep(2.0)
        assert stage.states == ["completed", "completed"]
        assert stage.faults.active == {}

    play(template_of(), story)


def test_speed_makes_it_shorter(template_of: Template) -> None:
    async def story(stage: Stage) -> None:
        await asyncio.sleep(29.0)
        assert stage.faults.active["pause-1"][2] == 30.0
        await asyncio.sleep(2.0)
        assert stage.states == ["completed", "completed"]

    play(template_of(), story, speed=10.0)


def test_stopping_heals_at_once(template_of: Template) -> None:
    async def story(stage: Stage) -> None:
        await asyncio.sleep(10.0)
        stage.runner.stop(stage.experiment)
        assert stage.experiment.status == "stopping"
        await asyncio.sleep(0.1)
        assert stage.states == ["stopped", "stopped"]
        assert stage.faults.healed == ["pause-1"]

    play(template_of(), story)


def test_stopping_before_the_start_injects_nothing(template_of: Template) -> None:
    async def story(stage: Stage) -> None:
        stage.runner.stop(stage.experiment)
        await asyncio.sleep(1.0)
        assert stage.states == ["stopped", "cancelled"]
        assert stage.faults.healed == []

    play(template_of(), story)


def test_actions_come_one_after_the_other_and_waiting_is_one(template_of: Template) -> None:
    template = template_of()
    wait = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}}
    template["actions"] = {"pause": {**template["actions"]["pause"], "startAfter": ["wait"]}, "wait": wait}

    async def story(stage: Stage) -> None:
        await asyncio.sleep(30.0)
        assert stage.states == ["running", "pending", "running"]
        assert stage.faults.active == {}
        await asyncio.sleep(60.0)
        assert stage.states == ["running", "running", "completed"]
        await asyncio.sleep(300.0)
        assert stage.states == ["completed", "completed", "completed"]

    play(template, story)


@pytest.mark.parametrize("tables", [(), (GlobalTable(name="other", arn="arn:other"),)])
def test_no_target_fails_the_experiment_unless_it_may_be_skipped(
    tables: Sequence[GlobalTable], template_of: Template
) -> None:
    async def fails(stage: Stage) -> None:
        await asyncio.sleep(1.0)
        assert stage.states == ["failed", "cancelled"]
        assert stage.experiment.reason == EMPTY

    async def skips(stage: Stage) -> None:
        await asyncio.sleep(1.0)
        assert stage.states == ["completed", "skipped"]

    play(template_of(), fails, FakeFaults(tables))
    play(template_of(experimentOptions={"emptyTargetResolutionMode": "skip"}), skips, FakeFaults(tables))


@pytest.mark.parametrize(
    ("trouble", "states", "reason"),
    [
        ("region", ["failed", "cancelled"], "eu-west-1 does not answer"),
        ("fault", ["failed", "failed"], "no more faults"),
    ],
)
def test_trouble_fails_the_experiment_with_its_reason(
    trouble: str, states: list[str], reason: str, template_of: Template
) -> None:
    async def story(stage: Stage) -> None:
        await asyncio.sleep(1.0)
        assert stage.states == states
        assert stage.experiment.reason == reason

    play(template_of(), story, FakeFaults(trouble=trouble))


def test_an_action_that_fails_ends_the_others(template_of: Template) -> None:
    template = template_of()
    template["actions"]["wait"] = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1H"}}

    async def story(stage: Stage) -> None:
        await asyncio.sleep(1.0)
        assert stage.states == ["failed", "failed", "stopped"]

    play(template, story, FakeFaults(trouble="fault"))
