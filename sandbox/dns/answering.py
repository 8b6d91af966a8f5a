"""From a question to an answer: zone, name, policy, alias, sections. Pure.

In: the zones, a name and type, the circumstances. Out: an `Answer` with real TTLs and every decision on the way. `core`
calls it for packets and for traces. The order of work is R53 1.1 and, for what no zone holds, R53 4.3 to 4.5.

Unlike an alias, a CNAME is not followed here: the resolver asks again, as the Route 53 guide says [R53 4.4].
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.dns.policy import decide
from sandbox.dns.record_health import RecordHealth
from sandbox.dns.records import Zone
from sandbox.dns.values import Answer, Circumstances, Decision, RecordSet
from sandbox.dns.zones import ALIAS_STEPS_MOST, Zones
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Rrset, pointed_name

ANY = "ANY"
ADDRESS_TYPES = ("A", "AAAA")
ADDITIONAL_MOST = 16


class CannotAnswer(Exception):
    """The zone's own configuration has no answer, for instance an alias loop: SERVFAIL."""


def answer_question(zones: Zones, name: str, rtype: str, now: Circumstances) -> Answer:
    """What the authority says about a name."""
    zone = zones.holding(name, rtype)
    if zone is None:
        return Answer(name=name, rtype=rtype, rcode=REFUSED, authoritative=False, why=f"no hosted zone holds {name}")
    cut = zone.cut_above(name, rtype)
    if cut is not None:
        return _referral(zone, cut, name, rtype)
    source = zone.source_of(name)
    if source is None:
        return _negative(zone, name, rtype, (), rcode=NXDOMAIN, why=f"{zone.name} has nothing at or below {name}")
    return _Walk(zones, zone, name, rtype, now).answer(source)


class _Walk:
    """One question on its way through record sets and aliases."""

    def __init__(self, zones: Zones, zone: Zone, name: str, rtype: str, now: Circumstances) -> None:
        self.zones = zones
        self.zone = zone
        self.name = name
        self.rtype = rtype
        self.now = now
        self.health = RecordHealth(zones, now.unhealthy)
        self.decisions: list[Decision] = []
        self.steps: list[str] = []

    def answer(self, source: str) -> Answer:
        """The answer from the records of `source`: the name itself, or the wildcard that covers it."""
        types = self._types_to_answer(source)
        if source != self.name:
            self.steps.append(f"{self.name} is covered by {source}")
        try:
            found = [rrset for rtype in types if (rrset := self._records(self.zone, source, rtype)) is not None]
        except CannotAnswer as trouble:
            return self._failure(str(trouble))
        if not found:
            none = "" if self.decisions else f"{source} has no {self.rtype} record"
            return _negative(self.zone, self.name, self.rtype, tuple(self.decisions), why=self._why(none))
        return Answer(
            name=self.name,
            rtype=self.rtype,
            zone=self.zone.id,
            answer=tuple(found),
            authority=_name_servers(self.zone, found),
            additional=_addresses_of_targets(self.zone, found),
            decisions=tuple(self.decisions),
            why=self._why(),
        )

    def _types_to_answer(self, source: str) -> tuple[str, ...]:
        """A CNAME answers for every type at its name [R53 4.4]; ANY asks for all there are."""
        here = self.zone.types_at(source)
        if self.rtype == ANY:
            return tuple(here)
        if self.rtype in here:
            return (self.rtype,)
        return ("CNAME",) if "CNAME" in here else ()

    def _records(self, zone: Zone, owner: str, rtype: str) -> Rrset | None:
        """Decide a group, follow what is chosen through its aliases; None when nothing comes of it: NODATA."""
        for _ in range(ALIAS_STEPS_MOST):
            decision = decide(zone.group(owner, rtype), self.now, self._problem_in(zone))
            self._note(decision)
            if not decision.chosen:
                return None
            record = decision.chosen[0]
            if record.alias is None:
                return self._rrset(decision.chosen)
            target = self.zones.target(zone, record)
            if target is None:
                self.steps.append(f"the alias target {record.alias.name} has no {rtype} record")
                return None
            zone, owner = target
        raise CannotAnswer(f"the aliases from {self.name} never end")

    def _problem_in(self, zone: Zone) -> _ProblemIn:
        return _ProblemIn(self.health, zone)

    def _rrset(self, chosen: Sequence[RecordSet]) -> Rrset | None:
        """The values of what was chosen under the name that was asked, in random order. [R53 1.2]"""
        pairs = [pair for record in chosen for pair in zip(record.values, record.wires, strict=True)]
        if not pairs:
            return None
        start = self.now.choose([1] * len(pairs)) if len(pairs) > 1 and len(chosen) == 1 else 0
        turned = pairs[start:] + pairs[:start]
        return Rrset(
            name=self.name,
            rtype=chosen[0].rtype,
            ttl_s=min(record.ttl_s for record in chosen),
            values=tuple(value for value, _ in turned),
            wires=tuple(wire for _, wire in turned),
        )

    def _note(self, decision: Decision) -> None:
        first = not self.decisions
        self.decisions.append(decision)
        # The only record behind an alias needs no words of its own.
        if first or decision.policy != "simple" or decision.last_resort:
            self.steps.append(decision.why if first else f"{decision.name} {decision.why}")

    def _why(self, last: str = "") -> str:
        return "; then ".join([*self.steps, last] if last else self.steps)

    def _failure(self, trouble: str) -> Answer:
        return Answer(
            name=self.name,
            rtype=self.rtype,
            zone=self.zone.id,
            rcode=SERVFAIL,
            authoritative=False,
            decisions=tuple(self.decisions),
            why=trouble,
        )


