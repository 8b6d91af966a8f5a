"""Follows the sandbox for all readers together: one connection to the hub, one picture, one stream of the traffic.

In: events and retained topics from the hub. Out: a `Chronicle`, a `Picture`, a `Traffic`; and for readers of the live
stream the same few messages a second, made once, however many requests there are and however many readers:

    hello    all that a page needs to draw itself, so that a reload loses nothing
    traffic  flows since the last message: [place, owner, served, failed, mean ms, why it failed]
    latency  a step of percentiles per city that is over
    state    the picture, when it has changed
    story    events but those of traffic, at most `MOST_STORIES` at once; `more` says how many were left out
    lab      how far somebody is in the labs, when it has changed here or by `sandbox lab`
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import orjson

from sandbox.console.asking import Asking
from sandbox.console.chronicle import TRAFFIC, Chronicle, Entry, Wanted
from sandbox.console.classroom import Classroom
from sandbox.console.picture import PREFIXES, Picture
from sandbox.console.traffic import Traffic
from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.management.spoke import Spoke

TICK_S = 0.25
LOOK_S = 1.0  # how old programs and replication may be while somebody watches
MOST_STORIES = 40  # a message
HELLO_STORIES = 300
MOST_WAITING = 40  # messages: a reader that is further behind is told everything anew
HEARTBEAT_S = 10.0
STORY = Wanted(traffic=False)
KEEP_ANSWERS = 300  # the newest of each name, type and place: the authority notes only what it decides anew


def frame(kind: str, value: Any, number: str = "") -> bytes:
    """One server-sent event (WHATWG HTML, 9.2)."""
    ident = f"id: {number}\n" if number else ""
    return f"{ident}event: {kind}\ndata: ".encode() + orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS) + b"\n\n"


class Reader:
    """Who watches: messages that wait for it. behind: it was too slow, and is told everything anew."""

    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.behind = True  # at the start, too
        self.news = asyncio.Event()

    def give(self, message: bytes) -> None:
        """Queue a message, unless all will be told anyway."""
        if self.behind:
            return
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.behind = True
        else:
            self.waiting.append(message)
        self.news.set()


class Watch:
    """All that is known."""

    def __init__(
        self,
        spoke: Spoke,
        asking: Asking,
        picture: Picture,
        traffic: Traffic,
        classroom: Classroom,
        clock: Clock,
    ) -> None:
        self.chronicle = Chronicle()
        self.picture = picture
        self.traffic = traffic
        self.asking = asking
        self.classroom = classroom
        self.noted = asyncio.Condition()  # told after every tick in which events came
        self.epoch = int(asking.card["started_at_s"])
        self._spoke = spoke
        self._clock = clock
        self._tasks = Tasks("console:watch")
        self._readers: dict[Reader, None] = {}
        self._fresh: deque[Entry] = deque(maxlen=MOST_STORIES * 5)
        self._fresh_answers: dict[tuple[str, str, str], Entry] = {}
        self._answers: dict[tuple[str, str, str], Entry] = {}
        self._dropped = 0
        self._told_version = -1
        self._told_lab = -1
        self._told_number = 0

    async def start(self) -> None:
        """Take up what there is, then follow."""
        for prefix in PREFIXES:
            await self._spoke.subscribe(prefix, self.picture.put)
        early: list[dict[str, Any]] = []
        self._spoke.on_event = early.append
        self._spoke.follow()
        found = await self.asking.hub("journal_since", number=0)
        # The answer holds all that was sent before it; `early` may hold some that came between it and this line.
        known = found["records"]
        for number, record in enumerate(known, start=found["first"]):
            self._take(number, record)
        behind = max(0, self._overlap(known, early))
        self._spoke.on_event = self._on_event
        for record in early[behind:]:
            self._on_event(record)
        self._fresh.clear()
        self.traffic.take_flows()
        self.traffic.take_steps(self._clock.wall_s())
        await self.look()
        self._tasks.start(self._tick(), "tick")
        self._tasks.start(self._look_now_and_then(), "look")

    @staticmethod
    def _overlap(known: list[dict[str, Any]], early: list[dict[str, Any]]) -> int:
        """How many of `early` the answer holds already: it ends with the last of them that it holds."""
        for count in range(min(len(early), len(known)), 0, -1):
            if known[-count:] == early[:count]:
                return count
        return 0

    async def close(self) -> None:
        """Stop, and let every reader go."""
        await self._tasks.close()

    def id_of(self, entry: Entry) -> str:
        """What a reader goes on behind: the sandbox's start and the number."""
        return f"{self.epoch}-{entry.number}"

    def number_in(self, ident: str) -> int:
        """The number in an id of this sandbox; 0, the beginning, for another's. A Refusal for what is none."""
        epoch, dash, number = ident.partition("-")
        if not dash or not (epoch.isascii() and epoch.isdigit() and number.isascii() and number.isdigit()):
            raise Refusal("BadEventId", f"{ident!r} is no id of an event: they look like {self.epoch}-1.")
        return int(number[:18]) if epoch == str(self.epoch) else 0

    def _on_event(self, record: dict[str, Any]) -> None:
        self._take(self.chronicle.newest + 1, record)

    def _take(self, number: int, record: dict[str, Any]) -> None:
        entry = self.chronicle.add(number, record)
        self.traffic.add(record)
        if entry.kind == "answered":
            key = record["place"], record["name"], record["rtype"]
            self._fresh_answers[key] = entry
            self._answers.pop(key, None)  # the newest stand last
            self._answers[key] = entry
            if len(self._answers) > KEEP_ANSWERS:
                del self._answers[next(iter(self._answers))]
        if entry.kind not in TRAFFIC:
            self._dropped += len(self._fresh) == self._fresh.maxlen
            self._fresh.append(entry)

    # -- now

    async def look(self) -> None:
        """Ask what is not told: programs, replication."""
        self.picture.put_programs(await self.asking.hub("programs"))
        self.picture.put_replication(await self.asking.hub("ask_regions", question="table_status", arguments={}))

    async def _look_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            if self._readers:
                try:
                    await self.look()
                except Refusal:
                    continue  # asked again in a second; what is shown stays

    # -- the live stream

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            if self.chronicle.newest != self._told_number:
                self._told_number = self.chronicle.newest
                async with self.noted:
                    self.noted.notify_all()
            self._tell()

    def _tell(self) -> None:
        """One tick's messages for all readers."""
        flows, steps = self.traffic.take_flows(), self.traffic.take_steps(self._clock.wall_s())
        messages = [frame("latency", step) for step in steps]
        if flows:
            messages.append(frame("traffic", flows))
        if self.picture.version != self._told_version:
            self._told_version = self.picture.version
            messages.append(frame("state", self.picture.whole()))
        if self._readers:
            self.classroom.look()
        if self.classroom.version != self._told_lab:
            self._told_lab = self.classroom.version
            messages.append(frame("lab", self.classroom.now()))
        if self._fresh or self._fresh_answers:
            messages.append(frame("story", self._stories()))
        for reader in tuple(self._readers):
            for message in messages:
                reader.give(message)

    def _stories(self) -> dict[str, Any]:
        fresh, self._fresh = list(self._fresh), deque(maxlen=self._fresh.maxlen)
        answers, self._fresh_answers = list(self._fresh_answers.values()), {}
        more, self._dropped = self._dropped + max(0, len(fresh) - MOST_STORIES), 0
        return {
            "events": [self.plain(entry) for entry in fresh[-MOST_STORIES:]],
            "answers": [self.plain(entry) for entry in answers[-KEEP_ANSWERS:]],
            "more": more,
        }

    def plain(self, entry: Entry) -> dict[str, Any]:
        """An event as readers see it."""
        return {**entry.record, "event_id": self.id_of(entry)}

    def hello(self) -> dict[str, Any]:
        """All that a page needs."""
        self.classroom.look()
        return {
            "now_s": self._clock.wall_s(),
            "state": self.picture.whole(),
            "latency": list(self.traffic.steps),
            "events": [self.plain(entry) for entry in self.chronicle.newest_of(STORY, HELLO_STORIES)],
            "answers": [self.plain(entry) for entry in self._answers.values()],
            "lab": self.classroom.now(),
        }

    async def stream(self) -> AsyncIterator[bytes]:
        """Messages for one reader, until it goes."""
        reader = Reader()
        self._readers[reader] = None
        try:
            while True:
                if reader.behind:
                    reader.behind = False
                    yield frame("hello", self.hello())
                while reader.waiting:
                    yield reader.waiting.popleft()
                reader.news.clear()
                if reader.behind or reader.waiting:
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await reader.news.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            del self._readers[reader]

    async def follow(self, number: int, wanted: Wanted) -> AsyncIterator[bytes]:
        """Events after a number, then new ones as they come, until the reader goes."""
        if self.chronicle.lost_since(number):
            yield frame("lost", {"after": f"{self.epoch}-{number}"})
        while True:
            found = self.chronicle.after(number, wanted, 500)
            for entry in found:
                number = entry.number
                yield frame(entry.kind, self.plain(entry), self.id_of(entry))
            if found:
                continue
            number = max(number, self.chronicle.newest)
            if not await self._is_news(number):
                yield b": still here\n\n"

    async def _is_news(self, number: int) -> bool:
        """True when there is an event after `number`; False when none has come for a while."""
        try:
            async with asyncio.timeout(HEARTBEAT_S), self.noted:
                await self.noted.wait_for(lambda: self.chronicle.newest > number)
        except TimeoutError:
            return False
        return True
