"""Backups and point-in-time recovery: descriptions as AWS's, and tables restored from what was or is there.

A backup shares the items with its table; they are never changed, so it costs a reference each. Recovery to a point in
time restores the present items: earlier ones are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, constraint, one_of, optional, required
from sandbox.tables.descriptions import describe, index_image, key_elements
from sandbox.tables.schema import (
    BILLING_MODES,
    check_attributes_used,
    checked_name,
    global_index,
    local_index,
    throughput_of,
)
from sandbox.tables.table import Table
from sandbox.tables.values import Item, TableSchema

Answer = dict[str, Any]
MOST_DAYS = 35
KINDS = ("USER", "SYSTEM", "AWS_BACKUP", "ALL")


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """A table as it was."""

    arn: str
    name: str
    created_at_s: float
    schema: TableSchema
    table_arn: str
    table_id: str
    size_bytes: int
    items: tuple[Item, ...]
    source: dict[str, Any]  # SourceTableDetails
    features: dict[str, Any]  # SourceTableFeatureDetails

    def details(self, status: str = "AVAILABLE") -> Answer:
        """BackupDetails."""
        return {
            "BackupArn": self.arn,
            "BackupName": self.name,
            "BackupSizeBytes": self.size_bytes,
            "BackupStatus": status,
            "BackupType": "USER",
            "BackupCreationDateTime": self.created_at_s,
        }

    def description(self, status: str = "AVAILABLE") -> Answer:
        """BackupDescription."""
        return {
            "BackupDetails": self.details(status),
            "SourceTableDetails": self.source,
            "SourceTableFeatureDetails": self.features,
        }


def create_backup(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """CreateBackup; available at once."""
    name = required(body, "BackupName", str)
    table = table_of(catalogue, body, "TableName")
    identifier = f"{int(now_s * 1000):014d}-{catalogue.fresh_id(now_s)[:8]}"
    backup = Backup(
        arn=f"{table.arn}/backup/{identifier}",
        name=name,
        created_at_s=now_s,
        schema=replace(table.schema, indexes=tuple(index.schema for index in table.indexes.values())),
        table_arn=table.arn,
        table_id=table.table_id,
        size_bytes=table.store.size_bytes,
        items=tuple(table.store.items.values()),
        source=source_details(table),
        features=feature_details(table),
    )
    catalogue.backups[backup.arn] = backup
    return {"BackupDetails": backup.details()}


def source_details(table: Table) -> Answer:
    """SourceTableDetails."""
    image = describe(table)
    return {
        "TableName": table.schema.name,
        "TableId": table.table_id,
        "TableArn": table.arn,
        "TableSizeBytes": table.store.size_bytes,
        "KeySchema": key_elements(table.schema.key),
        "TableCreationDateTime": table.created_at_s,
        "ProvisionedThroughput": image["ProvisionedThroughput"],
        "ItemCount": len(table.store),
        "BillingMode": table.schema.billing_mode,
    }


def feature_details(table: Table) -> Answer:
    """SourceTableFeatureDetails."""
    image: Answer = {}
    kept = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput")
    for index in table.indexes.values():
        member = "GlobalSecondaryIndexes" if index.schema.is_global else "LocalSecondaryIndexes"
        whole = index_image(table, index)
        image.setdefault(member, []).append({name: whole[name] for name in kept if name in whole})
    described = describe(table)
    if table.stream is not None:
        image["StreamDescription"] = described["StreamSpecification"]
    if table.expiries is not None:
        image["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": table.expiries.attribute}
    if "SSEDescription" in described:
        image["SSEDescription"] = described["SSEDescription"]
    return image


def describe_backup(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeBackup."""
    return {"BackupDescription": backup_of(catalogue, body).description()}


