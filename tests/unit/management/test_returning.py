"""Claims about what is said again on return, and what was missed."""

from __future__ import annotations

from sandbox.management.returning import EVENTS_KEPT, REMOVED_KEPT, Said


def test_the_last_value_of_each_topic_is_said_again_and_a_removal_until_it_has_arrived() -> None:
    said = Said()
    said.published("region/a", 1)
    said.published("region/a", 2)
    said.published("bucket/b", {"x": 1})
    said.published("bucket/b", None)
    for _ in range(2):  # the first return was cut short
        assert said.again() == [{"publish": "region/a", "value": 2}, {"publish": "bucket/b", "value": None}]
    said.has_arrived()
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


def test_of_too_many_removals_the_oldest_are_forgotten() -> None:
    said = Said()
    for number in range(REMOVED_KEPT + 5):
        said.published(f"bucket/{number}", 1)
        said.published(f"bucket/{number}", None)
    assert [message["publish"] for message in said.again()] == [f"bucket/{n}" for n in range(5, REMOVED_KEPT + 5)]


def test_what_a_return_that_was_cut_short_did_not_tell_is_still_known() -> None:
    said = Said()
    said.told("fault/1", {})
    before = said.begin_anew()
    said.still_known(before)
    assert said.begin_anew() == {"fault/1"}


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
