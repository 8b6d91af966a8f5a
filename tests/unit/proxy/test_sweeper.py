"""Connections on which nothing moves are ended, after a grace of one round."""

import asyncio

from sandbox.kernel.clock import SystemClock
from sandbox.proxy.sweeper import Sweeper


def test_an_idle_connection_ends_at_the_second_question():
    sweeper, ended = Sweeper(SystemClock(), 20), []
    sweeper.watch("a", lambda: True, lambda: ended.append("a"))
    sweeper.sweep()
    assert ended == []
    sweeper.sweep()
    assert ended == ["a"]
    assert len(sweeper) == 0


def test_a_connection_that_moves_stays_until_it_stops():
    sweeper, ended, idle = Sweeper(SystemClock(), 20), [], [False, False, False, True]
    sweeper.watch("a", lambda: idle.pop(0), lambda: ended.append("a"))
    for _ in range(3):
        sweeper.sweep()
    assert ended == []
    sweeper.sweep()
    assert ended == ["a"]


def test_a_forgotten_connection_is_not_ended():
    sweeper, ended = Sweeper(SystemClock(), 20), []
    sweeper.watch("a", lambda: True, lambda: ended.append("a"))
    sweeper.forget("a")
    sweeper.forget("never watched")
    sweeper.sweep()
    sweeper.sweep()
    assert ended == []


def test_a_tunnel_whose_client_has_gone_is_swept_by_the_clock(play):
    async def scene(stage):
        running = stage.hall.tasks.start(stage.hall.sweeper.run(), "sweeper")
        client = await stage.says(b"CONNECT app.example.test:80 HTTP/1.1\r\n\r\n")
        client.hear_eof()
        await stage.clock.pass_s(20)
        assert not client.end
        await stage.clock.pass_s(20)
        assert (client.end, stage.upstream.end) == ("aborted", "aborted")
        assert len(stage.hall.clients) == 0
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    play(scene, half_closed_s=20)
