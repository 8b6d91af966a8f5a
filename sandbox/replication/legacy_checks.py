"""Whether tables can become, or be part of, a global table of version 2017.11.29 (GT 2.02, 2.09). Pure.

In: the facts of each region's table, as its region told them. Out: a Refusal that says which region's does not fit.
AWS's texts for these are not known, but for that of the regions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.replication.replica_updates import PARAMETER, invalid
from sandbox.replication.settings import settings_of
from sandbox.tables.table import Table

BOTH_IMAGES = "NEW_AND_OLD_IMAGES"
REGIONS = (
    "eu-west-1",
    "eu-west-2",
    "eu-central-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
SAME = {
    "key": "key schema",
    "indexes": "secondary indexes",
    "write": "write capacity settings",
}

Facts = Mapping[str, Any]


def facts_of(table: Table | None) -> dict[str, Any]:
    """What another region has to know of a table here."""
    if table is None:
        return {"exists": False}
    content = settings_of(table)
    definition, billing = content["definition"], content["billing"]
    schema = table.schema
    return {
        "exists": True,
        "empty": not table.store.items,
        "stream": content["stream_view"],
        "key": definition["key"],
        "indexes": sorted([index["name"], index["key"]] for index in definition["indexes"]),
        "write": [billing["billing_mode"], billing["throughput"]["write_units"]],
        "reads": schema.throughput.read_units,
    }


def check_region(region: str) -> None:
    """Only eleven regions ever had this version."""
    if region not in REGIONS:
        problem = f"DynamoDB global tables version 2017.11.29 is not supported in this region '{region}'"
        raise invalid(f"{PARAMETER}{problem}, supported regions are : [{', '.join(REGIONS)}]")


def check_table(name: str, region: str, facts: Facts, model: Facts) -> None:
    """A table in `region`, against the one that is part of it already."""
    if not facts["exists"]:
        raise Refusal("TableNotFoundException", f"Table not found: {name} in region {region}")
    if not facts["empty"]:
        raise invalid(f"{PARAMETER}Table {name} in region {region} is not empty")
    if facts["stream"] != BOTH_IMAGES:
        raise invalid(f"{PARAMETER}Table {name} in region {region} needs a stream with view type {BOTH_IMAGES}")
    for member, called in SAME.items():
        if facts[member] != model[member]:
            raise invalid(f"{PARAMETER}Table {name} in region {region} has other {called} than the other replicas")
