"""One global table in one region: what a local write and an arriving change make of it. No await.

In: changes that tables has stored; changes that arrive. Out: rows for the ledger, conflicts, entries to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from sandbox.replication.core import Newer, Stamper, is_newer, merge
from sandbox.replication.legacy_items import dying, marked
from sandbox.replication.outbox import Outbox
from sandbox.replication.rows import conflict_row, item_row
from sandbox.replication.settled import Settling
from sandbox.replication.values import Conflict, Item, Replicated, Version
from sandbox.replication.versions import Versions
from sandbox.replication.wire import encode_entry
from sandbox.tables.core import Tables
from sandbox.tables.ledger_rows import Operation
from sandbox.tables.table import Table
from sandbox.tables.values import Address, Change

WALK = 256  # items looked at in one step of a walk over a whole table


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The safeguards, so that tests can take each one away and see what breaks."""

    newer: Newer = is_newer
    stamper: type[Stamper] = Stamper
    versions: type[Versions] = Versions
    outbox: type[Outbox] = Outbox
    settling: type[Settling] = Settling


class Replica:
    """A global table as this region has it. base: the version of what was there before it became global, or None."""

    def __init__(
        self, region: str, *, group_id: str, account: str, table: Table, base: Version | None, parts: Parts
    ) -> None:
        self.legacy = False  # of version 2017.11.29: each item says when and where it was written
        self.region = region
        self.group_id = group_id
        self.account = account
        self.table = table
        self.versions = parts.versions(base)
        self.stamper = parts.stamper(region, base.stamp_us if base is not None else 0)
        self.incarnations: Mapping[str, int] = {}  # of each member, as far as is known here
        self.settling = parts.settling(region)
        self._newer = parts.newer

    @property
    def name(self) -> str:
        """The table's name, the same everywhere."""
        return self.table.schema.name

    @property
    def table_id(self) -> str:
        """The table's id in this region."""
        return self.table.table_id

    def incarnation(self, region: str) -> int:
        """How often this member has been made."""
        return self.incarnations.get(region, 1)

    def restore(self, key: bytes, version: Version, *, deleted: bool) -> None:
        """Take up what the ledger kept."""
        self.versions.put(key, version, None if deleted else {})
        if version.region == self.region:
            self.stamper.last_us = max(self.stamper.last_us, version.stamp_us)

    def written_at_s(self, key: bytes) -> float | None:
        """When the present version of a key was written, by its stamp."""
        version = self.versions.of(key, {})
        return None if version is None else version.stamp_us / 1_000_000

    def stored(self, key: Item) -> Item | None:
        """The item under this key, as tables has it."""
        return self.table.item(self.table.address_of(key))

    def write(self, tables: Tables, change: Change, key: bytes, clock_us: int, seq: int) -> Operation:
        """A write of this region has been stored: its row."""
        old, new = change.old, change.new
        version = self.stamper.stamp(clock_us, self.versions.of(key, old) or self.settling.unknown())
        if self.legacy and new is not None:
            new = marked(new, version)
            tables.apply_replicated(self.name, change.key, new, change.at_s)  # the second of two records (GT 2.12)
        self.versions.put(key, version, new)
        return item_row(self.table_id, key, Replicated(item=new, version=version), seq)

    def stays_here(self, key: bytes, change: Change) -> Operation:
        """What time to live deletes in a table of version 2017.11.29 is deleted here alone (GT 2.13): its row."""
        version = self.versions.of(key, change.old)
        assert version is not None, key
        self.versions.put(key, version, None)
        return item_row(self.table_id, key, Replicated(item=None, version=version), None)

    def arrive(
        self, tables: Tables, key: Item, key_bytes: bytes, theirs: Replicated, now_s: float
    ) -> tuple[list[Operation], Conflict | None]:
        """A write of another region has come: store it if it is newer. Its rows, and the conflict recorded here."""
        item = self.stored(key)
        version = self.versions.of(key_bytes, item)
        if version is None and self.settling.is_settled(theirs.version):
            return [], None  # a late copy of what is over: the tombstone that would stop it is gone
        mine = None if version is None else Replicated(item=item, version=version)
        outcome = merge(self.region, mine, theirs, self._newer)
        if not outcome.changed:
            return [], None
        kept = outcome.kept
        if self.legacy and kept.item is not None:
            kept = Replicated(item=marked(kept.item, kept.version), version=kept.version)
        elif self.legacy and item is not None:
            tables.apply_replicated(self.name, key, dying(item), now_s)
        if item is not None or kept.item is not None:
            tables.apply_replicated(self.name, key, kept.item, now_s)
        self.versions.put(key_bytes, kept.version, kept.item)
        rows = [item_row(self.table_id, key_bytes, kept, None)]
        if outcome.conflict is not None:
            rows.append(conflict_row(self.table_id, key_bytes, outcome.conflict, now_s))
        return rows, outcome.conflict

    def encode(self, key: bytes) -> bytes | None:
        """What is stored under the key now, as it is sent; None when nothing ever was."""
        item = self.stored(orjson.loads(key))
        version = self.versions.of(key, item)
        return None if version is None else encode_entry(key, Replicated(item=item, version=version))

    def keys(self, wanted: Callable[[Version], bool] = lambda version: True) -> Iterator[bytes]:
        """Every key that has a version, tombstones last. The table may change meanwhile: what is new is sent anyway."""
        after: Address | None = None
        store = self.table.store
        while addresses := list(islice(store.all(after=after), WALK)):
            after = addresses[-1]
            for address in addresses:
                item = store.items.get(address)
                if item is not None:
                    key = self.key_bytes(item)
                    version = self.versions.of(key, item)
                    if version is not None and wanted(version):
                        yield key
        for key in list(self.versions.tombstones):
            version = self.versions.of(key, None)
            if version is not None and wanted(version):
                yield key

    def key_bytes(self, item: dict[str, Any]) -> bytes:
        """An item's key as the journal has it."""
        return orjson.dumps(self.table.key_of(item))
