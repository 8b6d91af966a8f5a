"""Lines of a query log, and that nothing is noted of zones that are not logged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.kernel.clock import LoopClock
from sandbox.kernel.errors import unavailable
from sandbox.planet.query_log import LINES_MOST, QueryLog, Seen
from sandbox.protocols.dns_wire import NXDOMAIN, write_query
from sandbox.sim.loop import run_virtual


class NoSuchName:
    """Answers NXDOMAIN to everything, and nothing to what is no packet."""

    def answer(self, packet: bytes, source_place: str, *, tcp: bool = False) -> bytes | None:
        if len(packet) < 12:
            return None
        return packet[:2] + bytes([0x84, NXDOMAIN]) + packet[4:]


def make() -> QueryLog:
    return QueryLog(
        NoSuchName(),
        zone_of=lambda name, rtype: "Z1" if name.endswith("example.test.") else None,
        seen_from=lambda place: Seen(edge="CDG", resolver="100.64.16.1"),
        clock=LoopClock(),
    )


def played(scene: Any) -> Any:
    """Run a scene in virtual time, which the clock needs."""

    async def whole() -> Any:
        return scene()

    return run_virtual(whole())


@pytest.mark.parametrize(
    ("subnet", "tcp", "tail"),
    [(None, False, "UDP CDG 100.64.16.1 -"), ("100.64.1.0/24", True, "TCP CDG 100.64.16.1 100.64.1.0/24")],
)
def test_a_line_is_in_route53s_format(subnet: str | None, tcp: bool, tail: str) -> None:
    def scene() -> Any:
        log = make()
        log.put_zone("Z1", {"config": "c"})
        reply = log.answer(write_query(7, "app.example.test.", "AAAA", subnet=subnet), "paris", tcp=tcp)
        assert reply is not None
        return log.taken()

    (line,) = played(scene)
    assert (line["zone"], line["edge"]) == ("Z1", "CDG")
    assert line["line"] == f"1.0 2026-01-01T00:00:00.000Z Z1 app.example.test AAAA NXDOMAIN {tail}"


def test_other_zones_and_broken_packets_leave_no_line() -> None:
    def scene() -> Any:
        log = make()
        log.answer(write_query(7, "app.example.test.", "A"), "paris")
        log.put_zone("Z1", {"config": "c"})
        log.answer(write_query(7, "app.other.test.", "A"), "paris")
        log.answer(b"x", "paris")
        log.answer(bytes(12), "paris")
        log.put_zone("Z1", None)
        log.answer(write_query(7, "app.example.test.", "A"), "paris")
        return log.taken()

    assert played(scene) == []


def test_lines_that_nobody_takes_are_bounded() -> None:
    def scene() -> Any:
        log = make()
        log.put_zone("Z1", {})
        for _ in range(LINES_MOST + 3):
            log.answer(write_query(7, "app.example.test.", "A"), "paris")
        assert (len(log.taken()), log.dropped) == (LINES_MOST, 3)
        return log.taken()

    assert played(scene) == []


def test_lines_are_handed_on_each_second_and_lost_while_control_is_down() -> None:
    sent: list[int] = []

    async def whole() -> int:
        log, clock = make(), LoopClock()
        log.put_zone("Z1", {})

        async def send(lines: list[dict[str, Any]]) -> None:
            if len(lines) == 2:
                raise unavailable("control", "it is not running")
            sent.append(len(lines))

        async def ask(times: int) -> None:
            for _ in range(times):
                log.answer(write_query(7, "app.example.test.", "A"), "paris")

        async with asyncio.TaskGroup() as group:
            task = group.create_task(log.hand_on(send))
            for times in (1, 2, 1):
                await ask(times)
                await clock.sleep(1.5)
            task.cancel()
        return log.dropped

    assert run_virtual(whole()) == 2
    assert sent == [1, 1]
