"""AWS's own policies."""

from __future__ import annotations

import pytest
from moto.iam.exceptions import NotFoundException

from sandbox.aws.services.iam.models import SandboxIAMBackend, texts

PLAIN = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
WITH_PATH = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def backend() -> SandboxIAMBackend:
    return SandboxIAMBackend("aws", "000000000000")


@pytest.mark.parametrize("arn", [PLAIN, WITH_PATH])
def test_a_policy_of_aws_exists_once_it_is_named(backend: SandboxIAMBackend, arn: str) -> None:
    assert not backend.managed_policies
    assert backend.get_policy(arn).arn == arn
    backend.attach_role_policy(arn, make_role(backend))
    assert list(backend.managed_policies) == [arn]


def make_role(backend: SandboxIAMBackend) -> str:
    role = backend.create_role("r", "{}", "/", None, "", [], "3600")
    return str(role.name)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",  # its path is missing
        "arn:aws:iam::aws:policy/Unheard",
        "arn:aws:iam::000000000000:policy/AmazonDynamoDBFullAccess",
    ],
)
def test_a_policy_that_aws_has_not_does_not_exist(backend: SandboxIAMBackend, arn: str) -> None:
    with pytest.raises(NotFoundException):
        backend.get_policy(arn)


def test_a_list_has_them_all_once(backend: SandboxIAMBackend) -> None:
    backend.get_policy(PLAIN)
    policies, _ = backend.list_policies("", 1, False, "/", "AWS")
    assert len(policies) == 1
    assert len(backend.managed_policies) == len(texts())
