"""What a decision has read: of which names the records, which names exist, which verdicts. Pure.

In: notes of `records` (zones read by name) and `record_health`. Out: a `Footprint`, which `compiled` keeps beside the
answer, and which `zones` compares with the zones and verdicts of later: an answer whose footprint still fits would be
decided in the same way again. Only those zones are meant that are replaced; when one comes, goes or is renamed, all
answers are given up.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

ZoneName = tuple[str, str]  # id of a zone, a name in it


class Footprint:
    """The reads of one decision. checked_at, fits: when it was last compared, and what came of it."""

    __slots__ = ("checked_at", "exists", "fits", "records", "verdicts")

    def __init__(self) -> None:
        self.records: dict[ZoneName, Any] = {}  # as pushed; None where there were none
        self.exists: dict[ZoneName, bool] = {}  # of names without records
        self.verdicts: dict[str, bool] = {}  # health checks -> unhealthy
        self.checked_at = 0
        self.fits = True

    def subject(self) -> Hashable:
        """What was read, whatever was found."""
        return (*self.records, *self.exists, *self.verdicts)

    def is_same(self, other: Footprint) -> bool:
        """True when another decision read the same and found the same."""
        return (self.records, self.exists, self.verdicts) == (other.records, other.exists, other.verdicts)


class Reads:
    """Where zones and verdicts note what is read of them; one for all zones of an authority."""

    def __init__(self) -> None:
        self.now = Footprint()

    def taken(self) -> Footprint:
        """What was read until now; a new footprint begins. To be called after each decision."""
        taken, self.now = self.now, Footprint()
        return taken
