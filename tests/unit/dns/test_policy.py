"""The routing policies, by the numbered facts of Route 53 (R53 1.1 to 1.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dns.cidr import CidrCollection
from sandbox.dns.compiled import Chooser
from sandbox.dns.policy import decide
from sandbox.dns.values import CidrRouting, Circumstances, Decision, GeoLocation, Proximity, RecordSet
from sandbox.kernel.dice import dice

Group = tuple[RecordSet, ...]


def first(weights: Sequence[int]) -> int:
    """A draw that is no chance: the first that may be drawn."""
    return next(index for index, weight in enumerate(weights) if weight)


def values(decision: Decision) -> list[str]:
    return [value for record in decision.chosen for value in record.values]


FAILOVER = """
    app 60 A 192.0.2.2 | failover=SECONDARY check=second
    app 60 A 192.0.2.1 | failover=PRIMARY check=first
"""


@pytest.mark.parametrize(
    ("sick", "answer"),
    [([], "192.0.2.1"), (["second"], "192.0.2.1"), (["first"], "192.0.2.2"), (["first", "second"], "192.0.2.1")],
)
def test_failover_follows_the_table_of_states(sick: list[str], answer: str, group: Any, choose: Any) -> None:
    """R53 1.2 Failover: primary if healthy, else secondary if healthy, else primary."""
    assert values(choose(group(FAILOVER), "paris", sick)) == [answer]


def test_failover_says_why(group: Any, choose: Any) -> None:
    assert choose(group(FAILOVER), "paris", ["first"]).why == (
        "failover, primary first: secondary; primary left out: first is ill"
    )
    assert choose(group(FAILOVER), "paris", ["first", "second"]).why == (
        "failover, primary first: primary, secondary; "
        "nothing here is healthy (first is ill, second is ill), so all count as healthy"
    )


@given(primary=st.booleans(), secondary=st.booleans(), place=st.sampled_from(["paris", "tokyo"]))
def test_failover_never_answers_an_unhealthy_primary_while_a_healthy_secondary_exists(
    primary: bool, secondary: bool, place: str
) -> None:
    records = tuple(
        RecordSet(name="app.example.test.", rtype="A", policy="failover", failover=role, values=(role,), wires=(b"",))
        for role in ("PRIMARY", "SECONDARY")
    )
    health = {"PRIMARY": primary, "SECONDARY": secondary}
    now = Circumstances(view=None, latency_ms=lambda region: None, unhealthy=(), choose=first)  # type: ignore[arg-type]
    decision = decide(records, now, lambda record: None if health[record.failover] else "ill")
    chosen = decision.chosen[0].failover
    assert health[chosen] or not any(health.values())


WEIGHTED = """
    app 60 A 192.0.2.1 | weight=10 id=one check=one
    app 60 A 192.0.2.2 | weight=20 id=two check=two
    app 60 A 192.0.2.3 | weight=20 id=three check=three
