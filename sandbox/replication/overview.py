"""Global tables as the whole planet sees them: every region is asked, and what they say is put together.

    sb.tables.status("orders")       # who is how far behind whom
    sb.tables.conflicts("orders")    # which writes lost, to which
    sb.tables.diff("orders")         # what differs between replicas now

In: table names. Out: plain values. A region that does not answer is named in `silent`, not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kernel.errors import unknown

Call = Callable[..., Any]
MOST_CONFLICTS = 1000
MOST_DIFFERENCES = 1000
WALK_WITHIN_S = 30.0  # for answers that take a walk over a table


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the regions answered. silent: region -> why it did not."""

    answers: Mapping[str, Any]
    silent: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One item that is not the same everywhere. items: region -> item, None where there is none."""

    key: Mapping[str, Any]
    items: Mapping[str, Any]
    written: Mapping[str, tuple[int, str] | None] = field(default_factory=dict)  # region -> stamp in µs, where written


@dataclass(frozen=True, kw_only=True)
class Compared:
    """regions: the replicas that were compared. more: whether there are differences beside those listed."""

    table: str
    regions: tuple[str, ...]
    differences: tuple[Difference, ...]
    more: bool
    silent: Mapping[str, str]


class Tables:
    """The global tables of one sandbox. call: a call to the hub; account: the sandbox's."""

    def __init__(self, call: Call, account: str) -> None:
        self._call = call
        self._account = account

    def status(self, table: str | None = None, *, account: str | None = None) -> Asked:
        """Region -> its view of each global table (of one): members, and backlog and lag for each peer.

        Refusal when no region that answers has such a global table.
        """
        asked = self._ask("table_status")
        answers: dict[str, list[dict[str, Any]]] = {}
        for region, views in asked.answers.items():
            answers[region] = [
                view
                for view in views
                if table in (None, view["table"]) and (account is None or view["account"] == account)
            ]
        if table is not None and not any(answers.values()) and not asked.silent:
            names = sorted({view["table"] for views in asked.answers.values() for view in views})
            raise unknown("global table", table, names, see="sandbox table status")
        return Asked(answers=answers, silent=asked.silent)

    def backlog(self, table: str) -> int:
        """Changes that some replica has not acknowledged yet, over all directions."""
        views = [view for found in self.status(table).answers.values() for view in found]
        return sum(peer["backlog"] + peer["syncing"] for view in views for peer in view["peers"])

    def conflicts(self, table: str, *, account: str | None = None, most: int = MOST_CONFLICTS) -> list[dict[str, Any]]:
        """The writes that lost, oldest first: key, loser, winner (item, stamp_us, region, vector), at_s."""
        asked = self._ask("table_conflicts", account=account or self._account, table=table, most=most)
        found = [conflict for conflicts in asked.answers.values() for conflict in conflicts]
        return sorted(found, key=lambda each: (each["at_s"], each["loser"]["stamp_us"]))[-most:]

    def diff(self, table: str, *, account: str | None = None, most: int = MOST_DIFFERENCES) -> Compared:
        """What differs between the replicas now. Writes that are on their way differ, too."""
        account = account or self._account
        asked = self._ask("table_digests", WALK_WITHIN_S, account=account, table=table)
        digests = {region: found for region, found in asked.answers.items() if found is not None}
        if not digests:
            raise unknown("table", table, (), see="aws dynamodb list-tables")
        buckets = [number for number, each in enumerate(zip(*digests.values(), strict=True)) if len(set(each)) > 1]
        differences: list[Difference] = []
        while buckets and len(differences) <= most:
            some, buckets = buckets[:8], buckets[8:]
            found = self._ask("table_items", WALK_WITHIN_S, account=account, table=table, buckets=some, most=10 * most)
            differences += compared({region: found.answers.get(region, []) for region in digests})
        return Compared(
            table=table,
            regions=tuple(digests),
            differences=tuple(differences[:most]),
            more=len(differences) > most or bool(buckets),
            silent=asked.silent,
        )

    def _ask(self, question: str, within_s: float = 2.0, **arguments: Any) -> Asked:
        """All regions at once."""
        found = self._call("ask_regions", question=question, arguments=arguments, within_s=within_s)
        return Asked(answers=found["answers"], silent=found["silent"])


def compared(entries: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[Difference]:
    """Items of each replica -> those that are not the same in all of them."""
    by_key: dict[str, dict[str, Mapping[str, Any]]] = {}
    for region, found in entries.items():
        for each in found:
            by_key.setdefault(repr(sorted(each["key"].items())), {})[region] = each
    differences = []
    for holders in by_key.values():
        items = {region: holders[region]["item"] if region in holders else None for region in entries}
        first, *others = items.values()
        if any(other != first for other in others):
            written = {
                region: (holders[region]["stamp_us"], holders[region]["region"])
                if region in holders and holders[region]["stamp_us"] is not None
                else None
                for region in entries
            }
            key = next(iter(holders.values()))["key"]
            differences.append(Difference(key=key, items=items, written=written))
    return differences
