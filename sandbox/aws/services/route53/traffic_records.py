"""The records that a traffic policy implies: a document, a name and a TTL in, record sets out (fact sheet §3.2). Pure.

The rule that the document starts with becomes the group of the instance's own name; every other rule that is reached
becomes a group of a hidden name, to which the items that refer to it are aliases. Hidden names are published like
others, but no API call lists them.

    app.example.test.                 A  weighted 3   198.18.1.10
    app.example.test.                 A  weighted 1   alias _r1.<tree>.example.test.
    _r1.<tree>.example.test.          A  failover PRIMARY ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.aws.services.route53.record_rules import CLOUDFRONT_ZONE
from sandbox.aws.services.route53.record_store import RecordSet
from sandbox.aws.services.route53.records import normal_name
from sandbox.aws.services.route53.traffic_documents import S3, VALUE, Document, Endpoint
from sandbox.aws.services.route53.traffic_rules import Item

AWS_ZONE = "ZAMAZONAWS"  # stands for the many zone ids of AWS's own names
CLOUDFRONT = "cloudfront"


class Tree:
    """The records of one instance. label: a DNS label of its own, for hidden names."""

    def __init__(self, document: Document, *, name: str, ttl_s: int, zone_name: str, zone_id: str, label: str) -> None:
        self.document = document
        self.name = name
        self.ttl_s = ttl_s
        self.zone_id = zone_id
        self._hidden = {rule: f"_r{number}.{label}.{zone_name}" for number, rule in enumerate(document.rules)}

    def records(self) -> tuple[RecordSet, ...]:
        """All record sets, those of the instance's own name first."""
        start = self.document.start_rule
        if not start:
            endpoint = self.document.endpoints[self.document.start_endpoint]
            return ({**self._head(self.name), **self._source(endpoint, evaluates_target=False)},)
        found: list[RecordSet] = []
        waiting, seen = [start], {start}
        while waiting:
            rule = waiting.pop(0)
            found += self._group(rule, self.name if rule == start else self._hidden[rule])
            following = [item.rule for item in self.document.rules[rule].items if item.rule and item.rule not in seen]
            waiting += dict.fromkeys(following)
            seen.update(following)
        return tuple(found)

    def health_checks(self) -> Iterator[str]:
        """The checks that the document names."""
        for rule in self.document.rules.values():
            yield from (item.health_check for item in rule.items if item.health_check)

    def _group(self, rule: str, name: str) -> list[RecordSet]:
        items = self.document.rules[rule].items
        return [self._record(name, str(number), item) for number, item in enumerate(items, start=1)]

    def _record(self, name: str, identifier: str, item: Item) -> RecordSet:
        record: RecordSet = {**self._head(name), "SetIdentifier": identifier, **item.policy}
        if item.health_check:
            record["HealthCheckId"] = item.health_check
        if item.rule:
            record["AliasTarget"] = alias(self.zone_id, self._hidden[item.rule], item.evaluates_target)
            return record
        endpoint = self.document.endpoints[item.endpoint]
        return {**record, **self._source(endpoint, evaluates_target=item.evaluates_target)}

    def _head(self, name: str) -> RecordSet:
        return {"Name": name, "Type": self.document.record_type}

    def _source(self, endpoint: Endpoint, *, evaluates_target: bool) -> dict[str, Any]:
        """What an endpoint answers with."""
        if endpoint.kind == VALUE:
            return {"TTL": self.ttl_s, "ResourceRecords": [{"Value": endpoint.value}]}
        if endpoint.kind == CLOUDFRONT:  # whose health Route 53 cannot evaluate
            return {"AliasTarget": alias(CLOUDFRONT_ZONE, endpoint.value, evaluates=False)}
        name = f"s3-website.{endpoint.region}.amazonaws.com" if endpoint.kind == S3 else endpoint.value
        return {"AliasTarget": alias(AWS_ZONE, name, evaluates_target)}


def alias(zone_id: str, name: str, evaluates: bool) -> dict[str, Any]:
    """An AliasTarget."""
    return {"HostedZoneId": zone_id, "DNSName": normal_name(name), "EvaluateTargetHealth": evaluates}


def problem_of_website(document: Document, name: str) -> str:
    """An S3 website answers only under the name of its bucket."""
    for endpoint in document.endpoints.values():
        bucket = endpoint.value.partition(".s3-website")[0]
        if endpoint.kind == S3 and f"{bucket}." != name:
            return f"The S3 bucket {bucket} of an endpoint does not have the name of the instance, {name}"
    return ""
