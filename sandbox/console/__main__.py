"""`python -m sandbox.console --hub HOST:PORT --home DIR --socket=FD`, started by the supervisor at the first visit."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial

from sandbox.management.program import run, seat_from

SOCKET = "--socket="

if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word.startswith(SOCKET)]
    if len(given) != 1:
        sys.exit(f"sandbox.console: one {SOCKET}FD is needed; the supervisor gives it")
    seat = seat_from("console", [word for word in sys.argv[1:] if word not in given], os.environ)
    from sandbox.console.program import serve

    seat = replace(seat, ready_file=None)  # that is the planet's, in whose container it runs
    sys.exit(run(seat, partial(serve, fd=int(given[0].removeprefix(SOCKET)))))
