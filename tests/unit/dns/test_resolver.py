"""What a resolver keeps, and for how long (R53 5, RFC 2308)."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.habits import Habits
from sandbox.dns.resolver import Cache, CannotResolve, Entry, entry_from, follow
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, REFUSED, Reply, Rrset, rdata_wire

APP = "app.example.test."


def rrset(name: str, rtype: str, value: str, ttl_s: int = 60) -> Rrset:
    wire = rdata_wire(rtype, value)
    assert wire is not None
    return Rrset(name=name, rtype=rtype, ttl_s=ttl_s, values=(value,), wires=(wire,))


def reply(
    name: str = APP,
    rtype: str = "A",
    *answer: Rrset,
    rcode: int = NOERROR,
    authority: tuple[Rrset, ...] = (),
    authoritative: bool = True,
) -> Reply:
    return Reply(
        id=1,
        rcode=rcode,
        authoritative=authoritative,
        truncated=False,
        name=name,
        rtype=rtype,
        answer=answer,
        authority=authority,
        scope=None,
        why="because",
    )


def soa(ttl_s: int, minimum_s: int) -> tuple[Rrset, ...]:
    return (rrset("example.test.", "SOA", f"ns. admin. 1 7200 900 1209600 {minimum_s}", ttl_s),)


def kept(cache: Cache, found: Reply, now_s: float) -> Entry:
    entry = entry_from(found, cache.habits, now_s)
    cache.keep(entry, now_s)
    return entry


@given(ttl_s=st.integers(0, 400_000), stored_at_s=st.floats(0, 1e6), wait_s=st.floats(0, 500_000))
def test_the_cache_never_answers_after_the_ttl(ttl_s: int, stored_at_s: float, wait_s: float) -> None:
    cache = Cache()
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", ttl_s)), stored_at_s)
    now_s = stored_at_s + wait_s
    found = cache.find(APP, "A", now_s)
    assert (found is not None) == (now_s < stored_at_s + ttl_s)
    if found is not None:
        chain = follow(cache, {}, APP, "A", now_s)
        assert 0 < chain.records(now_s)[0].ttl_s <= ttl_s
        assert chain.left_s(now_s) <= ttl_s + 1e-6, "but for what adding to a float clock may gain"


def test_an_answer_with_ttl_zero_is_used_once() -> None:
    """R53 5: TTL 0 -> use once, do not cache."""
    cache = Cache()
    entry = kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 0)), 0.0)
    assert cache.find(APP, "A", 0.0) is None
    assert follow(cache, {(APP, "A"): entry}, APP, "A", 0.0).complete


@pytest.mark.parametrize(("ttl_s", "minimum_s", "holds_s"), [(900, 86400, 900), (900, 5, 5), (90_000, 90_000, 10_800)])
def test_nxdomain_holds_for_all_types_as_long_as_the_soa_says(ttl_s: int, minimum_s: int, holds_s: int) -> None:
    """R53 5: negative cache key and limit."""
    cache = Cache()
    kept(cache, reply(rcode=NXDOMAIN, authority=soa(ttl_s, minimum_s)), 0.0)
    for rtype in ("A", "AAAA", "TXT"):
        found = cache.find(APP, rtype, holds_s - 0.1)
        assert found is not None
        assert (found.rcode, found.records) == (NXDOMAIN, ())
    assert cache.find(APP, "A", holds_s) is None
    assert follow(cache, {}, APP, "A", holds_s).missing == APP


def test_nodata_holds_for_its_type_alone() -> None:
    """R53 5."""
    cache = Cache()
    kept(cache, reply(APP, "AAAA", authority=soa(900, 900)), 0.0)
    assert cache.find(APP, "AAAA", 1.0) is not None
    assert cache.find(APP, "A", 1.0) is None


def test_an_absence_without_soa_is_not_kept() -> None:
    """R53 5: no SOA in the reply -> do not cache."""
    cache = Cache()
    kept(cache, reply(rcode=NXDOMAIN), 0.0)
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("habits", "ttl_s", "kept_s"),
    [
        (Habits(), 60, 60),
        (Habits(), 10_000_000, 604_800),  # R53 5: cap of 7 days
        (Habits(min_ttl_s=300), 60, 300),  # a clamp lengthens failover (R53 5)
        (Habits(max_ttl_s=30), 60, 30),
        (Habits(hold_s=3600), 1, 3600),
        (Habits(hold_s=inf), 0, inf),  # a JVM that caches until it restarts
    ],
)
def test_habits_change_how_long_answers_are_kept(habits: Habits, ttl_s: int, kept_s: float) -> None:
    cache = Cache(habits)
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", ttl_s)), 0.0)
    found = cache.find(APP, "A", 0.5)
    assert found is not None
    assert found.left_s(0.0) == kept_s
    assert follow(cache, {}, APP, "A", 0.0).records(0.0)[0].ttl_s == min(kept_s, 2**31 - 1)


def test_a_chain_is_as_fresh_as_its_first_link_to_expire() -> None:
    cache = Cache()
    kept(cache, reply("www.example.test.", "A", rrset("www.example.test.", "CNAME", APP, 300)), 0.0)
    assert follow(cache, {}, "www.example.test.", "A", 0.0).missing == APP
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    chain = follow(cache, {}, "www.example.test.", "A", 10.0)
    assert chain.complete
    assert chain.left_s(10.0) == 50
    assert [(found.rtype, found.ttl_s) for found in chain.records(10.0)] == [("CNAME", 290), ("A", 50)]
    assert follow(cache, {}, "www.example.test.", "A", 61.0).missing == APP
    assert follow(cache, {}, "www.example.test.", "CNAME", 61.0).complete


def test_cnames_in_a_circle_lead_nowhere() -> None:
    cache = Cache()
    for name, target in (("a.", "b."), ("b.", "a.")):
        kept(cache, reply(name, "A", rrset(name, "CNAME", target)), 0.0)
    with pytest.raises(CannotResolve, match="CNAMEs"):
        follow(cache, {}, "a.", "A", 0.0)


def test_refusals_and_delegations_to_elsewhere_are_failures_and_not_kept() -> None:
    """R53 4.4: recursive resolvers then give clients SERVFAIL."""
    with pytest.raises(CannotResolve, match="REFUSED"):
        entry_from(reply(rcode=REFUSED), Habits(), 0.0)
    servers = rrset("sub.example.test.", "NS", "ns.else.test.")
    with pytest.raises(CannotResolve, match=r"delegated to ns\.else\.test\."):
        entry_from(reply(authoritative=False, authority=(servers,)), Habits(), 0.0)


def test_records_of_other_names_in_a_reply_are_not_believed() -> None:
    cache = Cache()
    kept(cache, reply(APP, "A", rrset("bank.test.", "A", "192.0.2.66"), authority=soa(9, 9)), 0.0)
    assert cache.find("bank.test.", "A", 0.0) is None


def test_a_full_cache_forgets_the_oldest() -> None:
    cache = Cache(most=3)
    for number in range(5):
        kept(cache, reply(f"n{number}.", "A", rrset(f"n{number}.", "A", "192.0.2.1")), 0.0)
    assert [cache.find(f"n{number}.", "A", 1.0) is not None for number in range(5)] == [False, False, True, True, True]
    cache.clear()
    assert len(cache) == 0


def test_an_absence_is_kept_no_longer_than_the_habit_says() -> None:
    """R53 5: negative caching; 0 is never."""
    for most_s, kept_s in ((60.0, 60.0), (0.0, 0.0)):
        cache = Cache(Habits(max_negative_ttl_s=most_s))
        entry = kept(cache, reply(rcode=NXDOMAIN, authority=soa(900, 86400)), 0.0)
        assert (entry.told_s, entry.kept_s) == (900, kept_s)
        assert (cache.find(APP, "A", 59.0) is not None) == (most_s == 60)


def test_what_has_expired_serves_as_long_as_the_habit_says_and_with_a_short_ttl() -> None:
    """RFC 8767 §4 and §5, R53 5: TTL 30, up to the maximum stale time."""
    cache = Cache(Habits(serve_stale_s=1000))
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    for now_s, stale_s in ((59.0, None), (60.0, 0), (1059.0, 999), (1060.0, None)):
        found = cache.find_stale(APP, "A", now_s)
        assert (found and round(found.stale_s)) == stale_s
        assert (cache.find(APP, "A", now_s) is not None) == (now_s < 60)
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    assert not follow(cache, {}, APP, "A", 500.0).complete
    chain = follow(cache, {}, APP, "A", 500.0, stale=True)
    assert chain.complete
    assert (chain.stale_s, chain.records(500.0)[0].ttl_s) == (440, 30)
    assert len(cache) == 1, "the copy is not kept: its time does not start again"


def test_without_the_habit_nothing_stale_is_found() -> None:
    cache = Cache()
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    assert cache.find_stale(APP, "A", 61.0) is None


def test_the_last_that_was_known_is_what_serves_stale() -> None:
    """An address, then NXDOMAIN: the name is gone, so the address must not come back."""
    cache = Cache(Habits(serve_stale_s=10_000))
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    kept(cache, reply(rcode=NXDOMAIN, authority=soa(900, 900)), 100.0)
    found = cache.find_stale(APP, "A", 2000.0)
    assert found is not None
    assert found.rcode == NXDOMAIN


def test_a_failure_gives_the_authority_a_rest() -> None:
    """RFC 8767 §5: failure recheck no more often than every 30 s."""
    cache = Cache(Habits(serve_stale_s=1000))
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.1", 60)), 0.0)
    cache.rest(APP, "A", 130.0)
    assert follow(cache, {}, APP, "A", 100.0, stale=True).is_resting(100.0)
    assert not follow(cache, {}, APP, "A", 130.0, stale=True).is_resting(130.0)
    kept(cache, reply(APP, "A", rrset(APP, "A", "192.0.2.2", 60)), 140.0)
    assert not follow(cache, {}, APP, "A", 141.0, stale=True).is_resting(141.0)
