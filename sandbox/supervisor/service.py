"""The supervisor: everything of one sandbox from its start to its end.

In: a state folder and settings. Out: running programs, the hub they meet at, the card (`sandbox.json`) that tells
clients where it is, and answers to status, down, reset, events. What a fault stopped stays down; what crashed comes
back, with backoff, and says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox.chaos.core import PROGRAMS, Register
from sandbox.chaos.values import Fault
from sandbox.geography.atlas import Atlas
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.kernel.tasks import Tasks
from sandbox.management.client import CARD, read_card
from sandbox.management.hub import Hub
from sandbox.supervisor.asking import ASK_TIMEOUT_S, ask_all
from sandbox.supervisor.card import card_of
from sandbox.supervisor.console_port import ConsolePort
from sandbox.supervisor.core import ProgramState, how_it_ended, module_of
from sandbox.supervisor.faults import Faults
from sandbox.supervisor.journal_file import JournalFile
from sandbox.supervisor.processes import Processes, signal_group
from sandbox.supervisor.remotes import CONTAINER_FAULTS, Remotes, topics_of
from sandbox.supervisor.settings import Settings
from sandbox.supervisor.status import status_of
from sandbox.supervisor.values import ProgramEnded, ProgramStarted, SandboxReset, SandboxStarted, Stack

START_TIMEOUT_S = 60.0
HUB_HOST = "127.0.0.1"
CALLS = ("status", "down", "reset", "events", "journal_since", "card", "programs", "ready", "ask_regions")


class Supervisor:
    """One sandbox."""

    def __init__(
        self, home: Path, settings: Settings, environ: Mapping[str, str], *, stack: Stack | None = None
    ) -> None:
        """stack: only the planet is started here, the others are awaited; their token is in SANDBOX_TOKEN."""
        self.home = home
        self.pid = os.getpid()
        self.settings = settings
        self.clock = SystemClock()
        self.journal = Journal()
        self.stack = stack
        self.token = fresh_token() if stack is None else environ["SANDBOX_TOKEN"]
        self.hub = Hub(self.journal, self.token)
        self.end = asyncio.Event()
        self.failed: Refusal | None = None
        self.started_at_s = self.clock.wall_s()
        self._tasks = Tasks("supervisor")
        self._is_up = False
        self._ending = False
        self._hub_port = 0
        self._file: JournalFile | None = None
        self._console: ConsolePort | None = None
        self.processes = Processes(
            home, {**environ, "SANDBOX_TOKEN": self.token}, self._on_start, self._on_end, self._on_ready
        )
        regions = [f"region:{code}" for code in settings.regions]
        self.own = ["nursery", "planet", "control", *regions] if stack is None else ["planet"]
        awaited = [] if stack is None else ["control", *regions]
        self.states = {name: ProgramState(name=name, since_s=self.started_at_s) for name in (*self.own, *awaited)}
        self._became_ready = {name: asyncio.Event() for name in self.states}
        self.remotes = Remotes(awaited, self.states, self.hub, self.clock, self._on_start)
        atlas = Atlas.load(extra_cities=settings.cities)
        known = [*atlas.cities, *atlas.regions, *atlas.edges]
        self.faults = Faults(
            Register(lambda: known, lambda: settings.regions),
            self.hub,
            self.clock,
            self._on_process_fault,
            self._global_tables,
            lambda fault: self.remotes.check(fault, program_of(fault)),
        )

    async def start(self) -> None:
        """Start everything; a Refusal when something does not come up."""
        self._file = JournalFile(self.home / "events.jsonl")
        self.journal.listen(self._file.write)
        stack = self.stack
        self._hub_port = await self.hub.start(*((HUB_HOST, 0) if stack is None else (stack.listen, stack.hub_port)))
        listen = self.settings.console_host if stack is None else stack.listen
        self._console = ConsolePort(listen, self.settings.ports.console, self._console_wanted)
        for method in CALLS:
            self.hub.handle(method, getattr(self, method))
        self.faults.start()
        self.hub.publish("settings", orjson.loads(self.settings.to_json()))
        print(f"starting planet, control and {len(self.settings.regions)} regions", flush=True)
        await self._start_own()
        await self._wait_until_ready(self.own)
        self._is_up = True
        self._write_card()
        if stack is None:
            self._tell_start()
        else:
            print("the planet is ready; control and the regions join by themselves", flush=True)
            self._tasks.start(self._await_others(), "await others")

    async def _start_own(self) -> None:
        if self.stack is not None:
            await self._run("planet")
            return
        await asyncio.gather(self.processes.open_nursery(self._seat()), self._run("planet"), self._run("control"))
        for code in self.settings.regions:
            self.processes.fork(f"region:{code}")

    async def _await_others(self) -> None:
        for name in sorted(self.remotes.names):
            await self._became_ready[name].wait()
        self._tell_start()

    def _tell_start(self) -> None:
        took_s = round(self.clock.wall_s() - self.started_at_s, 2)
        self.journal.note(SandboxStarted(at_s=self.clock.wall_s(), regions=list(self.settings.regions), took_s=took_s))
        print(f"ready in {took_s:.1f} s", flush=True)  # after the card: whoever sees this line finds it

    def _seat(self) -> list[str]:
        words = ["--hub", f"{HUB_HOST}:{self._hub_port}", "--home", str(self.home)]
        if self.stack is not None:
            words += ["--listen", self.stack.listen]
            words += [] if self.stack.ready_file is None else ["--ready-file", str(self.stack.ready_file)]
        return words

    async def _run(self, name: str) -> None:
        sockets = [self._console.fd] if name == "console" and self._console is not None else []
        more = [f"--socket={fd}" for fd in sockets]
        await self.processes.execute(name, module_of(name), [*self._seat(), *more], sockets=sockets)

    def _console_wanted(self) -> None:
        """Somebody has come to the console's port for the first time."""
        self.own.append("console")
        self.states["console"] = ProgramState(name="console")
        self._became_ready["console"] = asyncio.Event()
        self._tasks.start(self._run("console"), "console")

    async def _wait_until_ready(self, names: list[str]) -> None:
        async def one(name: str) -> None:
            await self._became_ready[name].wait()
            print(f"  {name} is ready", flush=True)

        waits = asyncio.gather(*(one(name) for name in names))
        end = self._tasks.start(self.end.wait(), "end")
        done, _ = await asyncio.wait({waits, end}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if waits in done:
            end.cancel()
            return
        waits.cancel()
        if self.failed is not None:
            raise self.failed
        if self.end.is_set():
            raise Refusal("Interrupted", "interrupted while starting", status=500)
        late = [name for name in names if not self._became_ready[name].is_set()]
        raise Refusal("StartTimeout", f"{', '.join(late)} not ready after {START_TIMEOUT_S:g} s. See: {self.home}/logs")

    async def run(self, *, owned: bool = False) -> None:
        """From start to end. owned: closed stdin is an end too. Raises the Refusal that kept it from starting."""
        loop = asyncio.get_running_loop()
        if owned:
            loop.add_reader(0, self._owner_spoke)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.end.set)
        try:
            await self.start()
            await self.end.wait()
            print("stopping", flush=True)
        finally:
            await self.close()
        if self.failed is not None:
            raise self.failed

    def _owner_spoke(self) -> None:
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            self.end.set()

    async def close(self) -> None:
        """End all programs, each of which saves what it keeps; the nursery last."""
        self._ending = True
        (self.home / CARD).unlink(missing_ok=True)
        await self.faults.close()
        if self._console is not None:
            self._console.close()
        pids = {name: self.states[name].pid for name in self.own}
        nursery = pids.pop("nursery", 0)  # its end would take the regions with it
        await asyncio.gather(*(self.processes.end(pid) for pid in pids.values()))
        await self.processes.end(nursery)
        await self.processes.close()
        await self.remotes.close()
        await self._tasks.close()
        await self.hub.close()
        if self._file is not None:
            self._file.close()

    def _write_card(self) -> None:
        draft = self.home / f"{CARD}.new"
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(orjson.dumps(self._card(), option=orjson.OPT_INDENT_2))
        draft.replace(self.home / CARD)

    def _card(self) -> dict[str, Any]:
        management = {"host": HUB_HOST, "port": self._hub_port, "token": self.token}
        return card_of(self.settings, self.home, self.pid, management, self.started_at_s)

    # -- processes ----------------------------------------------------------------------------------------------

    def _on_start(self, name: str, pid: int) -> None:
        state = self.states[name]
        now_s = self.clock.wall_s()
        state.started(pid, now_s)
        fault = None if name in self.remotes else self._fault_on(name, "stop")
        if fault is not None:  # injected while the process was being made
            state.stopped_by_fault(now_s, fault.id)
            signal_group(pid, signal.SIGKILL)

    async def ready(self, program: str) -> None:
        """A program tells that it does its work."""
        self._on_ready(program)

    def _on_ready(self, program: str) -> None:
        state = self.states[program]
        if state.state not in ("starting", "restarting"):
            return  # said just before a fault killed it
        now_s = self.clock.wall_s()
        took_s = round(now_s - state.since_s, 2)
        again = state.ready_once
        state.ready(now_s)
        why = "started again" if again else ""
        self.journal.note(ProgramStarted(at_s=now_s, program=program, pid=state.pid, took_s=took_s, why=why))
        self._became_ready[program].set()
        fault = None if program in self.remotes else self._fault_on(program, "freeze")
        if fault is not None:  # a frozen region that crashed comes back frozen
            self._freeze(state, fault, active=True)

    def _on_end(self, name: str, pid: int, status: int) -> None:
        state = self.states[name]
        if pid != state.pid:
            return
        for topic in topics_of(name):
            self.hub.publish(topic, None)
        now_s = self.clock.wall_s()
        how = how_it_ended(status)
        if state.state == "stopped by fault":
            how = f"killed by fault {state.why}"
        wait_s = state.ended(how, now_s, wanted=self._ending)
        self.journal.note(ProgramEnded(at_s=now_s, why=how, program=name, pid=pid, restart_in_s=wait_s))
        if wait_s is not None:
            print(f"{name} ended ({how}); starting it again in {wait_s:g} s", file=sys.stderr, flush=True)
            self._tasks.start(self._restart(name, wait_s), f"restart {name}")
        elif state.state == "failed":
            self._give_up(name, how)

    def _give_up(self, name: str, how: str) -> None:
        words = self.processes.last_words(name)
        line = f"{name} failed ({how})" + (f": {words}" if words else "")
        print(f"sandbox: {line}", file=sys.stderr, flush=True)
        if name == "console" and self._console is not None:
            self._console.close()  # refused is better than waiting for nobody
            return
        if not self._is_up:  # the sandbox as a whole does not start
            self.failed = Refusal("StartFailed", words or line, status=500)
            self.end.set()

    async def _restart(self, name: str, wait_s: float) -> None:
        await self.clock.sleep(wait_s)
        if self._ending or self.states[name].state != "restarting":
            return
        await self._start_again(name)

    async def _start_again(self, name: str) -> None:
        if name == "nursery":
            await self.processes.open_nursery(self._seat())
        elif name.startswith("region:"):
            self.processes.fork(name)
        else:
            await self._run(name)

    async def _on_process_fault(self, fault: Fault, active: bool) -> None:
        name = program_of(fault)
        if fault.kind not in (CONTAINER_FAULTS if name in self.remotes else ("stop", "freeze")):
            return
        state = self.states[name]
        now_s = self.clock.wall_s()
        if name in self.remotes:
            await self.remotes.obey(fault, name, active=active, ready=self._became_ready[name])
        elif fault.kind == "freeze":
            self._freeze(state, fault, active=active)
        elif active:
            state.stopped_by_fault(now_s, fault.id)
            await self.processes.kill(state.pid)
        elif state.state == "stopped by fault":
            self._became_ready[name].clear()
            await self._start_again(name)
        if fault.kind == "stop" and not active:
            await self._ready_again(name)

    def _fault_on(self, name: str, kind: str) -> Fault | None:
        return next((f for f in self.faults.register.of_kind(kind) if program_of(f) == name), None)

    def _freeze(self, state: ProgramState, fault: Fault, *, active: bool) -> None:
        now_s = self.clock.wall_s()
        if active and state.state == "running":
            state.frozen(now_s, fault.id)
            signal_group(state.pid, signal.SIGSTOP)
        elif not active and state.state == "frozen":
            state.ready(now_s)
            signal_group(state.pid, signal.SIGCONT)

    async def _ready_again(self, name: str) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._became_ready[name].wait()
        except TimeoutError:
            print(f"sandbox: {name} is not back after {START_TIMEOUT_S:g} s", file=sys.stderr, flush=True)

    # -- calls --------------------------------------------------------------------------------------------------

    async def ask_regions(
        self, question: str, arguments: dict[str, Any], within_s: float = ASK_TIMEOUT_S
    ) -> dict[str, dict[str, Any]]:
        """Region -> its answer, and region -> why there is none."""
        programs = [f"region:{code}" for code in self.settings.regions]
        found = await ask_all(self.hub, programs, question, arguments, within_s)
        return {
            kind: {program.removeprefix("region:"): value for program, value in by_program.items()}
            for kind, by_program in found.items()
        }

    async def _global_tables(self) -> list[str] | None:
        found = await self.ask_regions("table_status", {})
        if found["silent"]:
            return None
        return sorted({table["table"] for tables in found["answers"].values() for table in tables})

    async def status(self) -> dict[str, Any]:
        """Everything about this sandbox; see status.py."""
        return await status_of(self)

    async def down(self) -> None:
        """End, after this answer has left."""
        asyncio.get_running_loop().call_later(0.05, self.end.set)

    async def reset(self) -> None:
        """Empty the sandbox: heal all faults, forget all AWS resources, empty the caches of resolvers."""
        await self.faults.heal("all")
        emptied = [name for name in self.hub.programs if name == "control" or name.startswith("region:")]
        # The planet last: what it would keep of a zone that is gone would hide the next one of that name.
        for program in [*emptied, *(name for name in self.hub.programs if name == "planet")]:
            await self.hub.ask(program, "reset")
        self.journal.note(SandboxReset(at_s=self.clock.wall_s(), why="asked for by hand"))

    async def events(self, after: int = 0, limit: int = 1000, kinds: list[str] | None = None) -> list[dict[str, Any]]:
        """The kept events, oldest first; `after` skips that many of those that match."""
        records = list(self.journal.records) if not kinds else self.journal.of_kind(*kinds)
        return records[after : after + limit]

    async def programs(self) -> list[dict[str, Any]]:
        """The states of the programs; cheaper than `status`."""
        return [state.as_record() for state in self.states.values()]

    async def card(self) -> dict[str, Any]:
        """What this sandbox says of itself."""
        return self._card()

    async def journal_since(self, number: int = 0) -> dict[str, Any]:
        """{"first", "records"}; whoever follows events on the same connection is sent the next one after this."""
        return dict(zip(("first", "records"), self.journal.after(number), strict=True))


def program_of(fault: Fault) -> str:
    """The program that a fault of processes hits."""
    target = fault.target[0]
    return target if target in PROGRAMS else f"region:{target}"


def refuse_a_second(home: Path) -> None:
    """A Refusal when a sandbox already runs in `home`."""
    card = read_card(home)
    if card is not None:
        raise Refusal(
            "AlreadyRunning",
            f"A sandbox already runs in {home} (pid {card['pid']}). See: sandbox status. Stop it: sandbox down",
            status=409,
        )
