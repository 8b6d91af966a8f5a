"""Which endpoint takes a new flow. Pure: no socket, no clock, no dice; chance is a hash of the flow itself.

In: a listener, a flow, round trips from the flow's edge location, health of endpoints. Out: a `Choice` with its why.

    1. the groups that have an endpoint with a weight, the nearest first                            [GA 3.2 step 1]
    2. the nearest with a dial over 0 is down: the next one takes over, whatever its dial says      [GA 3.3]
       it is up: its dial keeps so many of 100 flows; the others go on to the next                  [GA 3.2 step 2]
    3. within the group by weight, among the healthy                                                [GA 3.2 step 3]
    4. nothing is healthy in the groups tried: any endpoint of the nearest group (fails open)       [GA 3.3]

Endpoints whose load balancer, address or instance is gone take nothing, not even then.

What AWS does not say, and we chose: the last group keeps what its own dial turns away, so nothing is dropped (AWS's
example of two groups dialled to 50 holds only so); all groups dialled to 0 take nothing.

Both draws, for the dial and for the endpoint, are rendezvous hashes: a flow's own number for each group and endpoint,
the endpoint by the lowest of -ln(number) / weight. A flow therefore moves only when its own endpoint goes, or when one
that is new or has more weight wins it; with SOURCE_IP the number depends on the two addresses alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log

from sandbox.accelerator.values import SOURCE_IP, Choice, Endpoint, Flow, Group, Listener

GROUPS_TRIED = 3  # before it fails open; the guide has two numbers, this is the smaller [GA 3.3]
NAMED_AT_MOST = 4  # regions spelled out in a why

IsHealthy = Callable[[Group, Endpoint], bool]
BackboneMs = Callable[[str], float | None]  # region -> round trip from the edge location, None: out of reach


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A group as seen from an edge location. usable: its healthy endpoints that have a weight."""

    group: Group
    rtt_ms: float
    usable: tuple[Endpoint, ...]

    @property
    def name(self) -> str:
        return f"{self.group.region} {self.rtt_ms:.0f} ms"


