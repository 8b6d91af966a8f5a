"""Time to live: UpdateTimeToLive, DescribeTimeToLive, and `expire`, which deletes what is due.

An item is due when its attribute is a Number, in the past, and less than five years old. Whoever owns the clock calls
`expire` now and then; its cost is that of the items that are due.
"""

from __future__ import annotations

from typing import Any

from sandbox.tables.catalogue import Catalogue
from sandbox.tables.constraints import Body, required
from sandbox.tables.indexes import Expiries
from sandbox.tables.refusals import invalid

OLDEST_S = 5 * 365 * 24 * 3600.0  # what seems to have expired earlier is taken for a mistake
LONGEST_NAME = 255
MOST_AT_ONCE = 1000  # deletes in one call, some 10 ms: the caller answers requests in between


def update_time_to_live(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """UpdateTimeToLive; enabled and disabled at once."""
    specification = required(body, "TimeToLiveSpecification", dict)
    enabled, name = required(specification, "Enabled", bool), required(specification, "AttributeName", str)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise invalid("TimeToLiveSpecification.AttributeName must have length between 1 and 255")
    table = catalogue.described_table(body.get("TableName"))
    current = None if table.expiries is None else table.expiries.attribute
    if enabled and current == name:
        raise invalid("TimeToLive is already enabled")
    if not enabled and current is None:
        raise invalid("TimeToLive is already disabled")
    if current not in (None, name):
        raise invalid(f"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
    table.expiries = Expiries(name, table.store.items.items()) if enabled else None
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}}


def describe_time_to_live(catalogue: Catalogue, body: Body, now_s: float) -> dict[str, Any]:
    """DescribeTimeToLive."""
    expiries = catalogue.described_table(body.get("TableName")).expiries
    if expiries is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": expiries.attribute}}


def expire(catalogue: Catalogue, now_s: float, most: int = MOST_AT_ONCE) -> int:
    """Delete what is due, at most `most` items of each table; how many there were."""
    count = 0
    for table in catalogue.tables.values():
        if table.expiries is None:
            continue
        due = table.expiries.between(now_s - OLDEST_S, now_s)[:most]
        for address in due:
            catalogue.write(table, address, table.store.items[address], None, now_s, "ttl")
        count += len(due)
    return count
