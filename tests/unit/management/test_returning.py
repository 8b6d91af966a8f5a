"""Claims about what is said again on return, and what was missed."""

from __future__ import annotations

from sandbox.management.returning import EVENTS_KEPT, Said


def test_the_last_value_of_each_topic_is_said_again_and_a_removal_once() -> None:
    said = Said()
    said.published("region/a", 1)
    said.published("region/a", 2)
    said.published("bucket/b", {"x": 1})
    said.published("bucket/b", None)
    assert said.again() == [{"publish": "region/a", "value": 2}, {"publish": "bucket/b", "value": None}]
    assert said.again() == [{"publish": "region/a", "value": 2}]


def test_events_are_told_once_and_in_their_order() -> None:
    said = Said()
    said.following = {"follow": True, "kinds": []}
    for number in range(3):
        said.missed({"event": "served", "number": number})
    first = said.again()
    assert first[0] == said.following
    assert [message["event"]["number"] for message in first[1:]] == [0, 1, 2]
    assert said.again() == [said.following]


def test_of_too_many_events_the_oldest_are_lost() -> None:
    said = Said()
    for number in range(EVENTS_KEPT + 5):
        said.missed({"event": "served", "number": number})
    assert [message["event"]["number"] for message in said.again()] == list(range(5, EVENTS_KEPT + 5))


def test_what_is_not_told_again_has_been_taken_away() -> None:
    said = Said()
    for topic in ("fault/1", "fault/2", "zone/Z"):
        said.told(topic, {})
    said.told("zone/Z", None)
    before = said.begin_anew()
    said.told("fault/2", {})
    said.told("fault/3", {})
    assert said.taken_away(before) == ["fault/1"]
    assert said.begin_anew() == {"fault/2", "fault/3"}
