"""An `Answer` as JSON can carry it, for `dig --trace`, the console and TestDNSAnswer. Pure.

In: an answer with its decisions, the speed of the sandbox. Out: a dictionary; TTLs as AWS has them (`ttl_s`) and as
they go over the wire here (`wire_ttl_s`).
"""

from __future__ import annotations

from typing import Any

from sandbox.dns.rendering import wire_ttl_s
from sandbox.dns.values import Answer, Decision
from sandbox.protocols.dns_wire import Rrset, rcode_name


def traced(answer: Answer, *, speed: float) -> dict[str, Any]:
    """Everything that led to an answer."""
    return {
        "name": answer.name,
        "rtype": answer.rtype,
        "rcode": rcode_name(answer.rcode),
        "zone": answer.zone,
        "why": answer.why,
        "by_place": answer.by_place,
        "answer": [_record(rrset, speed) for rrset in answer.answer],
        "authority": [_record(rrset, speed) for rrset in answer.authority],
        "decisions": [_decision(decision) for decision in answer.decisions],
    }


def _record(rrset: Rrset, speed: float) -> dict[str, Any]:
    return {
        "name": rrset.name,
        "rtype": rrset.rtype,
        "ttl_s": rrset.ttl_s,
        "wire_ttl_s": wire_ttl_s(rrset.ttl_s, speed),
        "values": list(rrset.values),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "name": decision.name,
        "rtype": decision.rtype,
        "policy": decision.policy,
        "why": decision.why,
        "last_resort": decision.last_resort,
        "candidates": [
            {"label": candidate.label, "content": candidate.content, "state": candidate.state, "note": candidate.note}
            for candidate in decision.candidates
        ],
    }
