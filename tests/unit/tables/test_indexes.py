"""Indexes follow every write, and hold what a scan of the table would find."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.indexes import Expiries, Index
from sandbox.tables.store import hash_place
from sandbox.tables.values import IndexSchema, KeySchema

BY_COLOR = IndexSchema(
    name="by-color",
    is_global=True,
    key=KeySchema(hash_name="color", hash_type="S", range_name="n", range_type="N"),
    projection={"ProjectionType": "KEYS_ONLY"},
    attributes=frozenset({"id", "color", "n"}),
)
colors = st.sampled_from([{"S": "red"}, {"S": "blue"}, {"N": "1"}, None])
sizes = st.sampled_from([{"N": "1"}, {"N": "2"}, {"N": "10"}, {"S": "x"}, None])


def address(name: str) -> tuple[bytes, Any]:
    return hash_place({"S": name}), None


def item(name: str, color: Any, size: Any) -> dict[str, Any]:
    whole = {"id": {"S": name}, "color": color, "n": size, "more": {"S": "more"}}
    return {key: value for key, value in whole.items() if value is not None}


@given(st.lists(st.tuples(st.sampled_from("abcd"), colors, sizes, st.booleans())))
def test_an_index_is_what_a_scan_of_the_table_would_find(writes: list[Any]) -> None:
    index, table = Index(BY_COLOR), {}
    for name, color, size, removes in writes:
        old, new = table.get(name), None if removes else item(name, color, size)
        index.move(address(name), old, new)
        table = {key: value for key, value in {**table, name: new}.items() if value is not None}
    for color in ("red", "blue"):
        found = list(index.under(hash_place({"S": color}), None, None))
        fitting = [
            (int(each["n"]["N"]), address(name))
            for name, each in table.items()
            if each.get("color") == {"S": color} and "N" in each.get("n", {})
        ]
        assert found == [at for _, at in sorted(fitting)]
    fresh = Index(BY_COLOR, [(address(name), each) for name, each in table.items()])
    assert list(fresh.all()) == list(index.all())
    assert fresh.count == index.count


def test_an_index_shows_only_what_it_holds() -> None:
    assert Index(BY_COLOR).shown(item("a", {"S": "red"}, {"N": "1"})) == {
        "id": {"S": "a"},
        "color": {"S": "red"},
        "n": {"N": "1"},
    }


def test_items_with_equal_range_keys_are_all_within_both_cuts() -> None:
    index = Index(BY_COLOR)
    for name in "abc":
        index.move(address(name), None, item(name, {"S": "red"}, {"N": "5"}))
    place = hash_place({"S": "red"})
    assert len(list(index.under(place, (5, False), (5, True)))) == 3
    assert list(index.under(place, (5, True), None)) == []


def test_expiries_give_what_is_due_first_things_first() -> None:
    expiries = Expiries("until")
    for name, until in (("a", "30"), ("b", "10"), ("c", "20")):
        expiries.move(address(name), None, {"until": {"N": until}})
    expiries.move(address("c"), {"until": {"N": "20"}}, {"until": {"S": "never"}})
    assert expiries.between(0.0, 30.0) == [address("b"), address("a")]
    assert expiries.between(10.0, 29.0) == []
