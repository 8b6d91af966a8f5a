"""Claims about targets: by ARN or by tags, all of them or some."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.fis.targets import GlobalTable, most, resolved

TABLES = [GlobalTable(name=name, arn=f"arn:{name}", tags={"team": team}) for name, team in (("b", "x"), ("a", "x"))]


def names(**target: Any) -> list[str]:
    return [table.name for table in resolved({"selectionMode": "ALL", **target}, TABLES)]


def test_a_table_is_found_by_its_arn_or_by_all_of_the_tags() -> None:
    assert names(resourceArns=["arn:b", "arn:gone"]) == ["b"]
    assert names(resourceTags={"team": "x"}) == ["a", "b"]
    assert names(resourceTags={"team": "x", "stage": "prod"}) == []


@pytest.mark.parametrize(
    ("mode", "count", "taken"),
    [("ALL", 3, 3), ("COUNT(2)", 3, 2), ("COUNT(9)", 3, 9), ("PERCENT(50)", 4, 2), ("PERCENT(10)", 4, 1)],
)
def test_a_selection_takes_so_many(mode: str, count: int, taken: int) -> None:
    assert most(mode, count) == taken
    assert len(resolved({"selectionMode": "COUNT(1)", "resourceTags": {"team": "x"}}, TABLES)) == 1
