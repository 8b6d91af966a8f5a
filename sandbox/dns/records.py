"""Record sets out of pushed zones: dictionaries in boto3's shape -> frozen `RecordSet`s, name by name when asked.

In: the value of a `zone/<id>` topic. Out: a `Zone` that knows which names exist and gives the record sets of one name.
A zone may have 10,000 record sets and be pushed at each change, and planet must not stall meanwhile: a push only groups
the dictionaries by name; they are parsed at their first question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sandbox.dns.reads import Reads
from sandbox.dns.values import AliasTarget, CidrRouting, GeoLocation, Proximity, RecordSet
from sandbox.kernel.errors import Refusal
from sandbox.protocols.dns_names import canonical_name, first_label
from sandbox.protocols.dns_wire import Rrset, rdata_wire

RawRecord = Mapping[str, Any]

SOA_TTL_S = 900  # [R53 4.3]
NS_TTL_S = 172800  # [R53 4.6]
SOA_TAIL = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"  # [R53 4.3]
STRIPES = ("com", "net", "org", "co.uk")  # one server of each zone in each; 512 servers in each [R53 4.6]
STRIPE_SERVERS = 512
GREATEST_TTL_S = 2**31 - 1  # [R53 1.4]
PROBLEMS_KEPT = 100
_LOCAL_ZONE = re.compile(r"([a-z-]+-\d+)-([a-z]{3})-\d+[a-z]?")  # us-west-2-lax-1: region, airport, number

# Which field makes a record set a member of which policy. [R53 1.2]
DISCRIMINATORS = (
    ("Weight", "weighted"),
    ("Region", "latency"),
    ("GeoLocation", "geolocation"),
    ("Failover", "failover"),
    ("MultiValueAnswer", "multivalue"),
    ("GeoProximityLocation", "geoproximity"),
    ("CidrRoutingConfig", "IP-based"),
)


class Zone:
    """One hosted zone. problems: what could not be read in it, for whoever looks inside; reads: told what is asked."""

    def __init__(self, zone_id: str, value: Mapping[str, Any]) -> None:
        """value: as pushed; a Refusal when its name is not a domain name."""
        self.id = zone_id
        try:
            self.name = canonical_name(value["name"])
        except ValueError as error:
            raise Refusal("InvalidDomainName", f"zone {zone_id}: {error}") from error
        self.private = bool(value.get("private"))
        self.problems: list[str] = []
        self.reads = Reads()
        self._raw = _grouped(value.get("records") or ())
        self._parsed: dict[str, dict[str, tuple[RecordSet, ...]]] = {}
        self._between: frozenset[str] | None = None
        self._complete_apex(tuple(value.get("name_servers") or ()))

    def __repr__(self) -> str:
        return f"Zone({self.name} {self.id}, {len(self._raw)} names)"

    def types_at(self, name: str) -> Mapping[str, tuple[RecordSet, ...]]:
        """The record sets at exactly this name, by type; empty when it has none."""
        raw = self._raw_at(name)
        if raw is None:
            return {}
        parsed = self._parsed.get(name)
        if parsed is None:
            parsed = self._parsed[name] = self._parse(name, _as_list(raw))
        return parsed

    def group(self, name: str, rtype: str) -> tuple[RecordSet, ...]:
        """The record sets of one name and type."""
        return self.types_at(name).get(rtype, ())

    def holds(self, name: str) -> bool:
        """True for the zone's own name and every name below it."""
        return name == self.name or name.endswith(f".{self.name}") or self.name == "."

    def exists(self, name: str) -> bool:
        """True for names with records and for empty names above them (so that they answer NODATA). [R53 4.3]"""
        if self._raw_at(name) is not None:
            return True
        found = self.reads.now.exists[self.id, name] = self.is_between(name)
        return found

    def is_between(self, name: str) -> bool:
        """True for an empty name above names with records."""
        if self._between is None:
            self._between = self._names_between()
        return name in self._between

    def raw(self, name: str) -> RawRecord | list[RawRecord] | None:
        """The records at a name as they were pushed, without a note that they were read."""
        return self._raw.get(name)

    def _raw_at(self, name: str) -> RawRecord | list[RawRecord] | None:
        found = self.reads.now.records[self.id, name] = self._raw.get(name)
        return found

    def source_of(self, name: str) -> str | None:
        """The name whose records answer for `name`: itself, the wildcard that covers it, or None: NXDOMAIN. [R53 4.5]

        Only the wildcard right below the closest name that exists can cover it (RFC 4592 §3.3.1).
        """
        if self.exists(name):
            return name
        encloser = name
        while encloser != self.name and not self.exists(encloser):
            encloser = first_label(encloser)[1]
        wildcard = f"*.{encloser}"
        return wildcard if self._raw_at(wildcard) is not None else None

    def cut_above(self, name: str, rtype: str) -> str | None:
        """The delegation that takes `name` out of this zone: the highest NS set below the apex, if any. [R53 4.4]"""
        cut = None
        while name != self.name:
            # DS is asked of the parent side of a cut (RFC 4035 §3.1.4.1).
            if self.group(name, "NS") and rtype != "DS":
                cut = name
            rtype = ""
            name = first_label(name)[1]
        return cut

    def rrset(self, name: str, rtype: str) -> Rrset | None:
        """A simple record set ready for the wire, as needed for NS, SOA and glue; None when there is none."""
        group = self.group(name, rtype)
        if len(group) != 1 or not group[0].wires or group[0].policy != "simple":
            return None
        record = group[0]
        return Rrset(name=name, rtype=rtype, ttl_s=record.ttl_s, values=record.values, wires=record.wires)

    def _parse(self, name: str, raw: list[RawRecord]) -> dict[str, tuple[RecordSet, ...]]:
        groups: dict[str, tuple[RecordSet, ...]] = {}
        for fields in raw:
            try:
                record = parse_record(name, fields)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._note_problem(f"{name} {fields.get('Type')}: unreadable ({error!r})")
                continue
            if record.alias is None and len(record.wires) < len(fields.get("ResourceRecords") or ()):
                self._note_problem(f"{name} {record.rtype}: a value is not of this type and is left out")
            groups[record.rtype] = (*groups.get(record.rtype, ()), record)
        return groups

    def _note_problem(self, problem: str) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)

    def _names_between(self) -> frozenset[str]:
        between: set[str] = set()
        for name in self._raw:
            parent = first_label(name)[1]
            while parent != "." and parent not in self._raw and parent not in between:
                between.add(parent)
                parent = first_label(parent)[1]
        return frozenset(between)

    def _complete_apex(self, name_servers: tuple[str, ...]) -> None:
        """Give the apex the NS and SOA that every zone has, where the push has none."""
        apex = _as_list(self._raw.get(self.name, []))
        types = {fields.get("Type") for fields in apex}
        servers = name_servers or default_name_servers(self.id)
        if "NS" not in types:
            values = [{"Value": server} for server in servers]
            apex.append({"Name": self.name, "Type": "NS", "TTL": NS_TTL_S, "ResourceRecords": values})
        if "SOA" not in types:
            value = f"{servers[0].removesuffix('.')}. {SOA_TAIL}"
            apex.append({"Name": self.name, "Type": "SOA", "TTL": SOA_TTL_S, "ResourceRecords": [{"Value": value}]})
        self._raw[self.name] = apex


