"""A program's end of the management channel.

In: the hub's address and token. Out: calls, publications, events; handlers for calls; callbacks for topics. When the
hub is gone the program has no owner: `on_lost` is called, which programs use to end themselves.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from sandbox.kernel.errors import unavailable
from sandbox.kernel.tasks import Tasks
from sandbox.management.hub import Handler, answer
from sandbox.management.messages import LINE_LIMIT_BYTES, Message, decode, encode, refusal_from

TopicListener = Callable[[str, Any], None]


class Spoke:
    """Client side of the management channel, for asyncio programs."""

    def __init__(self, program: str, host: str, port: int, token: str) -> None:
        self.program = program
        self.host, self.port, self.token = host, port, token
        self.on_lost: Callable[[], None] = lambda: None
        self.on_event: Callable[[dict[str, Any]], None] = lambda record: None
        self.handlers: dict[str, Handler] = {}
        self._topics: list[tuple[str, TopicListener]] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribed: dict[str, asyncio.Future[None]] = {}
        self._next_call = 0
        self._tasks = Tasks(f"{program}:spoke")
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """Say hello; a Refusal when the hub does not want us, OSError when it is not there."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LINE_LIMIT_BYTES)
        self._writer = writer
        self._send({"hello": {"program": self.program, "token": self.token, "pid": os.getpid()}})
        welcome = decode(await reader.readline())
        if "refusal" in welcome:
            raise refusal_from(welcome["refusal"])
        self._tasks.start(self._read(reader), "read")

    async def close(self) -> None:
        """Leave."""
        self.on_lost = lambda: None
        await self._tasks.close()
        if self._writer is not None:
            self._writer.close()

    def handle(self, method: str, handler: Handler) -> None:
        """Answer calls of this name with `await handler(**arguments)`."""
        self.handlers[method] = handler

    async def call(self, to: str, method: str, **arguments: Any) -> Any:
        """Ask a program (or "hub"); its result, or its Refusal raised."""
        self._next_call += 1
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._next_call] = waiting
        self._send({"call": self._next_call, "to": to, "method": method, "arguments": arguments})
        return await waiting

    def publish(self, topic: str, value: Any) -> None:
        """Retain `value` at the hub under `topic`; None removes it."""
        self._send({"publish": topic, "value": value})

    async def subscribe(self, prefix: str, listener: TopicListener) -> None:
        """Call `listener(topic, value)` for retained values and changes; returns when the retained ones have come."""
        self._topics.append((prefix, listener))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._subscribed[prefix] = done
        self._send({"subscribe": prefix})
        await done

    def note(self, record: dict[str, Any]) -> None:
        """Send a journal record to the hub."""
        self._send({"event": record})

    def follow(self) -> None:
        """Have `on_event` called with every event of the sandbox from now on."""
        self._send({"follow": True})

    def _send(self, message: Message) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(message))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._receive(decode(line))
        except ConnectionError:
            pass  # told below, as for an orderly end
        gone = unavailable("the supervisor", "the management channel is closed")
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(gone)
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
            self._subscribed.pop(message["subscribed"]).set_result(None)

    def _settle(self, message: Message) -> None:
        waiting = self._waiting.pop(message["answer"], None)
        if waiting is None or waiting.done():
            return
        if "refusal" in message:
            waiting.set_exception(refusal_from(message["refusal"]))
        else:
            waiting.set_result(message["result"])

    async def _answer_call(self, message: Message) -> None:
        self._send({"answer": message["call"], **await answer(self.handlers, message)})
