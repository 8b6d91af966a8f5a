"""Claims about merging: replicas agree whatever the order, and each lost write is recorded exactly once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.replication.core import Newer, Stamper, is_newer, merge
from sandbox.replication.values import Conflict, Replicated, Version

REGIONS = ("ap-northeast-1", "eu-west-1", "us-east-1")
SKEWS_US = {"ap-northeast-1": -5_000_000, "eu-west-1": 0, "us-east-1": 3_000}


class Replica:
    """One item in one region."""

    def __init__(self, region: str, newer: Newer = is_newer) -> None:
        self.region = region
        self.stamper = Stamper(region)
        self.newer = newer
        self.held: Replicated | None = None
        self.conflicts: list[Conflict] = []

    def write(self, item: dict[str, Any] | None, clock_us: int) -> Replicated:
        version = self.stamper.stamp(clock_us + SKEWS_US[self.region], self.held.version if self.held else None)
        self.held = Replicated(item=item, version=version)
        return self.held

    def receive(self, theirs: Replicated) -> None:
        outcome = merge(self.region, self.held, theirs, self.newer)
        self.held = outcome.kept
        if outcome.conflict is not None:
            self.conflicts.append(outcome.conflict)


def explore(
    seed: int, newer: Newer = is_newer, stamper: type[Stamper] = Stamper
) -> tuple[list[Replica], list[Replicated]]:
    """Random writes and deliveries (late, repeated, in any order), then everything is delivered everywhere."""
    dice = random.Random(seed)
    replicas = [Replica(region, newer) for region in REGIONS]
    for replica in replicas:
        replica.stamper = stamper(replica.region)
    under_way: list[tuple[Replica, Replicated]] = []
    written: list[Replicated] = []
    clock_us = 1_000_000_000
    for number in range(dice.randrange(1, 14)):
        clock_us += dice.choice([0, 1, 50, 100_000])
        writer = dice.choice(replicas)
        made = writer.write(None if dice.random() < 0.2 else {"n": {"N": str(number)}}, clock_us)
        written.append(made)
        under_way += [(peer, made) for peer in replicas if peer is not writer]
        for _ in range(dice.randrange(4)):
            if under_way:
                peer, change = entry = dice.choice(under_way)
                peer.receive(change)
                if dice.random() < 0.7:  # else its acknowledgement is lost, and it comes again
                    under_way.remove(entry)
    dice.shuffle(under_way)
    for peer, change in under_way:
        peer.receive(change)
    return replicas, written


@pytest.mark.parametrize("seed", range(400))
def test_replicas_converge_and_every_write_is_final_or_an_ancestor_or_lost_once(seed: int) -> None:
    """The test's own record decides what is an ancestor: a write whose vector reaches the write in question."""
    replicas, written = explore(seed)
    finals = {(r.held.version.order, str(r.held.item)) for r in replicas if r.held}
    assert len(finals) == 1
    final = next(w for w in written if w.version.order == next(iter(finals))[0])
    lost = Counter(c.loser.version.order for replica in replicas for c in replica.conflicts)
    assert all(count == 1 for count in lost.values())
    for write in written:
        is_final = write is final
        is_ancestor = any(w.version.covers(write.version) for w in written if w is not write)
        assert is_final or is_ancestor or lost[write.version.order] == 1, (seed, write)


def by_time_only(mine: Version, theirs: Version) -> bool:
    return theirs.stamp_us > mine.stamp_us


class NaiveStamper(Stamper):
    """Without the third term: the clock alone, and never twice the same."""

    def stamp(self, clock_us: int, stored: Version | None) -> Version:
        return super().stamp(clock_us, stored=None)


def disagreements(**ablation: Any) -> int:
    def agree(replicas: Sequence[Replica]) -> bool:
        return len({(r.held.version.order, str(r.held.item)) for r in replicas if r.held}) == 1

    return sum(not agree(explore(seed, **ablation)[0]) for seed in range(400))


def test_without_the_tie_break_regions_disagree() -> None:
    """Two regions with the same clock, two writes in the same microsecond."""
    one, other = Replica("eu-west-1", by_time_only), Replica("us-east-1", by_time_only)
    a = Replicated(item={"a": {"S": "1"}}, version=Version(stamp_us=5, region="eu-west-1", vector={"eu-west-1": 5}))
    b = Replicated(item={"b": {"S": "1"}}, version=Version(stamp_us=5, region="us-east-1", vector={"us-east-1": 5}))
    one.held, other.held = a, b
    one.receive(b)
    other.receive(a)
    assert one.held.item != other.held.item


def test_without_the_third_term_a_region_whose_clock_is_behind_disagrees_for_ever() -> None:
    """Tokyo is 5 s behind: its later write over a replicated item would get an older stamp than what it replaced."""
    assert disagreements(stamper=NaiveStamper) > 0
    assert disagreements() == 0


def test_a_later_write_that_saw_the_earlier_one_is_no_conflict() -> None:
    dublin, virginia = Replica("eu-west-1"), Replica("us-east-1")
    virginia.receive(dublin.write({"v": {"N": "1"}}, 1_000))
    dublin.receive(virginia.write({"v": {"N": "2"}}, 1_000))
    assert not dublin.conflicts
    assert not virginia.conflicts
    assert dublin.held is not None
    assert dublin.held.item == {"v": {"N": "2"}}


def test_a_write_that_replaced_unseen_what_its_region_dropped_does_not_cover_it() -> None:
    """Virginia drops Dublin's older write, then writes again before it has sent anything: Dublin must record its loss.

    With vectors that take up what was dropped, the second write would seem to have seen Dublin's.
    """
    dublin, virginia = Replica("eu-west-1"), Replica("us-east-1")
    lost = dublin.write({"v": {"N": "1"}}, 1_000)
    virginia.write({"v": {"N": "2"}}, 2_000)
    virginia.receive(lost)
    dublin.receive(virginia.write({"v": {"N": "3"}}, 3_000))
    [conflict] = dublin.conflicts
    assert conflict.loser == lost


def test_two_regions_that_wrote_the_same_agree() -> None:
    dublin, virginia = Replica("eu-west-1"), Replica("us-east-1")
    dublin.write(None, 1_000)
    dublin.receive(virginia.write(None, 2_000))
    [conflict] = dublin.conflicts
    assert conflict.agreed


versions = st.builds(
    lambda stamp_us, region: Replicated(
        item={"by": {"S": f"{region}{stamp_us}"}},
        version=Version(stamp_us=stamp_us, region=region, vector={region: stamp_us}),
    ),
    st.integers(0, 20),
    st.sampled_from(REGIONS),
)


@given(st.lists(versions, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_what_stays_does_not_depend_on_order_or_repetition(arriving: list[Replicated], order: random.Random) -> None:
    def kept(changes: Sequence[Replicated]) -> Replicated:
        held: Replicated | None = None
        for change in changes:
            held = merge("eu-west-1", held, change).kept
        assert held is not None
        return held

    shuffled = arriving * 2
    order.shuffle(shuffled)
    assert kept(shuffled) == kept(arriving)
