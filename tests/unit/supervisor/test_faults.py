"""Claims about faults in action: announced, obeyed, healed in time, and none holds another up. In simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.chaos.core import Register
from sandbox.chaos.values import Fault
from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.sim.loop import run_virtual
from sandbox.supervisor.faults import Faults

REGIONS = ["us-east-1", "eu-west-1"]
START_S = 3.0  # how long the processes of this test take to come back


class Ground:
    """A register with its shell, a hub without sockets, and processes that take their time."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.hub = Hub(self.journal, "token")
        self.effects: list[tuple[str, bool, float]] = []
        register = Register(lambda: ["paris", *REGIONS], lambda: REGIONS)
        self.tables: list[str] | None = ["orders"]
        self.nobody_for: set[str] = set()  # kinds that nobody can do or undo now
        self.broken = False
        self.faults = Faults(register, self.hub, LoopClock(), self._obey, self._global_tables, self._check)

    def _check(self, fault: Fault) -> None:
        if fault.kind in self.nobody_for:
            raise Refusal("NoAgent", "nobody is there")

    async def _global_tables(self) -> list[str] | None:
        return self.tables

    async def _obey(self, fault: Fault, active: bool) -> None:
        if self.broken:
            raise Refusal("Docker", "it did not work")
        self.effects.append((fault.target[0], active, self.now_s()))
        if fault.kind == "stop" and not active:
            await asyncio.sleep(START_S)

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def topics(self) -> list[str]:
        return sorted(self.hub.retained)


def on_ground(story: Callable[[Ground], Awaitable[None]]) -> None:
    async def run() -> None:
        ground = Ground()
        ground.faults.start()
        await story(ground)
        await ground.faults.close()

    run_virtual(run())


def test_a_fault_is_announced_obeyed_and_noted() -> None:
    async def story(ground: Ground) -> None:
        fault = await ground.faults.inject("stop", ["us-east-1"], {}, 30)
        assert ground.hub.retained == {"fault/stop-1": fault}
        assert fault["until"] == fault["since"] + 30
        assert ground.effects == [("us-east-1", True, 0.0)]
        (noted,) = ground.journal.of_kind("fault_injected")
        assert (noted["id"], noted["fault"], noted["target"]) == ("stop-1", "stop", ["us-east-1"])
        assert await ground.faults.listing() == [fault]

    on_ground(story)


def test_healing_undoes_and_says_how_long_it_lasted() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("isolate", ["paris"])
        await asyncio.sleep(12)
        assert [fault["id"] for fault in await ground.faults.heal("isolate-1")] == ["isolate-1"]
        assert ground.hub.retained == {}
        assert ground.effects == [("paris", True, 0.0), ("paris", False, 12.0)]
        (noted,) = ground.journal.of_kind("fault_healed")
        assert (noted["lasted_s"], noted["why"]) == (12, "healed by hand")
        assert await ground.faults.listing() == []

    on_ground(story)


def test_faults_heal_themselves_at_their_moment_whatever_the_order() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("isolate", ["us-east-1"], {}, 60)
        await asyncio.sleep(5)
        await ground.faults.inject("isolate", ["paris"], {}, 10)  # ends before the one that was there first
        await ground.faults.inject("isolate", ["eu-west-1"])
        await asyncio.sleep(100)
        healed = [(target, at_s) for target, active, at_s in ground.effects if not active]
        assert healed == [("paris", pytest.approx(15)), ("us-east-1", pytest.approx(60))]
        assert ground.topics() == ["fault/isolate-3"]
        assert {record["why"] for record in ground.journal.of_kind("fault_healed")} == {"its time was over"}

    on_ground(story)


def test_a_region_that_takes_long_to_start_holds_no_other_heal_up() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("stop", ["us-east-1"], {}, 10)
        await ground.faults.inject("isolate", ["paris"], {}, 11)
        await asyncio.sleep(30)
        healed = {target: at_s for target, active, at_s in ground.effects if not active}
        assert healed == {"us-east-1": pytest.approx(10), "paris": pytest.approx(11)}

    on_ground(story)


