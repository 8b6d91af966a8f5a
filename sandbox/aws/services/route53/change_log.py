"""Changes that were submitted, and which of them all name servers have (fact sheet §6.4). Pure.

    PENDING -- the zone, as it was after the change, is published and the propagation delay is over --> INSYNC

In: what was changed, and up to which version a zone has settled. Out: `ChangeInfo`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.kernel.errors import Refusal

PENDING, INSYNC = "PENDING", "INSYNC"
MOST_KEPT = 10_000  # of an account; the oldest are forgotten, which GetChange then does not know
ID_LENGTH = 14


@dataclass
class Change:
    """One submitted change. version: the zone's after it."""

    id: str
    zone_id: str
    version: int
    submitted_at: datetime
    comment: str | None
    status: str = PENDING

    def info(self) -> dict[str, Any]:
        """ChangeInfo in boto3's shape."""
        return {
            "Id": f"/change/{self.id}",
            "Status": self.status,
            "SubmittedAt": self.submitted_at,
            "Comment": self.comment,
        }


class ChangeLog:
    """The changes of one account, oldest first."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._pending: dict[str, list[Change]] = {}

    def submit(self, token: str, zone_id: str, version: int, now: datetime, comment: str | None = None) -> Change:
        """Note a change. token: what its id is made of."""
        change = Change(
            id=f"C{token[:ID_LENGTH].upper()}", zone_id=zone_id, version=version, submitted_at=now, comment=comment
        )
        self._changes[change.id] = change
        self._pending.setdefault(zone_id, []).append(change)
        while len(self._changes) > MOST_KEPT:
            del self._changes[next(iter(self._changes))]
        return change

    def get(self, change_id: str) -> Change:
        """The change, or AWS's refusal."""
        found = self._changes.get(change_id.rpartition("/")[2])
        if found is None:
            raise Refusal("NoSuchChange", f"A change with id {change_id} does not exist.", status=404)
        return found

    def settle(self, zone_id: str, version: int | None) -> None:
        """Everything up to this version of a zone (None: all, for the zone is gone) is on all name servers."""
        waiting = self._pending.pop(zone_id, [])
        left = [change for change in waiting if version is not None and change.version > version]
        for change in waiting:
            if change not in left:
                change.status = INSYNC
        if left:
            self._pending[zone_id] = left

    def settle_all(self) -> None:
        """After a restart: what is kept is published."""
        for zone_id in list(self._pending):
            self.settle(zone_id, None)
