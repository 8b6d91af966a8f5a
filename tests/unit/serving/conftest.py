"""Two protocols joined in memory, so that client and server meet without a socket."""

import asyncio
from collections import deque

import pytest


class Pipe(asyncio.Transport):
    """One end of a connection in memory. What is written reaches the other end in the loop's next turn."""

    def __init__(self, protocol, turns):
        super().__init__()
        self.protocol = protocol
        self.other = None
        self.sent = b""
        self.reading = True
        self.closed = False
        self.ended = False
        self.waiting = deque()
        self.turns = turns

    def write(self, data):
        if not self.closed:
            self.sent += bytes(data)
            self._later(self.other, bytes(data))

    def write_eof(self):
        self.ended = True
        self._later(self.other, None)

    def can_write_eof(self):
        return True

    def close(self):
        if not self.closed:
            self.closed = True
            self._later(self.other, None)
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self):
        self.close()

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True
        while self.waiting and self.reading:
            self._arrive(self.waiting.popleft())

    def get_write_buffer_size(self):
        return 0

    def set_protocol(self, protocol):
        self.protocol = protocol

    def get_extra_info(self, name, default=None):
        return default

    def _later(self, end, data):
        asyncio.get_running_loop().call_soon(end._arrive, data)

    def _arrive(self, data):
        if self.closed:
            return
        if not self.reading:
            self.waiting.append(data)
        elif data is not None:
            self.protocol.data_received(data)
        elif not self.protocol.eof_received():
            self.close()


@pytest.fixture
def join():
    """join(client protocol, server protocol) -> their transports, connected."""

    def joined(client, server):
        near, far = Pipe(client, 0), Pipe(server, 0)
        near.other, far.other = far, near
        server.connection_made(far)
        client.connection_made(near)
        return near, far

    return joined


@pytest.fixture
def opener(join):
    """opener(make a server protocol) -> an Opener that connects to it in memory."""

    def opener_of(serve):
        async def open_(factory):
            protocol = factory()
            near, _ = join(protocol, serve())
            return near, protocol

        return open_

    return opener_of


class Script(asyncio.Protocol):
    """A server that answers each arrival with the next line of its script; None closes the connection."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.received = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        answer = self.answers.pop(0) if self.answers else b""
        if answer is None:
            self.transport.close()
        else:
            self.transport.write(answer)


@pytest.fixture
def script():
    return Script
