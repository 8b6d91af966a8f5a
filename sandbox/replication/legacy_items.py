"""What version 2017.11.29 writes into every item, for all to see (GT 2.11). Pure: items and versions in, items out.

The attributes follow from the version, so that every region writes the same ones, whoever sent the item.
"""

from __future__ import annotations

from sandbox.replication.values import Item, Version

DELETING, UPDATE_TIME, UPDATE_REGION = "aws:rep:deleting", "aws:rep:updatetime", "aws:rep:updateregion"


def marked(item: Item, version: Version) -> Item:
    """The item with when and where it was written."""
    seconds, micros = divmod(version.stamp_us, 1_000_000)
    time = f"{seconds}.{micros:06d}".rstrip("0").rstrip(".")
    return {**item, DELETING: {"BOOL": False}, UPDATE_TIME: {"N": time}, UPDATE_REGION: {"S": version.region}}


def dying(item: Item) -> Item:
    """The item just before a replicated delete removes it (GT 2.12)."""
    return {**item, DELETING: {"BOOL": True}}
