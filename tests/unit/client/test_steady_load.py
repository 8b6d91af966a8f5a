"""An open loop: visits leave when it is their time, whatever the answers do."""

import asyncio
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.client.steady_load import SteadyLoad, departures


def test_places_take_turns_at_even_distances():
    assert list(islice(departures(["paris", "tokyo"], 5.0), 4)) == [
        (0.0, "paris"),
        (0.1, "tokyo"),
        (0.2, "paris"),
        (pytest.approx(0.3), "tokyo"),
    ]


@given(st.integers(1, 9), st.floats(0.5, 500))
def test_each_place_sends_its_rate(places, rate_per_s):
    codes = [str(number) for number in range(places)]
    sent = list(islice(departures(codes, rate_per_s), places * 20))
    first = [moment for moment, place in sent if place == "0"]
    assert first[1] - first[0] == pytest.approx(1 / rate_per_s)


def load_of(serve, for_s, **options):
    async def go():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        load = SteadyLoad("127.0.0.1", port, ["paris", "tokyo"], "http://app.example.test/", **options)
        try:
            return load, await load.run(for_s)
        finally:
            server.close()

    return asyncio.run(go())


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 502 No\r\nSandbox-Error: refused\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def say_nothing(reader, writer):
    await reader.read()
    writer.close()


def test_every_visit_is_counted_once():
    seen = []
    load, results = load_of(refuse, 0.1, rate_per_s=100, on_result=seen.append)
    assert len(results) == len(seen) == 20
    assert {result.error for result in results} == {"refused"}
    assert [result.place for result in results].count("paris") == 10
    assert load.started_at_s > 0


def test_slow_answers_do_not_make_the_next_visits_later():
    # A closed loop would have sent two visits in this time: none of them is ever answered.
    _, results = load_of(say_nothing, 0.1, rate_per_s=100, timeout_s=0.2)
    assert len(results) == 20
    assert {result.error for result in results} == {"timeout"}


def test_a_stopped_load_sends_no_more():
    async def go():
        load = SteadyLoad("127.0.0.1", 1, ["paris"], "http://app.example.test/", rate_per_s=1000)
        load.stop()
        return await load.run(60)

    assert asyncio.run(go()) == []
