"""Claims about programs that join by themselves: their states, and what an agent does for the supervisor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.chaos.values import Fault
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.management.spoke import Spoke
from sandbox.supervisor.core import ProgramState
from sandbox.supervisor.remotes import Remotes

HOST = "127.0.0.1"
NAME = "region:eu-west-1"


class Ground:
    """A real hub, and spokes that come and go."""

    def __init__(self) -> None:
        self.hub = Hub(Journal(), "token")
        self.states = {NAME: ProgramState(name=NAME)}
        self.remotes = Remotes([NAME], self.states, self.hub, SystemClock(), self._started)
        self.ready = asyncio.Event()
        self.port = 0
        self.asked: list[dict[str, Any]] = []
        self.spokes: list[Spoke] = []

    def _started(self, name: str, pid: int) -> None:
        self.states[name].started(pid, 0.0)

    @property
    def state(self) -> ProgramState:
        return self.states[NAME]

    async def join(self, name: str = NAME) -> Spoke:
        spoke = Spoke(name, HOST, self.port, "token", remote=True)
        await spoke.connect()
        self.spokes.append(spoke)
        return spoke

    async def agent(self, *, works: bool = True) -> Spoke:
        async def container(**arguments: Any) -> None:
            self.asked.append(arguments)
            if not works:
                raise Refusal("Docker", "no such container")

        spoke = await self.join("agent")
        spoke.handle("container", container)
        return spoke

    async def until(self, state: str) -> None:
        async with asyncio.timeout(5):
            while self.state.state != state:  # noqa: ASYNC110 - the state is a value, nobody tells of its change
                await asyncio.sleep(0.005)


def on_ground(story: Callable[[Ground], Awaitable[None]]) -> None:
    async def run() -> None:
        ground = Ground()
        ground.port = await ground.hub.start(HOST)
        try:
            await story(ground)
        finally:
            for spoke in ground.spokes:
                await spoke.close()
            await ground.remotes.close()
            await ground.hub.close()

    asyncio.run(run())


def fault(kind: str) -> Fault:
    return Fault(id=f"{kind}-1", kind=kind, target=("eu-west-1",), parameters={}, since=0.0, until=None, why="")


def test_who_leaves_without_a_word_is_restarting_and_its_address_is_forgotten() -> None:
    async def story(ground: Ground) -> None:
        spoke = await ground.join()
        spoke.publish("region/eu-west-1", {"code": "eu-west-1"})
        await spoke.subscribe("region/", lambda topic, value: None)
        assert "region/eu-west-1" in ground.hub.retained
        await spoke.close()
        await ground.until("restarting")
        assert ground.hub.retained == {}

    on_ground(story)


def test_who_says_goodbye_has_ended() -> None:
    async def story(ground: Ground) -> None:
        spoke = await ground.join()
        await spoke.call("hub", "leaving", program=NAME)
        await spoke.close()
        await ground.until("ended")
        assert ground.hub.journal.of_kind("program_ended")[-1]["why"] == "it was asked to end"
        await ground.join()
        assert ground.state.state == "starting"

    on_ground(story)


def test_a_second_connection_takes_the_place_of_a_dead_one() -> None:
    """A container that was taken off its network and got another address is back before the old line has timed out."""

    async def story(ground: Ground) -> None:
        first, second = await ground.join(), await ground.join()
        assert (ground.state.state, ground.state.restarts) == ("starting", 1)
        await first.close()
        assert await second.call("hub", "leaving", program="nobody") is None
        assert ground.state.state == "starting"

    on_ground(story)


def test_without_an_agent_only_faults_of_containers_are_refused() -> None:
    async def story(ground: Ground) -> None:
        for kind in ("stop", "freeze"):
            with pytest.raises(Refusal, match="Start it: sandbox agent"):
                ground.remotes.check(fault(kind), NAME)
        assert "only by the planet's rule" in ground.remotes.check(fault("isolate"), NAME)
        assert ground.remotes.check(fault("stop"), "planet") == ""  # its process is the supervisor's own
        assert ground.remotes.check(fault("partition"), NAME) == ""
        await ground.agent()
        for kind in ("stop", "freeze", "isolate"):
            assert ground.remotes.check(fault(kind), NAME) == ""

    on_ground(story)


def test_an_agent_stops_and_starts() -> None:
    async def story(ground: Ground) -> None:
        await ground.agent()
        spoke = await ground.join()
        ground.state.ready(1.0)
        await ground.remotes.obey(fault("stop"), NAME, active=True, ready=ground.ready)
        await spoke.close()
        assert ground.state.state == "stopped by fault"
        ground.ready.set()
        await ground.remotes.obey(fault("stop"), NAME, active=False, ready=ground.ready)
        assert not ground.ready.is_set()
        assert [(asked["target"], asked["active"]) for asked in ground.asked] == [(NAME, True), (NAME, False)]

    on_ground(story)


def test_an_agent_freezes_and_thaws() -> None:
    async def story(ground: Ground) -> None:
        await ground.agent()
        await ground.join()
        ground.state.ready(1.0)
        await ground.remotes.obey(fault("freeze"), NAME, active=True, ready=ground.ready)
        assert ground.state.state == "frozen"
        await ground.remotes.obey(fault("freeze"), NAME, active=False, ready=ground.ready)
        assert ground.state.state == "running"

    on_ground(story)


class Island:
    """A region whose network an agent cuts: its spoke is dropped, and comes back when the wire is mended."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    async def begin(self) -> Spoke:
        await self.ground.agent()
        spoke = await self.ground.join()
        spoke.publish("region/eu-west-1", {"code": "eu-west-1"})
        await spoke.subscribe("region/", lambda topic, value: None)
        self.ground.state.ready(1.0)
        return spoke

    async def obey(self, active: bool, which: Fault | None = None) -> None:
        await self.ground.remotes.obey(which or fault("isolate"), NAME, active=active, ready=self.ground.ready)


