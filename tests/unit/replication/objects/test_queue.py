"""Claims about what goes next to one region: order within a key, patience, and that nothing is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.replication.objects.queue import AWAY_WAITS_S, MOST_TRIES, Queue
from sandbox.replication.objects.values import Task


def task(seq: int, key: str = "k", bucket: str = "b", destination: str = "d") -> Task:
    return Task(seq, bucket, key, f"v{seq}", destination, "eu-west-1", "all", "object", 1, 0.0, False)


def queue_of(*tasks: Task) -> Queue:
    queue = Queue()
    for each in tasks:
        queue.add(each)
    return queue


def taken(queue: Queue, now_s: float = 0.0) -> list[int]:
    found = []
    while (each := queue.take(now_s)) is not None:
        found.append(each.seq)
    return found


def test_versions_of_one_key_go_one_after_the_other_and_keys_beside_each_other() -> None:
    queue = queue_of(task(1, "a"), task(2, "b"), task(3, "a"))
    assert taken(queue) == [1, 2]
    queue.done(task(1, "a"))
    assert taken(queue) == [3]
    assert len(queue) == 2


def test_a_task_that_could_not_be_stored_keeps_its_place_and_is_tried_later() -> None:
    queue = queue_of(task(1), task(2), task(3, "other"))
    assert taken(queue) == [1, 3]
    assert queue.not_stored(task(1), 10.0, counts=True)
    assert taken(queue, 10.1) == []
    assert queue.wait_s(10.1) is not None
    assert taken(queue, 10.3) == [1], "not 2, which is newer"


def test_a_task_is_given_up_after_many_tries_but_not_for_an_engine_that_does_not_run() -> None:
    queue, now_s = queue_of(task(1)), 0.0
    for number in range(5 * MOST_TRIES):
        assert queue.take(now_s) == task(1), number
        assert queue.not_stored(task(1), now_s, counts=False)
        now_s += 20.0
    tried = 0
    while queue.take(now_s) is not None and queue.not_stored(task(1), now_s, counts=True):
        now_s += 20.0
        tried += 1
    assert tried < MOST_TRIES
    queue.done(task(1))
    assert len(queue) == 0


def test_while_the_region_is_away_one_task_at_a_time_looks_whether_it_is_back() -> None:
    queue = queue_of(*(task(number, f"k{number}") for number in range(1, 6)))
    assert taken(queue) == [1, 2, 3, 4, 5]
    for number in (1, 2, 3, 4, 5):
        queue.unreached(task(number, f"k{number}"), 1.0)
    assert queue.failures == 1, "what was under way together counts once"
    assert queue.take(1.0) is None
    assert queue.wait_s(1.0) == pytest.approx(AWAY_WAITS_S[0])
    [first] = taken(queue, 1.0 + AWAY_WAITS_S[0])
    assert queue.wait_s(2.0) is None, "its answer decides"
    queue.done(task(first, f"k{first}"))
    assert sorted(taken(queue, 2.0)) == sorted({1, 2, 3, 4, 5} - {first})


def test_what_is_held_waits_and_goes_afterwards() -> None:
    queue = queue_of(task(1, "a"), task(2, "b", destination="other"))
    queue.hold(frozenset({("b", "d")}))
    assert taken(queue) == [2]
    assert len(queue) == 2
    queue.hold(frozenset())
    assert taken(queue) == [1]


def test_what_is_dropped_is_gone_but_for_what_is_under_way() -> None:
    queue = queue_of(task(1, "a"), task(2, "a"), task(3, "b"), task(4, bucket="else"))
    first = queue.take(0.0)
    assert first is not None
    queue.drop("b")
    assert taken(queue) == [4]
    queue.done(first)
    assert len(queue) == 1


@given(
    keys=st.lists(st.sampled_from("abc"), max_size=25),
    fates=st.lists(st.sampled_from(["done", "later", "away"]), max_size=200),
)
def test_whatever_becomes_of_tries_each_task_goes_in_the_order_of_its_key(keys: list[str], fates: list[str]) -> None:
    tasks = [task(number, key) for number, key in enumerate(keys, 1)]
    queue, now_s, done = queue_of(*tasks), 0.0, []
    turns = iter([*fates, *["done"] * 1000])
    while len(queue):
        now_s += 30.0
        each = queue.take(now_s)
        assert each is not None, "nothing is stuck"
        fate = next(turns)
        if fate == "done":
            queue.done(each)
            done.append(each)
        elif fate == "later":
            queue.not_stored(each, now_s, counts=False)
        else:
            queue.unreached(each, now_s)
    assert sorted(each.seq for each in done) == [each.seq for each in tasks]
    for key in "abc":
        assert [each.seq for each in done if each.key == key] == [each.seq for each in tasks if each.key == key]
