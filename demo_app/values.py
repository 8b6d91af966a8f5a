"""What the shop speaks of: lines, orders and baskets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Line:
    """So many of one thing."""

    name: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """placed_in is the region that took the order, whichever region it is read in."""

    id: str
    name: str
    quantity: int
    customer: str
    placed_at: str
    placed_in: str


@dataclass(frozen=True, kw_only=True)
class Basket:
    """changed_in is the region that took the last change."""

    id: str
    lines: tuple[Line, ...]
    changed_at: str
    changed_in: str
