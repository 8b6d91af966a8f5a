"""One probe against scripted servers, in virtual time (R53 2.1, 2.2, 2.4)."""

import asyncio

import pytest

from sandbox.health.core import CONNECTED, NOT_RESOLVED, REFUSED, RESET, TIMED_OUT
from sandbox.health.probe import Prober
from sandbox.health.values import HealthCheck
from sandbox.kernel.errors import Refusal

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nall good"


def check(**changed) -> HealthCheck:
    return HealthCheck(**{"check_id": "abc-1", "kind": "HTTP", "address": "198.18.1.10", "port": 80, **changed})


@pytest.fixture
def probe(virtually, world):
    """Probe in virtual time; the outcome and how long it took."""

    def run(server, speed=1.0, after_s=0.0, connect_s=0.0, **changed):
        world.servers["198.18.1.10"] = server
        world.after_s, world.connect_s = after_s, connect_s

        async def scene():
            loop = asyncio.get_running_loop()
            outcome = await Prober(world).probe(check(**changed), "eu-west-1", speed=speed)
            await asyncio.sleep(0)
            return outcome, loop.time()

        return virtually(scene())

    return run


def serves(*said):
    return lambda request: list(said)


def test_a_good_answer_passes_and_the_connection_is_closed(probe, world):
    outcome, _ = probe(serves(OK))
    assert outcome.passed
    assert outcome.status == "Success: HTTP Status Code 200, OK"
    assert world.wires[0].closed


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (ConnectionRefusedError(), REFUSED),
        (ConnectionResetError(), RESET),
        (TimeoutError(), TIMED_OUT),
        (Refusal("NotOnThePlanet", "198.18.1.10 is not on the planet."), "Failure: 198.18.1.10 is not on the planet."),
        (serves(ConnectionResetError()), RESET),
        (serves(None), "Failure: the connection closed before a whole response head."),
        (serves(b"SSH-2.0\r\n\r\n"), "Failure: malformed status line b'SSH-2.0'."),
        (serves(b"HTTP/1.1 500 Oops\r\n\r\n"), "Failure: HTTP Status Code 500, Oops"),
    ],
)
def test_every_way_to_fail_is_an_outcome(probe, server, status):
    outcome, _ = probe(server)
    assert (outcome.passed, outcome.status) == (False, status)


@pytest.mark.parametrize(("kind", "limit_s"), [("HTTP", 4), ("TCP", 10)])
def test_connecting_may_take_4_seconds_for_http_and_10_for_tcp(probe, kind, limit_s):
    # R53 2.2.
    outcome, took_s = probe(serves(OK), kind=kind, connect_s=limit_s - 0.01)
    assert outcome.passed
    outcome, took_s = probe(serves(OK), kind=kind, connect_s=limit_s + 0.01)
    assert outcome.status == TIMED_OUT
    assert took_s == pytest.approx(limit_s)


def test_the_status_must_come_within_2_seconds_of_connecting(probe):
    assert probe(serves(OK), after_s=1.99)[0].passed
    outcome, took_s = probe(serves(OK), after_s=2.01)
    assert outcome.status == TIMED_OUT
    assert took_s == pytest.approx(2)


def test_speed_shortens_the_wait_but_not_below_the_round_trips_need(probe):
    outcome, took_s = probe(serves(), speed=1000)
    assert outcome.status == TIMED_OUT
    assert took_s == pytest.approx((2 * 80 + 100) / 1000)


def test_tcp_passes_on_connecting_alone(probe):
    outcome, _ = probe(serves(), kind="TCP")
    assert outcome.status == CONNECTED


def test_a_string_match_reads_the_body_and_waits_2_seconds_more(probe):
    matching = {"kind": "HTTP_STR_MATCH", "search": "good"}
    assert probe(serves(OK), **matching)[0].passed
    assert not probe(serves(OK.replace(b"good", b"Good")), **matching)[0].passed
    head_only = serves(OK.removesuffix(b"all good"))
    outcome, took_s = probe(head_only, **matching)
    assert (outcome.status, took_s) == (TIMED_OUT, pytest.approx(2))


def test_a_string_beyond_5120_bytes_is_not_found(probe):
    body = b"." * 5118 + b"good"
    message = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    outcome, _ = probe(serves(message), kind="HTTP_STR_MATCH", search="good")
    assert "first 5120 bytes" in outcome.status


def test_a_name_is_looked_up_for_each_probe_from_the_checkers_place(probe, world):
    # R53 2.1: with no IPAddress it is resolved every interval; no A record fails with "DNS resolution failed".
    world.names["app.example.test"] = ("198.18.1.10", "198.18.2.10")
    assert probe(serves(OK), address=None, host="app.example.test")[0].passed
    assert probe(serves(OK), address=None, host="app.example.test")[0].passed
    assert world.asked == [("eu-west-1", "app.example.test")] * 2
    assert probe(serves(OK), address=None, host="gone.example.test")[0].status == NOT_RESOLVED
    world.names["app.example.test"] = TimeoutError()
    assert probe(serves(OK), address=None, host="app.example.test")[0].status == NOT_RESOLVED


def test_an_address_wins_over_a_name_which_is_then_only_the_host_header(probe, world):
    seen = []

    def serve(request):
        seen.append(request)
        return [OK]

    assert probe(serve, host="app.example.test")[0].passed
    assert world.asked == []
    assert b"Host: app.example.test\r\n" in seen[0]
