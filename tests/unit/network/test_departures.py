"""Claims about the timetable: nothing early, nothing late, in order, and one failure holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import LoopClock
from sandbox.network.departures import SLACK_S, Departures
from sandbox.sim.loop import run_virtual


def with_departures(story: Callable[[Departures], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await story(Departures(LoopClock()))

    return run_virtual(run())


def now_s() -> float:
    return asyncio.get_running_loop().time()


@given(st.lists(st.floats(0, 10), max_size=40))
def test_each_leaves_at_its_moment_in_the_order_of_moments(moments_s: list[float]) -> None:
    async def story(departures: Departures) -> list[tuple[float, float]]:
        left: list[tuple[float, float]] = []
        for due_s in moments_s:
            departures.at(due_s, lambda _, due_s=due_s: left.append((due_s, now_s())))  # type: ignore[misc]
        await asyncio.sleep(11)
        return left

    left = with_departures(story)
    assert [due_s for due_s, _ in left] == sorted(moments_s)
    assert all(due_s - SLACK_S - 1e-6 <= at_s <= due_s + 1e-6 for due_s, at_s in left)


def test_equal_moments_leave_in_the_order_of_asking() -> None:
    async def story(departures: Departures) -> list[int]:
        left: list[int] = []
        for number in range(50):
            departures.at(1.0, lambda _, number=number: left.append(number))  # type: ignore[misc]
        await asyncio.sleep(2)
        return left

    assert with_departures(story) == list(range(50))


def test_an_earlier_moment_moves_the_timer() -> None:
    async def story(departures: Departures) -> list[float]:
        left: list[float] = []
        departures.at(100.0, lambda _: left.append(now_s()))
        departures.at(1.0, lambda _: left.append(now_s()))
        await asyncio.sleep(101)
        return left

    assert with_departures(story) == [1.0, 100.0]


def test_a_moment_that_has_passed_leaves_now() -> None:
    async def story(departures: Departures) -> float:
        await asyncio.sleep(5)
        left = asyncio.Event()
        departures.at(1.0, lambda _: left.set())
        await left.wait()
        return now_s()

    assert with_departures(story) == 5


def test_what_is_asked_for_by_a_departure_leaves_too() -> None:
    async def story(departures: Departures) -> list[float]:
        left: list[float] = []

        def again(_: float) -> None:
            left.append(now_s())
            if len(left) < 4:
                departures.at(now_s() + (1.0 if len(left) % 2 else 0.0001), again)

        departures.at(1.0, again)
        await asyncio.sleep(10)
        return left

    assert with_departures(story) == pytest.approx([1.0, 2.0, 2.0, 3.0], abs=0.001)


def test_one_that_fails_holds_up_no_other() -> None:
    """A protocol with a bug must not stop the ocean."""

    async def story(departures: Departures) -> list[float]:
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context["exception"]))
        left: list[float] = []

        def fails(_: float) -> None:
            raise LookupError("a bug in a protocol")

        departures.at(1.0, fails)
        departures.at(1.0, lambda _: left.append(now_s()))
        departures.at(2.0, lambda _: left.append(now_s()))
        await asyncio.sleep(1.5)
        departures.at(3.0, lambda _: left.append(now_s()))
        await asyncio.sleep(2)
        assert [str(error) for error in errors] == ["a bug in a protocol"]
        return left

    assert with_departures(story) == [1.0, 2.0, 3.0]


def test_waiting_for_a_departure_takes_as_long_as_asked() -> None:
    async def story(departures: Departures) -> float:
        await asyncio.gather(*(departures.after(delay_s) for delay_s in (0.5, 0.25, 0.75)))
        return now_s()

    assert with_departures(story) == 0.75


def test_who_gives_up_waiting_breaks_nothing() -> None:
    async def story(departures: Departures) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await departures.after(1.0)
        await departures.after(2.0)
        return now_s()

    assert with_departures(story) == pytest.approx(2.1)
