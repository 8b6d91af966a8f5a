"""The hub: keeps retained topics, passes calls between programs, collects events. It lives in the supervisor.

In: connections of spokes. Out: their answers. A program that comes back is given every retained value it subscribes
to, whoever published it and whether or not the publisher still lives: that is how data planes go on without control.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.management.messages import (
    LINE_LIMIT_BYTES,
    Message,
    decode,
    encode,
    kind_of,
    refusal_fields,
    refusal_from,
)
from sandbox.management.silence import notice_silence

Handler = Callable[..., Awaitable[Any]]
Send = Callable[[Message], None]
BACKLOG_BYTES = 256 * 1024 * 1024  # a spoke that reads nothing is dropped when this much waits for it
HELLO_WITHIN_S = 10.0  # who connects and says nothing is dropped after this


def nobody_listens(*_: object) -> None:
    """The listener of nobody."""


class Connection:
    """One spoke, as the hub sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.program = ""
        self.prefixes: list[str] = []
        self.follows = False
        self.kinds: frozenset[str] = frozenset()  # of events that it follows; none: all of them

    def __repr__(self) -> str:
        return f"Connection({self.program})"

    def send(self, message: Message) -> None:
        """Queue one message; a spoke that has stopped reading is dropped rather than waited for."""
        if self.writer.is_closing():
            return
        self.writer.write(encode(message))
        transport = self.writer.transport
        if transport.get_write_buffer_size() > BACKLOG_BYTES:
            transport.abort()


