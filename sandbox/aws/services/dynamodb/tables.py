"""AWS::DynamoDB::Table: its properties as what is wanted. Pure.

In: properties as the template has them, references resolved. Out: a `Wanted` in the API's forms, or a Refusal that
names what cannot be served. What DynamoDB itself checks is left to the region that is asked.
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.dynamodb.properties import check_members, is_true, policy_text, required, tags, units, whole
from sandbox.aws.services.dynamodb.values import TABLE, Given, Wanted
from sandbox.kernel.errors import not_emulated

AS_GIVEN = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "TableClass")
UNITS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
REGIONAL = ("DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "ResourcePolicy", "Tags")
SHARED = ("SSESpecification", "StreamSpecification", "TimeToLiveSpecification")
KNOWN = frozenset((*AS_GIVEN, *UNITS, *REGIONAL, *SHARED, "BillingMode", "GlobalSecondaryIndexes", "TableName"))
INDEX_KNOWN = frozenset(("IndexName", "KeySchema", "Projection", *UNITS))


def wanted(given: Given, region: str) -> Wanted:
    """What a template's AWS::DynamoDB::Table asks for."""
    check_members(TABLE, given, KNOWN)
    required(TABLE, given, "KeySchema")
    home: dict[str, Any] = {name: given[name] for name in AS_GIVEN if given.get(name) is not None}
    home["BillingMode"] = given.get("BillingMode", "PROVISIONED")
    for name in UNITS:
        if given.get(name):
            home[name] = units(given[name], name)
    if given.get("GlobalSecondaryIndexes"):
        home["GlobalSecondaryIndexes"] = [index(each) for each in given["GlobalSecondaryIndexes"]]
    return Wanted(home={**home, **shared(given), **regional(given, TABLE)})


def index(given: Given) -> dict[str, Any]:
    """One of GlobalSecondaryIndexes."""
    where = "GlobalSecondaryIndexes"
    check_members(where, given, INDEX_KNOWN)
    required(where, given, "IndexName", "KeySchema", "Projection")
    made = {name: given[name] for name in ("IndexName", "KeySchema", "Projection")}
    return {**made, **{name: units(given[name], f"{where}/{name}") for name in UNITS if given.get(name)}}


def shared(given: Given) -> dict[str, Any]:
    """What a Table and a GlobalTable say in the same words: stream, encryption, time to live."""
    home: dict[str, Any] = {}
    stream = given.get("StreamSpecification")
    if stream:
        if stream.get("ResourcePolicy"):
            raise not_emulated("ResourcePolicy of StreamSpecification", instead="Policies of streams are not kept.")
        check_members("StreamSpecification", stream, ("StreamViewType",))
        home["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream.get("StreamViewType")}
    encryption = given.get("SSESpecification")
    if encryption:
        check_members("SSESpecification", encryption, ("SSEEnabled", "SSEType", "KMSMasterKeyId"))
        if is_true(encryption.get("SSEEnabled", False), "SSESpecification/SSEEnabled"):
            kept = {name: encryption[name] for name in ("SSEType", "KMSMasterKeyId") if encryption.get(name)}
            home["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", **kept}
    expiry = given.get("TimeToLiveSpecification")
    if expiry and is_true(expiry.get("Enabled", False), "TimeToLiveSpecification/Enabled"):
        required("TimeToLiveSpecification", expiry, "AttributeName")
        home["TimeToLiveSpecification"] = {"Enabled": True, "AttributeName": expiry["AttributeName"]}
    return home


def regional(given: Given, where: str) -> dict[str, Any]:
    """What each region has for itself (GT 1.30), whichever resource says it."""
    settings: dict[str, Any] = {}
    if is_true(given.get("DeletionProtectionEnabled", False), f"{where}/DeletionProtectionEnabled"):
        settings["DeletionProtectionEnabled"] = True
    recovery = given.get("PointInTimeRecoverySpecification")
    if recovery and is_true(recovery.get("PointInTimeRecoveryEnabled", False), "PointInTimeRecoverySpecification"):
        asked: dict[str, Any] = {"PointInTimeRecoveryEnabled": True}
        if recovery.get("RecoveryPeriodInDays") is not None:
            days = whole(recovery["RecoveryPeriodInDays"], "PointInTimeRecoverySpecification/RecoveryPeriodInDays")
            asked["RecoveryPeriodInDays"] = days
        settings["PointInTimeRecoverySpecification"] = asked
    if given.get("ResourcePolicy"):
        required("ResourcePolicy", given["ResourcePolicy"], "PolicyDocument")
        settings["ResourcePolicy"] = policy_text(given["ResourcePolicy"])
    if given.get("Tags"):
        settings["Tags"] = tags(given["Tags"])
    return settings
