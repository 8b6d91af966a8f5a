"""From a name to a connection, and each way that can fail."""

import asyncio

import pytest

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.proxy.values import Failure, Why


async def reach(stage, host="app.example.test"):
    return await stage.hall.reach.connect("paris", host, 80, asyncio.Protocol)


def failing(play, prepare, host="app.example.test", **settings) -> Failure:
    async def scene(stage):
        prepare(stage)
        with pytest.raises(Failure) as failure:
            await reach(stage, host)
        assert stage.journal.of_kind("connected") == []
        return failure.value

    return play(scene, **settings)


def test_a_connection_is_reported_and_noted(play):
    async def scene(stage):
        _, _, report = await reach(stage)
        assert (report.address, report.owner, report.lookup_ms) == ("198.18.1.10", "eu-west-1", 12.0)
        (record,) = stage.journal.of_kind("connected")
        assert (record["place"], record["owner"], record["why"]) == ("paris", "eu-west-1", "latency record eu-west-1")

    play(scene)


def test_an_address_needs_no_lookup(play):
    async def scene(stage):
        _, _, report = await reach(stage, "198.18.1.10")
        assert stage.world.lookups == []
        assert report.lookup_ms == 0

    play(scene)


def test_addresses_are_tried_in_order_until_one_answers(play):
    async def scene(stage):
        answer = stage.world.answers["app.example.test"]
        stage.world.answers["app.example.test"] = type(answer)(addresses=("198.18.1.10", "198.18.2.10"))
        stage.world.errors["198.18.1.10"] = ConnectionRefusedError()
        _, _, report = await reach(stage)
        assert report.address == "198.18.2.10"
        assert report.why.endswith("; 198.18.1.10: refused")

    play(scene)


def test_a_silent_address_gets_company_from_the_next_and_the_first_to_connect_wins(play):
    # Clients of an accelerator whose network zone is down go on with the other address [GA 3.1].
    async def scene(stage):
        answer = stage.world.answers["app.example.test"]
        stage.world.answers["app.example.test"] = type(answer)(addresses=("192.0.2.1", "198.51.100.1"))
        stage.world.silent = {"192.0.2.1"}
        transport, _, report = await reach(stage)
        assert report.address == "198.51.100.1"
        assert report.why.endswith("; 192.0.2.1: no answer for 0.01 s")
        assert not transport.is_closing()
        assert [address for _, address, _ in stage.world.opened] == ["192.0.2.1", "198.51.100.1"]

    play(scene, next_address_after_s=0.01)


def test_a_first_address_that_answers_late_is_still_taken_when_the_second_refuses(play):
    async def scene(stage):
        answer = stage.world.answers["app.example.test"]
        stage.world.answers["app.example.test"] = type(answer)(addresses=("192.0.2.1", "198.51.100.1"))
        stage.world.errors["198.51.100.1"] = ConnectionRefusedError()
        stage.world.gates["192.0.2.1"] = gate = asyncio.Event()
        coming = asyncio.gather(reach(stage))
        await stage.world.has_opened(2)
        await stage.settle()
        gate.set()
        [(_, _, report)] = await coming
        assert report.address == "192.0.2.1"

    play(scene, next_address_after_s=0.01)


def test_when_no_address_answers_the_last_failure_is_told(play):
    def prepare(stage):
        answer = stage.world.answers["app.example.test"]
        stage.world.answers["app.example.test"] = type(answer)(addresses=("192.0.2.1", "198.51.100.1"))
        stage.world.errors = {"192.0.2.1": ConnectionResetError(), "198.51.100.1": ConnectionRefusedError()}

    failure = failing(play, prepare)
    assert (failure.cause, failure.report.address) == (Why.REFUSED, "198.51.100.1")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(), Why.REFUSED),
        (ConnectionResetError(), Why.RESET),
        (TimeoutError(), Why.TIMEOUT),
        (OSError("no route"), Why.UNREACHABLE),
        (Refusal("NotOnThePlanet", "Not here.", status=404), Why.OUTSIDE),
        (unavailable("eu-west-1", "its process has ended"), Why.UNREACHABLE),
    ],
)
def test_each_error_of_connecting_has_its_cause(play, error, cause):
    failure = failing(play, lambda stage: stage.world.errors.update({"198.18.1.10": error}))
    assert failure.cause is cause
    assert failure.report.address == "198.18.1.10"
    assert ("--allow-internet" in failure.message) == (cause is Why.OUTSIDE)


@pytest.mark.parametrize(
    ("host", "found", "cause"),
    [
        ("gone.example.test", None, Why.NOT_FOUND),
        ("example.com", None, Why.OUTSIDE),
        ("[::1]", None, Why.OUTSIDE),
        ("slow.example.test", TimeoutError(), Why.TIMEOUT),
        ("odd.example.test", Refusal("BadName", "That is no name."), Why.UNREACHABLE),
    ],
)
def test_each_way_a_lookup_fails_has_its_cause(play, host, found, cause):
    failure = failing(play, lambda stage: stage.world.answers.update({host: found}), host)
    assert failure.cause is cause
    assert failure.report.host == host


def test_connecting_is_given_up_after_its_time(play):
    def prepare(stage):
        stage.world.gate = asyncio.Event()

    assert failing(play, prepare, connect_timeout_s=0.0).cause is Why.TIMEOUT


def test_a_client_that_hangs_up_while_it_waits_is_noted_with_the_address(play):
    async def scene(stage):
        stage.world.gate = asyncio.Event()  # never set: a swallowed packet
        waiting = asyncio.get_running_loop().create_task(reach(stage))
        await stage.settle()
        await stage.clock.pass_s(3.0)
        waiting.cancel()
        await stage.settle()
        (record,) = stage.journal.of_kind("refused")
        assert (record["place"], record["address"], record["error"]) == ("paris", "198.18.1.10", "given-up")
        assert record["why"] == "the client hung up: 198.18.1.10 had not answered for 3.0 s"

    play(scene)