def test_a_region_that_is_cut_off_is_isolated_and_its_addresses_are_kept_for_operators() -> None:
    async def story(ground: Ground) -> None:
        island = Island(ground)
        spoke = await island.begin()
        await spoke.close()  # in containers it cannot reach the hub; here it does not come back by itself
        await ground.until("restarting")
        ground.hub.publish("region/eu-west-1", {"code": "eu-west-1"})
        await island.obey(True)
        assert (ground.state.state, ground.state.why) == ("isolated", "isolate-1")
        assert ground.hub.retained == {"region/eu-west-1": {"code": "eu-west-1"}}
        assert [(asked["kind"], asked["active"]) for asked in ground.asked] == [("isolate", True)]

    on_ground(story)


def test_a_region_that_went_on_by_itself_runs_again_after_the_heal_as_the_same_process() -> None:
    async def story(ground: Ground) -> None:
        island = Island(ground)
        await island.begin()
        await island.obey(True)  # drops the spoke, which comes back at once, as no wire is cut in this test
        assert ground.state.state == "isolated"
        began_s = ground.state.since_s
        await island.obey(False)
        assert (ground.state.state, ground.state.restarts) == ("running", 0)
        assert ground.state.since_s >= began_s
        assert "region/eu-west-1" in ground.hub.retained
        assert [asked["active"] for asked in ground.asked] == [True, False]
        assert ground.hub.journal.of_kind("program_ended") == []

    on_ground(story)


def test_of_two_cuts_the_last_heal_mends_the_wire() -> None:
    async def story(ground: Ground) -> None:
        island = Island(ground)
        await island.begin()
        second = replace(fault("isolate"), id="isolate-2")
        await island.obey(True)
        await island.obey(True, second)
        await island.obey(False)
        assert (ground.state.state, [asked["active"] for asked in ground.asked]) == ("isolated", [True, True])
        await island.obey(False, second)
        assert (ground.state.state, [asked["active"] for asked in ground.asked]) == ("running", [True, True, False])

    on_ground(story)


def test_what_no_agent_has_cut_needs_none_to_be_mended_and_what_one_has_cut_does() -> None:
    async def story(ground: Ground) -> None:
        await ground.join()
        ground.state.ready(1.0)
        island = Island(ground)
        await island.obey(True)
        assert ground.state.state == "running"
        assert ground.remotes.check(fault("isolate"), NAME) != ""
        await island.obey(False)
        agent = await ground.agent()
        await island.obey(True)
        assert ground.state.state == "isolated"
        await agent.close()
        while "agent" in ground.hub.programs:  # noqa: ASYNC110 - the hub tells nobody of an agent
            await asyncio.sleep(0.005)
        with pytest.raises(Refusal, match="Only the host can isolate a container"):
            ground.remotes.check(fault("isolate"), NAME)

    on_ground(story)


def test_a_wire_that_could_not_be_cut_changes_nothing() -> None:
    async def story(ground: Ground) -> None:
        await ground.agent(works=False)
        await ground.join()
        ground.state.ready(1.0)
        with pytest.raises(Refusal, match="no such container"):
            await Island(ground).obey(True)
        assert ground.state.state == "running"
        assert NAME in ground.hub.programs

    on_ground(story)


def test_a_container_that_was_killed_on_its_island_starts_there_and_waits() -> None:
    """Its program cannot join: nobody may wait for it, and the heal of the isolation is what brings it."""

    async def story(ground: Ground) -> None:
        island = Island(ground)
        spoke = await island.begin()
        await island.obey(True)
        await ground.remotes.obey(fault("stop"), NAME, active=True, ready=ground.ready)
        await spoke.close()
        assert ground.state.state == "stopped by fault"
        ground.ready.set()
        await ground.remotes.obey(fault("stop"), NAME, active=False, ready=ground.ready)
        assert (ground.ready.is_set(), ground.state.state) == (True, "isolated")
        healing = asyncio.ensure_future(island.obey(False))
        await ground.until("restarting")
        await ground.join()
        await healing
        assert ground.state.state == "starting"

    on_ground(story)


@pytest.mark.parametrize("kind", ["stop", "freeze"])
def test_what_the_agent_could_not_do_changes_nothing(kind: str) -> None:
    async def story(ground: Ground) -> None:
        await ground.agent(works=False)
        await ground.join()
        ground.state.ready(1.0)
        with pytest.raises(Refusal, match="no such container"):
            await ground.remotes.obey(fault(kind), NAME, active=True, ready=ground.ready)
        assert ground.state.state == "running"

    on_ground(story)


def test_memory_is_told_by_those_who_answer() -> None:
    async def story(ground: Ground) -> None:
        assert await ground.remotes.memory() == {}
        spoke = await ground.join()

        async def memory() -> float:
            return 41.5

        spoke.handle("memory", memory)
        assert await ground.remotes.memory() == {NAME: 41.5}

    on_ground(story)
