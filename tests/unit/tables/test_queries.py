"""Query and Scan: pages, filters, indexes, segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal

COLOR = [{"AttributeName": "color", "AttributeType": "S"}]
GLOBAL = {
    "IndexName": "by-color",
    "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}, {"AttributeName": "nr", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
LOCAL = {
    "IndexName": "own-colors",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "color", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
rows = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(-3, 12), st.sampled_from(["red", "blue", ""])), max_size=25
)


def filled(new_region: Callable[[], Any], content: list[tuple[str, int, str]]) -> Any:
    region = new_region()
    region.create(attributes=COLOR, GlobalSecondaryIndexes=[GLOBAL], LocalSecondaryIndexes=[LOCAL])
    for name, number, color in content:
        region.put(id=name, nr=number, v="x", **({"color": color} if color else {}))
    return region


def pages(region: Any, action: str, **body: Any) -> list[dict[str, Any]]:
    """Every item, page by page."""
    found: list[dict[str, Any]] = []
    start: dict[str, Any] = {}
    while True:
        page = region.call(action, TableName="orders", **body, **start)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def as_set(items: list[dict[str, Any]]) -> set[bytes]:
    return {orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in items}


OPERATIONS = {
    "nr = :n": lambda number: number == 4,
    "nr < :n": lambda number: number < 4,
    "nr <= :n": lambda number: number <= 4,
    "nr > :n": lambda number: number > 4,
    "nr >= :n": lambda number: number >= 4,
}


@settings(max_examples=50)
@given(rows, st.sampled_from(sorted(OPERATIONS)), st.booleans())
def test_a_query_is_a_filter_over_a_scan(
    new_region: Callable[[], Any], content: list[Any], operation: str, forward: bool
) -> None:
    region = filled(new_region, content)
    values = {":id": {"S": "a"}, ":n": {"N": "4"}}
    condition = {"KeyConditionExpression": f"id = :id AND {operation}", "ExpressionAttributeValues": values}
    found = region.call("Query", TableName="orders", ScanIndexForward=forward, **condition)["Items"]
    fitting = [
        item for item in region.all() if item["id"] == {"S": "a"} and OPERATIONS[operation](int(item["nr"]["N"]))
    ]
    assert found == sorted(fitting, key=lambda item: int(item["nr"]["N"]), reverse=not forward)


@settings(max_examples=50)
@given(rows, st.integers(1, 5), st.booleans(), st.sampled_from([None, "by-color", "own-colors"]))
def test_pages_hold_the_same_items_as_one_page(
    new_region: Callable[[], Any], content: list[Any], limit: int, forward: bool, index: str | None
) -> None:
    region = filled(new_region, content)
    name, value = ("color", "red") if index == "by-color" else ("id", "a")
    body: dict[str, Any] = {
        "KeyConditionExpression": f"{name} = :v",
        "ExpressionAttributeValues": {":v": {"S": value}},
        "ScanIndexForward": forward,
    }
    scan: dict[str, Any] = {}
    if index is not None:
        body["IndexName"] = scan["IndexName"] = index
    assert pages(region, "Query", **body, Limit=limit) == pages(region, "Query", **body)
    assert pages(region, "Scan", **scan, Limit=limit) == pages(region, "Scan", **scan)


@settings(max_examples=50)
@given(rows)
def test_an_index_is_a_scan_of_the_table_without_what_it_does_not_hold(
    new_region: Callable[[], Any], content: list[Any]
) -> None:
    region = filled(new_region, content)
    kept = [{name: value for name, value in item.items() if name != "v"} for item in region.all() if "color" in item]
    for index in ("by-color", "own-colors"):
        assert as_set(pages(region, "Scan", IndexName=index)) == as_set(kept)


@given(rows, st.integers(1, 6))
def test_segments_share_out_the_table(new_region: Callable[[], Any], content: list[Any], total: int) -> None:
    region = filled(new_region, content)
    found = [item for n in range(total) for item in pages(region, "Scan", Segment=n, TotalSegments=total, Limit=2)]
    assert found == region.all()


def test_limit_counts_before_the_filter_and_says_where_it_stopped(region: Any) -> None:
    region.create()
    for number in range(4):
        region.put(id="a", nr=number)
    page = region.call(
        "Query",
        TableName="orders",
        KeyConditionExpression="id = :a",
        Limit=4,
        FilterExpression="nr2 = :n",
        ExpressionAttributeValues={":a": {"S": "a"}, ":n": {"N": "1"}},
    )
    assert page == {
        "Items": [],
        "Count": 0,
        "ScannedCount": 4,
        "LastEvaluatedKey": {"id": {"S": "a"}, "nr": {"N": "3"}},
    }


def test_a_page_ends_after_one_megabyte(region: Any) -> None:
    region.create()
    for number in range(4):
        region.put(id="a", nr=number, v="x" * 350_000)
    page = region.call("Scan", TableName="orders")
    assert page["Count"] == 3
    assert len(pages(region, "Scan")) == 4


def test_a_local_index_fetches_what_it_does_not_hold_and_a_global_one_refuses(region: Any) -> None:
    region.create(attributes=COLOR, GlobalSecondaryIndexes=[GLOBAL], LocalSecondaryIndexes=[LOCAL])
    region.put(id="a", nr=1, color="red", v="x")
    local = {
        "IndexName": "own-colors",
        "KeyConditionExpression": "id = :v",
        "ExpressionAttributeValues": {":v": {"S": "a"}},
    }
    assert "v" not in region.call("Query", TableName="orders", **local)["Items"][0]
    assert "v" in region.call("Query", TableName="orders", Select="ALL_ATTRIBUTES", **local)["Items"][0]
    assert region.call("Query", TableName="orders", ProjectionExpression="v", **local)["Items"] == [{"v": {"S": "x"}}]
    with pytest.raises(Refusal, match=r"Global secondary index by-color does not project \[v\]"):
        region.call("Scan", TableName="orders", IndexName="by-color", ProjectionExpression="v")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({"IndexName": "by-color", "ConsistentRead": True}, "not supported on global secondary indexes"),
        ({"Limit": 0}, "greater than or equal to 1"),
        ({"Segment": 0}, "The TotalSegments parameter is required"),
        ({"TotalSegments": 2}, "The Segment parameter is required"),
        ({"Segment": 2, "TotalSegments": 2}, "Segment: 2 is not less than TotalSegments: 2"),
        ({"Select": "SOME"}, "Member must satisfy enum value set"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, "Must specify the AttributesToGet or ProjectionExpression"),
        ({"Select": "COUNT", "ProjectionExpression": "id"}, "when choosing to get only the Count"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "only when Querying using an IndexName"),
        ({"Select": "ALL_ATTRIBUTES", "IndexName": "by-color"}, "its projection type is not ALL"),
    ],
)
def test_what_does_not_go_together_is_refused(region: Any, body: Any, words: str) -> None:
    region.create(attributes=COLOR, GlobalSecondaryIndexes=[GLOBAL])
    with pytest.raises(Refusal) as refused:
        region.call("Scan", TableName="orders", **body)
    assert words in refused.value.message


def test_expressions_are_read_before_tables_and_indexes_are_looked_up(region: Any) -> None:
    region.create()
    for where in ({"TableName": "nothing"}, {"TableName": "orders", "IndexName": "nothing"}):
        with pytest.raises(Refusal, match="Syntax error"):
            region.call("Query", **where, KeyConditionExpression="id = = :h")