class _ProblemIn:
    """`RecordHealth.problem` for the records of one zone."""

    def __init__(self, health: RecordHealth, zone: Zone) -> None:
        self.health = health
        self.zone = zone

    def __call__(self, record: RecordSet) -> str | None:
        return self.health.problem(self.zone, record)


def _negative(
    zone: Zone, name: str, rtype: str, decisions: tuple[Decision, ...], *, why: str, rcode: int = NOERROR
) -> Answer:
    """NXDOMAIN or NODATA, with the SOA that says how long it holds. [R53 4.3]"""
    soa = zone.rrset(zone.name, "SOA")
    return Answer(
        name=name,
        rtype=rtype,
        zone=zone.id,
        rcode=rcode,
        authority=() if soa is None else (negative_soa(soa),),
        decisions=decisions,
        why=why,
    )


def negative_soa(soa: Rrset) -> Rrset:
    """The SOA of a negative answer carries min(MINIMUM, its TTL). [R53 4.3, RFC 2308 §3]"""
    minimum_s = int.from_bytes(soa.wires[0][-4:], "big")
    ttl_s = min(minimum_s, soa.ttl_s)
    return Rrset(name=soa.name, rtype=soa.rtype, ttl_s=ttl_s, values=soa.values, wires=soa.wires)


def _referral(zone: Zone, cut: str, name: str, rtype: str) -> Answer:
    """NS of the child zone, with the addresses that the parent has for them; not our answer, so AA = 0. [R53 4.4]"""
    servers = zone.rrset(cut, "NS")
    authority = () if servers is None else (servers,)
    return Answer(
        name=name,
        rtype=rtype,
        zone=zone.id,
        authoritative=False,
        authority=authority,
        additional=_addresses_of_targets(zone, authority),
        why=f"{zone.name} delegates {cut} to {', '.join(servers.values) if servers else 'nobody'}",
    )


def _name_servers(zone: Zone, found: Sequence[Rrset]) -> tuple[Rrset, ...]:
    """The zone's NS set goes beside every positive answer, unless it is the answer. [R53 4.3]"""
    servers = zone.rrset(zone.name, "NS")
    if servers is None or any(rrset.rtype == "NS" and rrset.name == zone.name for rrset in found):
        return ()
    return (servers,)


def _addresses_of_targets(zone: Zone, rrsets: Sequence[Rrset]) -> tuple[Rrset, ...]:
    """Addresses that this zone has, as simple records, for the names that the records point to. [R53 4.3]"""
    additional: list[Rrset] = []
    for rrset in rrsets:
        for wire in rrset.wires:
            target = pointed_name(rrset.rtype, wire)
            if target is not None and zone.holds(target):
                found = (zone.rrset(target, rtype) for rtype in ADDRESS_TYPES)
                additional += [address for address in found if address is not None]
    return tuple(additional[:ADDITIONAL_MOST])
