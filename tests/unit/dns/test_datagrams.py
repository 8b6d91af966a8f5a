"""Turns of a UDP port, with a socket of lists and a clock that each answer moves."""

from __future__ import annotations

import errno
from collections import deque
from typing import Any

import dns.message
import pytest
from clocks import HandClock

from sandbox.dns.datagrams import TOGETHER_MOST, TURN_S, Datagrams
from sandbox.dns.server import from_authority
from sandbox.dns.values import Send

QUERY = dns.message.make_query("app.example.test", "A").to_wire()
ASKER = ("127.0.0.1", 5353)


class Box:
    """A socket: `waiting` to be read; what was `sent` to whom."""

    def __init__(self, *waiting: bytes) -> None:
        self.waiting = deque((packet, ASKER) for packet in waiting)
        self.sent: list[tuple[bytes, Any]] = []
        self.trouble: OSError | None = None

    def recvfrom(self, bufsize: int, /) -> tuple[bytes, Any]:
        if not self.waiting:
            raise BlockingIOError(errno.EAGAIN, "nothing has come")
        packet, address = self.waiting.popleft()
        return packet[:bufsize], address

    def sendto(self, reply: bytes, address: Any, /) -> int:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((reply, address))
        return len(reply)


@pytest.fixture
def serve(authority: Any) -> Any:
    return from_authority(authority("app 60 A 192.0.2.1"), "paris")


def test_what_has_come_is_answered_in_one_turn_and_junk_is_not(serve: Any) -> None:
    box = Box(QUERY, b"junk", QUERY)
    Datagrams(serve, HandClock(100.0), box).turn()
    assert [address for _, address in box.sent] == [ASKER, ASKER]
    assert dns.message.from_wire(box.sent[1][0]).answer[0][0].to_text() == "192.0.2.1"


def test_a_turn_ends_when_its_time_is_used_up_and_the_next_goes_on() -> None:
    """Each answer takes two fifths of a turn: three are given, then others may run; nothing is lost."""
    clock = HandClock(100.0)

    def slow(packet: bytes, tcp: bool, send: Send) -> None:
        clock.at_s += 0.4 * TURN_S
        send(packet)

    box = Box(*(bytes([number]) for number in range(5)))
    port = Datagrams(slow, clock, box)
    port.turn()
    assert len(box.sent) == 3
    port.turn()
    assert [reply for reply, _ in box.sent] == [bytes([number]) for number in range(5)]


def test_one_answer_is_given_even_when_it_takes_longer_than_a_turn() -> None:
    clock = HandClock(100.0)

    def slow(packet: bytes, tcp: bool, send: Send) -> None:
        clock.at_s += 10 * TURN_S
        send(packet)

    box = Box(b"1", b"2")
    Datagrams(slow, clock, box).turn()
    assert len(box.sent) == 1


def test_replies_of_a_turn_leave_together_but_not_too_many_at_a_time() -> None:
    """What had been sent when each question was served: nothing for the first 32, then those 32."""
    box = Box(*(bytes([number]) for number in range(TOGETHER_MOST + 2)))
    sent_before: list[int] = []

    def serve(packet: bytes, tcp: bool, send: Send) -> None:
        sent_before.append(len(box.sent))
        send(packet)

    Datagrams(serve, HandClock(100.0), box).turn()
    assert sent_before == [0] * TOGETHER_MOST + [TOGETHER_MOST] * 2
    assert len(box.sent) == TOGETHER_MOST + 2


def test_what_was_answered_leaves_even_when_the_next_question_fails() -> None:
    """A bug in one answer is told by the loop; the others go on."""
    box = Box(b"1", b"2", b"3")

    def serve(packet: bytes, tcp: bool, send: Send) -> None:
        assert packet != b"2"
        send(packet)

    port = Datagrams(serve, HandClock(100.0), box)
    with pytest.raises(AssertionError):
        port.turn()
    assert [reply for reply, _ in box.sent] == [b"1"]
    port.turn()
    assert [reply for reply, _ in box.sent] == [b"1", b"3"]


def test_a_reply_may_come_long_after_the_turn_and_goes_to_who_asked() -> None:
    replies: list[Send] = []
    box = Box(b"1", b"2")
    box.waiting[1] = (b"2", ("127.0.0.1", 9))
    Datagrams(lambda packet, tcp, send: replies.append(send), HandClock(100.0), box).turn()
    replies[1](b"second")
    replies[0](b"first")
    assert box.sent == [(b"second", ("127.0.0.1", 9)), (b"first", ASKER)]


def test_a_reply_that_cannot_be_sent_does_not_keep_others_from_theirs(serve: Any) -> None:
    """A question that claims to come from port 0 cannot be answered: EINVAL."""
    box = Box(QUERY, QUERY)
    box.trouble = OSError(errno.EINVAL, "port 0")
    port = Datagrams(serve, HandClock(100.0), box)
    port.turn()
    assert not box.waiting
    box.trouble = None
    box.waiting.append((QUERY, ASKER))
    port.turn()
    assert len(box.sent) == 1
