"""A program's end of the management channel.

In: the hub's address and token. Out: calls, publications, events; handlers for calls; callbacks for topics. When the
hub is gone the program has no owner: `on_lost` is called, which programs use to end themselves. It is called as well
when a listener raises what it should have caught: a program that has stopped listening is better started again.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Handler, answer
from sandbox.management.messages import LINE_LIMIT_BYTES, Message, decode, encode, refusal_fields, refusal_from
from sandbox.management.silence import notice_silence

TopicListener = Callable[[str, Any], None]
EVENTS_BACKLOG_BYTES = 64 * 1024 * 1024
LEAVE_WITHIN_S = 1.0  # how long the last messages may take to leave


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

    async def connect(self) -> None:
        """Say hello; a Refusal when the hub does not want us, OSError when it is not there."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LINE_LIMIT_BYTES)
        self._writer = writer
        if self.remote:
            notice_silence(writer)
        hello = {"program": self.program, "token": self.token, "pid": os.getpid(), "remote": self.remote}
        self._send({"hello": hello})
        line = await reader.readline()
        welcome = decode(line) if line else {"refusal": refusal_fields(unavailable("the supervisor", "it hung up"))}
        if "refusal" in welcome:
            writer.close()
            raise refusal_from(welcome["refusal"])
        self._gone = False
        self._tasks.start(self._read(reader), "read").add_done_callback(self._lost)

    @property
    def own_address(self) -> str:
        """The address by which the hub's machine sees this one."""
        assert self._writer is not None, "not connected"
        return str(self._writer.get_extra_info("sockname")[0])

    async def close(self) -> None:
        """Leave, once what was sent has left."""
        self.on_lost = lambda: None
        await self._tasks.close()
        if self._writer is None:
            return
        self._writer.close()
        with suppress(ConnectionError, TimeoutError):  # the hub has gone, or reads no more
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
        if self._writer is not None and self._writer.transport.get_write_buffer_size() < EVENTS_BACKLOG_BYTES:
            self._send({"event": record})

    def follow(self, *kinds: str) -> None:
        """Have `on_event` called with every event of the sandbox from now on; with kinds, only with those of them."""
        self._send({"follow": True, "kinds": list(kinds)})

    def _send(self, message: Message) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(message))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):  # told by `_lost`, as an orderly end is
            while line := await reader.readline():
                self._receive(decode(line))

    def _lost(self, read: asyncio.Task[Any]) -> None:
        """Nothing is read any more: the hub is gone, we left, or a listener failed (told on stderr by now)."""
        self._gone = True
        subscribing = [done for waiting in self._subscribed.values() for done in waiting]
        for future in (*self._waiting.values(), *subscribing):
            if not future.done():
                future.set_exception(_hub_is_gone())
        if not read.cancelled():
            self.on_lost()

    def _receive(self, message: Message) -> None:
        if "topic" in message:
            for prefix, listener in self._topics:
                if message["topic"].startswith(prefix):
                    listener(message["topic"], message["value"])
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
