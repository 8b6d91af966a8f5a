"""Starting and stopping the supervisor's process, for `sandbox up`, `sandbox down` and `Sandbox`.

In: a state folder and settings. Out: a running process and its card; or a Refusal with the supervisor's own last line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.client.endings import held_back, undisturbed
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.errors import Refusal
from sandbox.management.client import ManagementClient, is_alive, read_card
from sandbox.supervisor.settings import Settings

START_WITHIN_S = 90.0  # the supervisor itself gives up after 60 s, and says which program is late
STOP_WITHIN_S = 30.0
LAST_LINE_WITHIN_S = 1.0
POLL_S = 0.02
LOCK_FILE = "lock"  # the supervisor makes it first: a folder that has it is a sandbox's
CALL_TIMEOUT_S = 5.0
BAD_SETTINGS_CODE = 2
COMPLAINT = "sandbox: "  # how the supervisor's lines begin that say what is wrong

Say = Callable[[str], None]


def be_quiet(line: str) -> None:
    """The default for progress lines: nobody reads them."""


def command(home: Path, settings: Settings, *, fresh: bool = False, owned: bool = False) -> list[str]:
    """How the supervisor is started. owned: it ends when its stdin closes, as it does when its starter dies."""
    words = [sys.executable, "-m", "sandbox.supervisor", "--home", str(home), "--settings", settings.to_json()]
    return [*words, *(["--fresh"] if fresh else []), *(["--owned"] if owned else [])]


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """The supervisor's variables: it must find this very package, not a folder `sandbox` where the user stands."""
    root = str(Path(__file__).resolve().parents[2])
    path = environ.get("PYTHONPATH", "")
    return {
        **environ,
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join([root, path] if path else [root]),
        "PYTHONUNBUFFERED": "1",
    }


def prepare_home(home: Path, *, fresh: bool) -> Path:
    """Make the state folder; a Refusal when one runs there, or when emptying it would hit somebody else's files."""
    home = home.resolve()
    card = read_card(home)
    if card is not None:
        raise Refusal(
            "AlreadyRunning",
            f"A sandbox already runs in {home} (pid {card['pid']}). See: sandbox status. Stop it: sandbox down",
            status=409,
        )
    try:
        if not home.exists():
            (home / "logs").mkdir(parents=True)
            (home / ".gitignore").write_text("*\n", encoding="utf-8")
        elif fresh and any(home.iterdir()) and not (home / LOCK_FILE).exists():
            raise Refusal("NotASandbox", f"{home} is no sandbox's state folder; --fresh would delete what is in it.")
        (home / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise Refusal("BadSetting", f"State folder {home}: {error.strerror}") from error
    return home


def start(
    home: Path,
    settings: Settings,
    *,
    fresh: bool = False,
    owned: bool = False,
    say: Say = be_quiet,
    within_s: float = START_WITHIN_S,
) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a supervisor in a session of its own and wait until every program is ready. `say` gets its lines.

    owned: it ends with this process, however that ends.
    """
    log = home / "logs" / "supervisor.log"
    process: subprocess.Popen[bytes] | None = None
    try:
        with log.open("ab") as output, held_back():
            lines = LogTail(log, output.tell())
            process = subprocess.Popen(
                command(home, settings, fresh=fresh, owned=owned),
                stdin=subprocess.PIPE if owned else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=surroundings(os.environ),
                start_new_session=True,
            )
        return process, _wait_for_card(home, process, lines, say, within_s)
    except BaseException:
        with undisturbed():
            if process is not None:
                end_process(process)
        raise


def _wait_for_card(
    home: Path, process: subprocess.Popen[bytes], lines: LogTail, say: Say, within_s: float
) -> dict[str, Any]:
    clock = SystemClock()
    give_up_at_s = clock.now_s() + within_s
    complaints: list[str] = []  # held back: the last one may be why it ends, and then the Refusal says it
    while True:
        code = process.poll()
        for line in lines.more():
            (complaints.append if line.startswith(COMPLAINT) else say)(line)
        if code is not None:
            for line in complaints[:-1]:
                say(line)
            raise _not_started(code, lines.complaint, home)
        card = read_card(home)
        if card is not None and card["pid"] == process.pid:
            for line in complaints:
                say(line)
            _say_the_last_line(lines, say, clock)
            return card
        if clock.now_s() > give_up_at_s:
            raise Refusal("StartTimeout", f"Not ready after {within_s:g} s. See: {home / 'logs'}", status=500)
        pause_s(POLL_S)


def _say_the_last_line(lines: LogTail, say: Say, clock: SystemClock) -> None:
    """The supervisor says "ready in ..." a moment after it has written the card."""
    give_up_at_s = clock.now_s() + LAST_LINE_WITHIN_S
    while not lines.ended_with("ready in") and clock.now_s() < give_up_at_s:
        for line in lines.more():
            say(line)
        pause_s(0.005)


def _not_started(code: int, complaint: str, home: Path) -> Refusal:
    message = complaint or f"The supervisor ended with exit code {code}. See: {home / 'logs' / 'supervisor.log'}"
    return Refusal("BadSetting" if code == BAD_SETTINGS_CODE else "NotStarted", message, status=500)


class LogTail:
    """Lines that are added to a log. complaint: the last one that says `sandbox: ...`, else the last one at all."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._offset = offset
        self._rest = b""
        self._last = ""
        self._said = ""

    def more(self) -> list[str]:
        """Whole lines since the last call."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        self._offset += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        lines = [line.decode(errors="replace").rstrip() for line in whole if line.strip()]
        for line in lines:
            self._last = line
            if line.startswith(COMPLAINT):
                self._said = line.removeprefix(COMPLAINT)
        return lines

    def ended_with(self, start: str) -> bool:
        """Whether the last line so far begins like this."""
        return self._last.startswith(start)

    @property
    def complaint(self) -> str:
        return self._said or self._last


def stop(home: Path, *, within_s: float = STOP_WITHIN_S) -> int:
    """End the sandbox in `home` and wait until its process has ended; its pid. A Refusal when none runs there."""
    with ManagementClient.of(home, timeout_s=CALL_TIMEOUT_S) as client:
        card = read_card(home)
        client.call("hub", "down")
    pid = int(card["pid"]) if card is not None else 0
    clock = SystemClock()
    give_up_at_s = clock.now_s() + within_s
    while pid and not has_ended(pid):
        if clock.now_s() > give_up_at_s:
            raise Refusal("StopTimeout", f"Process {pid} has not ended after {within_s:g} s. See: {home / 'logs'}")
        pause_s(POLL_S)
    return pid


def has_ended(pid: int) -> bool:
    """True when a process is gone, or is a zombie that nobody collects (pid 1 of many containers does not)."""
    if not is_alive(pid):
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False  # no /proc here
    return stat.rpartition(")")[2].split()[0] == "Z"


def end_process(process: subprocess.Popen[bytes], *, within_s: float = STOP_WITHIN_S) -> None:
    """End a supervisor that we started, politely; killed when it does not obey."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
