"""A program's end of the management channel.

In: the hub's address and token. Out: calls, publications, events; handlers for calls; callbacks for topics. When the
hub is gone the program has no owner: `on_lost` is called, which programs use to end themselves. It is called as well
when a listener raises what it should have caught: a program that has stopped listening is better started again.

With a network between them (`remote`) the hub may only be out of reach. Then the program goes on by itself, and its
spoke comes back to the same hub when there is a way; `on_lost` is called when another hub is there, which knows nothing
of it, or when our own address is another one by then.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Handler, answer
from sandbox.management.messages import LINE_LIMIT_BYTES, Message, decode, encode, refusal_fields, refusal_from
from sandbox.management.returning import Said
from sandbox.management.silence import SOON, USUAL, notice_silence

TopicListener = Callable[[str, Any], None]
EVENTS_BACKLOG_BYTES = 64 * 1024 * 1024
LEAVE_WITHIN_S = 1.0  # how long the last messages may take to leave
TRY_FOR_S = 2.0  # to come back to the hub
TRY_EVERY_S = 0.3


class Spoke:
    """Client side of the management channel, for asyncio programs."""

    def __init__(self, program: str, host: str, port: int, token: str, *, remote: bool = False) -> None:
        """remote: there is a network between us and the hub, which may vanish without a word."""
        self.program = program
        self.remote = remote
        self.host, self.port, self.token = host, port, token
        self.on_lost: Callable[[], None] = lambda: None
        self.on_event: Callable[[dict[str, Any]], None] = lambda record: None
        self.handlers: dict[str, Handler] = {}
        self._topics: list[tuple[str, TopicListener]] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribed: dict[str, deque[asyncio.Future[None]]] = {}
        self._next_call = 0
        self._tasks = Tasks(f"{program}:spoke")
        self._writer: asyncio.StreamWriter | None = None
        self._gone = True  # until connected
        self._own_address = ""
        self._hub_life = ""  # which hub it is: a hub that was started again is another one
        self._said = Said()
        self._lookup: asyncio.Future[str] | None = None
        self._patience = USUAL

    async def connect(self) -> None:
        """Say hello; a Refusal when the hub does not want us, OSError when it is not there."""
        hello = {"program": self.program, "token": self.token, "pid": os.getpid(), "remote": self.remote}
        address = await self._address_of_the_hub()
        reader, writer = await asyncio.open_connection(address, self.port, limit=LINE_LIMIT_BYTES)
        try:
            if self._hub_life:
                if writer.get_extra_info("sockname")[0] != self._own_address:
                    raise Refusal("Moved", "others know us at another address", status=409)
                hello["returning"] = self._hub_life
            if self.remote:
                notice_silence(writer, self._patience)
            writer.write(encode({"hello": hello}))
            line = await reader.readline()
            welcome = decode(line) if line else {"refusal": refusal_fields(unavailable("the supervisor", "it hung up"))}
            if "refusal" in welcome:
                raise refusal_from(welcome["refusal"])
        except BaseException:
            writer.close()
            raise
        self._writer = writer
        self._own_address = str(writer.get_extra_info("sockname")[0])
        self._hub_life = str(welcome["welcome"].get("hub", ""))
        self._gone = False
        self._tasks.start(self._read(reader), "read").add_done_callback(self._lost)

    async def _address_of_the_hub(self) -> str:
        """A name out of reach takes seconds to fail. Who gave up waiting asks the same lookup next time: each keeps a
        thread, and there are few."""
        if self._lookup is None:
            self._lookup = asyncio.get_running_loop().run_in_executor(None, socket.gethostbyname, self.host)
        try:
            return await asyncio.shield(self._lookup)
        finally:
            if self._lookup.done():
                self._lookup = None

    def expect_silence(self, *, expected: bool) -> None:
        """Notice sooner, or as usual, that the hub has vanished: somebody is about to cut the network."""
        self._patience = SOON if expected else USUAL
        if self.remote and self._writer is not None and not self._writer.is_closing():
            notice_silence(self._writer, self._patience)

    @property
    def own_address(self) -> str:
        """The address by which the hub's machine sees this one."""
        assert self._own_address, "not connected"
        return self._own_address

    async def close(self) -> None:
        """Leave, once what was sent has left."""
        self.on_lost = lambda: None
        await self._tasks.close()
        if self._writer is None:
            return
        self._writer.close()
        with suppress(OSError):  # the hub has gone, is out of reach, or reads no more
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self._writer.wait_closed()

    def handle(self, method: str, handler: Handler) -> None:
        """Answer calls of this name with `await handler(**arguments)`."""
        self.handlers[method] = handler

    async def call(self, to: str, method: str, **arguments: Any) -> Any:
        """Ask a program (or "hub"); its result, or its Refusal raised."""
        if self._gone:
            raise _hub_is_gone()
        self._next_call += 1
        number = self._next_call
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            self._send({"call": number, "to": to, "method": method, "arguments": arguments})
            return await waiting
        finally:
            self._waiting.pop(number, None)  # the caller may have given up

    def publish(self, topic: str, value: Any) -> None:
        """Retain `value` at the hub under `topic`; None removes it."""
        if self.remote:
            self._said.published(topic, value)
        self._send({"publish": topic, "value": value})

    async def subscribe(self, prefix: str, listener: TopicListener) -> None:
        """Call `listener(topic, value)` for retained values and changes; returns when the retained ones have come."""
        if self._gone:
            raise _hub_is_gone()
        self._topics.append((prefix, listener))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._subscribed.setdefault(prefix, deque()).append(done)
        self._send({"subscribe": prefix})
        await done

    def unsubscribe(self, prefix: str) -> None:
        """Hear no more of a prefix: all its listeners are let go."""
        self._topics = [(known, listener) for known, listener in self._topics if known != prefix]
        self._send({"unsubscribe": prefix})

    def note(self, record: dict[str, Any]) -> None:
        """Send a journal record to the hub; not while the hub reads nothing (its owner may have stopped it)."""
        if self.remote and self._gone and self._hub_life:
            self._said.missed(record)
        elif self._writer is not None and self._writer.transport.get_write_buffer_size() < EVENTS_BACKLOG_BYTES:
            self._send({"event": record})

    def follow(self, *kinds: str) -> None:
        """Have `on_event` called with every event of the sandbox from now on; with kinds, only with those of them."""
        self._said.following = {"follow": True, "kinds": list(kinds)}
        self._send(self._said.following)

    def _send(self, message: Message) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(message))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):  # told by `_lost`, as an orderly end is; silence is ETIMEDOUT
            while line := await reader.readline():
                self._receive(decode(line))

    def _lost(self, read: asyncio.Task[Any]) -> None:
        """Nothing is read any more: the hub is gone, we left, or a listener failed (told on stderr by now)."""
        self._gone = True
        subscribing = [done for waiting in self._subscribed.values() for done in waiting]
        for future in (*self._waiting.values(), *subscribing):
            if not future.done():
                future.set_exception(_hub_is_gone())
        self._subscribed.clear()
        if read.cancelled():
            return
        if self.remote and read.exception() is None:
            if self._writer is not None:
                self._writer.close()
            self._tasks.start(self._come_back(), "come back").add_done_callback(self._came_back)
        else:
            self.on_lost()

    async def _come_back(self) -> None:
        """To the same hub, as often as it takes, and say all that it must know."""
        await SystemClock().sleep(TRY_EVERY_S)  # a hub that throws us out again and again is not asked without a pause
        while self._gone:
            try:
                async with asyncio.timeout(TRY_FOR_S):
                    await self.connect()
            except (OSError, TimeoutError):
                await SystemClock().sleep(TRY_EVERY_S)
            except Refusal:  # it is another one, or does not want us
                self.on_lost()
                return
        before = self._said.begin_anew()
        for message in self._said.again():
            self._send(message)
        for prefix in dict.fromkeys(prefix for prefix, _ in self._topics):
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._subscribed.setdefault(prefix, deque()).append(done)
            self._send({"subscribe": prefix})
            try:
                await done
            except Refusal:  # lost once more: the next return, which has begun, does all of it again
                self._said.still_known(before)
                return
        for topic in self._said.taken_away(before):
            self._tell(topic, None)
        self._said.has_arrived()

    def _came_back(self, coming: asyncio.Task[Any]) -> None:
        if not coming.cancelled() and coming.exception() is not None:  # a listener failed, told on stderr by now
            self.on_lost()

    def _tell(self, topic: str, value: Any) -> None:
        for prefix, listener in self._topics:
            if topic.startswith(prefix):
                listener(topic, value)

    def _receive(self, message: Message) -> None:
        if "topic" in message:
            if self.remote:
                self._said.told(message["topic"], message["value"])
            self._tell(message["topic"], message["value"])
        elif "answer" in message:
            self._settle(message)
        elif "call" in message:
            self._tasks.start(self._answer_call(message), f"call {message['method']}")
        elif "event" in message:
            self.on_event(message["event"])
        elif "subscribed" in message:
            done = self._subscribed[message["subscribed"]].popleft()
            if not done.done():
                done.set_result(None)

    def _settle(self, message: Message) -> None:
        waiting = self._waiting.get(message["answer"])
        if waiting is None or waiting.done():
            return
        if "refusal" in message:
            waiting.set_exception(refusal_from(message["refusal"]))
        else:
            waiting.set_result(message.get("result"))

    async def _answer_call(self, message: Message) -> None:
        await answer(self.handlers, message, self._send)


def _hub_is_gone() -> Refusal:
    return unavailable("the supervisor", "the management channel is closed")
