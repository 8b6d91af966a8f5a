"""The tables of one account in one region, and the one function through which every stored write goes.

In: names or ARNs; decided writes. Out: tables; each change, to whoever listens (ledger, replication).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.stream_log import KEPT_S, Stream
from sandbox.tables.table import Table
from sandbox.tables.values import Address, Cause, Change, Item, TableSchema


class Catalogue:
    """Tables by name, streams by ARN (also of tables that have gone), backups by ARN, transaction tokens."""

    def __init__(self, region: str, account: str, on_change: Callable[[Change], None]) -> None:
        self.region = region
        self.account = account
        self.on_change = on_change
        self.tables: dict[str, Table] = {}
        self.streams: dict[str, Stream] = {}
        self.backups: dict[str, Any] = {}
        self.tokens: dict[str, tuple[bytes, dict[str, Any], float]] = {}  # token -> (request, answer, until_s)
        self._made = 0  # things that were given an id

    @property
    def partition(self) -> str:
        """aws, or what the region's prefix says."""
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(self.region.rsplit("-", 2)[0], "aws")

    def arn_of(self, table_name: str) -> str:
        """A table's ARN."""
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account}:table/{table_name}"

    def fresh_id(self, now_s: float) -> str:
        """An id in the form of a UUID, different for each call."""
        self._made += 1
        digest = blake2b(f"{self.region}/{self.account}/{now_s}/{self._made}".encode(), digest_size=16).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"

    def find(self, name: str) -> Table | None:
        """The table of this name or ARN."""
        table = self.tables.get(name)
        if table is None and name.startswith("arn:"):
            table = self.tables.get(name.partition(":table/")[2])
            if table is not None and table.arn != name:
                return None
        return table

    def table(self, name: Any) -> Table:
        """The table that a call on items names; AWS's refusal when there is none."""
        found = self.tables.get(name) if isinstance(name, str) else None
        if found is not None:
            return found
        if name is None:
            raise missing_name()
        if not isinstance(name, str):
            raise Refusal("SerializationException", "NUMBER_VALUE cannot be converted to String")
        found = self.find(name)
        if found is None:
            raise Refusal("ResourceNotFoundException", "Requested resource not found")
        return found

    def described_table(self, name: Any) -> Table:
        """The table that a call on tables names; these calls repeat the name in their refusal."""
        if name is None:
            raise missing_name()
        found = self.find(str(name))
        if found is None:
            raise Refusal("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
        return found

    def create(self, schema: TableSchema, now_s: float, *, table_id: str | None = None) -> Table:
        """A new, empty table; its stream is open if the schema says so."""
        table = Table(
            schema,
            table_id=table_id or self.fresh_id(now_s),
            arn=self.arn_of(schema.name),
            created_at_s=now_s,
        )
        if schema.billing_mode == "PAY_PER_REQUEST":
            table.on_demand_since_s = now_s
        self.tables[schema.name] = table
        if schema.stream_view is not None:
            self.open_stream(table, schema.stream_view, now_s)
        return table

    def drop(self, table: Table, now_s: float) -> None:
        """Forget the table; its stream stays readable."""
        self.close_stream(table, now_s)
        del self.tables[table.schema.name]

    def open_stream(self, table: Table, view: str, now_s: float) -> None:
        """Switch the table's stream on."""
        at_s = now_s
        stream = self._new_stream(table, view, at_s)
        while stream.arn in self.streams:  # labels are unique: one millisecond later
            at_s += 0.001
            stream = self._new_stream(table, view, at_s)
        table.stream = self.streams[stream.arn] = stream

    def _new_stream(self, table: Table, view: str, at_s: float) -> Stream:
        name, key = table.schema.name, table.schema.key
        return Stream(table=name, table_arn=table.arn, key=key, view=view, created_at_s=at_s)

    def close_stream(self, table: Table, now_s: float) -> None:
        """Switch the table's stream off, if it is on."""
        if table.stream is not None:
            table.stream.close(now_s)
            table.stream = None

    def trim(self, now_s: float) -> None:
        """Forget what is kept for a time: stream records, closed streams, tokens."""
        for stream in list(self.streams.values()):
            stream.trim(now_s)
            if stream.closed_at_s is not None and stream.closed_at_s < now_s - KEPT_S:
                del self.streams[stream.arn]
        for token, (_, _, until_s) in list(self.tokens.items()):
            if until_s <= now_s:
                del self.tokens[token]

    def write(
        self,
        table: Table,
        address: Address,
        old: Item | None,
        new: Item | None,
        now_s: float,
        cause: Cause = "user",
    ) -> None:
        """Store one decided write: items, indexes, stream; then tell. old: what is stored there now."""
        table.apply(address, old, new)
        image = new if new is not None else old
        assert image is not None, address
        change = Change(table.table_id, table.schema.name, table.key_of(image), old, new, cause, now_s)
        if table.stream is not None:
            table.stream.note(change)
        self.on_change(change)


def missing_name() -> Refusal:
    """TableName has words of its own."""
    return Refusal(
        "ValidationException",
        "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    )
