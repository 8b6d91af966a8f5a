"""Labs and drills as the console sees them: a port, and the way from the event loop to what blocks behind it.

In: `Lessons`, handed over by the program, for `labs` stands above this room. Out: its answers, and what the live
stream says of the labs: progress, what is being done just now, how the last checkpoint went. Reading goes on beside
everything; what changes the sandbox or looks at all of it goes one after the other, in a thread, and few may wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sandbox.kernel.errors import Refusal, unavailable

MOST_READING = 4
MOST_WAITING = 8

Told = Mapping[str, Any]
Say = Callable[[str], None]
Result = TypeVar("Result")


class Lessons(Protocol):
    """Labs of a running sandbox. Every call blocks; values have the form of models_lessons.py."""

    def labs(self, language: str) -> Told:
        """All of them in short."""
        ...

    def lab(self, number: int, language: str) -> Told:
        """One of them."""
        ...

    def guide(self, language: str) -> Told:
        """The leader's guide."""
        ...

    def progress(self) -> Told | None:
        """Where somebody is."""
        ...

    def progress_version(self) -> tuple[int, ...]:
        """Another one after each change of the progress, by whomever; does not block for long."""
        ...

    def start(self, number: int, language: str, say: Say, *, yes: bool) -> Told:
        """Empty the sandbox and begin. yes: what no lab has made may go. say: hears each line that is typed, in the
        thread of the call."""
        ...

    def reset(self, number: int, say: Say) -> Told:
        """Begin the present lab again."""
        ...

    def check(self, number: int, step: int | None) -> Told:
        """Look whether the present step is done."""
        ...

    def speak(self, number: int, language: str) -> Told:
        """Go on in another language."""
        ...


class Classroom:
    """One sandbox's labs and drills. drills: the shipped ones in short, blocking."""

    def __init__(self, lessons: Lessons, drills: Callable[[], Sequence[Told]]) -> None:
        self._lessons = lessons
        self._drills = drills
        self._reading = asyncio.Semaphore(MOST_READING)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._loop = asyncio.get_running_loop()
        self._seen: tuple[int, ...] | None = None
        self._progress: Told | None = None
        self._wrong = ""
        self._doing = ""
        self._checked: Told | None = None
        self.version = 0  # greater after every change of what `now` says

    # -- what is there

    async def read(self, ask: Callable[[Lessons], Result]) -> Result:
        """What `ask` reads."""
        async with self._reading:
            return await asyncio.to_thread(ask, self._lessons)

    async def drills(self) -> Sequence[Told]:
        """Those that come with the package."""
        async with self._reading:
            return await asyncio.to_thread(self._drills)

    # -- what is done

    async def start(self, number: int, language: str, *, yes: bool) -> Told:
        """Begin a lab. yes: what no lab has made may go."""
        doing = f"lab {number} is prepared"
        return await self._act(doing, lambda lessons: lessons.start(number, language, self._hear, yes=yes))

    async def reset(self, number: int) -> Told:
        """Begin it again."""
        return await self._act(f"lab {number} is prepared", lambda lessons: lessons.reset(number, self._hear))

    async def speak(self, number: int, language: str) -> Told:
        """Go on in another language."""
        return await self._act("the language changes", lambda lessons: lessons.speak(number, language))

    async def check(self, number: int, step: int | None) -> Told:
        """Look at the present step; all who watch see what came of it."""
        checked = await self._act("the checkpoint looks", lambda lessons: lessons.check(number, step))
        self._checked = checked
        self.version += 1
        return checked

    async def _act(self, doing: str, ask: Callable[[Lessons], Told]) -> Told:
        if self._waiting >= MOST_WAITING:
            raise unavailable("the labs", f"{MOST_WAITING} wait for their turn. Try again")
        self._waiting += 1
        try:
            async with self._turn:
                self._does(doing)
                try:
                    return await asyncio.to_thread(ask, self._lessons)
                finally:
                    self._does("")
        finally:
            self._waiting -= 1

    def _hear(self, line: str) -> None:
        """A line is typed; called in a thread."""
        self._loop.call_soon_threadsafe(self._does, f"$ {line.partition(chr(10))[0]}")

    def _does(self, doing: str) -> None:
        self._doing = doing
        self.version += 1

    # -- for the live stream

    def look(self) -> None:
        """Notice what `sandbox lab` did."""
        seen = self._lessons.progress_version()
        if seen == self._seen:
            return
        self._seen = seen
        self.version += 1
        try:
            self._progress, self._wrong = self._lessons.progress(), ""
        except Refusal as refusal:
            self._progress, self._wrong = None, refusal.message

    def now(self) -> dict[str, Any]:
        """progress; doing: what is done just now, or ""; checked: the last checkpoint; wrong: with the progress."""
        return {"progress": self._progress, "doing": self._doing, "checked": self._checked, "wrong": self._wrong}
