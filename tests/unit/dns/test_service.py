"""The resolver of a place, over an ocean in memory on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from clocks import HandClock

from sandbox.dns.core import Authority
from sandbox.dns.habits import Habits
from sandbox.dns.service import Resolver, Standpoint, answered_notes
from sandbox.dns.values import Viewpoint
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal


class Pond:
    """Stands in for the network: each packet costs its round trip on the clock; some can be lost."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.sent: list[tuple[str, str]] = []
        self.to_lose = 0

    async def exchange(self, src: str, dst: str, payload: bytes, serve: Callable[[bytes], bytes | None]) -> bytes:
        self.sent.append((src, dst))
        if self.to_lose:
            self.to_lose -= 1
            raise TimeoutError
        await asyncio.sleep(0)
        self.clock.at_s += self.rtt_ms(src, dst) / 1000
        reply = serve(payload)
        assert reply is not None
        return reply

    def rtt_ms(self, src: str, dst: str) -> float:
        return 4.0


class World:
    def __init__(self, authority: Authority, subnet: str | None, habits: Habits | None) -> None:
        self.authority = authority
        self.clock = HandClock()
        self.pond = Pond(self.clock)
        self.journal = Journal()
        self.resolver = Resolver(
            Standpoint(place="paris", name="Paris", edge="edge:CDG", subnet=subnet),
            ocean=self.pond,
            authority=authority,
            clock=self.clock,
            journal=self.journal,
            habits=habits,
        )


@pytest.fixture
def world(authority: Callable[..., Authority]) -> Callable[..., World]:
    def make(text: str, *, subnet: str | None = None, habits: Habits | None = None, **rest: Any) -> World:
        return World(authority(text, **rest), subnet, habits)

    return make


Made = Callable[..., World]
LATENCY = "app 60 A 198.18.1.10 | region=us-east-1\n app 60 A 198.18.2.10 | region=eu-west-1"


def test_the_first_lookup_crosses_the_ocean_and_the_second_does_not(world: Made) -> None:
    async def story(made: World) -> None:
        first = await made.resolver.lookup("App.example.test")
        made.clock.at_s += 20
        second = await made.resolver.lookup("app.example.test.")
        assert (first.addresses, first.from_cache, first.took_ms) == (("198.18.2.10",), False, pytest.approx(4))
        assert (second.addresses, second.from_cache, second.took_ms) == (("198.18.2.10",), True, 0)
        assert (first.ttl_s, second.ttl_s) == (60, 40)
        assert second.why == (
            "in the cache of Paris for another 40 s; lowest latency from Paris: eu-west-1 18 ms, us-east-1 80 ms"
        )
        assert made.pond.sent == [("paris", "edge:CDG")]

    run(story, world(LATENCY))


def run(story: Callable[[World], Coroutine[Any, Any, None]], made: World) -> None:
    asyncio.run(story(made))


def test_a_stale_answer_outlives_failover_until_its_ttl(world: Made) -> None:
    """The health changes at once in the authority; the client sees it when the copy in Paris has run out."""

    async def story(made: World) -> None:
        seen = []
        await made.resolver.lookup("app.example.test")
        made.authority.put_health("a", False)
        for at_s in (1.0, 59.0, 61.0):
            made.clock.at_s = at_s
            seen.append((await made.resolver.lookup("app.example.test")).addresses)
        assert seen == [("192.0.2.1",), ("192.0.2.1",), ("192.0.2.2",)]

    run(story, world("app 60 A 192.0.2.1 | failover=PRIMARY check=a\n app 60 A 192.0.2.2 | failover=SECONDARY"))


def test_a_resolver_that_ignores_ttls_never_sees_the_failover(world: Made) -> None:
    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.authority.put_zone("Z1", None)
        made.clock.at_s = 1e9
        found = await made.resolver.lookup("app.example.test")
        assert (found.addresses, found.from_cache) == (("198.18.2.10",), True)
        assert "for ever" in found.why

    run(story, world(LATENCY, habits=Habits(hold_s=float("inf"))))


