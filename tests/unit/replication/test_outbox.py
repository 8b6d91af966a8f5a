"""Claims about the backlog for one peer: nothing is forgotten, nothing waits for ever, the mark never runs ahead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox.replication.outbox import Batch, Outbox, Unsent, earlier


def encode(key: bytes) -> bytes | None:
    return b"[" + key + b"]"


def test_a_key_that_is_written_again_waits_once_and_keeps_its_place() -> None:
    outbox = Outbox(0)
    for seq, key in enumerate([b"a", b"b", b"a", b"a"], 1):
        outbox.add(key, seq, float(seq))
    assert outbox.backlog == 2
    assert outbox.oldest_since_s == 1.0
    assert outbox.take(encode).parts == [b"[a]", b"[b]"]


def test_a_batch_is_limited_by_count_and_by_bytes_but_for_one_large_item() -> None:
    outbox = Outbox(0)
    for seq in range(1, 10):
        outbox.add(b"%d" % seq, seq, None)
    assert len(outbox.take(encode, most=4).parts) == 4
    assert len(outbox.take(encode, most_bytes=6).parts) == 2
    assert len(outbox.take(lambda key: bytes(1000), most_bytes=6).parts) == 1


def test_the_mark_moves_over_what_is_acknowledged_without_a_gap() -> None:
    outbox = Outbox(0)
    for seq, key in enumerate([b"a", b"b", b"c"], 1):
        outbox.add(key, seq, None)
    first, second = outbox.take(encode, most=1), outbox.take(encode, most=1)
    outbox.acknowledge(second)
    assert outbox.mark == 0, "the first is still under way"
    outbox.acknowledge(first)
    assert outbox.mark == 2
    outbox.acknowledge(outbox.take(encode))
    assert outbox.mark == 3


def test_what_failed_goes_first_the_next_time() -> None:
    outbox = Outbox(0)
    outbox.add(b"a", 1, None)
    failed = outbox.take(encode)
    outbox.add(b"b", 2, None)
    outbox.add(b"a", 3, None)
    outbox.give_back(failed)
    assert outbox.backlog == 2
    assert outbox.take(encode).parts == [b"[a]", b"[b]"]


def test_a_sync_and_changes_share_each_batch() -> None:
    outbox = Outbox(0)
    outbox.begin_sync(b"old %d" % number for number in range(100))
    for seq in range(1, 101):
        outbox.add(b"new %d" % seq, seq, None)
    parts = outbox.take(encode, most=10).parts
    assert sum(part.startswith(b"[old") for part in parts) == 5


def test_the_mark_waits_for_a_sync() -> None:
    outbox = Outbox(7)
    outbox.begin_sync(iter([b"a", b"b"]))
    outbox.add(b"c", 8, None)
    first = outbox.take(encode, most=2)
    second = outbox.take(encode, most=2)
    outbox.acknowledge(second)
    assert (outbox.mark, outbox.synced) == (7, False)
    outbox.acknowledge(first)
    while outbox.has_more:
        outbox.acknowledge(outbox.take(encode))
    assert (outbox.mark, outbox.synced) == (8, True)


def test_a_sync_of_nothing_is_done_after_one_empty_batch() -> None:
    outbox = Outbox(7)
    outbox.begin_sync(iter(()))
    assert outbox.has_more
    assert not outbox.synced
    empty = outbox.take(encode)
    assert not empty.entries
    outbox.acknowledge(empty)
    assert outbox.synced
    assert not outbox.has_more


def test_a_key_of_which_nothing_is_left_is_acknowledged_without_being_sent() -> None:
    outbox = Outbox(0)
    outbox.add(b"a", 1, None)
    batch = outbox.take(lambda key: None)
    assert (list(batch.entries), batch.parts) == ([b"a"], [])
    outbox.acknowledge(batch)
    assert outbox.mark == 1


@given(st.integers(0, 9), st.integers(0, 9))
def test_of_two_places_the_earlier_is_kept(one: int, other: int) -> None:
    assert earlier(Unsent(one, None), Unsent(other, None)).seq == min(one, other)


class PeerOfAnOutbox(RuleBasedStateMachine):
    """A peer that takes batches in any order, or not at all; `latest` is what it must have in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(0)
        self.seq = 0
        self.latest: dict[bytes, int] = {}  # key -> its last change
        self.has: dict[bytes, int] = {}
        self.under_way: list[tuple[Batch, dict[bytes, int]]] = []

    @rule(key=st.sampled_from([b"a", b"b", b"c", b"d"]))
    def write(self, key: bytes) -> None:
        self.seq += 1
        self.latest[key] = self.seq
        self.outbox.add(key, self.seq, None)

    @rule(most=st.integers(1, 3))
    def take(self, most: int) -> None:
        batch = self.outbox.take(encode, most=most)
        if batch.entries:
            self.under_way.append((batch, {key: self.latest[key] for key in batch.entries}))

    @rule()
    def sync(self) -> None:
        self.outbox.begin_sync(iter(list(self.latest)))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        batch, content = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        if data.draw(st.booleans()):
            for key, seq in content.items():
                self.has[key] = max(seq, self.has.get(key, 0))
            self.outbox.acknowledge(batch)
        else:
            self.outbox.give_back(batch)

    @invariant()
    def the_mark_promises_only_what_the_peer_has(self) -> None:
        assert all(self.has.get(key, 0) >= seq for key, seq in self.latest.items() if seq <= self.outbox.mark)

    def teardown(self) -> None:
        for batch, _ in self.under_way:
            self.outbox.give_back(batch)
        while self.outbox.has_more:
            batch = self.outbox.take(encode, most=2)
            for key in batch.entries:
                self.has[key] = self.latest[key]
            self.outbox.acknowledge(batch)
        assert self.has == self.latest
        assert self.outbox.backlog == 0
        assert self.outbox.mark == self.seq


TestOutbox = PeerOfAnOutbox.TestCase
