"""Time to live."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.ttl import MOST_AT_ONCE, OLDEST_S


def switch(region: Any, enabled: bool, name: str = "until") -> None:
    region.call(
        "UpdateTimeToLive", TableName="orders", TimeToLiveSpecification={"Enabled": enabled, "AttributeName": name}
    )


def test_what_has_expired_is_deleted_and_told_as_such(region: Any) -> None:
    now = int(region.now_s)
    region.create()
    region.put(id="before", nr=1, until=now - 1)
    switch(region, True)
    region.put(id="due", nr=1, until=now)
    region.put(id="later", nr=1, until=now + 60)
    region.put(id="text", nr=1, until="soon")
    region.put(id="old", nr=1, until=now - int(OLDEST_S) - 1)
    assert region.tables.expire(region.now_s) == 2
    assert {change.key["id"]["S"] for change in region.changes if change.cause == "ttl"} == {"before", "due"}
    assert len(region.all()) == 3
    assert region.tables.expire(region.now_s + 60) == 1


def test_one_call_deletes_a_bounded_number(region: Any) -> None:
    region.create()
    switch(region, True)
    for number in range(MOST_AT_ONCE + 5):
        region.put(id="a", nr=number, until=1 + int(region.now_s) - 100)
    assert region.tables.expire(region.now_s) == MOST_AT_ONCE
    assert region.tables.expire(region.now_s) == 5


def test_an_item_lives_on_when_time_to_live_is_off_or_its_attribute_changes(region: Any) -> None:
    region.create()
    switch(region, True)
    region.put(id="a", nr=1, until=int(region.now_s) - 5)
    region.put(id="a", nr=1, until=int(region.now_s) + 5)
    assert region.tables.expire(region.now_s) == 0
    switch(region, False)
    assert region.tables.expire(region.now_s + 10) == 0


def test_its_state_is_described_and_changes_only_when_it_differs(region: Any) -> None:
    region.create()
    describe = {"TableName": "orders"}
    assert region.call("DescribeTimeToLive", **describe)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    with pytest.raises(Refusal, match="TimeToLive is already disabled"):
        switch(region, False)
    switch(region, True)
    assert region.call("DescribeTimeToLive", **describe)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "until",
    }
    with pytest.raises(Refusal, match="TimeToLive is already enabled"):
        switch(region, True)
    with pytest.raises(Refusal, match="active on a different AttributeName: current AttributeName is until"):
        switch(region, True, "other")