def default_name_servers(zone_id: str) -> tuple[str, ...]:
    """Four names in AWS's manner, one of each stripe, the same for one zone every time. [R53 4.6]"""
    digest = blake2b(zone_id.encode(), digest_size=8).digest()
    numbers = [int.from_bytes(digest[2 * n : 2 * n + 2], "big") % STRIPE_SERVERS for n in range(len(STRIPES))]
    return tuple(
        f"ns-{stripe * STRIPE_SERVERS + number}.awsdns-{number // 8:02d}.{STRIPES[stripe]}."
        for stripe, number in enumerate(numbers)
    )


def _as_list(raw: RawRecord | list[RawRecord]) -> list[RawRecord]:
    """A copy for a list, so that the value that was pushed stays as it was."""
    return list(raw) if isinstance(raw, list) else [raw]


def _grouped(records: Sequence[RawRecord]) -> dict[str, RawRecord | list[RawRecord]]:
    """The dictionaries by canonical name. Hot when a big zone is pushed."""
    names = [fields["Name"] for fields in records]
    # All names are looked at in three searches of one string: a loop over 10,000 names took as long as all the rest.
    text = "\n".join([*names, ""])
    if "\\" in text or text.count(".\n") != len(names) or text != text.lower():
        names = [canonical_name(name) for name in names]
    # A list only where a name has several record sets: 10,000 small lists wake the garbage collector.
    grouped: dict[str, RawRecord | list[RawRecord]] = {}
    for name, fields in zip(names, records, strict=True):
        before = grouped.setdefault(name, fields)
        if isinstance(before, list):
            before.append(fields)
        elif before is not fields:
            grouped[name] = [before, fields]
    return grouped


