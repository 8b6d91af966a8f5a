"""Templates as moto keeps them can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.fis.models import fis_backends

from sandbox.aws.services.fis.models import templates_of

ACCOUNT, REGION = "111122223333", "eu-west-1"


def test_what_moto_keeps_is_read_with_its_tags(template_of: Callable[..., dict[str, Any]]) -> None:
    given = template_of()
    try:
        made = fis_backends[ACCOUNT][REGION].create_experiment_template(
            client_token="t",
            description=given["description"],
            stop_conditions=given["stopConditions"],
            targets=given["targets"],
            actions=given["actions"],
            role_arn=given["roleArn"],
            tags={"a": "b"},
        )
        assert templates_of(ACCOUNT, REGION) == {made["id"]: made}
        assert made["tags"] == {"a": "b"}
        assert templates_of(ACCOUNT, "us-east-1") == {}
    finally:
        fis_backends.reset()
