"""Claims about the scan order of places, however they came."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from sandbox.tables.places import LEAF_MOST, Places
from sandbox.tables.store import hash_place

PLACES = st.binary(min_size=4, max_size=6)
# Few first bytes, so that leaves become long and are divided.
CROWDED = st.tuples(st.sampled_from([b"\0", b"m", b"\xff"]), PLACES).map(b"".join)


@given(added=st.sets(PLACES | CROWDED, max_size=600), low=st.just(b"") | PLACES, data=st.data())
def test_what_lies_between_two_bounds_comes_sorted(added: set[bytes], low: bytes, data: st.DataObject) -> None:
    places, high = Places(), data.draw(st.none() | PLACES)
    for place in added:
        places.add(place)
    for place in data.draw(st.sets(st.sampled_from(sorted(added)))) if added else ():
        places.remove(place)
        added.remove(place)
    for after_low in (False, True):
        expected = [
            place
            for place in sorted(added)
            if (place > low if after_low else place >= low) and (high is None or place < high)
        ]
        assert list(places.between(low, high, after_low=after_low)) == expected


def test_a_long_leaf_is_divided_and_nothing_is_lost() -> None:
    dice = random.Random(1)
    wanted = [hash_place({"S": str(number)}) for number in range(256 * LEAF_MOST * 2)]
    places = Places()
    for place in wanted:
        places.add(place)
    assert list(places.between(b"", None)) == sorted(wanted)
    gone = dice.sample(wanted, 1000)
    for place in gone:
        places.remove(place)
    assert list(places.between(b"", None)) == sorted(set(wanted) - set(gone))
