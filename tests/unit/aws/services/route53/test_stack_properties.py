"""What a template may say of Route 53's resources."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.stack_properties import KNOWN, checked
from sandbox.kernel.errors import Refusal

ZONE, RECORD, GROUP = (f"AWS::Route53::{name}" for name in ("HostedZone", "RecordSet", "RecordSetGroup"))


def test_known_properties_are_taken_as_they_are() -> None:
    properties = {"Name": "a.test", "HostedZoneConfig": {"Comment": "c"}, "HostedZoneFeatures": {}}
    assert checked(ZONE, {"Properties": properties}) == properties
    record = {"Name": "a.test", "Type": "A", "HostedZoneId": "Z1", "Comment": "why", "TTL": "60"}
    assert checked(RECORD, {"Properties": record}) == record
    assert checked(GROUP, {"Properties": {"RecordSets": [record]}}) == {"RecordSets": [record]}
    assert len(KNOWN) == 5


@pytest.mark.parametrize(
    ("kind", "properties", "code", "words"),
    [
        (ZONE, {"Name": "a.test", "Nmae": "b"}, "InvalidRequest", r"#: extraneous key \[Nmae\] is not permitted"),
        (ZONE, {}, "InvalidRequest", r"required key \[Name\] not found"),
        (RECORD, {"Name": "a.test"}, "InvalidRequest", r"required key \[Type\] not found"),
        (GROUP, {"RecordSets": [{"Nam": "a"}]}, "InvalidRequest", r"#/RecordSets/0: extraneous key \[Nam\]"),
        (GROUP, {"RecordSets": ["a"]}, "InvalidRequest", "expected type: JSONObject"),
        (
            ZONE,
            {"Name": "a.test", "HostedZoneFeatures": {"EnableAcceleratedRecovery": "true"}},
            "NotImplemented",
            "does not emulate accelerated recovery",
        ),
    ],
)
def test_the_rest_is_refused_in_cloudformations_words(
    kind: str, properties: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        checked(kind, {"Properties": properties})
    assert refused.value.code == code