"""


def shares(decide_once: Callable[[], Decision], draws: int) -> dict[str, float]:
    counted = Counter(values(decide_once())[0] for _ in range(draws))
    return {value: count / draws for value, count in counted.items()}


def within_chance(share: float, expected: float, draws: int) -> bool:
    """Five standard deviations: a right distribution fails once in two million runs, and the seed is fixed anyway."""
    return abs(share - expected) < 5 * sqrt(expected * (1 - expected) / draws)


@pytest.mark.parametrize(
    ("sick", "expected"),
    [
        ([], {"192.0.2.1": 0.2, "192.0.2.2": 0.4, "192.0.2.3": 0.4}),
        (["three"], {"192.0.2.1": 1 / 3, "192.0.2.2": 2 / 3}),
        (["one", "two", "three"], {"192.0.2.1": 0.2, "192.0.2.2": 0.4, "192.0.2.3": 0.4}),
    ],
)
def test_weighted_answers_are_drawn_by_weight(
    sick: list[str], expected: dict[str, float], group: Any, choose: Any
) -> None:
    """R53 1.2 Weighted: 10/20/20 -> 20 %; 33 % when the third is unhealthy; all unhealthy: weights apply again."""
    draws = 5_000
    records, chooser = group(WEIGHTED), Chooser(dice(1, "dns:weighted"))
    found = shares(lambda: choose(records, "paris", sick, chooser), draws)
    assert found.keys() == expected.keys()
    assert all(within_chance(found[value], share, draws) for value, share in expected.items())


def test_zero_weight_waits_until_every_other_is_unhealthy(group: Any, choose: Any) -> None:
    """R53 1.2 Weighted: zero-weight records are used only when every non-zero record is unhealthy."""
    records = group(WEIGHTED + "app 60 A 192.0.2.9 | weight=0 id=spare check=spare")
    chooser = Chooser(dice(1, "dns:weighted"))
    assert "192.0.2.9" not in shares(lambda: choose(records, "paris", [], chooser), 500)
    assert values(choose(records, "paris", ["one", "two", "three"])) == ["192.0.2.9"]
    assert values(choose(records, "paris", ["one", "two", "three", "spare"], chooser)) != ["192.0.2.9"]


def test_all_weights_zero_makes_every_record_equally_likely(group: Any, choose: Any) -> None:
    """R53 1.2 Weighted."""
    records = group("app 60 A 192.0.2.1 | weight=0 id=a\n app 60 A 192.0.2.2 | weight=0 id=b")
    chooser = Chooser(dice(3, "dns:weighted"))
    found = shares(lambda: choose(records, "paris", [], chooser), 2_000)
    assert all(within_chance(share, 0.5, 2_000) for share in found.values())
    assert len(found) == 2


def multivalue(count: int) -> str:
    return "\n".join(f"app 60 A 192.0.2.{n} | multivalue id=m{n} check=m{n}" for n in range(1, count + 1))


def test_multivalue_answers_all_healthy_records_up_to_eight(group: Any, choose: Any) -> None:
    """R53 1.2 Multivalue: all healthy if at most 8, otherwise 8, different for different askers."""
    assert len(values(choose(group(multivalue(8))))) == 8
    assert sorted(values(choose(group(multivalue(3)), "paris", ["m2"]))) == ["192.0.2.1", "192.0.2.3"]
    chooser = Chooser(dice(5, "dns:weighted"))
    sets = {tuple(sorted(values(choose(group(multivalue(12)), "paris", [], chooser)))) for _ in range(40)}
    assert len(sets) > 5
    assert {len(found) for found in sets} == {8}


def test_multivalue_answers_the_unhealthy_when_there_are_no_others(group: Any, choose: Any) -> None:
    """R53 1.2 Multivalue: every member unhealthy -> up to 8 unhealthy records."""
    decision = choose(group(multivalue(2)), "paris", ["m1", "m2"])
    assert len(decision.chosen) == 2
    assert decision.last_resort


def test_simple_is_the_one_record_set_whatever_its_health(group: Any, choose: Any) -> None:
    """R53 1.2 Simple: returned anyway."""
    decision = choose(group("app 60 A 192.0.2.1,192.0.2.2 | check=ill"), "paris", ["ill"])
    assert values(decision) == ["192.0.2.1", "192.0.2.2"]
    assert decision.why.startswith("the only record set of this name and type; nothing here is healthy")


def test_long_groups_are_summed_up_in_words_but_listed_in_full(group: Any, choose: Any) -> None:
    decision = choose(group(multivalue(12)))
    assert decision.why.endswith("m4 and 8 more")
    assert len(decision.candidates) == 12


LABELS = st.sampled_from(["us-east-1", "eu-west-1", "ap-northeast-1", "ap-southeast-2"])
DISCRIMINATED = {
    "weighted": st.builds(dict, weight=st.integers(0, 255)),
    "multivalue": st.just({}),
    "latency": st.builds(dict, region=LABELS),
    "geoproximity": st.builds(
        dict, proximity=st.builds(Proximity, label=LABELS, places=st.tuples(LABELS), bias=st.integers(-99, 99))
    ),
    "geolocation": st.builds(dict, geo=st.sampled_from([GeoLocation(country="*"), GeoLocation(country="FR")])),
    "IP-based": st.builds(
        dict, cidr=st.builds(CidrRouting, collection=st.just("C1"), location=st.sampled_from(["*", "asia", "tokyo"]))
    ),
    "failover": st.builds(dict, failover=st.sampled_from(["PRIMARY", "SECONDARY"])),
}
GROUPS = st.sampled_from(sorted(DISCRIMINATED)).flatmap(
    lambda policy: st.lists(DISCRIMINATED[policy], min_size=1, max_size=10).map(
        lambda members: tuple(
            RecordSet(name="app.example.test.", rtype="A", policy=policy, set_id=str(n), values=(str(n),), **fields)
            for n, fields in enumerate(members)
        )
    )
)


@given(records=GROUPS, data=st.data(), place=st.sampled_from(["paris", "tokyo", "denver"]))
def test_health_alone_never_leaves_a_question_without_answer(
    records: Group, data: Any, place: str, planet: Any, collection: CidrCollection
) -> None:
    """R53 1.1: what answers when all is healthy answers something whatever is ill, and something healthy if it can."""
    sick = data.draw(st.sets(st.sampled_from([record.set_id for record in records])))
    now = Circumstances(
        view=planet.viewpoint(place),
        latency_ms=lambda region: planet.rtt_ms(place, region),
        unhealthy=(),
        choose=Chooser(dice(1, "dns:weighted")),
        distance_km=lambda at: 1.0,
        collection=lambda name: collection,
    )
    well = decide(records, now, lambda record: None)
    ill = decide(records, now, lambda record: "ill" if record.set_id in sick else None)
    assert bool(ill.chosen) == bool(well.chosen)
    if not ill.last_resort:
        assert not {record.set_id for record in ill.chosen} & sick
    else:
        applying = {
            c.content for c in ill.candidates if c.note != "for other addresses" and c.note != "for another place"
        }
        assert applying <= sick
