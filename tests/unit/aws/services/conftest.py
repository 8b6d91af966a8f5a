"""Regions for the tables of stacks: real tables behind a `Doors`, and doors that follow a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.services.dynamodb.values import Ask
from sandbox.kernel.errors import Refusal
from sandbox.tables.core import Tables

NOW_S = 1_767_225_600.0


class RealTables:
    """A `Doors` on the real data plane of each region; without replication. asked: what was asked, in order."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.failing: dict[str, Exception] = {}  # action -> how it fails
        self.allowed: dict[str, int] = {}  # action -> how many calls succeed before
        self.on_create: Callable[[], None] | None = None  # something else that happens while a table is made
        self._tables: dict[tuple[str, str], Tables] = {}

    def ask(self, account: str, ask: Ask) -> dict[str, Any]:
        self.asked.append(ask)
        if ask.action in self.failing:
            self.allowed[ask.action] = self.allowed.get(ask.action, 0) - 1
            if self.allowed[ask.action] < 0:
                raise self.failing[ask.action]
        if ask.action == "CreateTable" and self.on_create is not None:
            self.on_create()
        if ask.service != "dynamodb":
            return {}
        return self.tables(ask.region, account).execute(ask.action, ask.body, NOW_S)

    def tables(self, region: str, account: str = "000000000000") -> Tables:
        return self._tables.setdefault((account, region), Tables(region, account, lambda change: None))

    def names(self, region: str) -> list[str]:
        return sorted(self.tables(region).catalogue.tables)

    def actions(self) -> list[str]:
        return [ask.action for ask in self.asked if ask.action != "DescribeTable"]

    def pause(self, seconds: float) -> None:
        pass


class Scripted:
    """A `Doors` that follows a script of (region, action or replica change, answer). waited_s: pauses, added up.

    A step is a line of the script; DescribeTable answers the last description given for the region.
    """

    def __init__(self, described: dict[str, list[Any]], refusals: dict[str, list[Refusal | None]]) -> None:
        self.described = described
        self.refusals = refusals
        self.lines: list[str] = []
        self.waited_s = 0.0

    def ask(self, account: str, ask: Ask) -> dict[str, Any]:
        if ask.action == "DescribeTable":
            images = self.described.get(ask.region, [None])
            image = images.pop(0) if len(images) > 1 else images[0]
            if image is None:
                raise Refusal("ResourceNotFoundException", "Requested resource not found")
            if isinstance(image, Refusal):
                raise image
            return {"Table": image}
        line = line_of(ask)
        self.lines.append(line)
        waiting = self.refusals.get(line, [])
        refusal = waiting.pop(0) if waiting else None
        if refusal is not None:
            raise refusal
        return {"ScalableTargets": []} if ask.action == "DescribeScalableTargets" else {}

    def pause(self, seconds: float) -> None:
        self.waited_s += seconds


def line_of(ask: Ask) -> str:
    """A call in one line: `us-east-1 Create eu-west-1` for a replica."""
    for update in ask.body.get("ReplicaUpdates") or ():
        for verb, given in update.items():
            return f"{ask.region} {verb} {given['RegionName']}"
    return f"{ask.region} {ask.action}"


@pytest.fixture
def regions() -> RealTables:
    return RealTables()


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    def make(described: dict[str, list[Any]], **refusals: Any) -> Scripted:
        return Scripted(described, refusals.get("refusals", {}))

    return make


@pytest.fixture
def line() -> Callable[[Ask], str]:
    return line_of
