"""Claims about the journal: in order, to everybody, with a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.kernel.journal import Event, Journal, as_record


@dataclass(frozen=True, kw_only=True)
class RegionFailedOver(Event):
    region: str
    to: list[str]


def failed_over(at_s: float = 1.0) -> RegionFailedOver:
    return RegionFailedOver(at_s=at_s, why="it stopped answering", region="us-east-1", to=["eu-west-1"])


def test_the_class_name_is_the_events_kind() -> None:
    assert RegionFailedOver.kind == "region_failed_over"


def test_a_record_is_the_fields_and_the_kind() -> None:
    assert as_record(failed_over()) == {
        "event": "region_failed_over",
        "at_s": 1.0,
        "why": "it stopped answering",
        "region": "us-east-1",
        "to": ["eu-west-1"],
    }


def test_listeners_hear_events_in_order_until_they_leave() -> None:
    journal, heard = Journal(), []
    end = journal.listen(heard.append)
    journal.note(failed_over(1))
    journal.note_record({"event": "told_by_another_program", "at_s": 2.0})
    end()
    end()
    journal.note(failed_over(3))
    assert [record["at_s"] for record in heard] == [1, 2]


def test_a_listener_may_leave_while_it_is_told() -> None:
    journal, heard = Journal(), []

    def once(record: dict[str, Any]) -> None:
        heard.append(record)
        end()

    end = journal.listen(once)
    journal.listen(heard.append)
    journal.note(failed_over(1))
    journal.note(failed_over(2))
    assert len(heard) == 3, "the other listener misses nothing"


def test_the_oldest_events_make_room() -> None:
    journal = Journal(keep=3)
    for second in range(5):
        journal.note(failed_over(second))
    assert [record["at_s"] for record in journal.records] == [2, 3, 4]


def test_events_are_found_by_kind() -> None:
    journal = Journal()
    journal.note(failed_over())
    journal.note_record({"event": "other", "at_s": 0.0})
    assert [record["event"] for record in journal.of_kind("region_failed_over")] == ["region_failed_over"]
    assert len(journal.of_kind("other", "region_failed_over")) == 2


def test_records_keep_their_numbers_when_older_ones_are_let_go() -> None:
    journal = Journal(keep=3)
    for at_s in range(1, 6):
        journal.note(failed_over(float(at_s)))
    first, records = journal.after(0)
    assert (first, [record["at_s"] for record in records], journal.noted) == (3, [3.0, 4.0, 5.0], 5)
    assert journal.after(4)[0] == 5
    assert journal.after(5) == (6, [])