def parse_record(name: str, fields: RawRecord) -> RecordSet:
    """One record set; raises KeyError, TypeError or ValueError when control let nonsense through."""
    rtype = str(fields["Type"]).upper()
    alias = fields.get("AliasTarget")
    values = () if alias else _values(fields)
    wires = tuple((value, wire) for value in values if (wire := rdata_wire(rtype, value)) is not None)
    return RecordSet(
        name=name,
        rtype=rtype,
        policy=policy_of(fields),
        ttl_s=0 if alias else min(max(int(fields.get("TTL") or 0), 0), GREATEST_TTL_S),
        values=tuple(value for value, _ in wires),
        wires=tuple(wire for _, wire in wires),
        set_id=str(fields.get("SetIdentifier") or ""),
        weight=int(fields.get("Weight") or 0),
        region=str(fields.get("Region") or ""),
        failover=str(fields.get("Failover") or "").upper(),
        geo=_geo_location(fields.get("GeoLocation")),
        proximity=_proximity(fields.get("GeoProximityLocation")),
        cidr=_cidr_routing(fields.get("CidrRoutingConfig")),
        health_check=str(fields.get("HealthCheckId") or ""),
        alias=_alias_target(alias),
    )


def policy_of(fields: RawRecord) -> str:
    """The routing policy a record set belongs to."""
    for field, policy in DISCRIMINATORS:
        value = fields.get(field)
        if value is not None and value is not False and value not in ("", "false", {}):
            return policy
    return "simple"


def _values(fields: RawRecord) -> tuple[str, ...]:
    """moto gives bare strings for a zone's own NS set, and dictionaries for all others."""
    entries = fields.get("ResourceRecords") or ()
    return tuple(entry if isinstance(entry, str) else str(entry["Value"]) for entry in entries)


def _geo_location(fields: Any) -> GeoLocation | None:
    if not fields:
        return None
    return GeoLocation(
        continent=fields.get("ContinentCode") or None,
        country=fields.get("CountryCode") or None,
        subdivision=fields.get("SubdivisionCode") or None,
    )


def _proximity(fields: Any) -> Proximity | None:
    if not fields:
        return None
    bias = int(fields.get("Bias") or 0)
    at = fields.get("Coordinates")
    if at:
        latitude, longitude = float(at["Latitude"]), float(at["Longitude"])
        return Proximity(label=f"{latitude:g},{longitude:g}", latitude=latitude, longitude=longitude, bias=bias)
    zone_group = str(fields.get("LocalZoneGroup") or "")
    if zone_group:
        return Proximity(label=zone_group, places=local_zone_places(zone_group), bias=bias)
    region = str(fields["AWSRegion"])
    return Proximity(label=region, places=(region,), bias=bias)


def local_zone_places(zone_group: str) -> tuple[str, ...]:
    """Where a Local Zone group stands, best guess first: the edge location of its airport code, then its region."""
    match = _LOCAL_ZONE.fullmatch(zone_group)
    return () if match is None else (f"edge:{match[2].upper()}", match[1])


def _cidr_routing(fields: Any) -> CidrRouting | None:
    if not fields:
        return None
    return CidrRouting(collection=str(fields["CollectionId"]), location=str(fields["LocationName"]))


def _alias_target(fields: Any) -> AliasTarget | None:
    if not fields:
        return None
    return AliasTarget(
        zone_id=str(fields.get("HostedZoneId") or "").rpartition("/")[2],
        name=canonical_name(str(fields["DNSName"])),
        evaluate_target_health=fields.get("EvaluateTargetHealth") in (True, "true", "True"),
    )