def test_the_client_subnet_of_the_place_is_told(world: Made, planet: Any) -> None:
    """The resolver's packet comes from Paris, but its clients are in Tokyo."""

    async def story(made: World) -> None:
        assert (await made.resolver.lookup("app.example.test")).addresses == ("198.18.1.10",)

    run(story, world(LATENCY, subnet=planet.subnet_of("tokyo")))


def test_cnames_are_chased_across_zones(world: Made, zone: Any) -> None:
    async def story(made: World) -> None:
        made.authority.put_zone("Z2", zone("x 30 A 192.0.2.7", "other.test."))
        found = await made.resolver.lookup("www.example.test")
        assert (found.rcode, found.addresses, found.ttl_s) == ("NOERROR", ("192.0.2.7",), pytest.approx(30, abs=0.01))
        assert [rrset.rtype for rrset in found.records] == ["CNAME", "CNAME", "A"]
        assert len(made.pond.sent) == 3
        assert found.took_ms == pytest.approx(12)

    run(story, world("www 60 CNAME deep.example.test.\n deep 60 CNAME x.other.test."))


def test_concurrent_lookups_of_one_name_ask_once(world: Made) -> None:
    async def story(made: World) -> None:
        found = await asyncio.gather(*(made.resolver.lookup("app.example.test") for _ in range(50)))
        assert {lookup.addresses for lookup in found} == {("198.18.2.10",)}
        assert len(made.pond.sent) == 1
        assert len(made.journal.of_kind("looked_up")) == 50

    run(story, world(LATENCY))


def test_a_client_that_gives_up_does_not_take_the_others_with_it(world: Made) -> None:
    async def story(made: World) -> None:
        impatient = asyncio.ensure_future(made.resolver.lookup("app.example.test"))
        patient = asyncio.ensure_future(made.resolver.lookup("app.example.test"))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).addresses == ("198.18.2.10",)

    run(story, world(LATENCY))


def test_a_lost_packet_is_sent_again_and_two_are_a_failure(world: Made) -> None:
    async def story(made: World) -> None:
        made.pond.to_lose = 1
        assert (await made.resolver.lookup("app.example.test")).rcode == "NOERROR"
        made.pond.to_lose = 2
        failed = await made.resolver.lookup("other.example.test")
        assert (failed.rcode, failed.addresses) == ("SERVFAIL", ())
        assert failed.why == "no answer from the authority at edge:CDG after 2 tries"
        assert (await made.resolver.lookup("other.example.test")).rcode == "NXDOMAIN"  # a failure is not kept

    run(story, world(LATENCY))


def test_absences_are_cached_too(world: Made) -> None:
    """R53 5: a cached negative answer hides a new record for up to 900 s with the default SOA."""

    async def story(made: World) -> None:
        rcodes = []
        for at_s in (0, 800, 901):
            made.clock.at_s = at_s
            rcodes.append((await made.resolver.lookup("no.example.test")).rcode)
            made.authority.put_zone("Z1", None)
        assert rcodes == ["NXDOMAIN", "NXDOMAIN", "SERVFAIL"]

    run(story, world(LATENCY))


def test_an_answer_too_long_for_udp_is_fetched_by_tcp(world: Made) -> None:
    """One packet by UDP, then one round trip for the handshake and one for the answer."""

    async def story(made: World) -> None:
        found = await made.resolver.lookup("big.example.test")
        assert len(found.addresses) == 390
        assert len(made.pond.sent) == 3

    many = ",".join(f"192.0.{n // 250}.{n % 250 + 1}" for n in range(390))
    run(story, world(f"big 60 A {many}"))


def test_what_cannot_be_a_question_is_refused(world: Made) -> None:
    async def story(made: World) -> None:
        for name, rtype in (("a..b", "A"), ("a", "HOUSE")):
            with pytest.raises(Refusal):
                await made.resolver.lookup(name, rtype)
        await made.resolver.close()

    run(story, world(""))


