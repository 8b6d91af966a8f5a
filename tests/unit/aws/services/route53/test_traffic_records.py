"""What a document implies, as records (fact sheet §3.2)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.services.route53.traffic_documents import read_document
from sandbox.aws.services.route53.traffic_records import Tree, problem_of_website

ENDPOINTS = {
    "one": {"Type": "value", "Value": "198.18.1.10"},
    "two": {"Type": "value", "Value": "198.18.2.10"},
    "elb": {"Type": "application-load-balancer", "Value": "app.eu-west-1.elb.amazonaws.com"},
    "cdn": {"Type": "cloudfront", "Value": "d1.cloudfront.net"},
    "site": {"Type": "s3-website", "Value": "app.example.test", "Region": "eu-west-1"},
}


def tree(start: dict[str, str], **rules: Any) -> Tree:
    document = {"AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "Endpoints": ENDPOINTS, "Rules": rules}
    return Tree(
        read_document(json.dumps(document | start)),
        name="app.example.test.",
        ttl_s=60,
        zone_name="example.test.",
        zone_id="Z1",
        label="t",
    )


def end(name: str, **more: Any) -> dict[str, Any]:
    return {"EndpointReference": name, **more}


def test_the_first_rule_is_the_group_of_the_name_and_others_hide_below_it() -> None:
    found = tree(
        {"StartRule": "top"},
        top={"RuleType": "weighted", "Items": [end("one", Weight=3), {"RuleReference": "low", "Weight": 1}]},
        low={"RuleType": "failover", "Primary": end("one", HealthCheck="c1"), "Secondary": end("two")},
        unused={"RuleType": "weighted", "Items": [end("two", Weight=1)]},
    )
    low = {"Name": "_r1.t.example.test.", "Type": "A", "TTL": 60}
    target = {"HostedZoneId": "Z1", "DNSName": "_r1.t.example.test.", "EvaluateTargetHealth": True}
    top = {"Name": "app.example.test.", "Type": "A"}
    one, two = ({"ResourceRecords": [{"Value": f"198.18.{number}.10"}]} for number in (1, 2))
    assert found.records() == (
        {**top, "SetIdentifier": "1", "Weight": 3, "TTL": 60, **one},
        {**top, "SetIdentifier": "2", "Weight": 1, "AliasTarget": target},
        {**low, "SetIdentifier": "1", "Failover": "PRIMARY", "HealthCheckId": "c1", **one},
        {**low, "SetIdentifier": "2", "Failover": "SECONDARY", **two},
    )
    assert list(found.health_checks()) == ["c1"]


def test_a_rule_with_two_parents_is_one_group() -> None:
    shared = {"RuleReference": "low"}
    found = tree(
        {"StartRule": "top"},
        top={"RuleType": "weighted", "Items": [{**shared, "Weight": 1}, {**shared, "Weight": 2}]},
        low={"RuleType": "multivalue", "Items": [end("one"), end("two")]},
    )
    assert [record["Name"] for record in found.records()].count("_r1.t.example.test.") == 2


def test_endpoints_of_aws_are_aliases() -> None:
    records = tree(
        {"StartRule": "top"},
        top={"RuleType": "weighted", "Items": [end(name, Weight=1) for name in ("elb", "cdn", "site")]},
    ).records()
    targets = [record["AliasTarget"] for record in records]
    assert [target["DNSName"] for target in targets] == [
        "app.eu-west-1.elb.amazonaws.com.",
        "d1.cloudfront.net.",
        "s3-website.eu-west-1.amazonaws.com.",
    ]
    assert [target["EvaluateTargetHealth"] for target in targets] == [True, False, True]
    assert not any("TTL" in record for record in records)


def test_an_endpoint_alone_is_a_simple_record() -> None:
    (record,) = tree({"StartEndpoint": "two"}).records()
    assert record == {
        "Name": "app.example.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.2.10"}]
    }  # fmt: skip


def test_a_website_answers_only_under_its_buckets_name() -> None:
    document = tree({"StartEndpoint": "site"}).document
    assert problem_of_website(document, "app.example.test.") == ""
    assert "bucket app.example.test of an endpoint" in problem_of_website(document, "www.example.test.")
