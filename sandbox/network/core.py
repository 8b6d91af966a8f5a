"""Decisions of the network: the state of each link under the present rules, and when a chunk arrives.

In: the base round trip of two places, rules, chunk sizes, `now_s`, dice. Out: `LinkState`s and arrival times. No
sockets, no clock. Cuts win over shapes; shapes of several rules add up; a severed line of the backbone is as long as
the way round it, and a cut where there is none.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.network.rules.catalogue import Rule
from sandbox.network.values import Backbone, Cut, LinkState, Shape

PACKET_BYTES = 1460  # TCP payload of an Ethernet frame
RTO_FLOOR_S = 0.2  # Linux TCP_RTO_MIN
RTO_CAP_S = 4.0  # Linux doubles up to 120 s; capped here so that a healed link is seen to be healed
SYN_RTO_S = 1.0  # first SYN retransmission, RFC 6298 section 2
WIDTH_OF_SPREAD = 2.2  # half-width of the one-way jitter, in p90 - p50 of the round trip that two such draws give
MEDIAN_OF_WIDTH = 0.3  # of one draw, so that an uneven path keeps its median round trip

RttMs = Callable[[str, str], float]
IsSevered = Callable[[str, str], bool]
WayRound = Callable[[str, str, IsSevered], "tuple[float, tuple[str, ...]] | None"]


def _even(src: str, dst: str) -> tuple[float, float]:
    return 0.0, 0.0


def _no_way(src: str, dst: str, is_severed: IsSevered) -> None:
    return None


class Links:
    """The state of every link. `rtt_ms(a, b)` is the base round trip between two places.

    quality: p90 - p50 of the round trip in ms, and loss, without any rule. way_round: the shortest way on the backbone
    that crosses no severed line (round trip in ms, what it passes), None when there is none.
    """

    def __init__(
        self,
        rtt_ms: RttMs,
        *,
        quality: Callable[[str, str], tuple[float, float]] = _even,
        way_round: WayRound = _no_way,
    ) -> None:
        self.rtt_ms = rtt_ms
        self._quality = quality
        self._way_round = way_round
        self.rules: dict[str, Rule] = {}
        self._states: dict[tuple[str, str], LinkState] = {}
        self._severed: dict[tuple[str, str], bool] = {}  # of lines that a way round asked for
        self._listeners: list[Callable[[], None]] = []
        self._busy_until_s: dict[tuple[str, str], float] = {}  # of links with limited bandwidth

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change of the rules."""
        self._listeners.append(listener)

    def install(self, rule_id: str, rule: Rule) -> None:
        """Add a rule, or replace the one of this id."""
        self.rules[rule_id] = rule
        self._changed()

    def heal(self, rule_id: str) -> None:
        """Remove a rule; unknown ids are fine (it may have ended by itself)."""
        if self.rules.pop(rule_id, None) is not None:
            self._changed()

    def _changed(self) -> None:
        before, self._states = self._states, {}
        self._severed = {}
        self._busy_until_s = {  # what waits for a link that was narrower waits no longer
            key: until_s
            for key, until_s in self._busy_until_s.items()
            if self.state(*key).bytes_per_s == before[key].bytes_per_s
        }
        for listener in tuple(self._listeners):
            listener()

    def state(self, src: str, dst: str) -> LinkState:
        """The present state of the direction from `src` to `dst`."""
        key = (src, dst)
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = self._judge(src, dst)
        return state

    def backbone_ms(self, src: str, dst: str) -> float | None:
        """The round trip between two places on AWS's network, the way round severed lines; None: there is no way."""
        if not self.is_severed(src, dst):
            return self.rtt_ms(src, dst)
        way = self._way_round(src, dst, self.is_severed)
        return None if way is None else way[0]

    def is_severed(self, src: str, dst: str) -> bool:
        """Whether a rule severs the direct line of the backbone."""
        known = self._severed.get((src, dst))
        if known is None:  # a way round asks for the lines between all regions
            known = any(rule.verdict(src, dst) is Backbone.SEVERED for rule in self.rules.values())
            self._severed[src, dst] = self._severed[dst, src] = known
        return known

    def _judge(self, src: str, dst: str) -> LinkState:
        delay_s, why, cut = self._line(src, dst)
        spread_ms, loss = self._quality(src, dst)
        jitter_s, passed, bytes_per_s = spread_ms * WIDTH_OF_SPREAD / 1000, 1.0 - loss, None
        delay_s = max(delay_s / 2, delay_s - MEDIAN_OF_WIDTH * jitter_s)
        for rule in self.rules.values():
            verdict = rule.verdict(src, dst)
            if isinstance(verdict, Cut):
                return LinkState(src=src, dst=dst, delay_s=delay_s, cut=verdict, why=str(rule))
            if isinstance(verdict, Shape):
                delay_s += verdict.add_s
                jitter_s += verdict.jitter_s
                passed *= 1 - verdict.loss
                if verdict.bytes_per_s is not None:
                    bytes_per_s = min(bytes_per_s or verdict.bytes_per_s, verdict.bytes_per_s)
                if verdict.loss >= 1:
                    why = str(rule)
        return LinkState(
            src=src,
            dst=dst,
            delay_s=delay_s,
            jitter_s=jitter_s,
            loss=1 - passed,
            bytes_per_s=bytes_per_s,
            cut=cut if passed > 0 else Cut.DROP,  # a link that loses everything is cut
            why=why,
        )

    def _line(self, src: str, dst: str) -> tuple[float, str, Cut | None]:
        """One way in seconds on the line as it is, the way round included; and why it is another, or none."""
        direct_s = self.rtt_ms(src, dst) / 2000
        rule = next((rule for rule in self.rules.values() if rule.verdict(src, dst) is Backbone.SEVERED), None)
        if rule is None:
            return direct_s, "", None
        way = self._way_round(src, dst, self.is_severed)
        if way is None:
            return direct_s, f"{rule}, and there is no way round", Cut.DROP
        return way[0] / 2000, f"{rule}: the way round is by {', '.join(way[1])}", None

    def serialised_s(self, state: LinkState, size: int, now_s: float) -> float:
        """When the last bit of `size` bytes has left, on a link whose bandwidth all its flows share."""
        if state.bytes_per_s is None:
            return now_s
        key = (state.src, state.dst)
        free_s = max(now_s, self._busy_until_s.get(key, 0.0))
        self._busy_until_s[key] = free_s + size / state.bytes_per_s
        return self._busy_until_s[key]


