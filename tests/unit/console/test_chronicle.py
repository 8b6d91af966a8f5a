"""Claims about the kept events: numbers go on, filters hold, traffic pushes out no story."""

from sandbox.console.chronicle import Chronicle, Wanted, mentions

ALL = Wanted()


def told(chronicle, *kinds, **fields):
    for kind in kinds:
        chronicle.add(chronicle.newest + 1, {"event": kind, "at_s": 1.0, **fields})
    return chronicle


def numbers(entries):
    return [entry.number for entry in entries]


def test_a_reader_goes_on_where_it_stopped():
    chronicle = told(Chronicle(), "served", "fault_injected", "served", "fault_healed")
    assert numbers(chronicle.after(2, ALL, 10)) == [3, 4]
    assert numbers(chronicle.after(0, ALL, 3)) == [1, 2, 3]
    assert numbers(chronicle.newest_of(ALL, 3)) == [2, 3, 4]


def test_a_busy_minute_does_not_push_out_the_fault():
    chronicle = told(Chronicle(keep_traffic=5, keep_story=5), "fault_injected", *["served"] * 50)
    assert numbers(chronicle.newest_of(Wanted(traffic=False), 10)) == [1]
    assert numbers(chronicle.newest_of(ALL, 100)) == [1, 47, 48, 49, 50, 51]


def test_what_is_not_kept_any_more_is_said():
    chronicle = told(Chronicle(keep_traffic=5), *["served"] * 10)
    assert chronicle.lost_since(0)
    assert not chronicle.lost_since(5)
    assert not told(Chronicle(keep_traffic=5), "served").lost_since(0)


def test_kinds_are_asked_for_by_name_even_if_they_are_traffic():
    chronicle = told(Chronicle(), "served", "conflicted", "answered")
    wanted = Wanted(kinds=frozenset({"answered"}), traffic=False)
    assert numbers(chronicle.newest_of(wanted, 10)) == [3]


def test_an_event_is_about_places_programs_and_members_of_lists():
    partition = {"event": "fault_injected", "why": "nothing passes to paris", "target": ["eu-west-1", "us-east-1"]}
    assert mentions(partition, "eu-west-1")
    assert not mentions(partition, "paris")
    assert mentions({"event": "program_ended", "program": "region:eu-west-1"}, "eu-west-1")
    link = Wanted(about=("eu-west-1", "us-east-1"))
    chronicle = told(Chronicle(), "fault_injected", target=["eu-west-1", "us-east-1"])
    told(chronicle, "fault_injected", target=["eu-west-1"])
    assert numbers(chronicle.newest_of(link, 10)) == [1]