def delete_backup(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DeleteBackup."""
    backup = backup_of(catalogue, body)
    del catalogue.backups[backup.arn]
    return {"BackupDescription": backup.description("DELETED")}


def list_backups(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """ListBackups, oldest first; by table, kind and time."""
    table, limit = optional(body, "TableName", str), optional(body, "Limit", int)
    kind = one_of(body, "BackupType", KINDS, "ALL")
    low_s, high_s = body.get("TimeRangeLowerBound", 0), body.get("TimeRangeUpperBound", float("inf"))
    after = body.get("ExclusiveStartBackupArn")
    found: list[Backup] = [
        backup
        for backup in catalogue.backups.values()
        if table in (None, backup.schema.name, backup.table_arn)
        and kind in ("ALL", "USER")
        and low_s <= backup.created_at_s < high_s
    ]
    arns = [backup.arn for backup in found]
    start = arns.index(after) + 1 if after in arns else 0
    page = found[start : start + (limit or 100)]
    answer: Answer = {"BackupSummaries": [summary(backup) for backup in page]}
    if start + len(page) < len(found):
        answer["LastEvaluatedBackupArn"] = page[-1].arn
    return answer


def summary(backup: Backup) -> Answer:
    """BackupSummary."""
    names = {"TableName": backup.schema.name, "TableId": backup.table_id, "TableArn": backup.table_arn}
    return {**names, **backup.details()}


def restore_table_from_backup(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """RestoreTableFromBackup."""
    backup = backup_of(catalogue, body)
    summary_image = {"SourceBackupArn": backup.arn, "SourceTableArn": backup.table_arn}
    return restore(catalogue, body, backup.schema, backup.items, summary_image, now_s)


def restore_table_to_point_in_time(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """RestoreTableToPointInTime: the present items."""
    name = body.get("SourceTableName") or body.get("SourceTableArn")
    source = catalogue.find(str(name))
    if source is None:
        raise Refusal(
            "SourceTableNotFoundException" if name is None else "TableNotFoundException", f"Table not found: {name}"
        )
    if source.recovery_since_s is None:
        problem = f"Point in time recovery is not enabled for table '{source.schema.name}'"
        raise Refusal("PointInTimeRecoveryUnavailableException", problem)
    items = tuple(source.store.items.values())
    return restore(catalogue, body, source.schema, items, {"SourceTableArn": source.arn}, now_s)


def restore(
    catalogue: Catalogue, body: Body, schema: TableSchema, items: Iterable[Item], origin: Answer, now_s: float
) -> Answer:
    """A new table with these items: no stream, tags or time to live."""
    name = checked_name(body.get("TargetTableName"))
    if name in catalogue.tables:
        raise Refusal("TableAlreadyExistsException", f"Table already exists: {name}")
    target = with_overrides(replace(schema, name=name, stream_view=None, deletion_protection=False), body)
    table = catalogue.create(target, now_s)
    table.restored = {**origin, "RestoreDateTime": now_s, "RestoreInProgress": False}
    for item in items:
        catalogue.write(table, table.address_of(item), None, item, now_s)
    return {"TableDescription": describe(table)}


def with_overrides(schema: TableSchema, body: Body) -> TableSchema:
    """What the restored table has otherwise."""
    billing = one_of(body, "BillingModeOverride", BILLING_MODES, schema.billing_mode)
    throughput = schema.throughput
    if body.get("ProvisionedThroughputOverride") or billing != schema.billing_mode:
        throughput = throughput_of({"ProvisionedThroughput": body.get("ProvisionedThroughputOverride")}, billing, "")
    indexes = list(schema.indexes)
    for member, is_global in (("GlobalSecondaryIndexOverride", True), ("LocalSecondaryIndexOverride", False)):
        if body.get(member) is None:
            continue
        types = schema.attribute_types
        made = [
            global_index(each, types, schema.key, billing) if is_global else local_index(each, types, schema.key)
            for each in body[member]
        ]
        indexes = [index for index in indexes if index.is_global != is_global] + made
    used = {*schema.key.names, *(name for index in indexes for name in index.key.names)}
    types = {name: kind for name, kind in schema.attribute_types.items() if name in used}
    check_attributes_used(types, schema.key, indexes)
    return replace(schema, billing_mode=billing, throughput=throughput, indexes=tuple(indexes), attribute_types=types)


def describe_continuous_backups(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """DescribeContinuousBackups."""
    return {"ContinuousBackupsDescription": recovery(table_of(catalogue, body, "TableName"), now_s)}


def update_continuous_backups(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """UpdateContinuousBackups."""
    asked = required(body, "PointInTimeRecoverySpecification", dict)
    enabled, days = required(asked, "PointInTimeRecoveryEnabled", bool), optional(asked, "RecoveryPeriodInDays", int)
    table = table_of(catalogue, body, "TableName")
    if days is not None and not 1 <= days <= MOST_DAYS:
        rule = "greater than or equal to 1" if days < 1 else f"less than or equal to {MOST_DAYS}"
        where = "pointInTimeRecoverySpecification.recoveryPeriodInDays"
        raise constraint(str(days), where, f"Member must have value {rule}")
    if enabled and table.recovery_since_s is None:
        table.recovery_since_s = now_s
        table.recovery_days = MOST_DAYS
    if not enabled:
        table.recovery_since_s = None
    if days is not None:
        table.recovery_days = days
    return {"ContinuousBackupsDescription": recovery(table, now_s)}


def recovery(table: Table, now_s: float) -> Answer:
    """ContinuousBackupsDescription."""
    image: Answer = {"PointInTimeRecoveryStatus": "DISABLED"}
    if table.recovery_since_s is not None:
        earliest_s = max(table.recovery_since_s, now_s - table.recovery_days * 86400.0)
        image = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": table.recovery_days,
            "EarliestRestorableDateTime": earliest_s,
            "LatestRestorableDateTime": now_s,
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": image}


def table_of(catalogue: Catalogue, body: Body, member: str) -> Table:
    """These calls have an error of their own."""
    name = required(body, member, str)
    table = catalogue.find(name)
    if table is None:
        raise Refusal("TableNotFoundException", f"Table not found: {name}")
    return table


def backup_of(catalogue: Catalogue, body: Body) -> Backup:
    """The backup of this ARN."""
    arn = required(body, "BackupArn", str)
    backup: Backup | None = catalogue.backups.get(arn)
    if backup is None:
        raise Refusal("BackupNotFoundException", f"Backup not found: {arn}")
    return backup
