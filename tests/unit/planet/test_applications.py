"""Programs that keep an address of their own accord, whatever the resolver knows by now."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from clocks import HandClock

from sandbox.dns.values import Lookup
from sandbox.planet.applications import NAMES_MOST, Applications


class World:
    """Answers with an address that changes whenever it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.addresses = True

    async def resolve(self, place: str, name: str) -> Lookup:
        self.asked += 1
        return Lookup(
            name=name,
            rtype="A",
            rcode="NOERROR",
            addresses=(f"192.0.2.{self.asked}",) if self.addresses else (),
            records=(),
            ttl_s=1.0,
            from_cache=False,
            took_ms=4.0,
            why="because",
        )


class Made:
    def __init__(self, kept_s: dict[str, float | None]) -> None:
        self.clock, self.world = HandClock(), World()
        world: Any = self.world
        self.applications = Applications(world, self.clock, kept_s.get)

    def resolve(self, place: str, name: str = "app.example.test") -> Lookup:
        return asyncio.run(self.applications.resolve(place, name))


@pytest.fixture
def made() -> Made:
    return Made({"paris": float("inf"), "london": 10.0})


def test_ordinary_programs_ask_every_time(made: Made) -> None:
    assert [made.resolve("tokyo").addresses for _ in range(2)] == [("192.0.2.1",), ("192.0.2.2",)]


def test_an_address_kept_for_ever_outlives_everything_but_a_restart(made: Made) -> None:
    """R53 5, JVM: networkaddress.cache.ttl of some configurations is until restart."""
    made.resolve("paris", "App.Example.Test.")
    made.clock.at_s = 1e9
    kept = made.resolve("paris")
    assert (kept.addresses, kept.from_cache, kept.took_ms) == (("192.0.2.1",), True, 0)
    assert kept.why == ("the application has kept 192.0.2.1 for 1000000000 s and keeps it until it restarts; because")
    made.applications.forget("paris")
    assert made.resolve("paris").addresses == ("192.0.2.2",)


def test_an_address_kept_for_a_while_is_asked_again_then(made: Made) -> None:
    seen = []
    for at_s in (0.0, 9.0, 10.0):
        made.clock.at_s = at_s
        seen.append(made.resolve("london").addresses)
    assert seen == [("192.0.2.1",), ("192.0.2.1",), ("192.0.2.2",)]
    made.clock.at_s = 12.0
    assert "keeps it for another 8 s" in made.resolve("london").why


def test_a_program_that_gives_up_the_habit_asks_at_once() -> None:
    kept_s: dict[str, float | None] = {"paris": float("inf")}
    made = Made(kept_s)
    made.resolve("paris")
    kept_s["paris"] = None
    assert made.resolve("paris").addresses == ("192.0.2.2",)


def test_a_failure_is_not_kept(made: Made) -> None:
    made.world.addresses = False
    made.resolve("paris")
    made.world.addresses = True
    assert made.resolve("paris").addresses == ("192.0.2.2",)


def test_what_is_kept_has_a_limit(made: Made) -> None:
    for number in range(NAMES_MOST + 1):
        made.resolve("paris", f"n{number}.test")
    assert made.applications.kept("paris", "n0.test") is None
    assert made.applications.kept("paris", "n1.test") is not None
