"""Claims about process 1 of a container; tests/live/test_remote_programs.py shows that it keeps programs going."""

from __future__ import annotations

from pathlib import Path

from sandbox.management.program import seat_from
from sandbox.supervisor.core import BACKOFF_S, STABLE_S
from sandbox.supervisor.outpost import Backoff, post_from

WORDS = "--hub planet:4600 --home /state --token-file /state/ca/token --ready-file /tmp/ready --listen 0.0.0.0"


def test_waits_grow_and_start_over_after_a_long_life() -> None:
    backoff = Backoff()
    waits_s = [backoff.next_s(1.0) for _ in range(len(BACKOFF_S) + 2)]
    assert waits_s == [*BACKOFF_S, BACKOFF_S[-1], BACKOFF_S[-1]]
    assert backoff.next_s(STABLE_S) == BACKOFF_S[0]


def test_the_program_is_told_what_it_understands() -> None:
    """All that the outpost hands on must be words that the program itself knows."""
    post = post_from(["sandbox.region", "eu-west-1", *WORDS.split()])
    assert (post.host, post.port, post.token_file) == ("planet", 4600, Path("/state/ca/token"))
    assert post.command[:2] == ("sandbox.region", "eu-west-1")
    seat = seat_from("region:eu-west-1", list(post.command[2:]), {"SANDBOX_TOKEN": "t"})
    assert (seat.host, seat.port, seat.home, seat.listen) == ("planet", 4600, Path("/state"), "0.0.0.0")
    assert (seat.remote, seat.ready_file) == (True, Path("/tmp/ready"))


def test_control_has_doors_of_its_own() -> None:
    post = post_from(["sandbox.control", *WORDS.split(), "--doors", "outside"])
    assert post.command[0] == "sandbox.control"
    assert seat_from("control", list(post.command[1:]), {}).doors == "outside"
