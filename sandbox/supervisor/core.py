"""Decisions of the supervisor: what state a program is in, and when a crashed one is started again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # waits before the 1st, 2nd, ... restart in a row
STABLE_S = 30.0  # a program that ran this long starts over at the first wait
AWAY_S = 30.0  # a program of another container that is not back by then has ended
GIVE_UP_AFTER = 8  # restarts in a row; the crash after them is the last

STATES = ("starting", "running", "stopped by fault", "frozen", "isolated", "restarting", "failed", "ended")
WITH_PROCESS = ("starting", "running", "frozen", "isolated")


@dataclass(kw_only=True)
class ProgramState:
    """One program as the supervisor sees it. Times are Unix seconds."""

    name: str
    pid: int = 0
    state: str = "starting"
    since_s: float = 0.0
    restarts: int = 0
    crashes_in_a_row: int = 0
    ready_once: bool = False
    why: str = ""

    def started(self, pid: int, now_s: float) -> None:
        """A process was made."""
        self.pid = pid
        self._to("starting", now_s, "")

    def ready(self, now_s: float) -> None:
        """It does its work."""
        self.ready_once = True
        self._to("running", now_s, "")

    def stopped_by_fault(self, now_s: float, fault_id: str) -> None:
        """It was killed on purpose and is not started again until the fault is healed; then crashes count anew."""
        self.crashes_in_a_row = 0
        self._to("stopped by fault", now_s, fault_id)

    def frozen(self, now_s: float, fault_id: str) -> None:
        """It stands still on purpose."""
        self._to("frozen", now_s, fault_id)

    def isolated(self, now_s: float, fault_id: str) -> None:
        """Its container is out of the planet's reach on purpose, and goes on by itself as far as one can tell."""
        self._to("isolated", now_s, fault_id)

    def awaited(self, now_s: float) -> None:
        """It is within reach again, and must be heard of soon."""
        if self.state == "isolated":
            self._to("restarting", now_s, "it was isolated")

    def ended(self, how: str, now_s: float, *, wanted: bool) -> float | None:
        """Its process has ended. The seconds to wait before starting it again, or None to leave it."""
        ran_s = now_s - self.since_s if self.state == "running" else 0.0
        if self.state == "stopped by fault":
            return None
        if wanted:
            self._to("ended", now_s, how)
            return None
        if not self.ready_once:
            self._to("failed", now_s, how)
            return None
        self.crashes_in_a_row = 1 if ran_s >= STABLE_S else self.crashes_in_a_row + 1
        if self.crashes_in_a_row > GIVE_UP_AFTER:
            self._to("failed", now_s, f"{how}; it crashed {self.crashes_in_a_row} times in a row")
            return None
        self.restarts += 1
        self._to("restarting", now_s, how)
        return BACKOFF_S[min(self.crashes_in_a_row, len(BACKOFF_S)) - 1]

    def lost(self, how: str, now_s: float, *, wanted: bool) -> None:
        """It has left the hub, and whoever started it may bring it back. wanted: it said that it was asked to end."""
        if self.state == "stopped by fault":
            return
        self.restarts += 0 if wanted else 1
        self._to("ended" if wanted else "restarting", now_s, how)

    def still_away(self, now_s: float) -> bool:
        """Nobody has brought it back in time: it counts as ended. False when it is back, or was not away."""
        if self.state != "restarting" or now_s - self.since_s < AWAY_S:
            return False
        self._to("ended", now_s, f"{self.why}, and has not come back")
        return True

    def _to(self, state: str, now_s: float, why: str) -> None:
        assert state in STATES, state
        self.state, self.since_s, self.why = state, now_s, why

    def as_record(self) -> dict[str, Any]:
        """As `sandbox status` shows it; pid 0 while there is no process (its old id may be somebody else's)."""
        return {
            "name": self.name,
            "pid": self.pid if self.state in WITH_PROCESS else 0,
            "state": self.state,
            "since_s": self.since_s,
            "restarts": self.restarts,
            "why": self.why,
        }


def how_it_ended(status: int) -> str:
    """`exit code 1`, `signal 9`; status as subprocess's returncode (negative: signal)."""
    return f"signal {-status}" if status < 0 else f"exit code {status}"


def module_of(program: str) -> str:
    """What `python -m` runs: the room of the program's name; the console is put together in a room above its own."""
    return "sandbox.screen" if program == "console" else f"sandbox.{program}"
