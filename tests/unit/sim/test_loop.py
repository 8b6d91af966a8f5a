"""Claims about virtual time: it jumps, it keeps order, and it lets nothing real in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import SystemClock
from sandbox.sim.loop import FENCED, Fence, Standstill, VirtualLoop, run_virtual


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_year_passes_at_once() -> None:
    async def story() -> float:
        await asyncio.sleep(365 * 24 * 3600)
        return now_s()

    clock = SystemClock()
    began_s = clock.now_s()
    assert run_virtual(story()) == 365 * 24 * 3600
    assert clock.now_s() - began_s < 5


@given(st.lists(st.floats(0, 1000), max_size=20))
def test_timers_ring_in_order_and_at_their_time(delays_s: list[float]) -> None:
    async def story() -> list[tuple[float, float]]:
        rung: list[tuple[float, float]] = []

        async def one(delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            rung.append((delay_s, now_s()))

        await asyncio.gather(*(one(delay_s) for delay_s in delays_s))
        return rung

    rung = run_virtual(story())
    assert [due_s for due_s, _ in rung] == sorted(delays_s)
    assert all(at_s == pytest.approx(due_s, abs=1e-6) for due_s, at_s in rung)


def test_time_outs_work_in_virtual_time() -> None:
    async def story() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(60)
        return now_s()

    assert run_virtual(story()) == 30


def test_nothing_left_to_happen_is_a_standstill_not_a_hang() -> None:
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Standstill, match="no timer is set"):
        run_virtual(story())


def test_an_error_in_the_story_is_the_runs_error() -> None:
    async def story() -> None:
        raise LookupError("no such region")

    with pytest.raises(LookupError):
        run_virtual(story())


@pytest.mark.parametrize("name", FENCED)
def test_reaching_for_the_real_world_stops_the_run(name: str) -> None:
    loop = VirtualLoop()
    try:
        with pytest.raises(Fence, match=name):
            getattr(loop, name)()
    finally:
        loop.close()


@pytest.mark.parametrize(
    "reach",
    [
        lambda: asyncio.open_connection("127.0.0.1", 80),
        lambda: asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0),
        lambda: asyncio.to_thread(Path.cwd),
        lambda: asyncio.create_subprocess_exec("true"),
        lambda: asyncio.get_running_loop().getaddrinfo("example.test", 80),
        lambda: asyncio.get_running_loop().sock_connect(socket.socket(), ("127.0.0.1", 1)),
    ],
    ids=["open_connection", "start_server", "to_thread", "subprocess", "getaddrinfo", "sock_connect"],
)
def test_asyncios_own_ways_out_are_fenced_too(reach: Callable[[], Any]) -> None:
    async def story() -> None:
        await reach()

    with pytest.raises(Fence):
        run_virtual(story())


def test_two_runs_of_one_story_are_the_same() -> None:
    async def story() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []

        async def worker(name: str, step_s: float) -> None:
            for _ in range(5):
                await asyncio.sleep(step_s)
                seen.append((name, now_s()))

        await asyncio.gather(worker("a", 0.3), worker("b", 0.1), worker("c", 0.3))
        return seen

    assert run_virtual(story()) == run_virtual(story())
