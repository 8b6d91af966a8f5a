"""Keeps a region's application running: a process of its own that lives and dies with the region.

In: one line, `{"start": {variable: value}}`, on the order pipe. Out: lines on the report pipe, `{"app_port": n}` and
`{"app_ended": how, "restart_in_s": s}`. The keeper is forked from the region before it has threads or an event loop;
it forks the application, and forks it again, with backoff, when it crashes. A second order ends the application and
starts it with the new variables. When the order pipe closes (the region is gone) it ends the application and itself.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.clock import SystemClock
from sandbox.management.messages import decode, encode
from sandbox.management.program import die_with_parent, leave

RESTART_WAIT_S = (0.2, 0.5, 1.0, 2.0, 5.0)  # the 1st, 2nd, ... restart in a row
STABLE_S = 10.0

Serve = Callable[[Mapping[str, str], Callable[[int], None]], None]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The region's ends of the two pipes."""

    pid: int
    order: int
    report: int

    def start(self, settings: Mapping[str, str]) -> None:
        """Have the application started with these environment variables."""
        os.write(self.order, encode({"start": dict(settings)}))


def fork_keeper(serve: Serve) -> Kept:
    """Fork the keeper; call it before the process has threads or an event loop."""
    order_out, order_in = os.pipe()
    report_out, report_in = os.pipe()
    region = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(order_in)
            os.close(report_out)
            die_with_parent(region)
            code = _Keeper(serve, order_out, report_in).run()
        finally:
            leave(code)
    os.close(order_out)
    os.close(report_in)
    return Kept(pid=pid, order=order_in, report=report_out)


class _Keeper:
    def __init__(self, serve: Serve, order: int, report: int) -> None:
        self._serve = serve
        self._order = order
        self._report = report
        self._clock = SystemClock()
        self._settings: dict[str, str] = {}
        self._unread = b""
        self._wake_ends: tuple[int, ...] = ()
        self._pid = 0
        self._started_at_s = 0.0
        self._crashes = 0
        self._start_at_s: float | None = None

    def run(self) -> int:
        woken, wake = self._wake_ends = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            wait_s = None if self._start_at_s is None else max(0.0, self._start_at_s - self._clock.now_s())
            readable, _, _ = select.select([self._order, woken], [], [], wait_s)
            if woken in readable:
                os.read(woken, 4096)
                self._reap()
            if self._order in readable and not self._read_order():
                self._end_application()
                return 0
            if self._start_at_s is not None and self._clock.now_s() >= self._start_at_s:
                self._start()

    def _read_order(self) -> bool:
        """Take what has come; False when the region has closed the pipe."""
        chunk = os.read(self._order, 65536)
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            self._settings = decode(line)["start"]
            self._end_application()
            self._start_at_s = self._clock.now_s()
        return bool(chunk)

    def _start(self) -> None:
        self._start_at_s = None
        self._started_at_s = self._clock.now_s()
        keeper = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            self._be_application(keeper)

    def _be_application(self, keeper: int) -> None:
        """In the application's process: serve until killed. Never returns."""
        code = 1
        try:
            die_with_parent(keeper)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self._order, *self._wake_ends):
                os.close(end)
            os.environ.pop("SANDBOX_TOKEN", None)  # the management channel is not the application's
            os.environ.update(self._settings)
            self._serve(self._settings, lambda port: self._tell({"app_port": port}))
            code = 0
        finally:
            leave(code)

    def _reap(self) -> None:
        if not self._pid:
            return
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            return
        self._pid = 0
        now_s = self._clock.now_s()
        self._crashes = 1 if now_s - self._started_at_s > STABLE_S else self._crashes + 1
        wait_s = RESTART_WAIT_S[min(self._crashes, len(RESTART_WAIT_S)) - 1]
        self._start_at_s = now_s + wait_s
        self._tell({"app_ended": os.waitstatus_to_exitcode(status), "restart_in_s": wait_s})

    def _tell(self, message: dict[str, Any]) -> None:
        with suppress(BrokenPipeError):  # the region has gone; the order pipe says so too
            os.write(self._report, encode(message))

    def _end_application(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
