"""Nothing in a template is passed over: it is known, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.dynamodb.properties import check_members, is_true, policy_text, required, tags, units
from sandbox.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Known": 1}, None),
        ({"Colour": "blue"}, r"#/Where: extraneous key \[Colour\] is not permitted"),
        ({"KinesisStreamSpecification": {}}, "KinesisStreamSpecification of Where. Use StreamSpecification"),
        ({"ContributorInsightsSpecification": {"Enabled": "true"}}, "ContributorInsightsSpecification of Where"),
        ({"ContributorInsightsSpecification": {"Enabled": False}}, None),
        ("text", "expected type: JSONObject"),
    ],
)
def test_what_is_unknown_or_not_served_is_refused_by_name(given: Any, words: str | None) -> None:
    if words is None:
        assert check_members("Where", given, ("Known",)) == given
        return
    with pytest.raises(Refusal, match=words):
        check_members("Where", given, ("Known",))


def test_a_missing_member_is_named() -> None:
    required("Where", {"A": 1}, "A")
    with pytest.raises(Refusal, match=r"#/Where: required key \[B\] not found"):
        required("Where", {"A": 1}, "A", "B")


def test_booleans_and_numbers_may_be_text_as_in_templates() -> None:
    assert [is_true(value, "x") for value in (True, "true", "False", False)] == [True, True, False, False]
    assert units({"ReadCapacityUnits": "5", "WriteCapacityUnits": 6}, "x") == {
        "ReadCapacityUnits": 5,
        "WriteCapacityUnits": 6,
    }
    for bad in (lambda: is_true("yes", "x"), lambda: units({"A": "many"}, "x")):
        with pytest.raises(Refusal, match=r"is not a"):
            bad()


def test_tags_and_policies_become_what_the_api_takes() -> None:
    assert tags([{"Key": "a", "Value": 1}]) == {"a": "1"}
    assert policy_text({"PolicyDocument": {"Statement": []}}) == '{"Statement": []}'
    assert policy_text({"PolicyDocument": "{}"}) == "{}"
