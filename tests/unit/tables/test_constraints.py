"""The model's constraints, in AWS's words."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.tables.constraints import missing, one_of, optional, required


def test_a_member_that_is_not_there_is_named_as_the_model_spells_it() -> None:
    assert missing("TableName").message == (
        "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"
    )
    with pytest.raises(Refusal, match="Value null at 'key'"):
        required({}, "Key")


def test_a_member_of_another_type_cannot_be_read() -> None:
    with pytest.raises(Refusal, match="STRING_VALUE can not be converted to Integer") as refused:
        optional({"Limit": "7"}, "Limit", int)
    assert refused.value.code == "SerializationException"
    with pytest.raises(Refusal, match="TRUE_VALUE"):
        optional({"Limit": True}, "Limit", int)


def test_an_enumerated_member_is_one_of_its_values() -> None:
    assert one_of({}, "Select", ("COUNT",), "all") == "all"
    assert one_of({"Select": "COUNT"}, "Select", ("COUNT",), "all") == "COUNT"
    with pytest.raises(Refusal, match=r"Value 'X' at 'select' failed .* enum value set: \[COUNT\]"):
        one_of({"Select": "X"}, "Select", ("COUNT",), "all")
