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
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sandbox.management.messages import decode, encode
from sandbox.management.program import Seat, die_with_parent, leave, seat_from

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
    """The loop of the warm parent. report: where it tells the supervisor; a descriptor above stderr's."""

    def __init__(self, seat: Seat, child: Child, report: int) -> None:
        self._seat = seat
        self._child = child
        self._report = report
        self._names: dict[int, str] = {}
        self._own_ends: tuple[int, ...] = (report,)

    def run(self) -> int:
        """Until stdin is closed or SIGTERM comes: the supervisor is gone or done."""
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        self._own_ends = (self._report, woken, wake)
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
        name, nursery = message["fork"], os.getpid()
        pid = os.fork()
        if pid == 0:
            self._be_child(replace(self._seat, name=name), message["log"], nursery)
        with suppress(ProcessLookupError):  # it has ended already; the child does the same for itself
            os.setpgid(pid, pid)
        self._names[pid] = name
        self.tell({"name": name, "pid": pid})

    def _be_child(self, seat: Seat, log: str, nursery: int) -> None:
        """In the new process: a group of its own, its own log, none of the nursery's pipes. Never returns."""
        code = 1
        try:
            die_with_parent(nursery)
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((nothing, 0), (output, 1), (output, 2)):
                os.dup2(source, target)
            for end in (nothing, output, *self._own_ends):
                os.close(end)
            code = self._child(seat)
        finally:
            leave(code)

    def _reap(self) -> None:
        while self._names:
            pid, wait_status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            name = self._names.pop(pid, None)
            if name is not None:
                self.tell({"name": name, "pid": pid, "status": os.waitstatus_to_exitcode(wait_status)})

    def tell(self, message: dict[str, Any]) -> None:
        """One line to the supervisor."""
        os.write(self._report, encode(message))


def keep_stdout_for_reports() -> int:
    """The supervisor's pipe under another number: what an import prints goes to the log, not between the reports."""
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def main() -> int:
    """Start warm, freeze what is shared, then serve."""
    die_with_parent()
    report = keep_stdout_for_reports()
    seat = seat_from("nursery", sys.argv[1:], os.environ)
    try:
        child = preload(seat)
    except OSError as error:
        print(f"nursery: {error}", file=sys.stderr, flush=True)
        return 1
    nursery = Nursery(seat, child, report)
    gc.collect()
    gc.freeze()
    nursery.tell({"name": "nursery", "pid": os.getpid(), "ready": True})
    return nursery.run()


if __name__ == "__main__":
    sys.exit(main())