def test_each_lookup_is_in_the_journal_with_its_reason(world: Made) -> None:
    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        record = made.journal.of_kind("looked_up")[0]
        assert (record["place"], record["addresses"], record["rcode"]) == ("paris", ["198.18.2.10"], "NOERROR")
        assert record["why"].startswith("lowest latency from Paris: eu-west-1")

    run(story, world(LATENCY))


def test_the_authoritys_decisions_can_be_noted(world: Made) -> None:
    made = world("app 60 A 192.0.2.1")
    note = answered_notes(made.journal, made.clock)
    note(Viewpoint(place="paris"), made.authority.decide("app.example.test", "A", "paris"))
    record = made.journal.of_kind("answered")[0]
    assert (record["to"], record["ttl_s"], record["name"]) == (["192.0.2.1"], 60, "app.example.test.")


FAILOVER = "app 60 A 192.0.2.1 | failover=PRIMARY check=a\n app 60 A 192.0.2.2 | failover=SECONDARY"


OLD, NEW = ("192.0.2.1",), ("192.0.2.2",)


@pytest.mark.parametrize(
    ("habits", "at_s", "seen"),
    [
        (Habits(), (59, 61), [OLD, NEW]),
        (Habits(min_ttl_s=300), (61, 299, 301), [OLD, OLD, NEW]),  # the failover takes until the clamp
        (Habits(max_ttl_s=5), (4, 6), [OLD, NEW]),
        (Habits(hold_s=3600), (3599, 3601), [OLD, NEW]),
        (Habits(serve_stale_s=86400, stale_wait_s=0), (61, 62), [OLD, NEW]),  # stale first, refreshed behind it
        (Habits(serve_stale_s=86400), (61,), [NEW]),  # the authority answers in time: nothing stale
    ],
)
def test_each_habit_makes_a_failover_as_long_as_it_says(
    habits: Habits, at_s: tuple[float, ...], seen: list[tuple[str, ...]], world: Made
) -> None:
    """R53 5: what bends a TTL lengthens the failover; serve-stale does so only when it answers stale first."""

    async def story(made: World) -> None:
        found = []
        await made.resolver.lookup("app.example.test")
        made.authority.put_health("a", False)
        for moment_s in at_s:
            made.clock.at_s = moment_s
            found.append((await made.resolver.lookup("app.example.test")).addresses)
            for _ in range(5):
                await asyncio.sleep(0)  # what refreshes in the background
        assert found == seen

    run(story, world(FAILOVER, habits=habits))


def test_a_bent_ttl_is_told(world: Made) -> None:
    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.clock.at_s = 100.0
        why = (await made.resolver.lookup("app.example.test")).why
        assert why.startswith("in the cache of Paris for another 200 s (kept for 300 s, though its TTL is 60 s); ")

    run(story, world(FAILOVER, habits=Habits(min_ttl_s=300)))


def test_a_stale_answer_serves_while_the_authority_is_silent(world: Made) -> None:
    """RFC 8767: with TTL 30; the authority is asked again at most every 30 s; what it says then counts at once."""

    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.clock.at_s = 100.0
        made.pond.to_lose = 2
        stale = await made.resolver.lookup("app.example.test")
        assert (stale.rcode, stale.addresses, stale.records[0].ttl_s) == ("NOERROR", ("198.18.2.10",), 30)
        assert stale.why.startswith(
            "stale in the cache of Paris: expired 40 s ago, but no answer from the authority at edge:CDG after 2 tries"
        )
        asked = len(made.pond.sent)
        made.clock.at_s = 110.0
        assert "the authority failed a moment ago" in (await made.resolver.lookup("app.example.test")).why
        assert len(made.pond.sent) == asked
        made.clock.at_s = 131.0
        fresh = await made.resolver.lookup("app.example.test")
        assert (fresh.from_cache, fresh.addresses, len(made.pond.sent)) == (False, ("198.18.2.10",), asked + 1)

    run(story, world(LATENCY, habits=Habits(serve_stale_s=86400)))


