"""Claims about a program's end of the channel: nobody waits for ever, nothing is mixed up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.management.messages import encode
from sandbox.management.spoke import Spoke


def test_who_waits_is_told_when_the_hub_goes(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        _, frozen = await meeting.join_by_hand("planet")
        control = await meeting.join("control")
        lost = asyncio.Event()
        control.on_lost = lost.set
        asking = asyncio.ensure_future(control.call("planet", "dig"))
        await meeting.until(lambda: bool(meeting.hub._pending))
        await meeting.hub.close()
        with pytest.raises(Refusal):
            await asking
        await lost.wait()
        for later in (control.call("planet", "dig"), control.subscribe("zone/", print)):
            with pytest.raises(Refusal, match="the management channel is closed"):
                await later
        frozen.close()

    meet(story)


def test_a_call_before_connecting_is_refused_not_kept_waiting() -> None:
    async def story() -> None:
        with pytest.raises(Refusal):
            await Spoke("planet", "127.0.0.1", 1, "t").call("hub", "status")

    asyncio.run(story())


def test_leaving_is_not_being_lost(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        lost = []
        planet = await meeting.join("planet")
        planet.on_lost = lambda: lost.append("lost")
        await meeting.leave(planet)
        assert lost == []

    meet(story)


def test_what_was_sent_last_arrives_although_we_leave(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        planet = await meeting.join("planet")
        for number in range(2000):
            planet.note({"event": "answered", "at_s": number, "why": "x" * 1000})
        await meeting.leave(planet)
        assert [record["at_s"] for record in meeting.journal.records] == list(range(2000))

    meet(story)


def test_two_subscriptions_to_one_prefix_at_once_both_return(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        meeting.hub.publish("zone/Z1", 1)
        planet = await meeting.join("planet")
        first: list[str] = []
        second: list[str] = []
        await asyncio.gather(
            planet.subscribe("zone/", lambda topic, value: first.append(topic)),
            planet.subscribe("zone/", lambda topic, value: second.append(topic)),
        )
        assert set(first) == set(second) == {"zone/Z1"}

    meet(story)


def test_a_listener_that_fails_ends_the_program_rather_than_leaving_it_deaf(
    meet: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(topic: str, value: Any) -> None:
        raise LookupError("a bug in the planet")

    async def story(meeting: Any) -> None:
        planet = await meeting.join("planet")
        lost = asyncio.Event()
        planet.on_lost = lost.set
        await planet.subscribe("zone/", fails)
        meeting.hub.publish("zone/Z1", 1)
        await lost.wait()

    meet(story)
    assert "a bug in the planet" in capsys.readouterr().err


def test_who_gives_up_a_call_leaves_nothing_behind(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        await meeting.join_by_hand("planet")
        control = await meeting.join("control")
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.005):
                    await control.call("planet", "dig")
        assert control._waiting == {}

    meet(story)


def test_calls_are_answered_out_of_order(meet: Any) -> None:
    """A slow handler holds no quick one up."""

    async def story(meeting: Any) -> None:
        may_end = asyncio.Event()

        async def slow() -> str:
            await may_end.wait()
            return "slow"

        async def quick() -> str:
            return "quick"

        planet, control = await meeting.join("planet"), await meeting.join("control")
        planet.handle("slow", slow)
        planet.handle("quick", quick)
        waiting = asyncio.ensure_future(control.call("planet", "slow"))
        assert await control.call("planet", "quick") == "quick"
        may_end.set()
        assert await waiting == "slow"

    meet(story)


def test_a_hub_that_hangs_up_is_a_clear_refusal() -> None:
    async def story() -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        spoke = Spoke("planet", "127.0.0.1", server.sockets[0].getsockname()[1], "t")
        with pytest.raises(Refusal, match="hung up"):
            await spoke.connect()
        server.close()

    asyncio.run(story())


def test_nobody_there_is_an_error_of_the_system() -> None:
    async def story() -> None:
        with pytest.raises(ConnectionRefusedError):
            await Spoke("planet", "127.0.0.1", 1, "t").connect()

    asyncio.run(story())


def test_an_answer_to_nothing_is_passed_over(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        planet = await meeting.join("planet")
        connection = meeting.hub.programs["planet"]
        connection.writer.write(encode({"answer": 99, "result": 1}))
        meeting.hub.publish("settings", {"speed": 1})
        heard: list[Any] = []
        await planet.subscribe("settings", lambda topic, value: heard.append(value))
        assert heard == [{"speed": 1}]

    meet(story)


class Wire:
    """A network between a spoke and the hub: a port that passes everything on, until it is cut."""

    def __init__(self, meeting: Any) -> None:
        self.meeting = meeting
        self.port = 0
        self.passes_welcome_only = False  # of what the hub says
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def plug(self, hub_port: int) -> None:
        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", hub_port)
            self._ends += [writer, there_writer]
            for source, sink in ((reader, there_writer), (there_reader, writer)):
                withheld = source is there_reader and self.passes_welcome_only
                task = asyncio.ensure_future(self._pass_on(source, sink, withheld=withheld))
                self._tasks.add(task)

        self._server = await asyncio.start_server(join, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @staticmethod
    async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, withheld: bool) -> None:
        try:
            if withheld:
                sink.write(await source.readline())
                while await source.read(65536):
                    pass
            while piece := await source.read(65536):
                sink.write(piece)
        except ConnectionError:
            pass
        sink.close()

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._tasks)
        self._ends.clear()
        self._tasks.clear()


async def far_away(meeting: Any, wire: Wire, token: str) -> Spoke:
    await wire.plug(meeting.port)
    region = Spoke("region:eu-west-1", "127.0.0.1", wire.port, token, remote=True)
    await region.connect()
    meeting._spokes.append(region)
    return region


def test_with_a_network_between_a_spoke_comes_back_and_nothing_of_both_sides_is_lost(meet: Any, token: str) -> None:
    """What was published, noted, removed and made while there was no way is known to both afterwards."""

    async def story(meeting: Any) -> None:
        wire = Wire(meeting)
        joined: list[tuple[str, bool]] = []
        meeting.hub.on_join = lambda name, pid, returning: joined.append((name, returning))
        region = await far_away(meeting, wire, token)
        region.on_lost = lambda: pytest.fail("it was not lost")
        told: dict[str, Any] = {}
        meeting.hub.publish("fault/1", {"kind": "isolate"})
        meeting.hub.publish("zone/Z", 1)
        await region.subscribe("fault/", told.__setitem__)
        await region.subscribe("zone/", told.__setitem__)
        region.publish("region/eu-west-1", {"port": 1})
        await meeting.until(lambda: "region/eu-west-1" in meeting.hub.retained)

        await wire.cut()
        await meeting.until(lambda: region.program not in meeting.hub.programs and region._gone)
        with pytest.raises(Refusal, match="the management channel is closed"):
            await region.call("hub", "anything")
        meeting.hub.publish("region/eu-west-1", None)  # as whoever watches it may do
        meeting.hub.publish("fault/1", None)
        meeting.hub.publish("zone/Z", 2)
        meeting.hub.publish("zone/Y", 3)
        region.publish("region/eu-west-1", {"port": 2})
        region.note({"event": "served", "at_s": 1.0, "why": "operators still have a way"})

        await wire.plug(meeting.port)
        await meeting.until(lambda: told == {"fault/1": None, "zone/Z": 2, "zone/Y": 3})
        await meeting.until(lambda: bool(meeting.journal.records))
        assert meeting.hub.retained["region/eu-west-1"] == {"port": 2}
        assert joined == [(region.program, False), (region.program, True)]
        await wire.cut()

    meet(story)


def test_a_return_that_is_cut_short_is_made_good_by_the_next(meet: Any, token: str) -> None:
    """What was removed while there was no way is told all the same, and prefixes can be subscribed to as ever."""

    async def story(meeting: Any) -> None:
        wire = Wire(meeting)
        region = await far_away(meeting, wire, token)
        region.on_lost = lambda: pytest.fail("it was not lost")
        told: dict[str, Any] = {}
        meeting.hub.publish("fault/1", {"kind": "skew"})
        meeting.hub.publish("zone/Z", 1)
        for prefix in ("fault/", "zone/"):
            await region.subscribe(prefix, told.__setitem__)
        region.publish("bucket/b", 1)
        await meeting.until(lambda: "bucket/b" in meeting.hub.retained)

        await wire.cut()
        await meeting.until(lambda: region.program not in meeting.hub.programs and region._gone)
        meeting.hub.publish("fault/1", None)
        wire.passes_welcome_only = True
        await wire.plug(meeting.port)
        await meeting.until(lambda: bool(region._subscribed))  # it is back, and waits to hear what there is
        await wire.cut()
        await meeting.until(lambda: region.program not in meeting.hub.programs and region._gone)
        region.publish("bucket/b", None)

        wire.passes_welcome_only = False
        await wire.plug(meeting.port)
        await meeting.until(lambda: told == {"fault/1": None, "zone/Z": 1})
        await meeting.until(lambda: "bucket/b" not in meeting.hub.retained)
        late: dict[str, Any] = {}
        await region.subscribe("zone/", late.__setitem__)
        assert late == {"zone/Z": 1}
        await wire.cut()

    meet(story)


def test_who_comes_back_to_another_hub_is_lost(meet: Any, open_hub: Any, token: str) -> None:
    """A hub that was started anew knows nothing of this program: it must begin anew as well."""

    async def story(meeting: Any) -> None:
        wire, lost = Wire(meeting), asyncio.Event()
        region = await far_away(meeting, wire, token)
        region.on_lost = lost.set
        await wire.cut()
        async with open_hub() as other:
            await wire.plug(other.port)
            await lost.wait()
            assert other.hub.programs == {}
            await wire.cut()

    meet(story)
