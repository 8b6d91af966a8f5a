"""What checkpoints look at. Each check takes a `Sight` and its words from the lab's text, and gives a `Verdict`.

A check asks the running sandbox only: names as Route 53 answers them in a place, events since the step began, faults,
health checks, tables as regions see them, AWS's own calls. Pure but for what `Sight` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from sandbox.kernel.errors import Refusal, unknown
from sandbox.labs.values import Check, Verdict

DRAWS = 60  # of a weighted name: 1 in 10 is missed by all of them once in 500


class Sight(Protocol):
    """What a checkpoint can see."""

    def addresses(self, name: str, place: str) -> tuple[str, Sequence[str]]:
        """Response code and addresses of a name, as Route 53 answers clients in a place."""
        ...

    def draws(self, name: str, count: int) -> Sequence[str]:
        """So many fresh answers of Route 53 itself."""
        ...

    def events(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """Events of this kind since the step began."""
        ...

    def faults(self) -> Sequence[Mapping[str, Any]]:
        """What is broken now."""
        ...

    def health(self) -> Mapping[str, bool]:
        """Address or name that a health check looks at -> its verdict."""
        ...

    def habits(self, place: str) -> Mapping[str, Any]:
        """What was set of a place's resolver."""
        ...

    def replicas(self, table: str) -> Mapping[str, str]:
        """Region -> state of a table's replica there, as its own region describes it."""
        ...

    def item(self, table: str, key: str, region: str) -> Mapping[str, Any] | None:
        """The item whose `id` is the key, plain values, as a region has it."""
        ...

    def conflicts(self, table: str) -> int:
        """How many are on record."""
        ...

    def differences(self, table: str) -> int:
        """Items that are not the same in all replicas now."""
        ...

    def accelerators(self) -> Sequence[Mapping[str, Any]]:
        """Global Accelerator's: name, state, addresses."""
        ...

    def tables(self, region: str) -> Sequence[str]:
        """Tables of a region."""
        ...


def answers(sight: Sight, name: str, place: str, address: str) -> Verdict:
    """`address`: those that are right, with commas between them."""
    wanted = address.split(",")
    code, found = sight.addresses(name, place)
    shown = ", ".join(found) or code
    passed = bool(found) and set(found) <= set(wanted)
    return Verdict(passed=passed, said=f"in {place} {name} is {shown}" + ("" if passed else f", not {address}"))


def no_answer(sight: Sight, name: str, place: str) -> Verdict:
    """The name exists, and this place gets no address for it (NODATA)."""
    code, found = sight.addresses(name, place)
    shown = ", ".join(found) or code
    return Verdict(passed=code == "NOERROR" and not found, said=f"in {place} {name} is {shown}")


def splits(sight: Sight, name: str, addresses: str) -> Verdict:
    """Each of the addresses comes, and nothing else."""
    drawn = sight.draws(name, DRAWS)
    counts = {address: drawn.count(address) for address in sorted(set(drawn))}
    shown = ", ".join(f"{address} {count} times" for address, count in counts.items()) or "nothing"
    return Verdict(passed=set(counts) == set(addresses.split(",")), said=f"{name} asked {DRAWS} times: {shown}")


def visited(sight: Sight, host: str, places: str, port: str = "", at_least: str = "1") -> Verdict:
    """Somebody in each of the places reached the host since the step began."""
    reached = [
        event["place"]
        for event in sight.events("connected")
        if event["host"] == host and (not port or event["port"] == int(port))
    ]
    missing = [place for place in places.split(",") if reached.count(place) < int(at_least)]
    if missing:
        return Verdict(passed=False, said=f"nobody in {', '.join(missing)} has visited {host} in this step yet")
    return Verdict(passed=True, said=f"{host} was visited from {', '.join(places.split(','))}")


def checked(sight: Sight, target: str, healthy: str) -> Verdict:
    """A health check looks at the target, and its verdict is this."""
    verdicts = sight.health()
    if target not in verdicts:
        return Verdict(passed=False, said=f"no health check looks at {target}")
    state = "healthy" if verdicts[target] else "unhealthy"
    return Verdict(passed=verdicts[target] is (healthy == "yes"), said=f"the health check of {target} says {state}")


def hurts(sight: Sight, place: str, setting: str) -> Verdict:
    """The resolver of a place has this habit."""
    found = sight.habits(place)
    shown = ", ".join(f"{name} {value}" for name, value in found.items()) or "as usual"
    return Verdict(passed=setting in found, said=f"names are looked up in {place}: {shown}")


