"""Bodies that are not what an operation expects (R53 6.3, Other codes)."""

from __future__ import annotations

import pytest
from moto.core.utils import get_service_model

from sandbox.aws.services.route53.bodies import invalid_shape, refuse_root
from sandbox.kernel.errors import Refusal

ROOT = "ChangeResourceRecordSetsRequest"


@pytest.mark.parametrize(
    "body",
    [
        f"<{ROOT}/>",
        f'<?xml version="1.0"?>\n<!-- a comment -->\n<{ROOT} xmlns="https://route53.amazonaws.com/doc/2013-04-01/">x',
        f"<r:{ROOT} xmlns:r='y'>",
        f"\ufeff<{ROOT}>",
    ],
)
def test_the_expected_root_is_taken(body: str) -> None:
    refuse_root(body.encode(), ROOT)


@pytest.mark.parametrize(
    ("body", "why"),
    [("", "empty"), ("{}", "not XML"), ("<Wrong/>", "its root is Wrong"), (f"<{ROOT}s>", "its root is")],
)
def test_another_body_is_malformed(body: str, why: str) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        refuse_root(body.encode(), ROOT)
    assert (refused.value.code, refused.value.status) == ("MalformedInput", 400)
    refuse_root(body.encode(), None)


def test_a_missing_part_is_named_and_a_whole_request_is_not_blamed() -> None:
    shape = get_service_model("route53").operation_model("ChangeResourceRecordSets").input_shape
    refusal = invalid_shape(shape, {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "CREATE"}]}})
    assert refusal is not None
    assert refusal.code == "InvalidInput"
    assert 'Missing required parameter in ChangeBatch.Changes[0]: "ResourceRecordSet"' in refusal.message
    record = {"Name": "a.test", "Type": "A"}
    whole = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    assert invalid_shape(shape, {"HostedZoneId": "Z1", "ChangeBatch": whole}) is None
