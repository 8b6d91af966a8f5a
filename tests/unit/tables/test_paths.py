"""Reading a place in an item."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.tables.paths import reader_of
from sandbox.tables.syntax import Path, Steps

ITEM: dict[str, Any] = {"a": {"M": {"b": {"L": [{"S": "x"}, {"M": {"c": {"N": "1"}}}]}}}, "s": {"S": "text"}}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (("s",), {"S": "text"}),
        (("a", "b", 0), {"S": "x"}),
        (("a", "b", 1, "c"), {"N": "1"}),
        (("z",), None),
        (("a", "b", 2), None),
        (("a", "b", 0, "c"), None),
        (("a", 0), None),
        (("a", "b", "c"), None),
        (("s", "S"), None),
    ],
)
def test_a_path_finds_a_value_or_nothing(steps: Steps, found: Any) -> None:
    assert reader_of(Path(steps))(ITEM) == found
