"""Which templates are refused."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.cloudformation.templates import unbuildable

KNOWN = {"AWS::SQS::Queue", "AWS::DynamoDB::Table"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("AWS::SQS::Queue", None),
        ("AWS::CDK::Metadata", None),
        ("Custom::Anything", None),
        ("AWS::DynamoDB::Table", "AWS::DynamoDB::Table is not emulated yet in stacks"),
        ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::GlobalTable is not emulated yet in stacks"),
        ("AWS::Unheard::Of", "[R] AWS::Unheard::Of is not emulated"),
    ],
)
def test_a_resource_that_would_be_missing_is_named(kind: str, words: str | None) -> None:
    found = unbuildable({"Resources": {"R": {"Type": kind}}}, KNOWN)
    assert found == [] if words is None else words in found[0]


@pytest.mark.parametrize("template", [{}, {"Resources": None}, {"Resources": {"R": "text"}}, {"Resources": {"R": {}}}])
def test_a_template_without_resources_is_motos_to_judge(template: dict[str, Any]) -> None:
    assert unbuildable(template, KNOWN) == []
