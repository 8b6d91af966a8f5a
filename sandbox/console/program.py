"""The console's life: follow the sandbox, serve pages and API on the socket it was handed, end.

In: a `Program` that has joined the hub, the listening socket, labs and drills. Out: HTTP. It gives way to the planet
(a lower priority), and lives and dies alone: without control it goes on showing what happens.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn

from sandbox import __version__
from sandbox.console.api import application
from sandbox.console.asking import Asking
from sandbox.console.classroom import Classroom, Lessons, Told
from sandbox.console.guard import Guard
from sandbox.console.picture import Picture
from sandbox.console.places import Places
from sandbox.console.traffic import Traffic
from sandbox.console.watch import Watch
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Place
from sandbox.management.program import Program

NICE = 5
LEAVE_WITHIN_S = 1  # open streams are cut after this
MOST_CONNECTIONS = 500


class Server(uvicorn.Server):
    """Ends when the program does; signals are the program's."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """None of them."""
        return nullcontext()


async def serve(
    program: Program, fd: int, lessons_of: Callable[[dict[str, Any]], Lessons], drills: Callable[[], Sequence[Told]]
) -> None:
    """Run until the program is asked to end. lessons_of: makes the labs of the sandbox with this card."""
    os.nice(NICE)
    settings = program.settings
    atlas = Atlas.load(extra_cities=[Place(**city) for city in settings["cities"]])
    places = Places(atlas, AddressPlan(atlas, settings["regions"]), settings["regions"])
    asking = Asking(program.spoke, await program.spoke.call("hub", "card"))
    classroom = Classroom(lessons_of(dict(asking.card)), drills)
    picture, traffic = Picture(settings["regions"]), Traffic(places.owner_of)
    watch = Watch(program.spoke, asking, picture, traffic, classroom, program.clock)
    await watch.start()
    guard = Guard(host=settings["console_host"], token=settings["console_token"])
    config = uvicorn.Config(
        application(watch, places, guard, __version__),
        access_log=False,
        log_level="warning",
        lifespan="off",
        ws="none",
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=LEAVE_WITHIN_S,
        proxy_headers=False,
    )
    server, listening = Server(config), socket.socket(fileno=fd)
    serving = program.tasks.start(server.serve(sockets=[listening]), "serve")
    await program.ready(*listening.getsockname()[:2])
    ended = program.tasks.start(program.end.wait(), "end")
    await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
    await watch.close()
    server.should_exit = True
    await serving
