"""What the room's modules hand to one another and to those who are told of changes.

An `Item` is DynamoDB JSON: {"id": {"S": "7"}}. Once stored it is never changed in place; a write stores a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import AttributeValue, Item

__all__ = [
    "Address",
    "AttributeValue",
    "Cause",
    "Change",
    "IndexSchema",
    "Item",
    "KeySchema",
    "Order",
    "TableSchema",
    "TablesRefusal",
    "Throughput",
]

Order = Any  # a range key as it sorts: str, Decimal or bytes, one kind in one table; None where there is no range key
Address = tuple[bytes, Order]  # where an item stands: its hash key's place in the scan, and its range key's order
Cause = Literal["user", "ttl", "replication"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySchema:
    """A key's attributes and their types (S, N or B)."""

    hash_name: str
    hash_type: str
    range_name: str | None = None
    range_type: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """One name, or two."""
        return (self.hash_name,) if self.range_name is None else (self.hash_name, self.range_name)

    @property
    def types(self) -> tuple[tuple[str, str], ...]:
        """(name, type) of each."""
        if self.range_name is None or self.range_type is None:
            return ((self.hash_name, self.hash_type),)
        return ((self.hash_name, self.hash_type), (self.range_name, self.range_type))


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """Provisioned units; both 0 for an on-demand table."""

    read_units: int = 0
    write_units: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexSchema:
    """A secondary index. attributes: what it holds (None: everything); projection: as it was asked for."""

    name: str
    is_global: bool
    key: KeySchema
    projection: Mapping[str, Any]
    attributes: frozenset[str] | None
    throughput: Throughput = Throughput()
    on_demand: Mapping[str, int] | None = None
    warm: Mapping[str, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSchema:
    """What CreateTable and UpdateTable settle. attribute_types: every defined attribute. stream_view: None when off."""

    name: str
    key: KeySchema
    attribute_types: Mapping[str, str]
    indexes: tuple[IndexSchema, ...] = ()
    billing_mode: str = "PROVISIONED"
    throughput: Throughput = Throughput()
    on_demand: Mapping[str, int] | None = None
    warm: Mapping[str, int] | None = None
    stream_view: str | None = None
    deletion_protection: bool = False
    table_class: str | None = None
    encryption: Mapping[str, Any] | None = None


class Change(NamedTuple):
    """One stored write. old and new are whole items, None where there is none; key: the key attributes alone."""

    table_id: str
    table: str
    key: Item
    old: Item | None
    new: Item | None
    cause: Cause
    at_s: float


class TablesRefusal(Refusal):
    """A refusal whose answer has members beside code and message: `Item`, `CancellationReasons`."""

    def __init__(self, code: str, message: str, members: Mapping[str, Any]) -> None:
        super().__init__(code, message)
        self.members = members