def test_healing_all_starts_all_at_once() -> None:
    async def story(ground: Ground) -> None:
        for region in REGIONS:
            await ground.faults.inject("stop", [region])
        healed = await ground.faults.heal("all")
        assert ground.now_s() == START_S, "not one after the other"
        assert [fault["target"] for fault in healed] == [["eu-west-1"], ["us-east-1"]]
        assert ground.hub.retained == {}

    on_ground(story)


def test_what_was_healed_by_hand_is_not_healed_again_by_the_clock() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("isolate", ["paris"], {}, 10)
        await ground.faults.heal("isolate-1")
        await ground.faults.inject("isolate", ["paris"])
        await asyncio.sleep(100)
        assert ground.topics() == ["fault/isolate-2"]

    on_ground(story)


def test_what_is_refused_is_not_announced() -> None:
    async def story(ground: Ground) -> None:
        for call in (
            ground.faults.inject("isolate", ["mars"]),
            ground.faults.inject("slow", ["paris"], []),  # type: ignore[arg-type]
            ground.faults.heal("isolate-9"),
        ):
            with pytest.raises(Refusal):
                await call
        assert ground.hub.retained == {}
        assert ground.effects == []
        assert list(ground.journal.records) == []

    on_ground(story)


def test_the_calls_have_their_names_on_the_channel() -> None:
    async def story(ground: Ground) -> None:
        assert sorted(ground.hub.handlers) == ["fault_heal", "fault_inject", "fault_list"]
        handlers: dict[str, Any] = ground.hub.handlers
        await handlers["fault_inject"](kind="isolate", target=["paris"], parameters={}, for_s=None)
        assert await handlers["fault_heal"](id="all")

    on_ground(story)


def test_only_a_global_table_can_be_paused_unless_nobody_can_tell() -> None:
    async def story(ground: Ground) -> None:
        with pytest.raises(Refusal, match="Unknown global table 'ordres'"):
            await ground.faults.inject("pause-replication", ["ordres", "us-east-1"])
        assert ground.topics() == []
        await ground.faults.inject("pause-replication", ["orders", "us-east-1"])
        ground.tables = None  # a region is stopped: the table may be there
        await ground.faults.inject("pause-replication", ["ordres", "us-east-1"])
        assert len(ground.topics()) == 2

    on_ground(story)


def test_what_nobody_can_do_is_refused_and_not_registered() -> None:
    async def story(ground: Ground) -> None:
        ground.nobody_for = {"stop"}
        with pytest.raises(Refusal, match="nobody is there"):
            await ground.faults.inject("stop", ["us-east-1"])
        assert (ground.topics(), ground.effects, await ground.faults.listing()) == ([], [], [])

    on_ground(story)


def test_what_did_not_work_leaves_no_fault() -> None:
    async def story(ground: Ground) -> None:
        ground.broken = True
        with pytest.raises(Refusal, match="it did not work"):
            await ground.faults.inject("stop", ["us-east-1"])
        assert (ground.topics(), await ground.faults.listing()) == ([], [])
        (healed,) = ground.journal.of_kind("fault_healed")
        assert healed["why"] == "it could not be done"

    on_ground(story)


def test_a_heal_that_nobody_can_do_leaves_all_faults() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("stop", ["us-east-1"])
        await ground.faults.inject("isolate", ["eu-west-1"])
        ground.nobody_for = {"stop"}
        with pytest.raises(Refusal, match="nobody is there"):
            await ground.faults.heal("all")
        assert len(await ground.faults.listing()) == 2
        assert [fault["id"] for fault in await ground.faults.heal("isolate-2")] == ["isolate-2"]

    on_ground(story)


def test_a_fault_whose_time_is_over_waits_for_somebody_who_can_undo_it() -> None:
    async def story(ground: Ground) -> None:
        await ground.faults.inject("stop", ["us-east-1"], {}, 5)
        ground.nobody_for = {"stop"}
        await asyncio.sleep(20)
        assert len(await ground.faults.listing()) == 1
        ground.nobody_for = set()
        await asyncio.sleep(1.5)
        assert ground.effects[-1][:2] == ("us-east-1", False)
        assert await ground.faults.listing() == []

    on_ground(story)
