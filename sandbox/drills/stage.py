"""What a run does to a sandbox: set up, break, mend, call, look into replicas. It blocks; the run calls it in threads.

In: a running sandbox. Out: values of this room. What was broken here is healed at the end, and places get back the
settings that they had, however the end comes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.client.aws_steps import CHANGE, HOME, Aws, Runner, Step
from sandbox.client.place import HOST
from sandbox.drills.items import version_of
from sandbox.drills.scripts import run_script
from sandbox.drills.values import CallAt, CallSeen, Drill, FaultAt, Images, Setup
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.errors import Refusal

if TYPE_CHECKING:
    from sandbox.client.faults import Injected
    from sandbox.client.sandbox import Sandbox

POLL_S = 0.05
IN_SYNC_WITHIN_S = 20.0
SETTLED_WITHIN_S = 30.0
HEALS_ITSELF_LATER_S = 15.0
REPLICA_WITHIN_S = 5.0  # a region that is cut off from users answers its own front door


class Stage:
    """One sandbox, and what this drill did to it."""

    def __init__(self, sandbox: Sandbox, drill: Drill) -> None:
        self.sandbox = sandbox
        self.drill = drill
        self.clock = SystemClock()
        self._over = threading.Event()  # nothing is called, broken or waited for any more
        self.runner = Runner(_checked(Aws(sandbox.endpoint_url()), self._over))
        self._broken: list[Injected] = []
        self._before: dict[str, dict[str, Any]] = {}  # settings of the places that the drill changes
        self._replicas: dict[str, Any] = {}
        self._lock = threading.Lock()  # one management connection

    # -- before ---------------------------------------------------------------------------------------------------

    def refuse_beside_faults(self) -> None:
        """What is broken already would be measured too: a Refusal that says how to mend it."""
        standing = self.sandbox.fault.list()
        if standing:
            told = ", ".join(f"{fault.why} ({fault.id})" for fault in standing)
            heal = standing[0].id if len(standing) == 1 else "--all"
            raise Refusal(
                "AlreadyBroken",
                f"{told}. A drill beside it would measure both. Heal it first: sandbox fault heal {heal}",
            )

    def set_up(self) -> None:
        """The architecture, in order; a Refusal names the step that failed."""
        self._before = {place: self.sandbox.settings_of_place(place) for place in self.drill.places}
        for place, settings in self.drill.places.items():
            self.sandbox.set_place(place, usual=True, **settings)
        for city in self.drill.cities:  # an answer from before the drill would outlive its changes
            self.sandbox.forget_place(city)
        for setup in self.drill.architecture:
            if setup.step is None:
                self._run_script(setup)
                continue
            error, message = self._try(setup.step)
            if error:
                raise Refusal("NotSetUp", f"{self.drill.name}: {setup.step.says}: {error}: {message}", status=500)
            if setup.step.keep == CHANGE:
                self._wait_until_in_sync()
        self._make_replica_clients()
        self.sandbox.call("planet", "status")  # the name servers read in order: once they answer, they know it all

    def _run_script(self, setup: Setup) -> None:
        variables = self.sandbox.place(self.drill.regions[0]).environment()  # as `sandbox env --from` says
        path = os.pathsep.join([str(Path(sys.executable).parent), variables.get("PATH", "")])
        variables |= {"PATH": path, "AWS_PAGER": "", "SANDBOX_HOME": str(self.sandbox.home)}
        run_script(setup, variables)

    def odd_places(self) -> list[str]:
        """Cities of the load with settings that are not the drill's: they are measured too."""
        told = []
        for city in self.drill.cities:
            found = {} if city in self.drill.places else self.sandbox.settings_of_place(city)
            if found:
                settings = ", ".join(f"{name}: {value}" for name, value in found.items())
                told.append(f"{city} has settings of its own, which count: {settings}")
        return told

    def _wait_until_in_sync(self) -> None:
        route53 = Aws(self.sandbox.endpoint_url()).client("route53", HOME)
        give_up_at_s = self.clock.now_s() + IN_SYNC_WITHIN_S
        while route53.get_change(Id=self.runner.kept[CHANGE])["ChangeInfo"]["Status"] != "INSYNC":
            if self.clock.now_s() > give_up_at_s:
                raise Refusal("NotInSync", f"A change of records is not INSYNC after {IN_SYNC_WITHIN_S:g} s")
            pause_s(POLL_S)

    # -- meanwhile ------------------------------------------------------------------------------------------------

    def call(self, call: CallAt) -> CallSeen:
        """A call of the timeline; what it got."""
        error, message = self._try(call.step)
        return CallSeen(call=call, error=error, message=message)

    def _try(self, step: Step) -> tuple[str, str]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.runner.run(step)
        except ClientError as error:
            return str(error.response["Error"]["Code"]), str(error.response["Error"].get("Message", ""))
        except Refusal as refusal:
            return refusal.code, refusal.message
        except (BotoCoreError, LookupError, TypeError) as error:  # no such key in an answer; a wrong kind of argument
            return type(error).__name__, str(error)
        return "", ""

    def inject(self, fault: FaultAt, lasts_s: float) -> Injected:
        """Break something. The run heals it, after a look into the replicas; it heals by itself if the run dies."""
        with self._lock:
            if self._over.is_set():
                raise Refusal("Over", "The drill is over")
            for_s = lasts_s + HEALS_ITSELF_LATER_S
            injected = self.sandbox.fault.inject(fault.kind, *fault.target, for_s=for_s, **fault.parameters)
            self._broken.append(injected)
            return injected

    def heal(self, injected: Injected) -> None:
        """Mend it."""
        with self._lock:
            injected.heal()
            self._broken = [each for each in self._broken if each.id != injected.id]

    def images(self) -> Images:
        """What each region's own replica of each table holds; a region that does not answer is left out."""
        found: dict[str, dict[str, Mapping[str, int]]] = {}
        for table in self.drill.tables:
            for region, dynamodb in self._replicas.items():
                image = _image(dynamodb, table)
                if image is not None:
                    found.setdefault(table, {})[region] = image
        return found

    def _make_replica_clients(self) -> None:
        """Before the run: making one takes longer than asking."""
        from botocore.config import Config

        once = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=REPLICA_WITHIN_S,
            read_timeout=REPLICA_WITHIN_S,
        )
        if self.drill.tables:
            self._replicas = {
                region: self.sandbox.client("dynamodb", region=region, config=once) for region in self.drill.regions
            }

    # -- afterwards -----------------------------------------------------------------------------------------------

    def heal_ours(self) -> None:
        """Mend what is still broken."""
        for injected in list(self._broken):
            self.heal(injected)

    def stop_waiting(self) -> None:
        """Whatever still waits in a thread ends soon, and breaks nothing more."""
        self._over.set()

    def leave(self) -> None:
        """Our faults healed, places as they were. What cannot be mended keeps nothing else from it."""
        self.stop_waiting()
        first: Refusal | None = None
        steps: list[Callable[[], object]] = [partial(self.heal, each) for each in self._ours()]
        for mend in [*steps, *self._places_back()]:
            try:
                mend()
            except Refusal as refusal:
                first = first or refusal
        if first is not None:
            raise first

    def _ours(self) -> list[Injected]:
        with self._lock:  # one that is just being injected is ours too
            return list(self._broken)

    def _places_back(self) -> Iterator[Callable[[], object]]:
        for place, settings in self._before.items():
            yield partial(self.sandbox.set_place, place, usual=True, **settings)
            yield partial(self.sandbox.forget_place, place)

    def settle(self) -> bool:
        """Wait until nothing is on its way between replicas any more."""
        give_up_at_s = self.clock.now_s() + SETTLED_WITHIN_S
        while not all(self._is_settled(table) for table in self.drill.tables):
            if self.clock.now_s() > give_up_at_s or self._over.is_set():
                return False
            pause_s(POLL_S)
        return True

    def _is_settled(self, table: str) -> bool:
        try:
            silent = bool(self.sandbox.tables.status(table).silent)
            return not silent and self.sandbox.tables.backlog(table) == 0
        except Refusal as refusal:
            return refusal.code == "UnknownGlobalTable"  # a table of one region has nothing to settle

    def conflicts(self) -> tuple[tuple[str, int], ...]:
        """(table, version) of the writes that lost."""
        found = []
        for table in self.drill.tables:
            for conflict in self.sandbox.tables.conflicts(table):
                item = conflict["loser"].get("item")
                version = version_of(item) if item else 0
                if version:
                    found.append((table, version))
        return tuple(sorted(set(found)))

    @property
    def proxy(self) -> tuple[str, int]:
        """Where users of all places enter."""
        return HOST, int(self.sandbox.ports["proxy"])


def _image(dynamodb: Any, table: str) -> Mapping[str, int] | None:
    from botocore.exceptions import BotoCoreError, ClientError

    image: dict[str, int] = {}
    start: dict[str, Any] = {}
    try:
        while True:
            answer = dynamodb.scan(TableName=table, ConsistentRead=True, **start)
            image |= {item["id"]["S"]: version_of(item) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer:
                return image
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    except (BotoCoreError, ClientError):
        return None


def _checked(aws: Aws, over: threading.Event) -> Any:
    """`aws`, which says so when a service has no such operation, and asks for nothing once the drill is over."""

    def call(step: Step, arguments: Mapping[str, Any]) -> Any:
        from botocore.exceptions import UnknownServiceError

        if over.is_set():
            raise Refusal("Over", "The drill is over")
        try:
            client = aws.client(step.service, step.region)
        except UnknownServiceError as error:
            raise Refusal("UnknownService", f"boto3 knows no service {step.service!r}") from error
        if step.operation not in client.meta.method_to_api_mapping:
            raise Refusal("UnknownOperation", f"{step.service} has no operation {step.operation!r}")
        return aws(step, arguments)

    return call
