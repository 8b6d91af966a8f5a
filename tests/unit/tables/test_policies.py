"""Resource policies."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import Refusal

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders"


def test_a_policy_is_kept_until_it_is_deleted(region: Any) -> None:
    region.create()
    revision = region.call("PutResourcePolicy", ResourceArn=ARN, Policy="{}")["RevisionId"]
    region.now_s += 1
    assert region.call("PutResourcePolicy", ResourceArn=ARN, Policy="{}") == {"RevisionId": revision}
    assert region.call("GetResourcePolicy", ResourceArn=ARN) == {"Policy": "{}", "RevisionId": revision}
    region.call("DeleteResourcePolicy", ResourceArn=ARN)
    with pytest.raises(Refusal) as refused:
        region.call("GetResourcePolicy", ResourceArn=ARN)
    assert refused.value.code == "PolicyNotFoundException"


def test_a_change_that_expects_another_revision_is_refused(region: Any) -> None:
    region.create()
    region.call("PutResourcePolicy", ResourceArn=ARN, Policy="{}", ExpectedRevisionId="NO_POLICY")
    for expected in ("NO_POLICY", "7"):
        with pytest.raises(Refusal, match="Resource-based policy not found"):
            region.call("PutResourcePolicy", ResourceArn=ARN, Policy="[]", ExpectedRevisionId=expected)