def broken(sight: Sight, kind: str, target: str) -> Verdict:
    """A fault of this kind is on; `target`: its places, with commas."""
    faults = sight.faults()
    passed = any(fault["kind"] == kind and ",".join(fault["target"]) == target for fault in faults)
    return Verdict(passed=passed, said=f"broken now: {_listed(faults)}")


def was_broken(sight: Sight, kind: str) -> Verdict:
    """A fault of this kind was injected since the step began."""
    kinds = [event["fault"] for event in sight.events("fault_injected")]
    return Verdict(passed=kind in kinds, said=f"broken in this step: {', '.join(kinds) or 'nothing'}")


def mended(sight: Sight) -> Verdict:
    """Nothing is broken."""
    faults = sight.faults()
    return Verdict(passed=not faults, said=f"broken now: {_listed(faults)}")


def _listed(faults: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{fault['kind']} {' '.join(fault['target'])}" for fault in faults) or "nothing"


def replicas(sight: Sight, table: str, regions: str) -> Verdict:
    """The table has an ACTIVE replica in exactly these regions."""
    found = sight.replicas(table)
    shown = ", ".join(f"{region} {state}" for region, state in sorted(found.items())) or "no replica"
    active = {region for region, state in found.items() if state == "ACTIVE"}
    return Verdict(passed=active == set(regions.split(",")), said=f"{table}: {shown}")


def table_in(sight: Sight, table: str, regions: str, not_in: str = "") -> Verdict:
    """The table exists in these regions and not in those."""
    has = [region for region in regions.split(",") if table in sight.tables(region)]
    strays = [region for region in not_in.split(",") if region and table in sight.tables(region)]
    passed = len(has) == len(regions.split(",")) and not strays
    return Verdict(passed=passed, said=f"{table} is in {', '.join([*has, *strays]) or 'no region'}")


def item(sight: Sight, table: str, key: str, regions: str, where: str = "") -> Verdict:
    """Each region has the item; `where`: attribute:value that it must have."""
    attribute, _, value = where.partition(":")
    for region in regions.split(","):
        found = sight.item(table, key, region)
        if found is None:
            return Verdict(passed=False, said=f"{region} has no item {key} in {table}")
        is_now = str(found.get(attribute))
        if attribute and is_now != value:
            return Verdict(passed=False, said=f"in {region} {attribute} of {key} is {is_now}, not {value}")
    return Verdict(passed=True, said=f"{key} is in {', '.join(regions.split(','))}")


def no_item(sight: Sight, table: str, key: str, region: str) -> Verdict:
    """The region has not got this item (yet)."""
    found = sight.item(table, key, region)
    return Verdict(passed=found is None, said=f"{region} has {'no' if found is None else 'the'} item {key} in {table}")


def lost(sight: Sight, table: str, at_least: str = "1") -> Verdict:
    """So many writes lost a conflict."""
    count = sight.conflicts(table)
    return Verdict(passed=count >= int(at_least), said=f"{table} has {count} conflicts on record")


def same(sight: Sight, table: str) -> Verdict:
    """All replicas hold the same items."""
    count = sight.differences(table)
    return Verdict(passed=count == 0, said=f"{count} items of {table} differ between regions")


def accelerated(sight: Sight, name: str) -> Verdict:
    """The accelerator is deployed."""
    states = {each["name"]: each["state"] for each in sight.accelerators()}
    shown = ", ".join(f"{each} {state}" for each, state in states.items()) or "none"
    return Verdict(passed=states.get(name) == "DEPLOYED", said=f"accelerators: {shown}")


CHECKS: Mapping[str, Callable[..., Verdict]] = MappingProxyType(
    {
        "answers": answers,
        "no-answer": no_answer,
        "splits": splits,
        "visited": visited,
        "checked": checked,
        "hurts": hurts,
        "broken": broken,
        "was-broken": was_broken,
        "mended": mended,
        "replicas": replicas,
        "table-in": table_in,
        "item": item,
        "no-item": no_item,
        "lost": lost,
        "same": same,
        "accelerated": accelerated,
    }
)


def judge(check: Check, sight: Sight) -> Verdict:
    """Look. What cannot be looked at now has not passed, and says why."""
    if check.kind not in CHECKS:
        raise unknown("check", check.kind, list(CHECKS), see="sandbox/labs/README.md")
    try:
        return CHECKS[check.kind](sight, **check.arguments)
    except Refusal as refusal:
        return Verdict(passed=False, said=refusal.message)
