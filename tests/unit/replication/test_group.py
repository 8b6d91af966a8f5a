"""Claims about groups: members' states only move forward, and two accounts of a group always give the same third."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.replication.group import Group, Member, Setting, decode, encode, founded, merged

REGIONS = ("ap-northeast-1", "eu-west-1", "us-east-1")
CONTENT = {"ttl_attribute": None, "table_class": None}


def orders() -> Group:
    return founded(
        group_id="g",
        account="000000000000",
        table="orders",
        region="eu-west-1",
        base_us=5,
        now_s=1.0,
        content=CONTENT,
    )


members = st.builds(
    Member,
    region=st.just("eu-west-1"),
    status=st.sampled_from(["CREATING", "ACTIVE", "DELETING", "GONE"]),
    source=st.sampled_from(REGIONS),
    since_s=st.integers(0, 2).map(float),
    incarnation=st.integers(1, 2),
    revision=st.integers(0, 1),
)
settings = st.builds(Setting, stamp_us=st.integers(0, 3), region=st.sampled_from(REGIONS), value=st.none())


@st.composite
def groups(draw: st.DrawFn) -> Group:
    chosen = draw(st.lists(st.sampled_from(REGIONS), unique=True))
    mine = {region: replace(draw(members), region=region) for region in chosen}
    setting = draw(settings)
    # One writer writes one value at one time.
    setting = replace(setting, value=f"{setting.region} {setting.stamp_us}")
    return replace(orders(), members=mine, settings={"table_class": setting})


@given(groups(), groups(), groups())
def test_merging_does_not_depend_on_order_or_repetition(a: Group, b: Group, c: Group) -> None:
    assert merged(a, b) == merged(b, a)
    assert merged(a, merged(b, c)) == merged(merged(a, b), c)
    assert merged(a, a) is a


@given(groups())
def test_a_group_survives_its_way_as_json(group: Group) -> None:
    assert decode(orjson.loads(encode(group))) == group


def test_a_removal_is_not_undone_by_news_of_the_creation() -> None:
    creating = orders().with_new("us-east-1", "eu-west-1", 2.0, {})
    active = creating.with_status("us-east-1", "ACTIVE")
    deleting = active.with_status("us-east-1", "DELETING")
    assert merged(deleting, active).status_of("us-east-1") == "DELETING"
    again = deleting.with_status("us-east-1", "GONE").with_new("us-east-1", "eu-west-1", 3.0, {})
    assert merged(again, deleting).status_of("us-east-1") == "CREATING"
    assert merged(deleting, again).members["us-east-1"].incarnation == 2


def test_settings_that_were_changed_apart_are_both_kept() -> None:
    one = orders().with_settings("eu-west-1", 10, {**CONTENT, "ttl_attribute": "until"})
    other = orders().with_settings("us-east-1", 12, {**CONTENT, "table_class": "STANDARD"})
    assert merged(one, other).content == {"ttl_attribute": "until", "table_class": "STANDARD"}


def test_a_setting_that_is_written_later_wins_although_its_clock_is_behind() -> None:
    one = orders().with_settings("eu-west-1", 1_000, {**CONTENT, "ttl_attribute": "until"})
    later = one.with_settings("us-east-1", 10, {**CONTENT, "ttl_attribute": "expires"})
    assert merged(one, later).content["ttl_attribute"] == "expires"


def test_only_the_founder_had_items_before() -> None:
    group = orders()
    base = group.base_in("eu-west-1")
    assert base is not None
    assert base.order == (5, "eu-west-1")
    assert group.base_in("us-east-1") is None


def test_a_source_is_one_for_as_long_as_the_rule_says_and_the_replica_lives() -> None:
    group = orders().with_new("us-east-1", "eu-west-1", 100.0, {}).with_status("us-east-1", "ACTIVE")
    assert group.is_source("eu-west-1", 150.0, rule_s=60.0)
    assert not group.is_source("us-east-1", 150.0, rule_s=60.0)
    assert not group.is_source("eu-west-1", 160.0, rule_s=60.0)
    assert not group.with_status("us-east-1", "GONE").is_source("eu-west-1", 150.0, rule_s=60.0)


@pytest.mark.parametrize("plain", [{}, {"members": 3}, {"members": {"x": {"color": 1}}, "settings": {}}])
def test_what_is_no_group_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        decode(plain)
