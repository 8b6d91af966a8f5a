"""Two pipes make a tunnel: bytes, back-pressure, half-close and loss go through."""

import asyncio

import pytest

from sandbox.proxy.relay import Pipe, join


@pytest.fixture
def tunnel(transports):
    """A joined pair and its transports; `events` records half-closes and losses."""

    def make(first=b"", joined=True):
        events = []
        pipes = [
            Pipe(on_half_closed=lambda pipe: events.append("half"), on_lost=lambda pipe: events.append("lost"))
            for _ in range(2)
        ]
        ends = [transports(pipe) for pipe in pipes]
        for pipe, end in zip(pipes, ends, strict=True):
            pipe.connection_made(end)
        if joined:
            join(*pipes)
        return pipes, ends, events

    return make


def run(scene):
    async def whole():
        scene()
        await asyncio.sleep(0)

    asyncio.run(whole())


def test_bytes_cross_both_ways(tunnel):
    def scene():
        _, (one, other), _ = tunnel()
        one.hear(b"hello")
        other.hear(b"world")
        assert (one.sent, other.sent) == (b"world", b"hello")

    run(scene)


def test_what_comes_before_the_join_is_kept_in_order(tunnel):
    def scene():
        (near, far), (one, other), _ = tunnel(joined=False)
        far.data_received(b"220 ")
        far.data_received(b"ready")
        assert far.eof_received()
        join(near, far)
        assert one.sent == b"220 ready"
        assert one.eof
        assert not other.end

    run(scene)


def test_a_far_end_lost_before_the_join_ends_the_near_end_after_its_bytes(tunnel):
    def scene():
        (near, far), (one, _), _ = tunnel(joined=False)
        far.data_received(b"bye")
        far.connection_lost(None)
        join(near, far)
        assert (one.sent, one.end) == (b"bye", "closed")

    run(scene)


def test_a_full_end_pauses_the_other_and_a_drained_one_resumes_it(tunnel):
    def scene():
        (near, far), (one, other), _ = tunnel()
        near.pause_writing()
        assert other.paused
        assert not one.paused
        near.resume_writing()
        assert not other.paused
        far.pause_writing()
        assert one.paused

    run(scene)


def test_half_close_is_passed_on_once_and_the_second_one_ends_both(tunnel):
    def scene():
        (near, _), (one, other), events = tunnel()
        one.hear_eof()
        assert other.eof
        assert not one.end
        assert near.eof_received()  # asyncio may report it again
        other.hear(b"last words")
        assert one.sent == b"last words"
        other.hear_eof()
        assert (one.end, other.end) == ("closed", "closed")
        assert events == ["half"]

    run(scene)


def test_a_half_closed_tunnel_tells_whether_bytes_still_come(tunnel):
    def scene():
        (_, far), (one, other), _ = tunnel()
        one.hear_eof()
        assert far.was_idle()
        other.hear(b"x")
        assert not far.was_idle()
        assert far.was_idle()

    run(scene)


@pytest.mark.parametrize(("exc", "end"), [(None, "closed"), (ConnectionResetError(), "aborted")])
def test_a_close_closes_and_a_reset_resets(tunnel, exc, end):
    def scene():
        _, (one, other), events = tunnel()
        one.lose(exc)
        assert other.end == end
        other.protocol.data_received(b"too late")
        assert one.sent == b""
        assert events[0] == "lost"

    run(scene)


def test_end_gives_both_up(tunnel):
    def scene():
        (near, _), (one, other), _ = tunnel()
        near.end()
        assert (one.end, other.end) == ("aborted", "aborted")

    run(scene)


def test_the_first_byte_is_told_once_also_after_a_half_close(tunnel):
    """A half-close wraps the way of writing; the telling is inside, and must not come twice."""

    def scene():
        told = []
        (_, far), (near_end, far_end), _ = tunnel()
        far.tell_first(lambda: told.append(near_end.sent))
        near_end.hear_eof()
        far_end.hear(b"one")
        far_end.hear(b"two")
        assert near_end.sent == b"onetwo"
        assert told == [b"one"]

    run(scene)
