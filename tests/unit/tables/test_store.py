"""The items of one table: by address, by range, in scan order."""

from __future__ import annotations

import base64
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.attributes import order_of
from sandbox.tables.store import LIST_LIMIT, Orders, Store, hash_place, range_order

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000)
values = st.one_of(
    st.text(max_size=5).map(lambda text: {"S": text}),
    st.binary(max_size=5).map(lambda content: {"B": base64.b64encode(content).decode()}),
    numbers.map(lambda number: {"N": str(number)}),
)


@given(values, values)
def test_ranges_sort_as_conditions_compare(left: dict[str, str], right: dict[str, str]) -> None:
    if left.keys() == right.keys():
        assert (range_order(left) < range_order(right)) == (order_of(left) < order_of(right))


@given(st.lists(st.integers(0, 3000), unique=True, min_size=1), st.data())
def test_orders_give_back_what_lies_between_two_cuts(orders: list[int], data: st.DataObject) -> None:
    made = Orders(orders[0])
    for order in orders[1:]:
        made.add(order)
    low, high = data.draw(st.integers(0, 3000)), data.draw(st.integers(0, 3000))
    after_low, after_high = data.draw(st.booleans()), data.draw(st.booleans())
    expected = sorted(
        order
        for order in orders
        if (order > low if after_low else order >= low) and (order <= high if after_high else order < high)
    )
    assert list(made.between((low, after_low), (high, after_high))) == expected
    assert list(made.between((low, after_low), (high, after_high), backwards=True)) == expected[::-1]


def test_orders_stay_sorted_when_the_list_becomes_too_long() -> None:
    made = Orders(0)
    for order in range(LIST_LIMIT * 2, 0, -1):
        made.add(order)
    assert list(made.between(None, None)) == list(range(LIST_LIMIT * 2 + 1))
    for order in range(0, LIST_LIMIT * 2, 2):
        made.remove(order)
    assert list(made.between((0, False), (4, False))) == [1, 3]


def test_a_scan_goes_on_after_a_key_that_has_been_deleted() -> None:
    for ranged in (False, True):
        store = Store(ranged=ranged)
        addresses = [(hash_place({"S": str(n)}), Decimal(n) if ranged else None) for n in range(50)]
        for address in addresses:
            store.put(address, {})
        walked = list(store.all())
        assert sorted(walked) == sorted(addresses)
        store.remove(walked[20])
        assert list(store.all(after=walked[20])) == walked[21:]


def test_segments_of_places_share_out_the_scan() -> None:
    store = Store(ranged=False)
    for number in range(100):
        store.put((hash_place({"S": str(number)}), None), {})
    middle = b"\x80\0\0\0"
    assert [*store.all(b"", middle), *store.all(middle, None)] == list(store.all())


def test_putting_twice_keeps_one_item() -> None:
    store = Store(ranged=True)
    address = hash_place({"S": "a"}), "r"
    store.put(address, {"v": {"S": "1"}})
    store.put(address, {"v": {"S": "2"}})
    assert list(store.all()) == [address]
    assert store.items[address] == {"v": {"S": "2"}}
