"""Whether a record is healthy, aliases included. Pure; one `RecordHealth` judges for one question and remembers.

In: the ids of unhealthy checks, the zones, a record. Out: what is wrong with it in words, or None. `policy` asks
through `answering`. A check without a verdict counts as healthy [R53 2.2]. The rules, by R53 1.3:

    no check, no alias                       always healthy
    check, no alias                          as the check says
    alias, EvaluateTargetHealth false        always healthy (or as its own check says)
    alias, EvaluateTargetHealth true         at least one record of the target is healthy (and its own check)
"""

from __future__ import annotations

from collections.abc import Collection

from sandbox.dns.records import Zone
from sandbox.dns.values import RecordSet
from sandbox.dns.zones import ALIAS_STEPS_MOST, Zones


class RecordHealth:
    """Judges records during one question; the verdict on a group is found once."""

    def __init__(self, zones: Zones, unhealthy: Collection[str]) -> None:
        self._zones = zones
        self._unhealthy = unhealthy
        self._groups: dict[tuple[str, str, str], bool] = {}
        self._steps = 0

    def problem(self, zone: Zone, record: RecordSet) -> str | None:
        """What is wrong with a record of `zone`, or None."""
        if record.health_check and self._is_unhealthy(record.health_check):
            return f"health check {record.health_check} unhealthy"
        alias = record.alias
        if alias is None or not alias.evaluate_target_health:
            return None
        target = self._zones.target(zone, record)
        if target is None:
            return f"its target {alias.name} has no {record.rtype} record"
        if not self._any_healthy(target[0], target[1], record.rtype):
            return f"its target {alias.name} has no healthy record"
        return None

    def _is_unhealthy(self, check: str) -> bool:
        found = self._zones.reads.now.verdicts[check] = check in self._unhealthy
        return found

    def _any_healthy(self, zone: Zone, name: str, rtype: str) -> bool:
        key = (zone.id, name, rtype)
        known = self._groups.get(key)
        if known is not None:
            return known
        # A group that is asked for while it is being judged is an alias loop: nothing healthy comes of it.
        self._groups[key] = False
        if self._steps >= ALIAS_STEPS_MOST:
            return False
        self._steps += 1
        healthy = any(self.problem(zone, record) is None for record in zone.group(name, rtype))
        self._steps -= 1
        self._groups[key] = healthy
        return healthy
