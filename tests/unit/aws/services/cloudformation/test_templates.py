"""Which templates are refused."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.cloudformation.templates import changed_types, unbuildable

KNOWN = {"AWS::SQS::Queue", "AWS::DynamoDB::Table"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("AWS::SQS::Queue", None),
        ("AWS::DynamoDB::Table", None),
        ("AWS::CDK::Metadata", None),
        ("Custom::Anything", None),
        ("Custom::DynamoDBReplica", "Custom::DynamoDBReplica is not emulated. Use AWS::DynamoDB::GlobalTable"),
        ("AWS::Unheard::Of", "[R] AWS::Unheard::Of is not emulated"),
    ],
)
def test_a_resource_that_would_be_missing_is_named(kind: str, words: str | None) -> None:
    found = unbuildable({"Resources": {"R": {"Type": kind}}}, KNOWN)
    assert found == [] if words is None else words in found[0]


@pytest.mark.parametrize("template", [{}, {"Resources": None}, {"Resources": {"R": "text"}}, {"Resources": {"R": {}}}])
def test_a_template_without_resources_is_motos_to_judge(template: dict[str, Any]) -> None:
    assert unbuildable(template, KNOWN) == []
    assert changed_types(template, template) == []


def test_a_type_that_changes_under_its_name_is_found() -> None:
    """GT 7.08: a Table is not converted to a GlobalTable."""
    before = {"Resources": {"A": {"Type": "AWS::DynamoDB::Table"}, "B": {"Type": "AWS::SQS::Queue"}}}
    after = {"Resources": {"A": {"Type": "AWS::DynamoDB::GlobalTable"}, "C": {"Type": "AWS::SQS::Queue"}}}
    assert changed_types(before, after) == ["A"]
