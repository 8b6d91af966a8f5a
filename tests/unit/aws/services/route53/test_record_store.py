"""The store finds what was put in, in AWS's order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.route53.record_store import Key, RecordSet, ZoneRecords, key_of, place_of

NAMES = st.sampled_from(["test.", "a.test.", "b.a.test.", "a-b.test.", "*.test.", "z.test."])
KEYS = st.tuples(NAMES, st.sampled_from(["A", "TXT"]), st.sampled_from([None, "x", "y"]))
STEPS = st.lists(st.tuples(KEYS, st.booleans()), max_size=30)


def record(key: Key) -> RecordSet:
    name, kind, identifier = key
    return {"Name": name, "Type": kind} | ({} if identifier is None else {"SetIdentifier": identifier})


@given(STEPS, st.integers(1, 4))
def test_pages_together_hold_every_set_once_in_order(steps: list[tuple[Key, bool]], most: int) -> None:
    store, kept = ZoneRecords(), {}
    for key, is_there in steps:
        store.apply({key: record(key) if is_there else None})
        if is_there:
            kept[key] = record(key)
        else:
            kept.pop(key, None)
    listed: list[RecordSet] = []
    following: Key | None = ("", "", None)
    while following is not None:
        start = place_of(*following) if following[0] else ((), "", "")
        sets, following = store.page(start, most)
        assert len(sets) <= most
        listed += sets
    assert listed == sorted(kept.values(), key=lambda one: place_of(*key_of(one)))
    assert {key_of(one) for one in store.all()} == set(kept)
    for name in {key[0] for key in kept}:
        assert {key_of(one) for one in store.at(name)} == {key for key in kept if key[0] == name}


def test_names_are_sorted_by_their_reversed_labels() -> None:
    names = ["b.example.test.", "z.a.example.test.", "a.example.test.", "example.test."]
    assert sorted(names, key=lambda name: place_of(name, "A", None)) == names[::-1]
