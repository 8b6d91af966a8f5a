"""All zones together: which zone holds a name, and where an alias leads. Pure.

In: zones as they are pushed. Out: the zone with the longest matching name; the owner name behind an alias. `core` keeps
one `Zones`; `answering` and `record_health` ask it.

Several public zones may have one name; on the Internet the delegation decides which one is used. Here it is the one
that was pushed first. Private zones are kept but never answer, since no VPC asks here.
"""

from __future__ import annotations

from collections.abc import Collection

from sandbox.dns.reads import Footprint, Reads
from sandbox.dns.records import Zone
from sandbox.dns.values import RecordSet
from sandbox.protocols.dns_names import first_label

ALIAS_STEPS_MOST = 16  # longer chains are loops or mistakes


class Zones:
    """The zones the authority serves. reads: where all of them note what is read."""

    def __init__(self) -> None:
        self.reads = Reads()
        self._by_id: dict[str, Zone] = {}
        self._by_name: dict[str, tuple[Zone, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def put(self, zone: Zone) -> bool:
        """Add a zone, or replace the one with its id in whole; True when it takes the place of one of its name."""
        zone.reads = self.reads
        old = self._by_id.get(zone.id)
        self._by_id[zone.id] = zone
        if old is not None and old.name != zone.name:
            self._unlist(old)
        same_name = self._by_name.get(zone.name, ())
        if old in same_name:
            self._by_name[zone.name] = tuple(zone if other is old else other for other in same_name)
        else:
            self._by_name[zone.name] = (*same_name, zone)
        return old is not None and (old.name, old.private) == (zone.name, zone.private)

    def fit(self, footprint: Footprint, unhealthy: Collection[str]) -> bool:
        """True when reading again what a decision read would find the same."""
        for (zone_id, name), raw in footprint.records.items():
            zone = self._by_id.get(zone_id)
            if zone is None or zone.raw(name) != raw:
                return False
        for (zone_id, name), existed in footprint.exists.items():
            zone = self._by_id.get(zone_id)
            if zone is None or zone.is_between(name) != existed:
                return False
        return all((check in unhealthy) == was_unhealthy for check, was_unhealthy in footprint.verdicts.items())

    def remove(self, zone_id: str) -> None:
        """Forget a zone, if it is there."""
        zone = self._by_id.pop(zone_id, None)
        if zone is not None:
            self._unlist(zone)

    def _unlist(self, zone: Zone) -> None:
        rest = tuple(other for other in self._by_name[zone.name] if other is not zone)
        if rest:
            self._by_name[zone.name] = rest
        else:
            del self._by_name[zone.name]

    def by_id(self, zone_id: str) -> Zone | None:
        """A zone by its id."""
        return self._by_id.get(zone_id)

    def holding(self, name: str, rtype: str = "") -> Zone | None:
        """The public zone with the longest name that ends `name`; for DS at a zone's own name, the zone above."""
        if rtype == "DS" and name != ".":
            above = self.holding(first_label(name)[1])
            if above is not None:
                return above
        while True:
            for zone in self._by_name.get(name, ()):
                if not zone.private:
                    return zone
            if name == ".":
                return None
            name = first_label(name)[1]

    def target(self, zone: Zone, record: RecordSet) -> tuple[Zone, str] | None:
        """Zone and owner name of the records an alias points to; None when there are none of its type."""
        alias = record.alias
        assert alias is not None, record
        inside = alias.zone_id == zone.id and zone.holds(alias.name)
        target_zone = zone if inside else self.holding(alias.name)
        if target_zone is None:
            return None
        source = target_zone.source_of(alias.name)
        if source is None or not target_zone.group(source, record.rtype):
            return None
        return target_zone, source
