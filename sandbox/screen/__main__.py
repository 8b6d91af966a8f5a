"""`python -m sandbox.screen --hub HOST:PORT --home DIR --socket=FD`, started by the supervisor at the first visit.

The program is called `console`, as what it shows. It stands above `console` and `labs`, and hands one to the other.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from typing import Any

from sandbox.management.program import LOOPBACK, Seat, run, seat_from

SOCKET = "--socket="


def main(argv: list[str]) -> int:
    """Run it; the exit code."""
    given = [word for word in argv if word.startswith(SOCKET)]
    if len(given) != 1:
        sys.exit(f"sandbox.screen: one {SOCKET}FD is needed; the supervisor gives it")
    seat = seat_from("console", [word for word in argv if word not in given], os.environ)
    return serve_at(seat, int(given[0].removeprefix(SOCKET)))


def serve_at(seat: Seat, fd: int) -> int:
    """Serve on a socket that was handed over."""
    from sandbox.console.program import serve
    from sandbox.drills.shipped import summaries
    from sandbox.labs.desk import Desk

    def desk(card: dict[str, Any]) -> Desk:
        return Desk(seat.home, card, os.environ, in_container=seat.listen != LOOPBACK)

    seat = replace(seat, ready_file=None)  # that is the planet's, in whose container it runs
    return run(seat, partial(serve, fd=fd, lessons_of=desk, drills=summaries))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
