"""Act 9: which writes count as acknowledged, and which as missing."""

from __future__ import annotations

from types import SimpleNamespace

from botocore.exceptions import EndpointConnectionError

from sandbox.demo.acts.killed_writing import WRITERS, Writers, is_back, missing_in


class Region:
    """Takes so many writes, then is dead."""

    def __init__(self, takes):
        self.takes = takes
        self.held = []

    def put_item(self, *, Item, **_):  # noqa: N803 - AWS's own name
        if len(self.held) >= self.takes:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        self.held.append(Item["id"]["S"])

    def describe_table(self, **_):
        if len(self.held) >= self.takes:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    def get_paginator(self, name):
        assert name == "scan"
        pages = [{"Items": [{"id": {"S": key}} for key in self.held]}]
        return SimpleNamespace(paginate=lambda **_: pages)


def stage_of(region):
    return SimpleNamespace(aws=SimpleNamespace(client=lambda service, code: region))


def test_only_what_got_its_200_is_acknowledged_and_no_key_is_written_twice():
    region = Region(takes=10)
    writers = Writers(stage_of(region), "eu-west-1")
    writers.start()
    writers.join()
    assert sorted(writers.acknowledged) == sorted(region.held)
    assert len(set(region.held)) == len(region.held) >= 10
    assert len(region.held) < 10 + WRITERS


def test_missing_are_those_acknowledged_that_a_region_has_not():
    region = Region(takes=10)
    region.held = ["a", "b"]
    assert missing_in(stage_of(region), "eu-west-1", ["a", "c", "d"]) == 2


def test_a_region_is_back_when_it_answers():
    assert is_back(stage_of(Region(takes=1)))
    assert not is_back(stage_of(Region(takes=0)))