def number_of(*words: object) -> float:
    """A number over 0 and under 1 that depends on these words alone."""
    digest = blake2b("\x1f".join(map(str, words)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**64


def key_of(listener: Listener, flow: Flow) -> str:
    """What of a flow is hashed: two addresses, or all five of it [GA 3.2 step 4]."""
    if listener.affinity == SOURCE_IP:
        return f"{flow.client} {flow.address}"
    return f"{flow.protocol} {flow.client}:{flow.client_port} {flow.address}:{flow.port}"


def choose(
    listener: Listener,
    flow: Flow,
    *,
    backbone_ms: BackboneMs,
    is_healthy: IsHealthy,
    groups_tried: int = GROUPS_TRIED,
) -> Choice:
    """Where a new flow goes that has come to an edge location."""
    ranked = rank(listener, backbone_ms, is_healthy)
    if not ranked:
        return Choice(group=None, endpoint=None, why=_why_nowhere(listener))
    attractive = next((number for number, entry in enumerate(ranked) if entry.group.dial > 0), None)
    if attractive is None:
        return Choice(group=None, endpoint=None, why="every endpoint group is dialled to 0 %")
    key = key_of(listener, flow)
    named = ", ".join(entry.name for entry in ranked[:NAMED_AT_MOST])
    if ranked[attractive].usable:
        entry: Ranked | None
        entry, steps = _by_dial(ranked, key)
        first = f"nearest region with a healthy endpoint: {named}" if len(ranked) > 1 else f"only region: {named}"
    else:
        entry, steps = _by_failover([*ranked[attractive:], *ranked[:attractive]][:groups_tried])
        first = f"by nearness: {named}"
    if entry is None:
        return _fail_open(ranked, key, [first, *steps])
    endpoint = draw(entry.usable, key)
    return Choice(group=entry.group, endpoint=endpoint, why="; ".join([first, *steps, *_by_weight(entry, endpoint)]))


def rank(listener: Listener, backbone_ms: BackboneMs, is_healthy: IsHealthy) -> list[Ranked]:
    """The groups that could take a flow, the nearest first; ties go by the region's name."""
    found = []
    for group in listener.groups:
        rtt_ms = backbone_ms(group.region)
        weighted = [endpoint for endpoint in group.endpoints if endpoint.weight > 0]
        if weighted and rtt_ms is not None:
            usable = tuple(one for one in weighted if not one.missing and is_healthy(group, one))
            found.append(Ranked(group=group, rtt_ms=rtt_ms, usable=usable))
    return sorted(found, key=lambda entry: (entry.rtt_ms, entry.group.region))


def _by_dial(ranked: Sequence[Ranked], key: str) -> tuple[Ranked, list[str]]:
    """The first whose dial keeps the flow; the last one keeps whatever comes."""
    steps: list[str] = []
    takers = [entry for entry in ranked if entry.usable and entry.group.dial > 0]
    for entry in takers[:-1]:
        group = entry.group
        if number_of("dial", key, group.arn) * 100 < group.dial:
            break
        steps.append(f"the traffic dial of {group.region} ({group.dial:g} %) sends it on")
    else:
        entry = takers[-1]
    for other in ranked:
        if not other.usable:
            steps.append(f"{other.group.region} left out: no healthy endpoint{_deleted(other.group)}")
    return entry, steps


def _by_failover(tried: Sequence[Ranked]) -> tuple[Ranked | None, list[str]]:
    """The next one that is up, dials ignored."""
    steps = []
    for entry in tried:
        if entry.usable:
            if entry.group.dial < 100:
                steps.append(f"its dial ({entry.group.dial:g} %) does not count while a nearer region is down")
            return entry, steps
        steps.append(f"{entry.group.region} has no healthy endpoint{_deleted(entry.group)}")
    return None, steps


def _deleted(group: Group) -> str:
    """What has become of its endpoints, for those that are gone."""
    reasons = [endpoint.missing for endpoint in group.endpoints if endpoint.missing]
    return f" ({', '.join(reasons[:NAMED_AT_MOST])})" if reasons else ""


def _fail_open(ranked: Sequence[Ranked], key: str, steps: list[str]) -> Choice:
    """Any endpoint of the nearest group, each as likely: health and weights are no help now."""
    pools = [(entry, [one for one in entry.group.endpoints if one.weight > 0 and not one.missing]) for entry in ranked]
    nearest, pool = next(((entry, pool) for entry, pool in pools if pool), (ranked[0], []))
    if not pool:
        return Choice(group=None, endpoint=None, why="; ".join([*steps, "no endpoint is left to fail open to"]))
    endpoint = min(pool, key=lambda one: number_of("open", key, one.endpoint_id))
    why = "; ".join([*steps, f"so it fails open: any endpoint of the nearest, {nearest.group.region}"])
    return Choice(group=nearest.group, endpoint=endpoint, why=why, fails_open=True)


def draw(pool: Sequence[Endpoint], key: str) -> Endpoint:
    """One by weight, the same for the same key as long as it is there (weighted rendezvous hashing)."""
    assert pool, "an empty pool is not drawn from"
    return min(pool, key=lambda one: (-log(number_of("endpoint", key, one.endpoint_id)) / one.weight, one.endpoint_id))


def _by_weight(entry: Ranked, endpoint: Endpoint) -> list[str]:
    if len(entry.usable) < 2:
        return []
    total = sum(other.weight for other in entry.usable)
    return [f"{endpoint.endpoint_id} by weight {endpoint.weight} of {total}"]


def _why_nowhere(listener: Listener) -> str:
    if not listener.groups:
        return "the listener has no endpoint group"
    if not any(endpoint.weight > 0 for group in listener.groups for endpoint in group.endpoints):
        return "no endpoint has a weight over 0"
    return "no region with endpoints can be reached on the backbone from this edge location"
