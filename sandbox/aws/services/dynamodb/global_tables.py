"""AWS::DynamoDB::GlobalTable: its properties as what is wanted. Pure.

In: properties as the template has them, references resolved, and the stack's region, whose replica is the table at home
(GT 7.03). Out: a `Wanted`: a plain table at home, the settings of the other regions, and auto scaling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.services.dynamodb import capacity, tables
from sandbox.aws.services.dynamodb.capacity import MOST_READS, MOST_WRITES, READS, WRITES
from sandbox.aws.services.dynamodb.properties import check_members, invalid, required, units
from sandbox.aws.services.dynamodb.values import GLOBAL_TABLE, Given, Wanted
from sandbox.kernel.errors import not_emulated

THROUGHPUTS = (MOST_READS, MOST_WRITES, READS, WRITES)
KEYS = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes")
KNOWN = frozenset(
    (
        *KEYS,
        *THROUGHPUTS,
        *tables.SHARED,
        "BillingMode",
        "GlobalSecondaryIndexes",
        "MultiRegionConsistency",
        "Replicas",
        "TableName",
        "WarmThroughput",
    )
)
INDEX_KNOWN = frozenset(("IndexName", "KeySchema", "Projection", "WarmThroughput", *THROUGHPUTS))
REPLICA_KNOWN = frozenset(
    (*tables.REGIONAL, MOST_READS, READS, "GlobalSecondaryIndexes", "Region", "SSESpecification", "TableClass")
)
REPLICA_INDEX_KNOWN = frozenset(("IndexName", MOST_READS, READS))
NOT_HERE = "Invalid request provided: The Replicas section must contain an entry for the current region"
NO_STREAM = "Invalid request provided: StreamSpecification must be specified when there is more than one replica"


def wanted(given: Given, region: str) -> Wanted:
    """What a template's AWS::DynamoDB::GlobalTable asks for, in a stack of `region`."""
    check_members(GLOBAL_TABLE, given, KNOWN)
    required(GLOBAL_TABLE, given, "Replicas", "KeySchema")
    if given.get("MultiRegionConsistency", "EVENTUAL") != "EVENTUAL":
        raise not_emulated("MultiRegionConsistency STRONG", instead="Leave it out: replicas are eventually consistent.")
    replicas = by_region(given["Replicas"])
    if region not in replicas:
        raise invalid(NOT_HERE)
    if len(replicas) > 1 and not given.get("StreamSpecification"):
        raise invalid(NO_STREAM)
    home = home_of(given, replicas[region])
    others = {name: replica_of(given, replica) for name, replica in replicas.items() if name != region}
    return Wanted(home=home, replicas=others, scaling=scaling(given, replicas))


def by_region(given: Any) -> dict[str, Given]:
    """Replicas by their regions, in the template's order."""
    found: dict[str, Given] = {}
    for replica in given:
        check_members("Replicas", replica, REPLICA_KNOWN)
        required("Replicas", replica, "Region")
        for index in replica.get("GlobalSecondaryIndexes") or ():
            check_members("Replicas/GlobalSecondaryIndexes", index, REPLICA_INDEX_KNOWN)
        if replica["Region"] in found:
            raise invalid(f"Invalid request provided: Replicas has two entries for {replica['Region']}")
        found[replica["Region"]] = replica
    return found


def home_of(given: Given, here: Given) -> dict[str, Any]:
    """The table in the stack's region."""
    billing = given.get("BillingMode", "PROVISIONED")
    home: dict[str, Any] = {name: given[name] for name in KEYS if given.get(name) is not None}
    home["BillingMode"] = billing
    if here.get("TableClass"):
        home["TableClass"] = here["TableClass"]
    if given.get("WarmThroughput"):
        home["WarmThroughput"] = units(given["WarmThroughput"], "WarmThroughput")
    capacity.check_mode(billing, GLOBAL_TABLE, given, here)
    home.update(throughput(billing, GLOBAL_TABLE, given, here))
    local = {index["IndexName"]: index for index in here.get("GlobalSecondaryIndexes") or ()}
    indexes = [index_of(each, local.get(each.get("IndexName"), {}), billing) for each in indexes_of(given)]
    if indexes:
        home["GlobalSecondaryIndexes"] = indexes
    encryption = {**(given.get("SSESpecification") or {}), **(here.get("SSESpecification") or {})}
    home.update(tables.shared({**given, "SSESpecification": encryption}))
    return {**home, **tables.regional(here, "Replicas")}


