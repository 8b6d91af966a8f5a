"""Claims about what is settled: three rounds under one list of members, and each of them waits for the slowest."""

from __future__ import annotations

from sandbox.replication.group import founded
from sandbox.replication.settled import NOTHING, Said, Settling, member_list
from sandbox.replication.values import Version

HERE, THERE = "eu-west-1", "us-east-1"
MEMBERS = "both"


def look(settling: Settling, *, stamp_us: int, sent: int = 7, mark: int | None = 7, members: str = MEMBERS) -> None:
    settling.look(members, [THERE], stamp_us=stamp_us, sent={THERE: sent}, marks={THERE: mark})


def all_said(stamp_us: int) -> Said:
    return Said(floor_us=stamp_us, seen_us=stamp_us, done_us=stamp_us)


def test_a_stamp_is_settled_when_every_member_is_done_with_it() -> None:
    settling = Settling(HERE)
    look(settling, stamp_us=100)
    assert settling.said[HERE] == Said(floor_us=100)
    settling.hear(MEMBERS, {THERE: Said(floor_us=90)})
    look(settling, stamp_us=110)
    assert settling.said[HERE] == Said(floor_us=110, seen_us=90, done_us=90)
    assert settling.horizon_us == 0
    settling.hear(MEMBERS, {THERE: Said(floor_us=95, seen_us=90, done_us=80)})
    look(settling, stamp_us=120)
    assert settling.horizon_us == 80, "the other is not done with more"
    assert settling.horizon_regions == (HERE, THERE)


def test_a_floor_is_what_was_written_when_it_was_begun_and_not_when_the_peer_has_it() -> None:
    settling = Settling(HERE)
    look(settling, stamp_us=100, sent=7, mark=6)
    assert settling.said[HERE] == NOTHING
    look(settling, stamp_us=200, sent=9, mark=7)
    assert settling.said[HERE].floor_us == 100, "8 and 9 are on their way, and later than 100"


def test_what_was_promised_holds_before_anybody_has_acknowledged_it() -> None:
    settling = Settling(HERE)
    look(settling, stamp_us=100, mark=None)
    assert settling.promised_us == 100
    assert settling.said[HERE].floor_us == 0


def test_a_promise_alone_settles_nothing() -> None:
    """There may have promised, then begun to send a new member what it had, and only then got this region's delete."""
    settling = Settling(HERE)
    look(settling, stamp_us=100)
    settling.hear(MEMBERS, {THERE: Said(floor_us=100)})
    look(settling, stamp_us=110)
    settling.hear("with a new member", {THERE: all_said(200)})
    look(settling, stamp_us=120)
    assert settling.horizon_us == 0


def test_with_a_new_list_of_members_everything_is_said_anew_but_what_is_settled_stays() -> None:
    settling = Settling(HERE)
    look(settling, stamp_us=100)
    settling.hear(MEMBERS, {THERE: all_said(100)})
    look(settling, stamp_us=110)
    assert settling.horizon_us == 100
    look(settling, stamp_us=120, mark=None, members="three")
    assert settling.said[HERE] == NOTHING
    settling.hear(MEMBERS, {THERE: all_said(500)})
    look(settling, stamp_us=130, members="three")
    assert settling.horizon_us == 100, "that was said under another list"


def test_what_stands_for_an_unknown_key_covers_everything_up_to_the_horizon() -> None:
    settling = Settling(HERE)
    assert settling.unknown() is None
    look(settling, stamp_us=100)
    settling.hear(MEMBERS, {THERE: all_said(100)})
    look(settling, stamp_us=100)
    unknown = settling.unknown()
    assert unknown is not None
    old, new = (Version(stamp_us=at_us, region=THERE, vector={THERE: at_us}) for at_us in (100, 101))
    assert unknown.covers(old)
    assert not unknown.covers(new)
    assert (settling.is_settled(old), settling.is_settled(new)) == (True, False)


def test_a_list_of_members_tells_apart_whatever_changes_who_sends_to_whom() -> None:
    group = founded(group_id="g", account="a", table="t", region=HERE, base_us=1, now_s=1.0, content={})
    creating = group.with_new(THERE, HERE, 2.0, {})
    active = creating.with_status(THERE, "ACTIVE")
    again = active.with_status(THERE, "GONE").with_new(THERE, HERE, 3.0, {}).with_status(THERE, "ACTIVE")
    assert len({member_list(each) for each in (group, creating, active, again)}) == 4
