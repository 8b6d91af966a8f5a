"""What the tests of the tables share: an empty region, and calls on it as short as they can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.tables.core import Tables
from sandbox.tables.values import Change

NOW_S = 1_767_225_600.0


class Region:
    """Tables with a hand on the clock: `call("PutItem", TableName=...)` at `now_s`; `changes` is what was told."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.tables = Tables("eu-west-1", "000000000000", self.changes.append)
        self.now_s = NOW_S

    def call(self, action: str, **body: Any) -> dict[str, Any]:
        """One call."""
        return self.tables.execute(action, body, self.now_s)

    def create(self, name: str = "orders", *, ranged: bool = True, **more: Any) -> None:
        """id (S) and, if ranged, nr (N); `more` is added to CreateTable's body."""
        keys, kinds = ["id", "nr"][: 2 if ranged else 1], {"id": "S", "nr": "N"}
        given = {each["AttributeName"]: each["AttributeType"] for each in more.pop("attributes", [])}
        kinds = {**{key: kinds[key] for key in keys}, **given}
        self.call(
            "CreateTable",
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in kinds.items()],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )

    def put(self, table: str = "orders", **item: Any) -> None:
        """Store an item: str is S, int is N, what is a dict stays as it is."""
        self.call("PutItem", TableName=table, Item=plain(item))

    def all(self, table: str = "orders") -> list[dict[str, Any]]:
        """Every item, in scan order."""
        items: list[dict[str, Any]] = self.call("Scan", TableName=table)["Items"]
        return items


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """{"id": "a", "nr": 1} -> {"id": {"S": "a"}, "nr": {"N": "1"}}."""
    kinds = {str: "S", int: "N"}
    return {name: {kinds[type(value)]: str(value)} if type(value) in kinds else value for name, value in item.items()}


@pytest.fixture
def region() -> Region:
    """An empty region."""
    return Region()


@pytest.fixture(scope="session")
def new_region() -> Callable[[], Region]:
    """For properties, which need an empty region for each example."""
    return Region


@pytest.fixture(scope="session")
def item_of() -> Callable[..., dict[str, Any]]:
    """`plain`."""
    return lambda **item: plain(item)