class Hub:
    """Server side of the management channel."""

    def __init__(self, journal: Journal, token: str) -> None:
        self.journal = journal
        self.token = token
        self.retained: dict[str, Any] = {}
        self.programs: dict[str, Connection] = {}
        self.handlers: dict[str, Handler] = {}
        self._connections: set[Connection] = set()
        self._pending: dict[int, tuple[Connection, int, Connection]] = {}  # asker, its number, who is asked
        self._next_call = 0
        self._tasks = Tasks("hub")
        self._server: asyncio.Server | None = None
        self._listeners: list[tuple[str, Callable[[str, Any], None]]] = []
        self.life = fresh_token()[:16]  # of this hub: who comes back must find the same
        self.on_join: Callable[[str, int, bool], None] = nobody_listens  # a program, its pid, whether it only came back
        self.on_leave: Callable[[str], None] = nobody_listens
        journal.listen(self._to_followers)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=LINE_LIMIT_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and drop everybody."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.writer.close()
        await self._tasks.close()

    def handle(self, method: str, handler: Handler) -> None:
        """Answer calls to "hub" of this name with `await handler(**arguments)`."""
        self.handlers[method] = handler

    def publish(self, topic: str, value: Any) -> None:
        """Retain a value (None removes it) and tell the subscribers."""
        if value is None:
            self.retained.pop(topic, None)
        else:
            self.retained[topic] = value
        for connection in tuple(self._connections):
            if any(topic.startswith(prefix) for prefix in connection.prefixes):
                connection.send({"topic": topic, "value": value})
        for prefix, listener in tuple(self._listeners):
            if topic.startswith(prefix):
                listener(topic, value)

    def listen(self, prefix: str, listener: Callable[[str, Any], None]) -> None:
        """Call `listener(topic, value)` for changes, in the hub's own process."""
        self._listeners.append((prefix, listener))

    def drop(self, program: str) -> None:
        """Let a program go that cannot be reached any more, now and not when the silence is noticed."""
        if (connection := self.programs.get(program)) is not None:
            connection.writer.transport.abort()

    async def ask(self, program: str, method: str, **arguments: Any) -> Any:
        """Call a program from the hub's own process."""
        connection = self._program(program)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        own = _OwnQuestion(answer)
        number = self._pass_on(own, 0, connection, {"to": program, "method": method, "arguments": arguments})
        try:
            return await answer
        finally:
            self._pending.pop(number, None)  # the asker may have given up

    def _to_followers(self, record: dict[str, Any]) -> None:
        for connection in tuple(self._connections):
            if connection.follows and (not connection.kinds or record["event"] in connection.kinds):
                connection.send({"event": record})

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.start(self._serve(reader, writer), "connection")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                hello = decode(await reader.readline())
            if not self._greet(connection, hello):
                return
            while line := await reader.readline():
                self._receive(connection, decode(line))
        except (OSError, ValueError, Refusal):
            pass  # the connection is closed below, and the spoke sees that (ValueError: a line over the limit)
        finally:
            self._farewell(connection)
            writer.close()

    def _greet(self, connection: Connection, hello: Message) -> bool:
        fields = hello.get("hello")
        if not isinstance(fields, dict):
            raise Refusal("BadMessage", "the first line is a hello")
        if not hmac.compare_digest(str(fields.get("token", "")).encode(), self.token.encode()):
            connection.send({"refusal": refusal_fields(Refusal("AccessDenied", "wrong token", status=403))})
            return False
        if fields.get("returning", self.life) != self.life:
            connection.send({"refusal": refusal_fields(Refusal("AnotherHub", "the hub was started anew", status=409))})
            return False
        connection.program = str(fields.get("program", "client"))
        connection.send({"welcome": {"program": connection.program, "hub": self.life}})
        self._connections.add(connection)
        if fields.get("remote"):
            notice_silence(connection.writer)
        if connection.program != "client":
            self.programs[connection.program] = connection
            self.on_join(connection.program, int(fields.get("pid", 0)), "returning" in fields)
        return True

    def _farewell(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if self.programs.get(connection.program) is connection:
            del self.programs[connection.program]
            self.on_leave(connection.program)
        gone = refusal_fields(unavailable(connection.program, "it ended before it answered"))
        for number, (asker, asked_as, asked) in list(self._pending.items()):
            if asked is connection:
                asker.send({"answer": asked_as, "refusal": gone})
            if connection in (asked, asker):
                del self._pending[number]

    def _receive(self, connection: Connection, message: Message) -> None:
        kind = kind_of(message)
        if kind == "event":
            self.journal.note_record(message["event"])
        elif kind == "publish":
            self.publish(message["publish"], message["value"])
        elif kind == "subscribe":
            self._subscribe(connection, message["subscribe"])
        elif kind == "unsubscribe":
            if message["unsubscribe"] in connection.prefixes:
                connection.prefixes.remove(message["unsubscribe"])
        elif kind == "answer":
            self._answered(connection, message)
        elif kind == "call":
            self._called(connection, message)
        else:
            connection.follows, connection.kinds = message["follow"], frozenset(message.get("kinds", ()))

    def _subscribe(self, connection: Connection, prefix: str) -> None:
        connection.prefixes.append(prefix)
        for topic, value in self.retained.items():
            if topic.startswith(prefix):
                connection.send({"topic": topic, "value": value})
        connection.send({"subscribed": prefix})

    def _program(self, program: str) -> Connection:
        connection = self.programs.get(program)
        if connection is None:
            raise unavailable(program, "it is not running. See: sandbox status")
        return connection

    def _called(self, asker: Connection, message: Message) -> None:
        try:
            if message["to"] == "hub":
                self._tasks.start(self._answer_call(asker, message), f"call {message['method']}")
            else:
                self._pass_on(asker, message["call"], self._program(message["to"]), message)
        except Refusal as refusal:
            asker.send({"answer": message["call"], "refusal": refusal_fields(refusal)})

    def _pass_on(self, asker: Connection, asked_as: int, to: Connection, message: Message) -> int:
        self._next_call += 1
        number = self._next_call
        self._pending[number] = (asker, asked_as, to)
        to.send(
            {
                "call": number,
                "to": to.program,
                "method": message["method"],
                "arguments": message.get("arguments", {}),
            }
        )
        return number

    def _answered(self, connection: Connection, message: Message) -> None:
        asker, asked_as, asked = self._pending.get(message["answer"], (None, 0, None))
        if asker is not None and asked is connection:  # nobody answers for another
            del self._pending[message["answer"]]
            asker.send({**message, "answer": asked_as})

    async def _answer_call(self, asker: Connection, message: Message) -> None:
        await answer(self.handlers, message, asker.send)


class _OwnQuestion(Connection):
    """Stands in for a connection when the hub's own process asks."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future
        self.program = "hub"

    def send(self, message: Message) -> None:
        if self.future.done():
            return
        if "refusal" in message:
            self.future.set_exception(refusal_from(message["refusal"]))
        else:
            self.future.set_result(message.get("result"))


async def answer(handlers: dict[str, Handler], message: Message, send: Send) -> None:
    """Run the handler a call names and send its result or refusal. Whatever becomes of it, the asker gets an answer."""
    number, method = message["call"], message["method"]
    reply = _internal_error(method, "it failed; see the log of the program")
    try:
        reply = await _reply(handlers, message)
    finally:  # an error that is not caught goes on to the task's owner, with its traceback
        try:
            send({"answer": number, **reply})
        except TypeError as error:  # a result that is no JSON
            send({"answer": number, **_internal_error(method, str(error))})


async def _reply(handlers: dict[str, Handler], message: Message) -> Message:
    method = message["method"]
    handler = handlers.get(method)
    if handler is None:
        return {"refusal": refusal_fields(Refusal("UnknownMethod", f"no method {method!r}", status=404))}
    try:
        return {"result": await handler(**message.get("arguments", {}))}
    except Refusal as refusal:
        return {"refusal": refusal_fields(refusal)}
    except (TypeError, ValueError, KeyError, OSError) as error:
        return _internal_error(method, repr(error))


def _internal_error(method: str, what: str) -> Message:
    fault = Refusal("InternalError", f"{method}: {what}", status=500, definite=False)
    return {"refusal": refusal_fields(fault)}
