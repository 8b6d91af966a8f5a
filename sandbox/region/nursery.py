"""The warm parent of regions: imports everything once, then forks a region whenever it is told to.

In: lines on stdin, `{"fork": "region:us-east-1", "log": path}`. Out: lines on stdout, `{"ready": true, ...}`,
`{"name", "pid"}` when a region was born, `{"name", "pid", "status"}` when one ended (as subprocess's returncode). It
has no threads and no event loop, so that forking is safe; a fork costs milliseconds and shares the parent's memory.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.management.messages import decode, encode
from sandbox.management.program import Seat, die_with_parent, seat_from

Child = Callable[[Seat], int]


def preload(seat: Seat) -> Child:
    """Import what a region and its application need, and make the certificate authority they all sign with."""
    import demo_app.store
    from sandbox.region.program import main
    from sandbox.serving.tls import LocalAuthority

    LocalAuthority.create_or_load(seat.home / "ca")
    demo_app.store.warm()
    return main


class Nursery:
    """The loop of the warm parent."""

    def __init__(self, seat: Seat, child: Child) -> None:
        self._seat = seat
        self._child = child
        self._names: dict[int, str] = {}

    def run(self) -> int:
        """Until stdin is closed or SIGTERM comes: the supervisor is gone or done."""
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        ended = False

        def end_now(number: int, frame: Any) -> None:
            nonlocal ended
            ended = True

        signal.signal(signal.SIGTERM, end_now)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        rest = b""
        while not ended:
            readable, _, _ = select.select([0, woken], [], [])
            if woken in readable:
                os.read(woken, 4096)
                self._reap()
            if 0 in readable:
                chunk = os.read(0, 65536)
                if not chunk:
                    break
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._fork(decode(line))
        return 0

    def _fork(self, message: dict[str, Any]) -> None:
        name = message["fork"]
        pid = os.fork()
        if pid == 0:
            self._be_child(replace(self._seat, name=name), message["log"])
        os.setpgid(pid, pid)
        self._names[pid] = name
        tell({"name": name, "pid": pid})

    def _be_child(self, seat: Seat, log: str) -> None:
        """In the new process: a group of its own, its own log, none of the nursery's pipes. Never returns."""
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            code = self._child(seat)
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        while self._names:
            pid, wait_status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            name = self._names.pop(pid, None)
            if name is not None:
                tell({"name": name, "pid": pid, "status": os.waitstatus_to_exitcode(wait_status)})


def tell(message: dict[str, Any]) -> None:
    """One line to the supervisor."""
    os.write(1, encode(message))


def main() -> int:
    """Start warm, freeze what is shared, then serve."""
    die_with_parent()
    seat = seat_from("nursery", sys.argv[1:], os.environ)
    child = preload(seat)
    gc.collect()
    gc.freeze()
    tell({"name": "nursery", "pid": os.getpid(), "ready": True})
    return Nursery(seat, child).run()


if __name__ == "__main__":
    sys.exit(main())
