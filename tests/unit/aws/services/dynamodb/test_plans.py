"""From what is made to what is wanted: which calls, in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.services.dynamodb import global_tables, tables
from sandbox.aws.services.dynamodb.plans import changes, check_update, creation, is_replaced
from sandbox.aws.services.dynamodb.values import Ask, Place, Step, Wanted
from sandbox.kernel.errors import Refusal

HOME, SEA, EAST = "us-east-1", "eu-west-1", "ap-northeast-1"
PLACE = Place(region=HOME, account="000000000000", partition="aws", name="orders")
KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STREAM = {"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}}
Line = Callable[[Ask], str]


def plain(**given: Any) -> Wanted:
    return tables.wanted(KEYS | given, HOME)


def spread(*regions: str, given: dict[str, Any] | None = None, **settings: Any) -> Wanted:
    replicas = [{"Region": region, **settings.get(region.replace("-", "_"), {})} for region in regions]
    return global_tables.wanted(KEYS | (STREAM if given is None else given) | {"Replicas": replicas}, HOME)


def lines(steps: list[Step], line: Line) -> list[str]:
    return [line(step.ask) for step in steps]


def test_a_plain_table_is_one_call_and_ends_as_wanted(line: Line) -> None:
    wanted = plain(Tags=[{"Key": "a", "Value": "b"}], TableClass="STANDARD")
    steps = creation(PLACE, wanted)
    assert lines(steps, line) == [f"{HOME} CreateTable"]
    assert steps[0].ask.body["Tags"] == [{"Key": "a", "Value": "b"}]
    assert steps[-1].made == wanted


def test_home_first_then_each_replica_then_what_each_region_has_for_itself(line: Line) -> None:
    """GT 7.09; protection last of all, so that what fails before can be taken away."""
    own = {"Tags": [{"Key": "a", "Value": "b"}], "DeletionProtectionEnabled": True}
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    expiry = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
    wanted = spread(SEA, EAST, HOME, given=STREAM | expiry, us_east_1=own, eu_west_1=own | recovery)
    steps = creation(PLACE, wanted)
    assert lines(steps, line) == [
        f"{HOME} CreateTable",
        f"{HOME} UpdateTimeToLive",
        f"{HOME} Create {SEA}",
        f"{HOME} Create {EAST}",
        f"{SEA} TagResource",
        f"{SEA} UpdateContinuousBackups",
        f"{HOME} UpdateTable",
        f"{SEA} UpdateTable",
    ]
    assert [step.ask.body for step in steps[-2:]] == [{"TableName": "orders", "DeletionProtectionEnabled": True}] * 2
    assert steps[-1].made == wanted


EVERYTHING: dict[str, Any] = {
    "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
    "SSESpecification": {"SSEEnabled": True},
    "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "DeletionProtectionEnabled": True,
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "Tags": [{"Key": "a", "Value": "b"}],
    "ResourcePolicy": {"PolicyDocument": {}},
    "OnDemandThroughput": {"MaxReadRequestUnits": 5},
}


@pytest.mark.parametrize("name", list(EVERYTHING))
def test_each_property_comes_and_goes(name: str) -> None:
    """There and back: the calls end at what is wanted, and a second look finds nothing to do."""
    without, having = plain(), plain(**{name: EVERYTHING[name]})
    for before, after in ((without, having), (having, without)):
        steps = changes(PLACE, before, after)
        assert steps, name
        assert steps[-1].made == after
        assert changes(PLACE, after, after) == []


def test_what_goes_is_set_back_to_its_default() -> None:
    bodies = [step.ask.body for step in changes(PLACE, plain(**EVERYTHING), plain())]
    merged = {name: value for body in bodies for name, value in body.items()}
    assert merged["DeletionProtectionEnabled"] is False
    assert merged["SSESpecification"] == {"Enabled": False}
    assert merged["StreamSpecification"] == {"StreamEnabled": False}
    assert merged["TableClass"] == "STANDARD"
    assert merged["TimeToLiveSpecification"] == {"Enabled": False, "AttributeName": "until"}
    assert merged["OnDemandThroughput"] == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    assert merged["TagKeys"] == ["a"]


def test_the_way_on_or_back_begins_where_the_failure_was() -> None:
    """Each step says what is made: from any of them the rest is found, and so is the way back."""
    before, after = plain(), plain(**EVERYTHING)
    steps = changes(PLACE, before, after)
    for number, step in enumerate(steps):
        assert [each.ask for each in changes(PLACE, step.made, after)] == [each.ask for each in steps[number + 1 :]]
        back = changes(PLACE, step.made, before)
        assert back[-1].made == before


def test_a_stream_changes_its_view_by_going_off_and_on() -> None:
    before, after = plain(StreamSpecification={"StreamViewType": "KEYS_ONLY"}), plain(**STREAM)
    asked = [step.ask.body["StreamSpecification"]["StreamEnabled"] for step in changes(PLACE, before, after)]
    assert asked == [False, True]


def test_billing_changes_with_every_throughput_in_one_call() -> None:
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
    [step] = changes(PLACE, plain(), plain(BillingMode="PROVISIONED", ProvisionedThroughput=units))
    assert step.ask.body == {"TableName": "orders", "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def test_the_stream_is_on_before_the_first_replica_and_off_after_the_last(line: Line) -> None:
    alone = spread(HOME, given={})
    assert lines(changes(PLACE, alone, spread(HOME, SEA)), line) == [f"{HOME} UpdateTable", f"{HOME} Create {SEA}"]
    assert lines(changes(PLACE, spread(HOME, SEA), alone), line) == [f"{HOME} Delete {SEA}", f"{HOME} UpdateTable"]


def test_overrides_of_a_replica_travel_with_its_creation_and_change_later(line: Line) -> None:
    rare = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    steps = creation(PLACE, spread(SEA, HOME, eu_west_1=rare))
    assert steps[1].ask.body["ReplicaUpdates"] == [
        {"Create": {"RegionName": SEA, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}}
    ]
    usual = spread(SEA, HOME, eu_west_1={"TableClass": "STANDARD"})
    assert lines(changes(PLACE, steps[-1].made, usual), line) == [f"{HOME} Update {SEA}"]
    with pytest.raises(Refusal, match="the replica in eu-west-1 cannot do without"):
        changes(PLACE, steps[-1].made, spread(SEA, HOME))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (spread(HOME, given={}), spread(HOME, SEA, EAST), "one replica can be added or removed"),
        (spread(HOME, SEA), spread(HOME, EAST), "one replica can be added or removed"),
        (
            spread(HOME, SEA),
            spread(HOME, SEA, given={"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}),
            "StreamSpecification can only be changed while there is one replica",
        ),
        (spread(HOME, SEA), spread(HOME, given={}), None),
        (spread(HOME, given={}), spread(HOME, SEA), None),
    ],
)
def test_an_update_changes_one_replica(before: Wanted, after: Wanted, words: str | None) -> None:
    """GT 7.05, 7.06."""
    if words is None:
        check_update(before, after)
        return
    with pytest.raises(Refusal, match=words):
        check_update(before, after)


def test_keys_local_indexes_and_types_of_attributes_need_another_table() -> None:
    """GT 7.07."""
    number = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]}
    assert is_replaced(plain(), plain(**number))
    assert is_replaced(plain(), plain(KeySchema=[{"AttributeName": "no", "KeyType": "HASH"}]))
    assert is_replaced(plain(), plain(LocalSecondaryIndexes=[{"IndexName": "by-day"}]))
    more = [*KEYS["AttributeDefinitions"], {"AttributeName": "city", "AttributeType": "S"}]
    assert not is_replaced(plain(), plain(AttributeDefinitions=more, TableClass="STANDARD"))


def test_a_region_that_leaves_takes_its_scaling_along() -> None:
    target = (SEA, "", "dynamodb:table:WriteCapacityUnits")
    policy = {"PredefinedMetricSpecification": {"PredefinedMetricType": "m"}}
    settings = {"MinCapacity": 1, "MaxCapacity": 2, "policy": policy}
    before = spread(HOME, SEA).with_scaling(target, settings)
    steps = changes(PLACE, before, spread(HOME, given={}))
    assert [step.ask.action for step in steps] == ["DeregisterScalableTarget", "UpdateTable", "UpdateTable"]
    assert steps[-1].made.scaling == {}
