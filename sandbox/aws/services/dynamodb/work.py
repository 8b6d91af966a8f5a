"""Carries out steps in the regions, and waits between them. In a thread: it may block.

In: steps, and the port to the regions. Out: what is made, told step by step; a Refusal with the region's own reason
when a step fails, or with ours when something is not done in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from sandbox.aws.services.dynamodb import scaling
from sandbox.aws.services.dynamodb.values import Ask, Doors, Place, Step, Wanted
from sandbox.kernel.errors import Refusal

WAIT_S = 120.0  # for one replica; whoever waits for the stack has been answered long before (`stack_calls.py`)
BUSY_S = 3.0  # for somebody else's change to end
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
MISSING = "ResourceNotFoundException"
BUSY = "ResourceInUseException"
NOT_SCALED = "Pay-Per-Request or AutoScaled"  # GT 1.16: a region hears of auto scaling a moment after it is registered
SOURCE_RULE = "acted as a source region"  # GT 1.35: what it has been the source of goes first


class Work:
    """One table's work."""

    def __init__(self, doors: Doors, place: Place) -> None:
        self._doors = doors
        self._place = place

    def carry_out(self, steps: Iterable[Step], note: Callable[[Wanted], None]) -> None:
        """One step after the other."""
        for step in steps:
            target = replica_change(step.ask)
            if target is not None:
                self._look_at(target[1])
            self._ask_when_free(step.ask)
            note(step.made)
            self._wait_after(step.ask, target)

    def describe(self, region: str = "") -> dict[str, Any] | None:
        """The table in a region, if it is there."""
        body = {"TableName": self._place.name}
        try:
            answer = self._ask(Ask(region=region or self._place.region, action="DescribeTable", body=body))
        except Refusal as refusal:
            if refusal.code == MISSING:
                return None
            raise
        table: dict[str, Any] = answer["Table"]
        return table

    def remove(self, *, with_replicas: bool) -> None:
        """Take the table away; one that is gone already is no mistake."""
        table = self.describe()
        if table is None:
            return
        if with_replicas:
            self._remove_replicas()
        if table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
            self._forget_scaling(self._place.region)
        body = {"TableName": self._place.name}
        self._ask_when_free(Ask(region=self._place.region, action="DeleteTable", body=body))
        self._wait_until(f"the table {self._place.name} is still there", lambda: self.describe() is None)

    # -- replicas -------------------------------------------------------------------------------------------------

    def _look_at(self, region: str) -> None:
        """A region that does not answer would leave its replica CREATING or DELETING until it is back."""
        try:
            self.describe(region)
        except Refusal as refusal:
            if refusal.code != "InvalidRegion":  # DynamoDB has its own words for that
                raise

    def _remove_replicas(self) -> None:
        """The newest first; one that was the source of another waits for that to go (GT 1.35)."""
        left = self._replica_regions()
        while left:
            refused = None
            for region in reversed(left):
                refused = self._remove_replica(region) or refused
            before, left = left, self._replica_regions()
            if refused is not None and left == before:
                raise refused

    def _remove_replica(self, region: str) -> Refusal | None:
        self._look_at(region)
        update = {"Delete": {"RegionName": region}}
        body = {"TableName": self._place.name, "ReplicaUpdates": [update]}
        ask = Ask(region=self._place.region, action="UpdateTable", body=body)
        try:
            self._ask_when_free(ask)
        except Refusal as refusal:
            if SOURCE_RULE not in refusal.message:
                raise
            return refusal
        self._wait_after(ask, ("Delete", region))
        self._forget_scaling(region)
        return None

    def _replica_regions(self) -> list[str]:
        return [replica["RegionName"] for replica in (self.describe() or {}).get("Replicas", ())]

    def _forget_scaling(self, region: str) -> None:
        answer = self._ask(scaling.registered(region))
        for target in scaling.targets_of(self._place.name, region, answer):
            for ask in scaling.asks(self._place.name, target, None):
                self._ask(ask)

    # -- waiting --------------------------------------------------------------------------------------------------

    def _wait_after(self, ask: Ask, target: tuple[str, str] | None) -> None:
        name = self._place.name
        if target is not None and target[0] == "Delete":
            region = target[1]
            self._wait_until(f"the replica of {name} in {region} is still there", lambda: self._has_left(region))
            return
        if ask.action not in ("CreateTable", "UpdateTable"):
            return
        problem = f"the table {name} in {ask.region}" if target is None else f"the replica of {name} in {target[1]}"
        for region in (ask.region, *((target[1],) if target else ())):
            self._wait_until(f"{problem} is not ACTIVE", partial(self._is_settled, region, target))

    def _has_left(self, region: str) -> bool:
        return region not in self._replica_regions() and self.describe(region) is None

    def _is_settled(self, region: str, target: tuple[str, str] | None) -> bool:
        table = self.describe(region)
        if table is None or table["TableStatus"] != "ACTIVE":
            return False
        replicas = {replica["RegionName"]: replica["ReplicaStatus"] for replica in table.get("Replicas", ())}
        if target is not None and region == self._place.region and target[1] not in replicas:
            return False
        indexes = [index["IndexStatus"] for index in table.get("GlobalSecondaryIndexes", ())]
        return all(status == "ACTIVE" for status in (*replicas.values(), *indexes))

    def _wait_until(self, problem: str, is_done: Callable[[], bool]) -> None:
        for pause_s in pauses_s(WAIT_S):
            if is_done():
                return
            self._doors.pause(pause_s)
        raise Refusal("NotStabilized", f"Resource did not stabilize: {problem} after {WAIT_S:.0f} s.", definite=False)

    def _ask_when_free(self, ask: Ask) -> None:
        """Another change may be under way, in this region or in another; or news of one has not come yet."""
        for pause_s in pauses_s(BUSY_S):
            try:
                self._ask(ask)
            except Refusal as refusal:
                may_pass = refusal.code == BUSY or NOT_SCALED in refusal.message
                if not may_pass or ask.action == "CreateTable":
                    raise
                busy = refusal
                self._doors.pause(pause_s)
            else:
                return
        raise busy

    def _ask(self, ask: Ask) -> dict[str, Any]:
        return self._doors.ask(self._place.account, ask)


def replica_change(ask: Ask) -> tuple[str, str] | None:
    """Verb and region of a call that changes a replica."""
    for update in ask.body.get("ReplicaUpdates") or ():
        for verb, given in update.items():
            return verb, given["RegionName"]
    return None


def pauses_s(total_s: float) -> Iterator[float]:
    """Longer and longer, up to a total."""
    pause_s = FIRST_PAUSE_S
    while total_s > 0:
        yield pause_s
        total_s -= pause_s
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
