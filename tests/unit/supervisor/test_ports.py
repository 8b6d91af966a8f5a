"""Claims about ports: what is called free can be listened on, and a taken one is named with the way out."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.supervisor.ports import AUTO_RANGE, HOST, is_free, pick_free, require_free


@pytest.fixture
def taken_tcp() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def taken_udp() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        yield server.getsockname()[1]


def test_a_port_that_somebody_listens_on_is_not_free(taken_tcp: int) -> None:
    assert not is_free(taken_tcp)


def test_udp_counts_where_it_is_needed(taken_udp: int) -> None:
    assert not is_free(taken_udp, udp=True)


def test_a_port_that_was_left_just_now_is_free(taken_tcp: int) -> None:
    """A connection in TIME_WAIT must not keep a sandbox from starting again."""
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((HOST, port))
        served, _ = server.accept()
        served.close()
        client.close()
    assert is_free(port)


def test_picked_ports_are_free_different_and_below_the_ephemeral_ones() -> None:
    picked = pick_free(20, start=12_345)
    assert len(set(picked)) == 20
    assert all(port in AUTO_RANGE and is_free(port, udp=True) for port in picked)


def test_taken_ones_are_passed_over() -> None:
    first = pick_free(3, start=7)
    assert not set(first) & set(pick_free(3, start=7, taken=first))


def test_none_wanted_is_none_picked() -> None:
    assert pick_free(0, start=0) == []


@pytest.mark.parametrize("start", [-1, 0, len(AUTO_RANGE) - 1, 10**9])
def test_any_number_is_a_start(start: int) -> None:
    assert len(pick_free(2, start=start)) == 2


def test_too_many_is_a_clear_refusal() -> None:
    with pytest.raises(Refusal, match="No 1 free ports in 20000-31999"):
        pick_free(1, start=0, taken=AUTO_RANGE)


def test_a_taken_port_is_named_with_its_flag_and_its_variable(taken_tcp: int) -> None:
    with pytest.raises(Refusal) as refused:
        require_free(taken_tcp, "AWS endpoint", "aws", "SANDBOX_AWS_PORT")
    assert refused.value.message == (
        f"Port {taken_tcp} (AWS endpoint) is taken. Free it, or choose another: --ports aws=NUMBER "
        "(SANDBOX_AWS_PORT), or --ports auto."
    )
    require_free(pick_free(1, start=99)[0], "AWS endpoint", "aws", "SANDBOX_AWS_PORT")
