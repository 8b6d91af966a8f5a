"""Claims about the hub, with real sockets on the loopback: what is retained, who is answered, who is thrown out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.management.messages import decode, encode


def test_who_comes_back_is_told_everything_though_the_publisher_is_gone(meet: Any) -> None:
    """Static stability: a data plane that restarts while control is down works with what control last said."""

    async def story(meeting: Any) -> None:
        control = await meeting.join("control")
        planet = await meeting.join("planet")
        await planet.subscribe("zone/", lambda topic, value: None)
        control.publish("zone/Z1", {"name": "example.test."})
        control.publish("zone/Z2", {"name": "other.test."})
        control.publish("zone/Z2", None)
        control.publish("health-check/1", {"version": 1})
        await meeting.until(lambda: "health-check/1" in meeting.hub.retained)
        await meeting.leave(control)
        await meeting.leave(planet)
        heard: list[Any] = []
        again = await meeting.join("planet")
        await again.subscribe("zone/", lambda *change: heard.append(change))
        assert heard == [("zone/Z1", {"name": "example.test."})], "and nothing that was removed, nor another prefix"

    meet(story)


def test_changes_reach_subscribers_in_order(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        control, planet = await meeting.join("control"), await meeting.join("planet")
        heard: list[Any] = []
        await planet.subscribe("zone/", lambda topic, value: heard.append(value))
        for number in range(100):
            control.publish("zone/Z1", number)
        control.publish("zone/Z1", None)
        await meeting.until(lambda: len(heard) == 101)
        assert heard == [*range(100), None]

    meet(story)


def test_who_unsubscribes_hears_no_more_of_that_prefix(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        control = await meeting.join("control")
        zones: list[Any] = []
        checks: list[Any] = []
        await control.subscribe("zone/", lambda topic, value: zones.append(value))
        await control.subscribe("health-check/", lambda topic, value: checks.append(value))
        control.unsubscribe("zone/")
        control.publish("zone/Z1", 1)
        control.publish("health-check/c", 1)
        await meeting.until(lambda: checks == [1])
        assert zones == []
        assert meeting.hub.programs["control"].prefixes == ["health-check/"]

    meet(story)


def test_the_hubs_own_process_publishes_and_listens_too(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        heard: list[Any] = []
        meeting.hub.listen("region/", lambda topic, value: heard.append((topic, value)))
        region = await meeting.join("region:us-east-1")
        region.publish("region/us-east-1", {"app": 1})
        await meeting.until(lambda: len(heard) == 1)
        meeting.hub.publish("region/us-east-1", None)
        assert heard == [("region/us-east-1", {"app": 1}), ("region/us-east-1", None)]
        assert meeting.hub.retained == {}

    meet(story)


def test_a_call_is_passed_to_its_program_and_the_answer_back(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        async def dig(name: str, place: str) -> str:
            return f"{name} from {place}"

        planet, control = await meeting.join("planet"), await meeting.join("control")
        planet.handle("dig", dig)
        assert await control.call("planet", "dig", name="app.example.test", place="paris") == (
            "app.example.test from paris"
        )
        assert await meeting.hub.ask("planet", "dig", name="a", place="b") == "a from b"

    meet(story)


def test_a_call_to_the_hub_is_answered_by_its_handler(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        async def status() -> dict[str, int]:
            return {"programs": len(meeting.hub.programs)}

        meeting.hub.handle("status", status)
        client = await meeting.join("client")
        assert await client.call("hub", "status") == {"programs": 0}, "clients are no programs"

    meet(story)


def test_a_call_to_a_program_that_ends_is_answered_with_a_refusal(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        _, frozen = await meeting.join_by_hand("planet")
        asking = [asyncio.ensure_future(meeting.hub.ask("planet", "dig"))]
        control = await meeting.join("control")
        asking.append(asyncio.ensure_future(control.call("planet", "dig")))
        await meeting.until(lambda: len(meeting.hub._pending) == 2)
        frozen.close()
        for answer in asking:
            with pytest.raises(Refusal) as refused:
                await answer
            assert refused.value.message == "planet is not available: it ended before it answered"
            assert not refused.value.definite, "it may have done it"

    meet(story)


def test_a_call_to_who_does_not_run_is_refused_at_once(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        control = await meeting.join("control")
        for ask in (control.call, meeting.hub.ask):
            with pytest.raises(Refusal, match="planet is not available: it is not running"):
                await ask("planet", "dig")

    meet(story)


def test_a_frozen_program_holds_nobody_else_up(meet: Any) -> None:
    """A frozen region never answers. Calls between others go on, and whoever gave up is forgotten."""

    async def story(meeting: Any) -> None:
        async def echo(word: str) -> str:
            return word

        await meeting.join_by_hand("region:us-east-1")
        planet, control = await meeting.join("planet"), await meeting.join("control")
        planet.handle("echo", echo)
        stuck = asyncio.ensure_future(control.call("region:us-east-1", "status"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await meeting.hub.ask("region:us-east-1", "status")
        assert await control.call("planet", "echo", word="go on") == "go on"
        assert not stuck.done()
        await meeting.until(lambda: len(meeting.hub._pending) == 1)
        stuck.cancel()
        await control.close()
        await meeting.until(lambda: not meeting.hub._pending)

    meet(story)


def test_the_end_of_an_old_process_does_not_refuse_calls_to_the_new_one(meet: Any) -> None:
    """The old connection may be seen to end after the new process has said hello."""

    async def story(meeting: Any) -> None:
        _, old = await meeting.join_by_hand("planet")
        reader, new = await meeting.join_by_hand("planet")
        asking = asyncio.ensure_future(meeting.hub.ask("planet", "dig"))
        call = decode(await reader.readline())
        old.close()
        await meeting.until(lambda: len(meeting.hub._connections) == 1)
        new.write(encode({"answer": call["call"], "result": "here"}))
        assert await asking == "here"

    meet(story)


def test_nobody_answers_for_another(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        reader, planet = await meeting.join_by_hand("planet")
        _, impostor = await meeting.join_by_hand("control")
        asking = asyncio.ensure_future(meeting.hub.ask("planet", "dig"))
        call = decode(await reader.readline())
        impostor.write(encode({"answer": call["call"], "result": "from the impostor"}))
        impostor.write(encode({"event": {"event": "after_it", "at_s": 0}}))
        await meeting.until(lambda: bool(meeting.journal.of_kind("after_it")))
        planet.write(encode({"answer": call["call"], "result": "from the planet"}))
        assert await asking == "from the planet"

    meet(story)


@pytest.mark.parametrize("wrong", ["", "a wrong token", "ein falsches Schlüsselwort"])
def test_a_wrong_token_is_refused(meet: Any, wrong: str) -> None:
    async def story(meeting: Any) -> None:
        with pytest.raises(Refusal) as refused:
            await meeting.join("planet", wrong)
        assert refused.value.code == "AccessDenied"
        assert meeting.hub.programs == {}

    meet(story)


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"hello": "planet"}\n',
        b'{"hello": null}\n',
        b'{"publish": "zone/Z1", "value": 1}\n',
    ],
)
def test_a_first_line_that_is_no_hello_closes_the_connection(meet: Any, line: bytes) -> None:
    async def story(meeting: Any) -> None:
        reader, writer = await meeting.connect()
        writer.write(line)
        assert await reader.read() == b""
        assert meeting.hub.retained == {}

    meet(story)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b'{"unheard of": 1}\n',
        b'{"publish": 5, "value": 1}\n',
        b'{"publish": "zone/Z1"}\n',
        b'{"event": {}}\n',
        b'{"call": 1, "to": ["hub"], "method": "status"}\n',
    ],
)
def test_a_garbage_line_closes_only_that_connection(meet: Any, line: bytes) -> None:
    async def story(meeting: Any) -> None:
        planet = await meeting.join("planet")
        reader, writer = await meeting.join_by_hand("control")
        writer.write(line)
        assert await reader.read() == b""
        await meeting.until(lambda: "control" not in meeting.hub.programs)
        heard: list[str] = []
        await planet.subscribe("", lambda topic, value: heard.append(topic))
        planet.publish("zone/Z1", 1)
        await meeting.until(lambda: heard == ["zone/Z1"])

    meet(story)


def test_followers_get_every_event_and_the_journal_keeps_them(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        planet, client = await meeting.join("planet"), await meeting.join("client")
        heard: list[Any] = []
        client.on_event = heard.append
        client.follow()
        await meeting.until(lambda: any(connection.follows for connection in meeting.hub._connections))
        planet.note({"event": "answered", "at_s": 1.0})
        meeting.journal.note_record({"event": "program_ended", "at_s": 2.0})
        await meeting.until(lambda: len(heard) == 2)
        assert list(meeting.journal.records) == heard
        assert {record["event"] for record in heard} == {"answered", "program_ended"}

    meet(story)


def test_a_follower_may_name_the_kinds_it_wants(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        client = await meeting.join("client")
        heard: list[Any] = []
        client.on_event = heard.append
        client.follow("shipped", "conflicted")
        await meeting.until(lambda: any(connection.follows for connection in meeting.hub._connections))
        for kind in ("answered", "shipped", "answered", "conflicted"):
            meeting.journal.note_record({"event": kind, "at_s": 1.0})
        await meeting.until(lambda: len(heard) == 2)
        assert [record["event"] for record in heard] == ["shipped", "conflicted"]

    meet(story)


def test_a_handler_that_fails_answers_all_the_same(meet: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the asker would wait for ever. The traceback is in the program's log."""

    async def story(meeting: Any) -> None:
        async def refuses() -> None:
            raise Refusal("UnknownPlace", "Unknown place 'x'.", status=404)

        async def asserts() -> None:
            raise AssertionError("a bug")

        async def says_no_json() -> object:
            return object()

        async def takes_nothing() -> None:
            return None

        client = await meeting.join("client")
        for method in (refuses, asserts, says_no_json, takes_nothing):
            meeting.hub.handle(method.__name__, method)
        for method, arguments, code in (
            ("refuses", {}, "UnknownPlace"),
            ("asserts", {}, "InternalError"),
            ("says_no_json", {}, "InternalError"),
            ("takes_nothing", {"unexpected": 1}, "InternalError"),
            ("unheard_of", {}, "UnknownMethod"),
        ):
            with pytest.raises(Refusal) as refused:
                await client.call("hub", method, **arguments)
            assert refused.value.code == code, method
        assert await client.call("hub", "takes_nothing") is None

    meet(story)
    assert "AssertionError: a bug" in capsys.readouterr().err


def test_closing_the_hub_ends_every_connection(meet: Any) -> None:
    async def story(meeting: Any) -> None:
        lost = asyncio.Event()
        planet = await meeting.join("planet")
        planet.on_lost = lost.set
        reader, _ = await meeting.connect()
        await meeting.hub.close()
        await lost.wait()
        assert await reader.read() == b""
        with pytest.raises(OSError, match=r"[Cc]onnect"):
            await meeting.connect()

    meet(story)
