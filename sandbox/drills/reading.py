"""A drill's file, checked whole before anything is started. Every complaint names the file and the line.

In: YAML text. Out: a `Drill`. Places and regions are looked up in the atlas; faults are put to the register of faults
itself, so that what it refuses in a running sandbox is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.chaos.core import Register
from sandbox.client.aws_steps import VARIABLE, Step
from sandbox.dns.habits import BadHabit, place_settings
from sandbox.drills.items import region_of
from sandbox.drills.models import CallInput, DrillInput, EventInput, LoadInput, SetupInput
from sandbox.drills.values import DYNAMODB, OVERALL, CallAt, Drill, FaultAt, Load, Objectives, Setup
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean
from sandbox.serving.visit import request_of
from sandbox.supervisor.settings_file import parse_input, read_text
from sandbox.supervisor.settings_input import Location, Where

MOST_REQUESTS = 200_000
EXAMPLE_SCRIPT = "setup.sh"
KNOWN_FROM_THE_START = ("RUN",)


def read_drill(path: Path, atlas: Atlas) -> Drill:
    """The drill in a file; its scripts stand beside it."""
    return parse_drill(read_text(path), str(path), atlas, folder=path.parent)


def parse_drill(text: str, name: str, atlas: Atlas, *, folder: Path | None = None) -> Drill:
    """The same from text. folder: where scripts are read; None: a script is refused."""
    given, where = parse_input(DrillInput, text, name)
    reader = _Reader(given, where, atlas, folder)
    return Drill(
        name=given.name,
        says=given.says.strip(),
        regions=reader.regions(),
        speed=given.speed,
        seed=given.seed,
        places=reader.places(),
        architecture=reader.architecture(),
        loads=reader.loads(),
        faults=reader.faults(),
        calls=reader.calls(),
        objectives=reader.objectives(),
    )


class _Reader:
    """One file's checks. The order of the methods is the order of the keys: `kept` grows on the way."""

    def __init__(self, given: DrillInput, where: Where, atlas: Atlas, folder: Path | None) -> None:
        self.given = given
        self.where = where
        self.atlas = atlas
        self.folder = folder
        self.kept = set(KNOWN_FROM_THE_START)
        self.known_places = [*atlas.cities, *atlas.regions, *atlas.edges]

    def bad(self, location: Location, problem: str) -> Refusal:
        return bad_setting(self.where(location), problem)

    def regions(self) -> tuple[str, ...]:
        for position, code in enumerate(self.given.regions):
            if code not in self.atlas.regions:
                problem = f"no AWS region is called {code!r}.{did_you_mean(code, self.atlas.regions)}"
                raise self.bad(("regions", position), problem)
            if code in self.given.regions[:position]:
                raise self.bad(("regions", position), f"{code} is given twice")
        return tuple(self.given.regions)

    def place(self, name: str, location: Location) -> str:
        try:
            return self.atlas.place(name).code
        except Refusal as refusal:
            raise self.bad(location, refusal.message) from refusal

    def places(self) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for name, settings in self.given.places.items():
            code = self.place(name, ("places", name))
            try:
                place_settings(settings)
            except BadHabit as bad:
                raise self.bad(("places", name, bad.setting), f"places.{name}: {bad}") from bad
            found[code] = settings
        return found

    def architecture(self) -> tuple[Setup, ...]:
        return tuple(
            self.script(entry, ("architecture", position))
            if entry.script
            else Setup(step=self.step(_call_of(entry), ("architecture", position)))
            for position, entry in enumerate(self.given.architecture)
        )

    def script(self, entry: SetupInput, location: Location) -> Setup:
        if self.folder is None or Path(entry.script).name != entry.script:
            problem = f"a script is a file beside the drill, such as {EXAMPLE_SCRIPT}; given: {entry.script!r}"
            raise self.bad((*location, "script"), problem)
        try:
            text = read_text(self.folder / entry.script)
        except (Refusal, ValueError) as error:
            problem = f"{entry.script!r} beside the drill cannot be read: {str(error).rpartition(': ')[2]}"
            raise self.bad((*location, "script"), problem) from error
        return Setup(script=text, script_name=entry.script)

    def step(self, entry: CallInput, location: Location) -> Step:
        known = self.atlas.regions
        if entry.region not in known:
            raise self.bad((*location, "region"), f"no AWS region is called {entry.region!r}.")
        if not entry.operation:
            raise self.bad(location, "operation: this key is needed, such as create_table")
        for name in sorted(_variables(entry.arguments) - self.kept):
            problem = f"${name} is kept by no earlier call.{did_you_mean(name, self.kept)}"
            raise self.bad((*location, "arguments"), problem)
        if entry.keep:
            self.kept.add(entry.keep)
        return Step(
            says=entry.says or f"{entry.service} {entry.operation}",
            service=entry.service,
            operation=entry.operation,
            arguments=entry.arguments,
            region=entry.region,
            keep=entry.keep,
            query=entry.query,
            until=entry.until,
        )

    def loads(self) -> tuple[Load, ...]:
        found = [self.load(entry, ("load", position)) for position, entry in enumerate(self.given.load)]
        total = sum(load.requests * len(load.cities) for load in found)
        if total > MOST_REQUESTS:
            raise self.bad(("load",), f"{total} requests are too many; {MOST_REQUESTS} are allowed")
        return tuple(found)

    def load(self, entry: LoadInput, location: Location) -> Load:
        cities = [self.place(city, (*location, "cities", number)) for number, city in enumerate(entry.cities)]
        if len(set(cities)) < len(cities):
            raise self.bad((*location, "cities"), "a city is given twice")
        self.check_url(entry, (*location, "url"))
        load = Load(
            cities=tuple(cities),
            url=entry.url,
            rate_per_s=entry.rate_per_s,
            start_s=entry.start_s,
            duration_s=entry.duration_s,
            patience_s=entry.patience_s,
            table=entry.table,
            keys=entry.keys if entry.table else 0,
            writes=entry.writes if entry.table else 0.0,
        )
        if not load.requests:
            raise self.bad(location, f"{load.rate_per_s:g} a second for {load.duration_s:g} s is not one request")
        return load

    def check_url(self, entry: LoadInput, location: Location) -> None:
        if entry.url.startswith(DYNAMODB):
            region = region_of(entry.url)
            if region not in self.given.regions or entry.url != f"{DYNAMODB}{region}/" or not entry.table:
                problem = f"it should be {DYNAMODB}, one of {', '.join(self.given.regions)}, and /, beside a table"
                raise self.bad(location, problem)
            return
        try:
            request_of("GET", entry.url, {}, b"")
        except Refusal as refusal:
            raise self.bad(location, refusal.message) from refusal

    def timeline(self) -> list[tuple[Location, EventInput]]:
        return [(("timeline", position), entry) for position, entry in enumerate(self.given.timeline)]

    def faults(self) -> tuple[FaultAt, ...]:
        return tuple(self.fault(entry, at) for at, entry in self.timeline() if entry.kind)

    def fault(self, entry: EventInput, location: Location) -> FaultAt:
        register = Register(lambda: self.known_places, lambda: list(self.given.regions))
        try:
            fault = register.inject(entry.kind, entry.target, entry.parameters, entry.for_s, 0.0)
        except Refusal as refusal:
            raise self.bad(location, refusal.message) from refusal
        if entry.at >= max(load.start_s + load.duration_s for load in self.given.load):
            raise self.bad(location, f"at: {entry.at:g} s is after the last request")
        return FaultAt(
            at_s=entry.at,
            kind=fault.kind,
            target=fault.target,
            parameters={name: value for name, value in entry.parameters.items() if value is not None},
            for_s=entry.for_s,
        )

    def calls(self) -> tuple[CallAt, ...]:
        return tuple(
            CallAt(at_s=entry.at, step=self.step(entry.call, (*at, "call")), expect=entry.expect)
            for at, entry in self.timeline()
            if entry.call is not None
        )

    def objectives(self) -> Objectives:
        given = self.given.objectives
        cities = {self.atlas.place(city).code for load in self.given.load for city in load.cities}
        for name in ("availability", "p99_ms", "rto_s"):
            for city in getattr(given, name):
                if city != OVERALL and city not in cities:
                    problem = f"{city!r} has no load.{did_you_mean(city, [*cities, OVERALL])}"
                    raise self.bad(("objectives", name, city), problem)
        if not given.model_fields_set:
            raise self.bad(("objectives",), "at least one objective is needed, such as availability: 0.99")
        needs_table = {"rpo_s", "rpo_writes", "stale_reads", "lost_writes"} & given.model_fields_set
        if needs_table and not any(load.table for load in self.given.load):
            name = min(needs_table)
            raise self.bad(("objectives", name), f"{name} needs a load that reads and writes: give it a table")
        return Objectives(**given.model_dump())


def _call_of(entry: SetupInput) -> CallInput:
    """A step's call; its operation is checked with the rest of it."""
    return CallInput.model_construct(**entry.model_dump(exclude={"script"}))


def _variables(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(VARIABLE.findall(value))
    if isinstance(value, Mapping):
        return {name for item in value.values() for name in _variables(item)}
    if isinstance(value, list):
        return {name for item in value for name in _variables(item)}
    return set()
