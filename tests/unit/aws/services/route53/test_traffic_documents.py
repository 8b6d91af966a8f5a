"""Traffic policy documents: what is read, and what is wrong in words (fact sheet §3.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.services.route53.traffic_documents import read_document
from sandbox.kernel.errors import Refusal

# AWS's own example, shortened (fact sheet §3.1).
EXAMPLE = {
    "AWSPolicyFormatVersion": "2015-10-01",
    "RecordType": "A",
    "StartRule": "r1",
    "Endpoints": {"e1": {"Type": "value", "Value": "192.0.2.1"}, "e2": {"Type": "value", "Value": "192.0.2.2"}},
    "Rules": {
        "r1": {
            "RuleType": "failover",
            "Primary": {"EndpointReference": "e1", "HealthCheck": "check-1"},
            "Secondary": {"RuleReference": "r2", "EvaluateTargetHealth": "true"},
        },
        "r2": {
            "RuleType": "weighted",
            "Items": [{"EndpointReference": "e1", "Weight": "3"}, {"EndpointReference": "e2", "Weight": 1}],
        },
    },
}


def without(member: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in EXAMPLE.items() if name != member} | more


def test_a_document_is_read_with_numbers_quoted_or_not() -> None:
    document = read_document(json.dumps(EXAMPLE))
    assert (document.record_type, document.start_rule, document.start_endpoint) == ("A", "r1", "")
    assert [item.policy for item in document.rules["r2"].items] == [{"Weight": 3}, {"Weight": 1}]
    primary, secondary = document.rules["r1"].items
    assert (primary.endpoint, primary.health_check, primary.policy) == ("e1", "check-1", {"Failover": "PRIMARY"})
    assert (secondary.rule, secondary.evaluates_target) == ("r2", True)


def test_one_endpoint_is_a_document_too() -> None:
    text = json.dumps({**without("StartRule"), "StartEndpoint": "e1", "Rules": {}})
    assert read_document(text).start_endpoint == "e1"


def endpoint(**fields: Any) -> dict[str, Any]:
    return without("Endpoints", Endpoints={**EXAMPLE["Endpoints"], "e1": fields})  # type: ignore[dict-item]


def rule(**fields: Any) -> dict[str, Any]:
    return without("Rules", Rules={"r1": fields})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "The document is not JSON"),
        ("[]", "not a JSON object"),
        ('"' + "x" * 102_400 + '"', "longer than 102400 characters"),
        (without("AWSPolicyFormatVersion"), "AWSPolicyFormatVersion must be one of 2015-10-01, 2023-05-09, not None"),
        (without("RecordType", RecordType="NS"), "RecordType NS cannot be used"),
        (without("RecordType", Comment="x"), "Comment is not a member"),
        (without("StartRule"), "Exactly one of StartRule and StartEndpoint"),
        (without("", StartEndpoint="e1"), "Exactly one of StartRule and StartEndpoint"),
        (without("StartRule", StartRule="r9"), "there is no rule r9"),
        (without("StartRule", StartEndpoint="e9"), "there is no endpoint e9"),
        (without("Rules", Rules=[]), "Rules must be an object"),
        (without("Rules", Rules={"r1": 1}), "Rules: r1 must be an object"),
        (endpoint(Type="value", Value="here"), "ARRDATAIllegalIPv4Address"),
        (endpoint(Type="value"), "Value is missing"),
        (endpoint(Type="toaster", Value="x"), "Type must be one of value, cloudfront"),
        (endpoint(Type="s3-website", Value="b"), "Region is required for s3-website"),
        (endpoint(Type="s3-website", Value="b", Region="mars-1"), "mars-1 is not a Region"),
        (endpoint(Type="cloudfront", Value="d1.cloudfront.net", Region="us-east-1"), "Region is not allowed"),
        (rule(RuleType="magic"), "RuleType must be one of failover, geo, latency"),
        (rule(RuleType="weighted", Items=[{"EndpointReference": "e9", "Weight": 1}]), "there is no endpoint e9"),
        (rule(RuleType="weighted", Items=[{"RuleReference": "r9", "Weight": 1}]), "there is no rule r9"),
        (rule(RuleType="weighted", Items=[{"RuleReference": "r1", "Weight": 1}]), "leads back to itself: r1 > r1"),
    ],
)
def test_what_is_wrong_is_said(document: Any, words: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(Refusal) as refused:
        read_document(text)
    assert refused.value.code == "InvalidTrafficPolicyDocument"
    assert words in refused.value.message


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = json.dumps({**endpoint(Type="value", Value="here"), "StartRule": "r9", "RecordType": "A"})
    with pytest.raises(Refusal, match=r"^\[Endpoint e1: .*, StartRule: there is no rule r9\]$"):
        read_document(text)


def test_rules_may_be_fifteen_deep_and_one_rule_may_have_several_parents() -> None:
    def chain(length: int) -> str:
        rules = {
            f"r{number}": {"RuleType": "weighted", "Items": [{"RuleReference": f"r{number + 1}", "Weight": 1}] * 2}
            for number in range(1, length)
        }
        rules[f"r{length}"] = {"RuleType": "weighted", "Items": [{"EndpointReference": "e1", "Weight": 1}]}
        return json.dumps(without("Rules", Rules=rules))

    assert len(read_document(chain(15)).rules) == 15
    with pytest.raises(Refusal, match="more than 15 rules deep"):
        read_document(chain(16))
