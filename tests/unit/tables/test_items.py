"""GetItem, PutItem, UpdateItem, DeleteItem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal

names = st.text("abcdef", min_size=1, max_size=3).filter(lambda name: name not in ("id", "nr"))
scalars = st.one_of(
    st.text(max_size=4).map(lambda text: {"S": text}),
    st.integers(-(10**20), 10**20).map(lambda number: {"N": str(number)}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(lambda many: {"L": many}), max_leaves=5)


@given(st.dictionaries(names, values, max_size=4))
def test_what_is_put_is_got(new_region: Callable[[], Any], item: dict[str, Any]) -> None:
    region = new_region()
    region.create()
    key = {"id": {"S": "a"}, "nr": {"N": "1"}}
    region.call("PutItem", TableName="orders", Item={**item, **key})
    assert region.call("GetItem", TableName="orders", Key=key) == {"Item": {**item, **key}}


def test_a_get_of_nothing_answers_nothing(region: Any, item_of: Any) -> None:
    region.create()
    assert region.call("GetItem", TableName="orders", Key=item_of(id="a", nr=1)) == {}


def test_returned_values_are_those_asked_for(region: Any, item_of: Any) -> None:
    region.create()
    key = item_of(id="a", nr=1)
    update = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}
    region.put(id="a", nr=1, n=1, v="x")
    expected = {
        "ALL_OLD": item_of(id="a", nr=1, n=1, v="x"),
        "ALL_NEW": item_of(id="a", nr=1, n=2, v="x"),
        "UPDATED_OLD": item_of(n=1),
        "UPDATED_NEW": item_of(n=2),
        "NONE": None,
    }
    for asked, image in expected.items():
        region.put(id="a", nr=1, n=1, v="x")
        answer = region.call("UpdateItem", TableName="orders", Key=key, ReturnValues=asked, **update)
        assert answer.get("Attributes") == image, asked
    with pytest.raises(Refusal, match="Return values set to invalid value"):
        region.call("PutItem", TableName="orders", Item=key, ReturnValues="ALL_NEW")


def test_a_condition_that_fails_changes_nothing_and_shows_the_item_if_asked(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1, n=1)
    before = len(region.changes)
    call = {"TableName": "orders", "Item": item_of(id="a", nr=1), "ConditionExpression": "attribute_not_exists(id)"}
    with pytest.raises(Refusal, match="The conditional request failed") as refused:
        region.call("PutItem", **call)
    assert refused.value.members == {}  # type: ignore[attr-defined]
    with pytest.raises(Refusal) as refused:
        region.call("PutItem", **call, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.members == {"Item": item_of(id="a", nr=1, n=1)}  # type: ignore[attr-defined]
    assert len(region.changes) == before


def test_an_update_of_nothing_makes_the_item(region: Any, item_of: Any) -> None:
    region.create()
    key = item_of(id="a", nr=1)
    region.call("UpdateItem", TableName="orders", Key=key)
    assert region.all() == [key]


def test_stored_items_are_never_changed_in_place(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1, m={"M": {"deep": {"N": "1"}}})
    before = region.tables.item("orders", item_of(id="a", nr=1))
    region.call(
        "UpdateItem",
        TableName="orders",
        Key=item_of(id="a", nr=1),
        UpdateExpression="SET m.deep = :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
    )
    assert before["m"] == {"M": {"deep": {"N": "1"}}}
    assert region.changes[-1].old is before


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ("SET nr = :v", "Cannot update attribute nr. This attribute is part of the key"),
        ("SET big = :v", "Item size to update has exceeded the maximum allowed size"),
    ],
)
def test_an_update_that_cannot_be_stored_changes_nothing(region: Any, item_of: Any, update: str, words: str) -> None:
    region.create()
    with pytest.raises(Refusal) as refused:
        region.call(
            "UpdateItem",
            TableName="orders",
            Key=item_of(id="a", nr=1),
            UpdateExpression=update,
            ExpressionAttributeValues={":v": {"S": "x" * 410_000}},
        )
    assert words in refused.value.message
    assert region.all() == []


def test_the_older_conditional_parameters_still_work(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1, n=1)
    expected = {"n": {"Value": {"N": "2"}}}
    with pytest.raises(Refusal, match="The conditional request failed"):
        region.call("DeleteItem", TableName="orders", Key=item_of(id="a", nr=1), Expected=expected)
    region.call(
        "UpdateItem",
        TableName="orders",
        Key=item_of(id="a", nr=1),
        AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "1"}}},
    )
    answer = region.call(
        "DeleteItem", TableName="orders", Key=item_of(id="a", nr=1), Expected=expected, ReturnValues="ALL_OLD"
    )
    assert answer["Attributes"]["n"] == {"N": "2"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"ConditionExpression": "n ="}, "cannot be converted to a numeric value: many"),
        ({"ConditionExpression": "a = :v", "ExpressionAttributeValues": {}}, "cannot be converted to a numeric value"),
        ({"ExpressionAttributeNames": {}}, "can only be specified when using expressions"),
        ({"ConditionExpression": "n =", "Expected": {}}, "Can not use both"),
    ],
)
def test_values_are_looked_at_after_the_form_and_before_the_expressions(region: Any, body: Any, words: str) -> None:
    region.create(ranged=False)
    with pytest.raises(Refusal, match=words):
        region.call("PutItem", TableName="orders", Item={"id": {"S": "a"}, "n": {"N": "many"}}, **body)


@pytest.mark.parametrize("wishes", [{}, {"ReturnValues": "NONE"}])
@pytest.mark.parametrize(("letter", "fits"), [("n", True), ("é", True), ("n", False), ("é", False)])
def test_an_attribute_name_has_as_many_characters_as_the_model_allows(
    region: Any, item_of: Any, wishes: dict[str, str], letter: str, fits: bool
) -> None:
    """Also where a PutItem of a table and an item alone is spared the model's check; bytes are not what is counted."""
    region.create()
    item = item_of(id="a", nr=1) | {letter * (65_535 if fits else 65_536): {"S": "x"}}
    if fits:
        region.call("PutItem", TableName="orders", Item=item, **wishes)
    else:
        with pytest.raises(Refusal, match="Map keys must satisfy constraint"):
            region.call("PutItem", TableName="orders", Item=item, **wishes)
    assert len(region.changes) == fits