def indexes_of(given: Given) -> list[Given]:
    """GlobalSecondaryIndexes, perhaps none."""
    return list(given.get("GlobalSecondaryIndexes") or ())


def throughput(billing: str, where: str, given: Given, here: Given) -> dict[str, Any]:
    """ProvisionedThroughput or OnDemandThroughput. here: what this region says, before what all say."""
    if billing == "PROVISIONED":
        reads = capacity.begins_with(READS, here.get(READS) or given.get(READS), where)
        writes = capacity.begins_with(WRITES, given.get(WRITES), where)
        return {"ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}}
    limits = capacity.most(here.get(MOST_READS) or given.get(MOST_READS), given.get(MOST_WRITES))
    return {"OnDemandThroughput": limits} if limits else {}


def index_of(given: Given, here: Given, billing: str) -> dict[str, Any]:
    """One of GlobalSecondaryIndexes, in the stack's region."""
    where = "GlobalSecondaryIndexes"
    check_members(where, given, INDEX_KNOWN)
    required(where, given, "IndexName", "KeySchema", "Projection")
    capacity.check_mode(billing, where, given, here)
    made = {name: given[name] for name in ("IndexName", "KeySchema", "Projection")}
    if given.get("WarmThroughput"):
        made["WarmThroughput"] = units(given["WarmThroughput"], "WarmThroughput")
    return {**made, **throughput(billing, f"index {given['IndexName']}", given, here)}


def replica_of(given: Given, replica: Given) -> dict[str, Any]:
    """Settings of another region: its own, and `overrides` as UpdateTable's ReplicaUpdates take them."""
    billing = given.get("BillingMode", "PROVISIONED")
    capacity.check_mode(billing, f"the replica in {replica['Region']}", replica)
    overrides = own_reads(replica, f"the replica in {replica['Region']}")
    if replica.get("TableClass"):
        overrides["TableClassOverride"] = replica["TableClass"]
    encryption = replica.get("SSESpecification")
    if encryption:
        check_members("Replicas/SSESpecification", encryption, ("KMSMasterKeyId",))
        overrides["KMSMasterKeyId"] = encryption.get("KMSMasterKeyId")
    known = {index["IndexName"] for index in indexes_of(given)}
    own = []
    for index in replica.get("GlobalSecondaryIndexes") or ():
        if index.get("IndexName") not in known:
            raise invalid(f"Invalid request provided: the table has no index {index.get('IndexName')}")
        capacity.check_mode(billing, f"index {index['IndexName']} in {replica['Region']}", index)
        reads = own_reads(index, f"index {index['IndexName']}")
        if reads:
            own.append({"IndexName": index["IndexName"], **reads})
    if own:
        overrides["GlobalSecondaryIndexes"] = own
    return {**tables.regional(replica, "Replicas"), **({"overrides": overrides} if overrides else {})}


def own_reads(given: Given, where: str) -> dict[str, Any]:
    """Read capacity that one region has for itself."""
    if given.get(READS):
        return {
            "ProvisionedThroughputOverride": {"ReadCapacityUnits": capacity.begins_with(READS, given[READS], where)}
        }
    limits = capacity.most(given.get(MOST_READS), None)
    return {"OnDemandThroughputOverride": limits} if limits else {}


def scaling(given: Given, replicas: Mapping[str, Given]) -> dict[tuple[str, str, str], Given]:
    """What Application Auto Scaling is told in each region: writes alike, reads as each replica says."""
    found: dict[tuple[str, str, str], Given] = {}
    for region, replica in replicas.items():
        add_scaling(found, region, "", given, replica)
        own = {index["IndexName"]: index for index in replica.get("GlobalSecondaryIndexes") or ()}
        for index in indexes_of(given):
            add_scaling(found, region, f"/index/{index['IndexName']}", index, own.get(index["IndexName"], {}))
    return found


def add_scaling(
    found: dict[tuple[str, str, str], Given], region: str, resource: str, given: Given, here: Given
) -> None:
    """Note the writes and reads of one table or index in one region, where they scale."""
    for kind, settings in ((WRITES, given.get(WRITES)), (READS, here.get(READS) or given.get(READS))):
        told = capacity.scaling_of(kind, settings)
        if told is not None:
            found[region, resource, capacity.dimension(kind, bool(resource))] = told
