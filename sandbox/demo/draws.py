"""Shares of a weighted draw: how far from the weights chance may take them. Pure."""

from __future__ import annotations

from math import sqrt

SIGMAS = 4.0  # one run in 16,000 goes farther


def tolerance(weight: int, total: int, draws: int) -> float:
    """How far the share of one record may be from weight/total after this many draws."""
    share = weight / total
    return SIGMAS * sqrt(share * (1 - share) / draws) if draws else 0.0


def fits(count: int, draws: int, weight: int, total: int) -> bool:
    """Whether `count` of `draws` is a fair outcome."""
    return draws > 0 and abs(count / draws - weight / total) <= tolerance(weight, total, draws)
