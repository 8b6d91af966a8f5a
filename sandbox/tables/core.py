"""DynamoDB and its streams of one account in one region. In: an action, its body, now. Out: the answer, or a Refusal.

`ACTIONS` is the whole API. Callers: the door (aws/own_tables.py), replication (`apply_replicated`), the ledger (`dump`,
`restore`, and `on_change`, which is told of every stored write).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables import (
    administration,
    backups,
    batches,
    items,
    partiql,
    partiql_batches,
    policies,
    queries,
    snapshots,
    streams,
    tags,
    transactions,
    ttl,
)
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body
from sandbox.tables.request_shapes import check_request
from sandbox.tables.table import Table
from sandbox.tables.values import Address, Cause, Change, Item

Action = Callable[[Catalogue, Body, float], dict[str, Any]]

ITEM_WRITES: Mapping[str, Action] = MappingProxyType(
    {
        "BatchExecuteStatement": partiql_batches.batch_execute_statement,
        "BatchWriteItem": batches.batch_write_item,
        "DeleteItem": items.delete_item,
        "ExecuteStatement": partiql.execute_statement,
        "ExecuteTransaction": partiql_batches.execute_transaction,
        "PutItem": items.put_item,
        "TransactWriteItems": transactions.transact_write_items,
        "UpdateItem": items.update_item,
    }
)
# These change what `dump` says of a table or which tables there are.
TABLE_WRITES: Mapping[str, Action] = MappingProxyType(
    {
        "CreateBackup": backups.create_backup,
        "CreateTable": administration.create_table,
        "DeleteBackup": backups.delete_backup,
        "DeleteResourcePolicy": policies.delete_resource_policy,
        "DeleteTable": administration.delete_table,
        "PutResourcePolicy": policies.put_resource_policy,
        "RestoreTableFromBackup": backups.restore_table_from_backup,
        "RestoreTableToPointInTime": backups.restore_table_to_point_in_time,
        "TagResource": tags.tag_resource,
        "UntagResource": tags.untag_resource,
        "UpdateContinuousBackups": backups.update_continuous_backups,
        "UpdateTable": administration.update_table,
        "UpdateTimeToLive": ttl.update_time_to_live,
    }
)
READS: Mapping[str, Action] = MappingProxyType(
    {
        "BatchGetItem": batches.batch_get_item,
        "DescribeBackup": backups.describe_backup,
        "DescribeContinuousBackups": backups.describe_continuous_backups,
        "DescribeEndpoints": administration.describe_endpoints,
        "DescribeLimits": administration.describe_limits,
        "DescribeStream": streams.describe_stream,
        "DescribeTable": administration.describe_table,
        "DescribeTimeToLive": ttl.describe_time_to_live,
        "GetItem": items.get_item,
        "GetRecords": streams.get_records,
        "GetResourcePolicy": policies.get_resource_policy,
        "GetShardIterator": streams.get_shard_iterator,
        "ListBackups": backups.list_backups,
        "ListStreams": streams.list_streams,
        "ListTables": administration.list_tables,
        "ListTagsOfResource": tags.list_tags_of_resource,
        "Query": queries.query,
        "Scan": queries.scan,
        "TransactGetItems": transactions.transact_get_items,
    }
)
ACTIONS: Mapping[str, Action] = MappingProxyType({**READS, **ITEM_WRITES, **TABLE_WRITES})


class Tables:
    """The tables of one account in one region."""

    def __init__(self, region: str, account: str, on_change: Callable[[Change], None]) -> None:
        self.catalogue = Catalogue(region, account, on_change)

    def execute(self, action: str, body: Body, now_s: float) -> dict[str, Any]:
        """Answer one call. now_s: Unix seconds. The answer may share parts with what is stored: do not change it."""
        function = ACTIONS.get(action)
        if function is None:
            raise Refusal("UnknownOperationException", f"{action} is not emulated by the sandbox.")
        try:
            if action != "PutItem" or not items.is_plain_put(self.catalogue, body):
                check_request(action, body)
            return function(self.catalogue, body, now_s)
        except Refusal:
            check_request(action, body, deep=True)  # AWS reads the whole request before it judges any of it
            raise

    def write(
        self,
        table: Table,
        address: Address,
        old: Item | None,
        new: Item | None,
        now_s: float,
        cause: Cause = "user",
    ) -> None:
        """Store one decided write: the one way in (see `Catalogue.write`)."""
        self.catalogue.write(table, address, old, new, now_s, cause)

    def item(self, table: str, key: Item) -> Item | None:
        """What is stored under this key, which is well-formed."""
        found = self.catalogue.tables.get(table)
        return None if found is None else found.item(found.address_of(key))

    def apply_replicated(self, table: str, key: Item, item: Item | None, now_s: float) -> None:
        """Store what another region decided; nothing happens for a delete of what is not there."""
        found = self.catalogue.table(table)
        address = found.address_of(key)
        old = found.item(address)
        if old is not None or item is not None:
            self.catalogue.write(found, address, old, item, now_s, "replication")

    def expire(self, now_s: float) -> int:
        """Delete items whose time to live has ended, a bounded number at once; how many there were."""
        return ttl.expire(self.catalogue, now_s)

    def trim(self, now_s: float) -> None:
        """Forget stream records, closed streams and tokens that are too old. Streams' own calls do it too."""
        self.catalogue.trim(now_s)

    def dump(self) -> Iterator[tuple[dict[str, Any], Iterator[Item]]]:
        """Each table's description, as JSON can hold it, and its items."""
        for table in self.catalogue.tables.values():
            yield snapshots.description_of(table), iter(table.store.items.values())

    def restore(self, description: Mapping[str, Any], kept: Iterator[Item]) -> None:
        """Put a dumped table back: no stream records, and nobody is told of changes."""
        snapshots.put_back(self.catalogue, description, kept)
