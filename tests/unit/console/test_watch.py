"""Claims about following the sandbox, with a real hub: numbering, aggregation, readers that are slow or come back."""

import asyncio

import orjson

from sandbox.console.asking import Asking
from sandbox.console.chronicle import Wanted
from sandbox.console.classroom import Classroom
from sandbox.console.picture import Picture
from sandbox.console.traffic import Traffic
from sandbox.console.watch import MOST_WAITING, Reader, Watch, frame
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.management.spoke import Spoke

SERVED = {"event": "served", "at_s": 1.0, "place": "paris", "owner": "eu-west-1", "took_ms": 80.0, "status": 200}
FAULT = {"event": "fault_injected", "at_s": 1.0, "why": "cut", "target": ["eu-west-1"], "id": "isolate-1"}
CARD = {"started_at_s": 1000.5, "account": "000000000000", "ports": {"proxy": 1}, "ca_bundle": ""}


class NoLessons:
    """Labs that nobody has begun: what a watch asks of them."""

    def __init__(self):
        self.began = None

    def progress_version(self):
        return () if self.began is None else (1,)

    def progress(self):
        return self.began


def watching(story):
    """Run `story(journal, watch, hub)` with a hub that answers what a watch asks."""

    async def life():
        journal = Journal()
        hub = Hub(journal, "secret")

        async def journal_since(number):
            return {"first": 1, "records": list(journal.records)}

        async def programs():
            return []

        async def ask_regions(question, arguments):
            return {"answers": {}, "silent": {}}

        for handler in (journal_since, programs, ask_regions):
            hub.handle(handler.__name__, handler)
        spoke = Spoke("console", "127.0.0.1", await hub.start(), "secret")
        await spoke.connect()
        journal.note_record({**FAULT, "id": "before"})
        traffic = Traffic(lambda address: None)
        classroom = Classroom(NoLessons(), list)
        watch = Watch(spoke, Asking(spoke, CARD), Picture(["eu-west-1"]), traffic, classroom, SystemClock())
        await watch.start()
        try:
            async with asyncio.timeout(10):
                await story(journal, watch, hub)
        finally:
            await watch.close()
            await spoke.close()
            await hub.close()

    asyncio.run(life())


def read(message):
    """kind and value of one server-sent event."""
    lines = dict(line.split(": ", 1) for line in message.decode().strip().splitlines())
    return lines["event"], orjson.loads(lines["data"])


async def until(stream, kind):
    async for message in stream:
        name, value = read(message)
        if name == kind:
            return value
    raise AssertionError(f"no {kind}")


def test_a_reader_is_told_everything_and_then_sums():
    async def story(journal, watch, hub):
        stream = watch.stream()
        hello = await until(stream, "hello")
        assert [event["id"] for event in hello["events"]] == ["before"]
        for _ in range(500):
            journal.note_record(SERVED)
        assert await until(stream, "traffic") == [["paris", "eu-west-1", 500, 0, 80.0, ""]]
        hub.publish("fault/isolate-1", {**FAULT, "kind": "isolate", "since": 1.0})
        while (await until(stream, "state"))["regions"][0]["faults"] != ["isolate-1"]:
            pass
        journal.note_record(FAULT)
        told = await until(stream, "story")
        assert [event["id"] for event in told["events"]] == ["isolate-1"]
        assert told["events"][0]["event_id"] == "1000-502"

    watching(story)


def test_a_reader_comes_back_and_has_missed_nothing():
    async def story(journal, watch, hub):
        for number in range(3):
            journal.note_record({**FAULT, "id": str(number)})
        stream = watch.follow(watch.number_in("1000-2"), Wanted(traffic=False))
        assert [read(await anext(stream))[1]["id"] for _ in range(2)] == ["1", "2"]
        journal.note_record(SERVED)
        journal.note_record({**FAULT, "id": "new"})
        assert read(await anext(stream))[1]["event_id"] == "1000-6"

    watching(story)


def test_an_id_of_an_earlier_sandbox_means_from_the_beginning():
    async def story(journal, watch, hub):
        assert watch.number_in("999-17") == 0
        assert watch.number_in("1000-17") == 17

    watching(story)


def test_events_that_come_while_it_starts_are_counted_once():
    one, two, three = ({**FAULT, "id": name} for name in "abc")
    assert Watch._overlap([one, two], [two, three]) == 1
    assert Watch._overlap([one], [two]) == 0
    assert Watch._overlap([one, two], []) == 0


def test_a_slow_reader_keeps_little_and_is_told_all_anew():
    reader = Reader()
    reader.behind = False
    for _ in range(MOST_WAITING):
        reader.give(frame("traffic", []))
    assert len(reader.waiting) == MOST_WAITING
    reader.give(frame("traffic", []))
    assert (len(reader.waiting), reader.behind) == (0, True)


def test_a_reader_is_told_of_the_labs_at_first_and_when_somebody_goes_on_elsewhere():
    async def story(journal, watch, hub):
        stream = watch.stream()
        assert (await until(stream, "hello"))["lab"]["progress"] is None
        watch.classroom._lessons.began = {"lab": 1, "step": 0}  # as `sandbox lab start` does, in another process
        while (told := (await until(stream, "lab"))["progress"]) is None:
            pass
        assert told == {"lab": 1, "step": 0}

    watching(story)
