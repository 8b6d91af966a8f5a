"""Claims about the console's port: it is open at once, one knock is told once, and whoever knocked is not lost."""

import asyncio
import socket

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.supervisor.console_port import ConsolePort


def test_the_first_visitor_is_told_and_waits_for_the_console():
    async def story():
        knocks = []
        came = asyncio.Event()

        def on_knock():
            knocks.append(1)
            came.set()

        port = ConsolePort("127.0.0.1", 0, on_knock)
        visitors = [socket.create_connection(("127.0.0.1", port.port)) for _ in range(3)]
        await asyncio.wait_for(came.wait(), 5)
        with socket.socket(fileno=socket.dup(port.fd)) as console:  # as the process inherits it
            accepted = [console.accept()[0] for _ in visitors]
        port.close()
        port.close()
        for end in (*visitors, *accepted):
            end.close()
        assert knocks == [1]

    asyncio.run(story())


def test_a_taken_port_is_named_with_its_flag():
    async def story():
        first = ConsolePort("127.0.0.1", 0, lambda: None)
        with pytest.raises(Refusal, match=rf"Port {first.port} \(console\).*--ports console="):
            ConsolePort("127.0.0.1", first.port, lambda: None)
        first.close()

    asyncio.run(story())