def spread_s(state: LinkState, dice: random.Random) -> float:
    """Jitter of one packet: triangular, never below zero (it only ever delays)."""
    return abs(dice.triangular(-state.jitter_s, state.jitter_s, 0.0)) if state.jitter_s else 0.0


def is_lost(state: LinkState, dice: random.Random, packets: int = 1) -> bool:
    """Whether at least one of `packets` is lost."""
    return state.loss > 0 and dice.random() > (1 - state.loss) ** packets


def retransmission_s(rtt_s: float, attempt: int) -> float:
    """How long TCP waits before sending again for the `attempt`th time (0 = first), RFC 6298 with Linux's floor."""
    first_s = max(RTO_FLOOR_S, 2 * rtt_s)
    return float(min(first_s * 2 ** min(attempt, 16), max(RTO_CAP_S, first_s)))


def next_retransmission_s(sent_at_s: float, rtt_s: float, now_s: float) -> float:
    """The first moment after `now_s` at which TCP retries what it sent at `sent_at_s` and never saw acknowledged."""
    at_s, attempt = sent_at_s, 0
    while at_s <= now_s:
        at_s += retransmission_s(rtt_s, attempt)
        attempt += 1
    return at_s


class Lane:
    """Arrival times of the chunks of one direction of one flow: in order, whatever jitter and loss do."""

    __slots__ = ("last_s",)

    def __init__(self) -> None:
        self.last_s = 0.0

    def arrival_s(self, links: Links, state: LinkState, size: int, now_s: float, dice: random.Random) -> float:
        """When a chunk of `size` bytes sent now arrives. The link must not be cut."""
        assert state.cut is None, state
        due_s = now_s + state.delay_s
        if not state.is_plain:
            due_s = links.serialised_s(state, size, now_s) + state.delay_s + spread_s(state, dice)
            if is_lost(state, dice, 1 + size // PACKET_BYTES):
                due_s += self._repair_s(state, dice)
        self.last_s = due_s = max(due_s, self.last_s)
        return due_s

    def _repair_s(self, state: LinkState, dice: random.Random) -> float:
        """What retransmission adds: time-outs double while the retransmissions are lost as well."""
        waited_s, attempt = retransmission_s(2 * state.delay_s, 0), 1
        while is_lost(state, dice) and attempt < 8:
            waited_s += retransmission_s(2 * state.delay_s, attempt)
            attempt += 1
        return waited_s