def test_too_stale_an_answer_is_a_failure(world: Made) -> None:
    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.clock.at_s = 161.0
        made.pond.to_lose = 2
        assert (await made.resolver.lookup("app.example.test")).rcode == "SERVFAIL"

    run(story, world(LATENCY, habits=Habits(serve_stale_s=100)))


def test_a_name_that_is_gone_is_not_served_stale(world: Made, zone: Any) -> None:
    """RFC 8767: an answer of the authority, NXDOMAIN too, replaces what has expired."""

    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.authority.put_zone("Z1", zone("other 60 A 192.0.2.9"))
        made.clock.at_s = 61.0
        assert (await made.resolver.lookup("app.example.test")).rcode == "NXDOMAIN"

    run(story, world(LATENCY, habits=Habits(serve_stale_s=86400)))


def test_absences_are_forgotten_sooner_by_habit(world: Made, zone: Any) -> None:
    """R53 5: with the default SOA a new record stays hidden for 900 s; here for 60."""

    async def story(made: World) -> None:
        assert (await made.resolver.lookup("new.example.test")).rcode == "NXDOMAIN"
        made.authority.put_zone("Z1", zone("new 60 A 192.0.2.7"))
        rcodes = []
        for at_s in (59.0, 61.0):
            made.clock.at_s = at_s
            rcodes.append((await made.resolver.lookup("new.example.test")).rcode)
        assert rcodes == ["NXDOMAIN", "NOERROR"]

    run(story, world(LATENCY, habits=Habits(max_negative_ttl_s=60)))


FAR = Standpoint(place="denver", name="Denver", edge="edge:DEN", subnet=None, users="paris")


def test_a_resolver_far_away_is_answered_for_where_it_stands(world: Made) -> None:
    """R53 1.2 Latency: without client subnet the resolver's own place counts. Each question costs a round trip more,
    also what is in its cache."""

    async def story(made: World) -> None:
        made.resolver.change(FAR, Habits())
        first = await made.resolver.lookup("app.example.test")
        again = await made.resolver.lookup("app.example.test")
        assert (first.addresses, first.took_ms) == (("198.18.1.10",), pytest.approx(8))
        assert (again.addresses, again.took_ms, again.from_cache) == (("198.18.1.10",), pytest.approx(4), True)
        assert made.pond.sent == [("paris", "denver"), ("denver", "edge:DEN"), ("paris", "denver")]
        assert first.why.startswith("resolver in Denver, 4 ms away: lowest latency from Denver: us-east-1")
        assert made.journal.of_kind("looked_up")[0]["place"] == "paris"

    run(story, world(LATENCY))


def test_a_resolver_far_away_that_tells_its_clients_subnet_is_answered_for_them(world: Made, planet: Any) -> None:
    async def story(made: World) -> None:
        made.resolver.change(replace(FAR, subnet=planet.subnet_of("paris")), Habits())
        assert (await made.resolver.lookup("app.example.test")).addresses == ("198.18.2.10",)

    run(story, world(LATENCY))


def test_a_resolver_that_cannot_be_reached_is_a_failure_though_it_knows(world: Made) -> None:
    async def story(made: World) -> None:
        made.resolver.change(FAR, Habits())
        await made.resolver.lookup("app.example.test")
        made.pond.to_lose = 2
        failed = await made.resolver.lookup("app.example.test")
        assert (failed.rcode, failed.why) == ("SERVFAIL", "no answer from the resolver in Denver after 2 tries")

    run(story, world(LATENCY))


def test_a_changed_habit_keeps_the_cache_and_a_changed_standpoint_does_not(world: Made) -> None:
    """What was learned for askers elsewhere may be wrong here."""

    async def story(made: World) -> None:
        await made.resolver.lookup("app.example.test")
        made.resolver.change(made.resolver.standpoint, Habits(min_ttl_s=300))
        assert (await made.resolver.lookup("app.example.test")).from_cache
        made.resolver.change(FAR, Habits())
        assert not (await made.resolver.lookup("app.example.test")).from_cache

    run(story, world(LATENCY))
