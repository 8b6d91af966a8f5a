"""`Sandbox`: a planet from Python.

    with Sandbox(regions=["us-east-1", "eu-west-1"]) as sb:
        sb.client("dynamodb", region="eu-west-1").list_tables()
        sb.place("paris").get("http://app.example.test/")
        with sb.fault.isolate("us-east-1"):
            sb.wait_for_event("health_changed", within_s=60)

In: settings, as keyword arguments. Out: a supervisor process of its own with free ports and a temporary state folder,
both gone at the end; or, with `attach`, one that runs already. sandbox.yaml and SANDBOX_* variables are not read here,
so that a test means the same everywhere; `config=` names a file to read.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sandbox.aws.naming import GLOBAL_HOMES, ONLY_AT_HOME
from sandbox.client import starting
from sandbox.client.aws_clients import AwsClients
from sandbox.client.event_log import EventLog, Record
from sandbox.client.faults import Faults
from sandbox.client.finding import required_card
from sandbox.client.place import Place
from sandbox.client.summoning import before_fault, before_heal
from sandbox.client.values import Bookmark, Lookup, lookup_from
from sandbox.kernel.clock import SystemClock, pause_s
from sandbox.kernel.errors import unknown
from sandbox.management.client import ManagementClient
from sandbox.replication.objects.overview import Buckets
from sandbox.replication.overview import Tables

ALL_EVENTS = 100_000  # more than the supervisor's journal keeps
POLL_S = 0.05

Result = TypeVar("Result")


class Sandbox:
    """One sandbox, started or attached. card: what it says of itself (ports, regions, seed, ...)."""

    def __init__(
        self,
        regions: Iterable[str] | str | None = None,
        *,
        ports: str | Mapping[str, Any] = "auto",
        home: str | Path | None = None,
        speed: float | None = None,
        seed: int | None = None,
        config: str | Path | None = None,
        fresh: bool = False,
        start_within_s: float = starting.START_WITHIN_S,
        say: starting.Say = starting.be_quiet,
        **settings: Any,
    ) -> None:
        """Start one. settings: as in sandbox.yaml (account, default_place, app, ...); say: gets progress lines."""
        from sandbox.supervisor.settings_sources import load_settings

        if regions is not None and not isinstance(regions, str):
            regions = list(regions)
        flags = {"regions": regions, "ports": ports, "speed": speed, "seed": seed}
        temporary = tempfile.TemporaryDirectory(prefix="sandbox-") if home is None else None
        try:
            path = None if config is None else Path(config)
            chosen = load_settings(flags={**flags, **settings}, variables={}, config=path, folder=None)
            folder = starting.prepare_home(Path(temporary.name if temporary else home or ""), fresh=fresh)
            process, card = starting.start(folder, chosen, fresh=fresh, owned=True, say=say, within_s=start_within_s)
        except BaseException:
            _end(None, temporary)
            raise
        self._take(folder, card)
        self._end = weakref.finalize(self, _end, process, temporary)

    @classmethod
    def attach(cls, home: str | Path = ".sandbox", *, card: dict[str, Any] | None = None) -> Sandbox:
        """The sandbox that runs in `home`, or as containers (finding.py); `close` leaves it running.

        card: what it says of itself, for whoever knows already which sandbox is meant.
        """
        folder = Path(home).resolve()
        card = required_card(folder) if card is None else card
        self = cls.__new__(cls)
        self._take(folder, card)
        self._end = weakref.finalize(self, _end, None, None)
        return self

    def _take(self, home: Path, card: dict[str, Any]) -> None:
        self.home = home
        self.card = card
        self.fault = Faults(
            self._hub,
            self.bookmark,
            before_fault=lambda kind, target: before_fault(card, self.call, kind, target),
            before_heal=lambda fault_id: before_heal(card, self.call, fault_id),
        )
        self.tables = Tables(self._hub, card["account"])
        self.buckets = Buckets(self._hub)
        self._management: ManagementClient | None = None
        self._events: EventLog | None = None
        self._lock = threading.Lock()
        self._places: dict[str, Place] = {}
        self._clients = AwsClients()
        self._bookmark = Bookmark()

    def __repr__(self) -> str:
        return f"Sandbox({', '.join(self.regions)} in {self.home})"

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection, and end the sandbox if it was started here. A second call does nothing."""
        for place in self._places.values():
            place.close()
        self._places.clear()
        if self._management is not None:
            self._management.close()
            self._management = None
        self._end()
        if self._events is not None:
            self._events.close()
            self._events = None

    # -- AWS ----------------------------------------------------------------------------------------------------

    @property
    def regions(self) -> list[str]:
        """The regions that run, in their order."""
        return list(self.card["regions"])

    @property
    def ports(self) -> dict[str, Any]:
        """aws, dns, proxy, console, and regions: the front door of each."""
        return dict(self.card["ports"])

    def endpoint_url(self, region: str | None = None) -> str:
        """The front door of a region; without one the AWS endpoint that serves all of them."""
        if region is None:
            return f"http://127.0.0.1:{self.card['ports']['aws']}"
        if region not in self.card["ports"]["regions"]:
            raise unknown("region", region, self.regions, see="sandbox status")
        return f"http://127.0.0.1:{self.card['ports']['regions'][region]}"

    def client(self, service: str, *, region: str | None = None, **options: Any) -> Any:
        """A boto3 client of a region's front door (default: the first region's), without distance.

        A service that has its API at home only is asked there, and by the AWS endpoint when its home does not run.
        """
        home = GLOBAL_HOMES[service] if service in ONLY_AT_HOME else None
        code = region or home or self.regions[0]
        url = self.endpoint_url(None if code == home and home not in self.regions else code)
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": url, **options}
        return self._clients.make(service, region_name=code, **given)

    # -- the planet ---------------------------------------------------------------------------------------------

    def place(self, code: str) -> Place:
        """Stand somewhere: a city or a region."""
        place = self._places.get(code)
        if place is None:
            known = [entry["code"] for entry in self.call("planet", "places")]
            if code not in known:
                raise unknown("place", code, known, see="sandbox places")
            place = self._places[code] = Place(code, self.card, self.resolve, self._clients)
        return place

    def resolve(self, name: str, place: str | None = None, rtype: str = "A") -> Lookup:
        """What a place's resolver says about a name (default: the default place)."""
        stands_in = place or self.card["default_place"]
        return lookup_from(self.call("planet", "dig", name=name, rtype=rtype, place=stands_in, trace=True))

    def set_place(self, place: str, *, usual: bool = False, **changes: Any) -> list[str]:
        """Change how names are looked up in a place (min_ttl_s=300, hold_s="forever", ...; None: as usual); its story.

        usual: undo all that was set first. The settings are in sandbox/dns/README.md.
        """
        told: list[str] = self.call("planet", "place_set", place=place, changes=changes, usual=usual)["story"]
        return told

    def settings_of_place(self, place: str) -> dict[str, Any]:
        """What was set of a place, as it was written; `set_place(place, usual=True, **settings)` puts it back."""
        settings: dict[str, Any] = self.call("planet", "place_set", place=place)["settings"]
        return settings

    def forget_place(self, place: str) -> None:
        """Restart the resolver and the programs of a place: nothing is cached there any more."""
        self.call("planet", "place_forget", place=place)

    # -- looking inside -----------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What `sandbox status --json` shows."""
        status: dict[str, Any] = self._hub("status")
        return status

    def reset(self) -> None:
        """Empty it: no AWS resources, no faults, places and their caches as at the start."""
        self._hub("reset")

    def events(self, *, kinds: Iterable[str] = ()) -> list[Record]:
        """The events so far, oldest first."""
        records: list[Record] = self._hub("events", after=0, limit=ALL_EVENTS, kinds=list(kinds))
        return records

    def bookmark(self) -> Bookmark:
        """Remember this moment: `wait_for_event` looks at what comes after it."""
        self._bookmark = self._log().bookmark()
        return self._bookmark

    def wait_for_event(
        self, kind: str, *, within_s: float = 30.0, since: Bookmark | None = None, **fields: Any
    ) -> Record:
        """The first event of this kind with these values, after `since`; TimeoutError when none comes.

        since: default the last `bookmark()`; injecting a fault sets one too.
        """
        log = self._log()
        return log.wait_for(kind, fields, since or self._bookmark, within_s)

    def wait_until(self, holds: Callable[[], Result], *, within_s: float = 30.0) -> Result:
        """Ask again and again until the answer is true, and return it; TimeoutError when it never is."""
        clock = SystemClock()
        give_up_at_s = clock.now_s() + within_s
        while not (result := holds()):
            if clock.now_s() > give_up_at_s:
                raise TimeoutError(f"{getattr(holds, '__name__', 'the condition')} did not hold within {within_s:g} s")
            pause_s(POLL_S)
        return result

    def call(self, program: str, method: str, **arguments: Any) -> Any:
        """Any call of the management channel."""
        with self._lock:
            if self._management is None:
                address = self.card["management"]
                self._management = ManagementClient(address["host"], address["port"], address["token"])
        return self._management.call(program, method, **arguments)

    def _hub(self, method: str, **arguments: Any) -> Any:
        return self.call("hub", method, **arguments)

    def _log(self) -> EventLog:
        with self._lock:
            if self._events is None:
                address = self.card["management"]
                self._events = EventLog(address["host"], address["port"], address["token"])
        return self._events


def _end(process: subprocess.Popen[bytes] | None, temporary: tempfile.TemporaryDirectory[str] | None) -> None:
    if process is not None:
        starting.end_process(process)
    if temporary is not None:
        temporary.cleanup()
