"""`python -m sandbox.supervisor.outpost --hub HOST:PORT --home DIR ... MODULE [WORD]`: process 1 of a container.

It keeps one program of the sandbox going that has no supervisor at its side: waits until the token is there and the
hub listens, starts the program, starts it again with backoff when it has ended, hands SIGTERM on, and collects orphans
as process 1 must. It has no threads and no event loop: signals are waited for, one after the other.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.kernel.clock import SystemClock
from sandbox.supervisor.core import BACKOFF_S, STABLE_S, how_it_ended

LOOK_EVERY_S = 0.1  # for the token and the hub, and no slower than this at first
LOOK_MOST_S = 1.0
CONNECT_WITHIN_S = 1.0
GRACE_S = 8.0  # `docker stop` waits 10 s
OWN_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


@dataclass(frozen=True, kw_only=True)
class Post:
    """hub, token_file: what must be there first. command: the program's, without its token."""

    host: str
    port: int
    token_file: Path
    ready_file: Path
    command: tuple[str, ...]


class Backoff:
    """How long to wait before the next start: longer after each short life."""

    def __init__(self) -> None:
        self._short_lives = 0

    def next_s(self, lived_s: float) -> float:
        """After a life of `lived_s` seconds."""
        self._short_lives = 1 if lived_s >= STABLE_S else self._short_lives + 1
        return BACKOFF_S[min(self._short_lives, len(BACKOFF_S)) - 1]


class Outpost:
    """One program, kept going."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._clock = SystemClock()
        self._backoff = Backoff()
        self._ending = False
        self._pid = 0
        self._status: int | None = None  # of the last life

    def run(self) -> int:
        """Until SIGTERM."""
        signal.pthread_sigmask(signal.SIG_BLOCK, OWN_SIGNALS)
        while not self._is_over():
            token = self._await_hub()
            if token is None:
                break
            began_s = self._clock.now_s()
            self._start(token)
            while self._pid:
                self._wait(GRACE_S if self._is_over() else None)
            if self._is_over():
                break
            wait_s = self._backoff.next_s(self._clock.now_s() - began_s)
            how = how_it_ended(self._status or 0)
            print(f"{self._post.command[0]} ended ({how}); again in {wait_s:g} s", file=sys.stderr, flush=True)
            self._rest(wait_s)
        return 0

    def _is_over(self) -> bool:
        return self._ending

    def _await_hub(self) -> str | None:
        """The token, once the hub listens; None when we are to end."""
        pause_s = LOOK_EVERY_S
        while not self._is_over():
            token = self._token()
            if token and self._hub_listens():
                return token
            self._rest(pause_s)
            pause_s = min(pause_s * 1.2, LOOK_MOST_S)
        return None

    def _token(self) -> str:
        try:
            return self._post.token_file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def _hub_listens(self) -> bool:
        try:
            socket.create_connection((self._post.host, self._post.port), timeout=CONNECT_WITHIN_S).close()
        except OSError:
            return False
        return True

    def _start(self, token: str) -> None:
        self._post.ready_file.unlink(missing_ok=True)
        words = [sys.executable, "-m", *self._post.command]
        environment = {**os.environ, "SANDBOX_TOKEN": token}
        self._pid = os.posix_spawn(words[0], words, environment, setsigmask=[])

    def _rest(self, seconds: float) -> None:
        """Let time pass, and do what signals ask for meanwhile."""
        until_s = self._clock.now_s() + seconds
        while not self._is_over() and (left_s := until_s - self._clock.now_s()) > 0:
            self._wait(left_s)

    def _wait(self, seconds: float | None) -> None:
        """One signal, or nothing for so long; None: as long as it takes."""
        if seconds is None:
            number = signal.sigwaitinfo(OWN_SIGNALS).si_signo
        else:
            info = signal.sigtimedwait(OWN_SIGNALS, seconds)
            number = 0 if info is None else info.si_signo
        if number in (signal.SIGTERM, signal.SIGINT):
            self._ending = True
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)
        elif number == signal.SIGCHLD:
            self._reap()
        elif self._is_over():  # its time is over
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._pid:
            os.kill(self._pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, wait_status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._pid = 0
                self._status = os.waitstatus_to_exitcode(wait_status)
                self._post.ready_file.unlink(missing_ok=True)


def post_from(argv: Sequence[str]) -> Post:
    """The post that the command line describes. What it does not know itself is the program's."""
    parser = argparse.ArgumentParser(prog="sandbox.supervisor.outpost")
    parser.add_argument("module", help="sandbox.control, or sandbox.region")
    parser.add_argument("region", nargs="?", help="which region")
    parser.add_argument("--hub", required=True, metavar="HOST:PORT")
    parser.add_argument("--home", required=True)
    parser.add_argument("--token-file", required=True, type=Path)
    parser.add_argument("--ready-file", required=True, type=Path)
    own, others = parser.parse_known_args(argv)
    host, _, port = own.hub.rpartition(":")
    command = [own.module, *([own.region] if own.region else []), "--hub", own.hub, "--home", own.home]
    command += ["--ready-file", str(own.ready_file), "--remote", *others]
    return Post(host=host, port=int(port), token_file=own.token_file, ready_file=own.ready_file, command=tuple(command))


if __name__ == "__main__":
    sys.exit(Outpost(post_from(sys.argv[1:])).run())
