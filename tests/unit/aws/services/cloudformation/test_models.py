"""Our CloudFormation backend refuses before anything is made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from sandbox.aws.services.cloudformation.models import SandboxCloudFormationBackend, refuse_unbuildable

TABLE = json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}})


@pytest.mark.parametrize(
    "make",
    [
        lambda backend: backend.create_stack(name="s", template=TABLE, parameters={}),
        lambda backend: backend.create_change_set(
            stack_name="s",
            change_set_name="c",
            template=TABLE,
            parameters={},
            description="",
            change_set_type="CREATE",
        ),
    ],
)
def test_every_way_to_a_stack_is_guarded(make: Any) -> None:
    backend = SandboxCloudFormationBackend("us-east-1", "000000000000")
    with pytest.raises(ValidationError, match=r"Template error: \[Table\] AWS::DynamoDB::Table is not emulated yet"):
        make(backend)
    assert not backend.stacks


def test_yaml_with_short_functions_is_read() -> None:
    refuse_unbuildable("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub 'a-${Q}'\n")
