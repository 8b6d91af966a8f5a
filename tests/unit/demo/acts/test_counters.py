"""Act 8: how counters are raised and added up."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from sandbox.demo.acts.counters import RAISES, counts, listed, raise_everywhere


class Region:
    """Counts by item, as one replica without any replication does."""

    def __init__(self):
        self.items = {}
        self.lock = threading.Lock()

    def update_item(self, *, Key, UpdateExpression, **_):  # noqa: N803 - AWS's own names
        assert UpdateExpression == "ADD n :one"
        with self.lock:
            name = Key["id"]["S"]
            self.items[name] = self.items.get(name, 0) + 1

    def get_item(self, *, Key, **_):  # noqa: N803
        name = Key["id"]["S"]
        return {"Item": {"n": {"N": str(self.items[name])}}} if name in self.items else {}


def stage_of(regions):
    return SimpleNamespace(
        aws=SimpleNamespace(client=lambda service, region: regions[region]),
        ground=SimpleNamespace(regions=list(regions)),
    )


def test_each_region_raises_its_own_item_as_often_as_said():
    regions = {"one": Region(), "two": Region()}
    raise_everywhere(stage_of(regions), {"one": "a", "two": "b"})
    assert [region.items for region in regions.values()] == [{"a": RAISES}, {"b": RAISES}]


def test_a_reader_adds_up_and_takes_what_is_not_there_for_nothing():
    regions = {"one": Region(), "two": Region()}
    regions["one"].items = {"a": 3, "b": 4}
    regions["two"].items = {"a": 3}
    assert counts(stage_of(regions), ["a", "b"]) == [7, 3]
    assert listed([7, 3]) == "7, 3"
