"""Backups and point-in-time recovery."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal

COLOR = {
    "IndexName": "by-nr",
    "KeySchema": [{"AttributeName": "nr", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def test_a_backup_restores_what_was_there(region: Any, item_of: Any) -> None:
    region.create(GlobalSecondaryIndexes=[COLOR])
    region.put(id="a", nr=1)
    arn = region.call("CreateBackup", TableName="orders", BackupName="first")["BackupDetails"]["BackupArn"]
    region.put(id="b", nr=1)
    region.call("DeleteTable", TableName="orders")
    restored = region.call("RestoreTableFromBackup", TargetTableName="again", BackupArn=arn)["TableDescription"]
    assert restored["RestoreSummary"]["SourceBackupArn"] == arn
    assert region.all("again") == [item_of(id="a", nr=1)]
    assert region.call("Scan", TableName="again", IndexName="by-nr")["Count"] == 1
    with pytest.raises(Refusal, match="Table already exists: again"):
        region.call("RestoreTableFromBackup", TargetTableName="again", BackupArn=arn)


def test_backups_are_listed_described_and_deleted(region: Any) -> None:
    region.create()
    arns = []
    for name in ("one", "two"):
        arns.append(region.call("CreateBackup", TableName="orders", BackupName=name)["BackupDetails"]["BackupArn"])
        region.now_s += 1
    page = region.call("ListBackups", TableName="orders", Limit=1)
    assert [each["BackupName"] for each in page["BackupSummaries"]] == ["one"]
    rest = region.call("ListBackups", ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])
    assert [each["BackupArn"] for each in rest["BackupSummaries"]] == arns[1:]
    described = region.call("DescribeBackup", BackupArn=arns[0])["BackupDescription"]
    assert described["SourceTableDetails"]["TableName"] == "orders"
    deleted = region.call("DeleteBackup", BackupArn=arns[0])["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    with pytest.raises(Refusal) as refused:
        region.call("DescribeBackup", BackupArn=arns[0])
    assert refused.value.code == "BackupNotFoundException"


def test_recovery_is_off_until_it_is_switched_on(region: Any, item_of: Any) -> None:
    region.create()
    region.put(id="a", nr=1)
    with pytest.raises(Refusal) as refused:
        region.call("RestoreTableToPointInTime", SourceTableName="orders", TargetTableName="again")
    assert refused.value.code == "PointInTimeRecoveryUnavailableException"
    on = {"PointInTimeRecoveryEnabled": True}
    region.call("UpdateContinuousBackups", TableName="orders", PointInTimeRecoverySpecification=on)
    region.now_s += 60
    described = region.call("DescribeContinuousBackups", TableName="orders")["ContinuousBackupsDescription"]
    recovery = described["PointInTimeRecoveryDescription"]
    assert recovery["RecoveryPeriodInDays"] == 35
    assert recovery["LatestRestorableDateTime"] - recovery["EarliestRestorableDateTime"] == 60
    region.call("RestoreTableToPointInTime", SourceTableName="orders", TargetTableName="again")
    assert region.all("again") == [item_of(id="a", nr=1)]


def test_these_calls_have_an_error_of_their_own_for_a_missing_table(region: Any) -> None:
    with pytest.raises(Refusal, match="Table not found: none") as refused:
        region.call("DescribeContinuousBackups", TableName="none")
    assert refused.value.code == "TableNotFoundException"
