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
